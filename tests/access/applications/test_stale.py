"""Opinions and proposals given on a text that changed since: shown as fallen, and no decision rests on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow, EventRow, TaskRow
from hygie.access.catalogue import trusting
from hygie.access.catalogue.models import TrustedHolder
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import assessed, judged_by_law, put
from tests.access.applications.test_advising import trusted
from tests.access.applications.test_after import french
from tests.access.catalogue.descriptions import HOLDER
from tests.conftest import Clock, Site


def rewritten(node: Node, made: str, **changes: object) -> None:
    """Ask the applicant, who answers with another text."""
    actions.pause(node, made, "Which medicine?", actor="officer")
    seen = queries.folder(node, made, reader="user").application
    content = put(seen.document, **changes)
    for section in {name.split("__")[0] for name in changes}:
        actions.save(node, made, section, content[section], revision=seen.revisions[section], actor="user")
    actions.resume(node, made, actor="user")


def codes(node: Node, made: str, outcome: str, **named: object) -> set[str]:
    """Codes of what speaks against a decision."""
    with pytest.raises(Refusal) as found:
        actions.decide(node, made, outcome, reasons="So.", actor="officer", **named)
    return {reason.code for reason in found.value.verdict.reasons}


def legs(node: Node, made: str, *steps: str) -> None:
    for step in steps:
        leg, _, outcome = step.partition(" ")
        actions.record_leg(node, made, leg, outcome=outcome, actor="officer")


def clocks(node: Node, made: str) -> dict[str, tuple[str, date | None]]:
    return {each.rule.id: (each.state, each.due) for each in queries.folder(node, made, reader="user").clocks}


ACCEPTED = ("cesrees.received", "cesrees.opinion favourable", "cnil.received", "cnil.decided accepted")


def test_committees_speak_again_of_a_text_that_changed(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    made = french(stocked)
    legs(stocked, made, *ACCEPTED)
    clock.time = datetime(2027, 3, 15, 9, tzinfo=UTC)
    rewritten(stocked, made, purpose__aim="A wholly different study.")
    running = {rule: due for rule, (state, due) in clocks(stocked, made).items() if state == "running"}
    assert running == {"FR-20": date(2027, 3, 24)}
    assert "APP-260" in codes(stocked, made, "granted")
    events = queries.case(stocked, made, reader="officer").folder.events
    assert {each.kind for each in events if each.void} == {step.split(" ")[0] for step in ACCEPTED}
    site = Site(stocked)
    for language, words in (
        (
            "en",
            ("The application's text changed after these", "Opinion of CESREES", "Ethics opinion cited", "no longer"),
        ),
        ("fr", ("Le texte de la demande a changé après", "Avis du CESREES", "Avis d'éthique cité", "ne compte plus")),
    ):
        for page in ("", "decide/"):
            shown = site.text(site.get(f"/applications/{made}/case/{page}", as_="officer", language=language))
            assert all(word in shown for word in words[: None if page == "" else 3]), (language, page)
    told = site.get(f"/api/v1/applications/{made}/case", as_="officer").json()
    assert [each["void"] for each in told["events"] if each["kind"] == "cnil.decided"] == [True]
    with pytest.raises(Refusal, match="APP-212"):
        legs(stocked, made, "cnil.decided accepted")
    legs(stocked, made, "cesrees.received")
    clock.time = datetime(2027, 4, 20, 9, tzinfo=UTC)
    assert actions.tick(stocked) == 1
    legs(stocked, made, "cnil.received", "cnil.decided accepted")
    assert judged_by_law(stocked, made).outcome == "granted"


def test_a_file_that_waits_for_its_opinion_is_sent_again_and_gets_no_tacit_one(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    made = french(stocked)
    legs(stocked, made, "cesrees.received")
    clock.time = datetime(2027, 3, 20, 9, tzinfo=UTC)
    rewritten(stocked, made, purpose__aim="A wholly different study.")
    clock.time = datetime(2027, 4, 2, 9, tzinfo=UTC)
    actions.tick(stocked)
    kinds = list(EventRow.objects.filter(application=made).order_by("id").values_list("kind", flat=True))
    assert "cesrees.opinion" not in kinds and kinds[-1] == "application.overdue"
    legs(stocked, made, "cesrees.received")
    assert clocks(stocked, made)["FR-21"] == ("running", date(2027, 5, 3))


def test_an_answer_that_changes_nothing_leaves_opinions_as_they_are(stocked: Node) -> None:
    made = french(stocked)
    legs(stocked, made, *ACCEPTED)
    actions.pause(stocked, made, "Which medicine?", actor="officer")
    actions.resume(stocked, made, actor="user")
    assert not any(each.void for each in queries.folder(stocked, made, reader="user").events)
    assert judged_by_law(stocked, made).outcome == "granted"


def test_a_trusted_holder_is_asked_again_and_decisions_wait_for_it(stocked: Node, clock: Clock) -> None:
    trusted(stocked)
    made = assessed(stocked)
    actions.ask_proposal(stocked, made, actor="officer")
    first = TaskRow.objects.get(kind="proposal")
    actions.propose(stocked, first.id, "refused", reason="Too many variables.", actor="steward")
    clock.time += timedelta(days=10)
    rewritten(stocked, made, purpose__aim="A wholly different study.", data__ethics="Opinion 2026-13, on the new text.")
    again = TaskRow.objects.get(kind="proposal", done_at=None)
    assert again.id != first.id
    running = clocks(stocked, made)
    assert running["SU-72-5a"] == ("running", again.due_on) and "SU-72-5b" not in running
    assert codes(stocked, made, "refused", grounds=("54(c)",)) == {"APP-232"}
    site = Site(stocked)
    shown = site.text(site.get(f"/applications/{made}/case/decide/", as_="officer"))
    assert "Proposal of the trusted holder (" in shown and "Too many variables." not in shown
    assert "Ethics opinion cited" not in shown
    actions.propose(stocked, again.id, "granted", reason="Read anew.", actor="steward")
    assert "Proposal of the trusted holder (" not in site.text(
        site.get(f"/applications/{made}/case/decide/", as_="officer")
    )
    assert judged_by_law(stocked, made).outcome == "granted"


def test_a_holder_that_is_no_longer_trusted_is_not_asked_again(stocked: Node, clock: Clock) -> None:
    trusted(stocked)
    made = assessed(stocked)
    actions.ask_proposal(stocked, made, actor="officer")
    mark = TrustedHolder.objects.get(holder=HOLDER["name"])
    trusting.distrust(stocked, mark.id, published="Its environment fell behind.", confirmed=True, actor="officer")
    rewritten(stocked, made, purpose__aim="A wholly different study.")
    row = ApplicationRow.objects.get(id=made)
    assert (row.track, row.due_rule) == ("standard", "SU-68-4a")
    assert not TaskRow.objects.filter(kind="proposal", done_at=None).exists()
    assert row.events.order_by("id").last().body["was"] == "trusted-holder"
