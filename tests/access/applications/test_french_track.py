"""The French track: what ends with its case, what the Union's rules ask of it too, and what it is not for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow, EventRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import processing, screened
from tests.conftest import Clock, Site


def row(made: str) -> ApplicationRow:
    return ApplicationRow.objects.get(id=made)


def test_a_refused_case_gets_no_tacit_opinion_and_its_decision_is_to_be_published(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    made = processing(stocked, procedure="fr")
    actions.record_leg(stocked, made, "cesrees.received", actor="officer")
    actions.assess(stocked, made, "68(1)(a)", holds=False, reason="No.", actor="officer")
    actions.decide(stocked, made, "refused", reasons="No purpose.", grounds=("68(1)(a)",), actor="officer")
    assert (row(made).due_rule, row(made).due_on) == ("SU-57-j3", date(2027, 4, 13))
    clock.time = datetime(2027, 5, 1, 9, tzinfo=UTC)
    actions.tick(stocked)
    events = EventRow.objects.filter(application=made).order_by("id")
    assert "cesrees.opinion" not in events.values_list("kind", flat=True)
    assert (events.last().kind, events.last().body["rule"]) == ("application.overdue", "SU-57-j3")
    actions.publish(stocked, made, "No purpose.", confirmed=True, actor="officer")
    states = {each.rule.id: each.state for each in queries.folder(stocked, made, reader="officer").clocks}
    assert states["SU-57-j3"] == "late"


def test_an_incomplete_case_is_screened_in_time_and_closes_after_four_weeks(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    made = screened(stocked, procedure="fr")
    assert row(made).due_rule == "TG-6.screen"
    actions.ask_completion(stocked, made, "The laboratory's name.", actor="officer")
    assert (row(made).due_rule, row(made).due_on) == ("SU-68-4b", date(2027, 3, 30))
    clock.time = datetime(2027, 3, 31, 9, tzinfo=UTC)
    actions.tick(stocked)
    assert (row(made).state, row(made).wake_on) == ("closed", None)


def test_a_request_for_statistics_has_no_french_track(stocked: Node) -> None:
    with pytest.raises(Refusal, match="APP-104"):
        actions.start(stocked, actor="user", kind="request", procedure="fr")
    site = Site(stocked)
    asked = {"kind": "request", "procedure": "fr"}
    assert site.post("/applications/new/", asked, as_="user").status_code == 422
    sent = site.post("/api/v1/applications/", asked, as_="user", content_type="application/json")
    assert (sent.status_code, sent.json()["code"]) == (422, "APP-104")
    assert not ApplicationRow.objects.exists()


def test_the_time_of_cesrees_and_cnil_is_not_the_officers_to_extend(stocked: Node) -> None:
    made = processing(stocked, procedure="fr")
    for leg, outcome in (("cesrees.received", ""), ("cesrees.opinion", "favourable"), ("cnil.received", "")):
        actions.record_leg(stocked, made, leg, outcome=outcome, actor="officer")
        with pytest.raises(Refusal, match="APP-206"):
            actions.extend(stocked, made, "Many datasets.", actor="officer")
