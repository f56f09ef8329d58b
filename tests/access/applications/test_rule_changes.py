"""A rule of the law that changes while a case is under way: the case goes on by the one it began under."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.law import timing
from hygie.base.law.values import Validity
from tests.access.applications.story import processing
from tests.conftest import Clock


def test_a_case_keeps_the_time_and_the_extension_of_the_day_it_was_complete(
    stocked: Node, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    before = processing(stocked)
    old = timing.deadline("SU-68-4a", date(2027, 3, 1))
    others = tuple(rule for rule in timing.every_deadline() if rule.id != old.id)
    new = replace(old, amount=1, extension=None, extends_with="", valid=Validity(date(2027, 4, 1)))
    pack = (*others, replace(old, valid=Validity(old.valid.start, date(2027, 3, 31))), new)
    monkeypatch.setattr(timing, "every_deadline", lambda: pack)
    clock.time = datetime(2027, 4, 5, 9, tzinfo=UTC)
    after = processing(stocked)
    due = {made: ApplicationRow.objects.get(id=made).due_on for made in (before, after)}
    assert due == {before: date(2027, 6, 1), after: date(2027, 5, 5)}
    shown = queries.folder(stocked, before, reader="user").clocks
    assert [clock.rule.amount for clock in shown if clock.rule.id == old.id] == [3]
    actions.extend(stocked, before, "More experts are heard.", actor="officer")
    assert ApplicationRow.objects.get(id=before).due_on == date(2027, 9, 1)
    with pytest.raises(Refusal, match="LAW-109"):
        actions.extend(stocked, after, "More experts are heard.", actor="officer")
    clock.time = datetime(2027, 5, 6, 9, tzinfo=UTC)
    assert actions.tick(stocked) == 1
    assert ApplicationRow.objects.get(id=before).events.filter(kind="application.overdue").count() == 0
