"""Data of several holders: each has its own day and its one extension, and the case is late as soon as one is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow, TaskRow
from hygie.access.catalogue import actions as catalogue
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions as lake
from tests.access.applications.story import granted
from tests.access.catalogue.descriptions import body
from tests.access.permits.drafts import deliver
from tests.conftest import Clock


def clock_of(node: Node, made: str) -> law.Clock:
    found = queries.folder(node, made, reader="officer").clocks
    return next(each for each in found if each.rule.id == "SU-60-2")


def test_one_holders_extension_takes_nothing_from_another(stocked: Node, clock: Clock, tmp_path: Path) -> None:
    lake.ingest_omop(stocked, deliver(tmp_path / "second"), dataset="second", actor="steward", synthetic=True)
    catalogue.describe(stocked, "second", body(), actor="steward")
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    made = granted(stocked, sources__datasets=["chu-demo", "second"]).id
    one, two = (TaskRow.objects.get(kind="delivery", dataset=name) for name in ("chu-demo", "second"))
    assert actions.extend_delivery(stocked, one.id, "Late.", actor="steward").due_on == date(2027, 9, 1)
    assert clock_of(stocked, made).due == date(2027, 6, 1), "the other is still due in June"
    with pytest.raises(Refusal, match="LAW-107"):
        actions.extend_delivery(stocked, one.id, "Again.", actor="steward")
    clock.time = datetime(2027, 4, 1, 9, tzinfo=UTC)
    assert actions.extend_delivery(stocked, two.id, "Late too.", actor="steward").due_on == date(2027, 9, 1)
    assert clock_of(stocked, made).due == date(2027, 9, 1)
    actions.deliver(stocked, one.id, actor="steward")
    actions.deliver(stocked, two.id, actor="steward")
    assert (clock_of(stocked, made).state, ApplicationRow.objects.get(id=made).due_rule) == ("met", "SU-57-j3")


def test_the_case_goes_by_what_is_still_awaited(stocked: Node, clock: Clock, tmp_path: Path) -> None:
    lake.ingest_omop(stocked, deliver(tmp_path / "second"), dataset="second", actor="steward", synthetic=True)
    catalogue.describe(stocked, "second", body(), actor="steward")
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    made = granted(stocked, sources__datasets=["chu-demo", "second"]).id
    one, two = (TaskRow.objects.get(kind="delivery", dataset=name) for name in ("chu-demo", "second"))
    actions.extend_delivery(stocked, two.id, "Late.", actor="steward")
    actions.deliver(stocked, one.id, actor="steward")
    assert clock_of(stocked, made).due == date(2027, 9, 1)
