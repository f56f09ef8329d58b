"""Putting a case to the trusted holder erases no clock: not after zero, not when the holder is silent, not for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow, TaskRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import assessed, processing
from tests.access.applications.test_advising import trusted
from tests.conftest import Clock


def row(made: str) -> ApplicationRow:
    return ApplicationRow.objects.get(id=made)


def states(node: Node, made: str) -> dict[str, str]:
    return {each.rule.id: each.state for each in queries.folder(node, made, reader="officer").clocks}


def test_an_overdue_case_is_decided_not_put_to_the_holder(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    trusted(stocked)
    made = processing(stocked)
    clock.time = datetime(2027, 6, 2, 9, tzinfo=UTC)
    with pytest.raises(Refusal, match="APP-266"):
        actions.ask_proposal(stocked, made, actor="officer")
    assert (row(made).track, row(made).due_rule, states(stocked, made)["SU-68-4a"]) == (
        "standard",
        "SU-68-4a",
        "overdue",
    )


def test_a_silent_holder_leaves_the_body_two_months(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    trusted(stocked)
    made = assessed(stocked)
    actions.ask_proposal(stocked, made, actor="officer")
    assert (row(made).due_rule, row(made).due_on) == ("SU-72-5a", date(2027, 5, 3))
    clock.time = datetime(2027, 5, 20, 9, tzinfo=UTC)
    actions.tick(stocked)
    assert (row(made).due_rule, row(made).due_on) == ("SU-72-5b.silence", date(2027, 7, 5))
    actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer")
    found = states(stocked, made)
    assert (found["SU-72-5a"], found["SU-72-5b.silence"]) == ("late", "met")
    assert "SU-72" not in row(made).due_rule


def test_a_late_proposal_gives_the_two_months_of_the_law(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    trusted(stocked)
    made = processing(stocked)
    actions.ask_proposal(stocked, made, actor="officer")
    clock.time = datetime(2027, 5, 20, 9, tzinfo=UTC)
    actions.propose(stocked, TaskRow.objects.get().id, "granted", reason="It fits.", actor="steward")
    assert (row(made).due_rule, row(made).due_on) == ("SU-72-5b", date(2027, 7, 20))
    assert states(stocked, made)["SU-72-5b.silence"] == "met"


def test_a_withdrawn_case_awaits_nothing(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    trusted(stocked)
    made = processing(stocked)
    actions.ask_proposal(stocked, made, actor="officer")
    actions.withdraw(stocked, made, actor="user")
    assert (row(made).due_rule, row(made).wake_on, states(stocked, made)["SU-72-5a"]) == ("", None, "met")
    assert not TaskRow.objects.filter(done_at=None).exists()
    assert not queries.due(stocked, reader="steward").entries
    clock.time = datetime(2027, 6, 20, 9, tzinfo=UTC)
    assert actions.tick(stocked) == 0
