"""Days that ran out before the worker came round: what was due is done first, and dated at its day."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hygie.access.applications import actions, queries, recording
from hygie.access.applications.decision import weighing
from hygie.access.applications.models import ApplicationRow, EventRow
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import fill, granted, processing, requested, screened
from tests.conftest import Clock


def at(year: int, month: int, day: int, hour: int = 9) -> datetime:
    """A UTC time."""
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_what_comes_after_four_weeks_comes_too_late_though_no_worker_ran(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 4, 5)
    made = screened(stocked)
    actions.ask_completion(stocked, made, "The ethics opinion lacks.", actor="officer")
    clock.time = at(2027, 6, 4)
    for late in (
        lambda: actions.save(stocked, made, "public", {}, revision=1, actor="user"),
        lambda: actions.supply(stocked, made, actor="user"),
    ):
        with pytest.raises(Refusal, match=r"APP-20[13]"):
            late()
        row = ApplicationRow.objects.get(id=made)
        assert row.state == "closed"
    last = row.events.order_by("id").last()
    assert last is not None
    assert (last.kind, last.actor, last.at.date()) == ("application.closed", "node", date(2027, 5, 3))
    fact = ledger.event(last.index)
    assert (fact.body["due"], fact.body["from"], fact.body["to"]) == ("2027-05-03", "awaiting", "closed")
    assert row.changed_state_at is not None and row.changed_state_at.date() == date(2027, 5, 3)
    assert actions.tick(stocked) == 0


def test_a_request_that_is_not_completed_closes_too(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 4, 5)
    made = requested(stocked)
    actions.take(stocked, made, actor="officer")
    actions.ask_completion(stocked, made, "The groups lack.", actor="officer")
    clocks = queries.folder(stocked, made, reader="user").clocks
    assert ("SU-68-4b.request", date(2027, 5, 3)) in [(each.rule.id, each.due) for each in clocks]
    clock.time = at(2027, 5, 4)
    assert actions.tick(stocked) == 1
    found = queries.folder(stocked, made, reader="user")
    assert found.application.state == "closed" and not [each for each in found.clocks if each.state == "overdue"]


def test_silence_is_dated_at_its_day_and_no_opinion_comes_after_it(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 3, 1)
    made = processing(stocked, procedure="fr")
    actions.record_leg(stocked, made, "cesrees.received", actor="officer")
    clock.time = at(2027, 4, 30)
    with pytest.raises(Refusal, match="APP-212"):
        actions.record_leg(stocked, made, "cesrees.opinion", outcome="unfavourable", actor="officer")
    said = EventRow.objects.get(application=made, kind="cesrees.opinion")
    assert (said.body["outcome"], said.body["tacit"], said.at.date()) == ("favourable", True, date(2027, 4, 1))
    assert said.body["due"] == "2027-04-01"


def test_nothing_is_extended_after_cnil_decided() -> None:
    past = [("application.complete", ""), ("cesrees.received", ""), ("cesrees.opinion", "favourable")]
    past.append(("cnil.received", ""))
    assert weighing.next_leg("french", past, "cnil.extended", "").allowed
    past.append(("cnil.decided", "accepted"))
    assert weighing.next_leg("french", past, "cnil.extended", "").reasons[0].code == "APP-212"


def test_a_fault_in_one_case_is_told_and_holds_up_no_other(
    stocked: Node, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock.time = at(2027, 4, 5)
    broken, sound = screened(stocked), screened(stocked)
    for made in (broken, sound):
        actions.ask_completion(stocked, made, "The ethics opinion lacks.", actor="officer")
    ApplicationRow.objects.filter(id=broken).update(wake_on=date(2027, 4, 1))
    whole = recording.told

    def told(events: Any, *more: Any) -> Any:
        if any(event.application_id == broken for event in events):
            raise KeyError("Dr Hélène Fictive")
        return whole(events, *more)

    monkeypatch.setattr(recording, "told", told)
    clock.time = at(2027, 5, 4)
    with caplog.at_level(logging.ERROR, "hygie.applications"):
        assert actions.tick(stocked) == 1
    assert (broken in caplog.text, "KeyError" in caplog.text, "Fictive" in caplog.text) == (True, True, False)
    assert ApplicationRow.objects.get(id=sound).state == "closed"
    assert ApplicationRow.objects.get(id=broken).wake_on == date(2027, 5, 5)


def test_a_renewal_that_came_in_time_is_completed_later(stocked: Node, clock: Clock) -> None:
    first = granted(stocked)
    end = permits.find(first.permit, stocked.keys.public_key()).permit.duration.end
    clock.time = at(end.year, end.month, end.day) - timedelta(days=40)
    made = actions.start(stocked, actor="user", amends=first.permit)
    seen = queries.folder(stocked, made.id, reader="user").application
    processing = {**seen.document["processing"], "to": (end + timedelta(days=300)).isoformat()}
    fill(stocked, seen, {"processing": processing, "confirmation": {"fees": True, "truthful": True}})
    actions.submit(stocked, made.id, actor="user")
    actions.take(stocked, made.id, actor="officer")
    actions.ask_completion(stocked, made.id, "One more paper.", actor="officer")
    clock.advance(days=14)
    assert actions.supply(stocked, made.id, actor="user").state == "pre-screening"
