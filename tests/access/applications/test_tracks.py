"""Tracks: the accelerated one closes with what opened it, and takes its extension with it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import ACT, fill, processing, put, screened
from tests.conftest import Clock

AGENCY = {
    "applicant__kind": "public-body",
    "applicant__health_mandate": True,
    "applicant__mandate": ACT,
    "purpose__basis": "53(1)(a)",
    "processing__frequency": "Monthly.",
}
COMPANY = {"applicant__kind": "company", "applicant__laboratory": "Laboratory 1.", "purpose__basis": "53(1)(e)"}


def rewrite(node: Node, made: str, **changes: object) -> None:
    """Save the applicant and the purpose with other values."""
    seen = queries.folder(node, made, reader="user").application
    content = put(seen.document, **changes)
    fill(node, seen, {name: content[name] for name in ("applicant", "purpose")})


@pytest.mark.parametrize("asked", ["completion", "question"])
def test_who_is_no_public_body_any_more_leaves_the_accelerated_track(stocked: Node, asked: str) -> None:
    made = screened(stocked, **AGENCY) if asked == "completion" else processing(stocked, **AGENCY)
    row = ApplicationRow.objects.get(id=made)
    assert row.track == "accelerated"
    ask, answer = (actions.ask_completion, actions.supply) if asked == "completion" else (actions.pause, actions.resume)
    ask(stocked, made, "Who are you?", actor="officer")
    rewrite(stocked, made, **COMPANY)
    answer(stocked, made, actor="user")
    row.refresh_from_db()
    last = ledger.event(ledger.indexes(made)[-1])
    assert (row.track, last.kind, last.body["was"]) == ("standard", "application.rerouted", "accelerated")


def test_an_officers_choice_of_the_slow_track_is_kept(stocked: Node) -> None:
    made = processing(stocked, **AGENCY)
    actions.reroute(stocked, made, "standard", "It is no emergency.", actor="officer")
    actions.pause(stocked, made, "Which?", actor="officer")
    rewrite(stocked, made, purpose__aim="Another.")
    actions.resume(stocked, made, actor="user")
    assert ApplicationRow.objects.get(id=made).track == "standard"


def test_an_extension_stays_behind_on_the_track_it_was_given_on(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    made = processing(stocked, **AGENCY)
    actions.extend(stocked, made, "Many datasets.", actor="officer")
    actions.reroute(stocked, made, "standard", "Not for the purposes a to c.", actor="officer")
    row = ApplicationRow.objects.get(id=made)
    assert row.due_on == date(2027, 6, 1)
    actions.extend(stocked, made, "Many datasets, three months.", actor="officer")
    row.refresh_from_db()
    assert row.due_on == date(2027, 9, 1)
    with pytest.raises(Refusal, match="LAW-107"):
        actions.extend(stocked, made, "Again.", actor="officer")
