"""Half an hour after midnight in Paris it is still yesterday in UTC: every day that is told or counted is Paris's."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.timing import duties
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import rows
from hygie.public.register import queries as register
from tests.access.applications.story import document, fill, granted, submitted
from tests.conftest import Clock


def late(day: date) -> datetime:
    """Half an hour after midnight in Paris, in winter; in UTC the day before."""
    return datetime.combine(day - timedelta(days=1), datetime.min.time(), UTC).replace(hour=23, minute=30)


def test_a_day_begins_at_midnight_in_the_country(stocked: Node, clock: Clock) -> None:
    monday = date(2026, 12, 14)
    clock.time = late(monday)
    assert stocked.today() == monday
    made = submitted(stocked)
    (entry,) = (each for each in register.register(stocked)["applications"] if each["id"] == made)
    assert entry["received_on"] == "2026-12-14"
    begun = {each.rule.id: each.started for each in queries.folder(stocked, made, reader="user").clocks}
    assert set(begun.values()) - {None} == {monday}
    clock.time = datetime(2026, 12, 14, 9, 30, tzinfo=UTC)
    actions.take(stocked, made, actor="officer")
    actions.mark_complete(stocked, made, actor="officer")
    assert list(ApplicationRow.objects.get(id=made).legs.values_list("leg", "days")) == [("pre-screening", 0)]
    told = json.dumps(register.register(stocked)).encode()
    records = (record for record, _ in rows.events(0, ledger.head().size))
    found = register.verify(told, records, origin="hygie/node-test")
    assert [(each.leg, each.mean) for each in found.figures.legs] == [("pre-screening", 0)]


def test_a_permit_ends_with_its_last_day(stocked: Node, clock: Clock) -> None:
    made = granted(stocked)
    key = stocked.keys.public_key()
    duration = permits.find(made.permit, key).permit.duration
    papers = next(each for each in duties.duties(stocked, made.permit) if each.kind == "renewal").due_on
    assert papers is not None
    clock.time = late(papers + timedelta(days=1))
    again = actions.start(stocked, actor="user", amends=made.permit)
    span = {"from": duration.start.isoformat(), "to": (duration.end + timedelta(days=90)).isoformat()}
    fill(stocked, again, document(stocked, processing__from=span["from"], processing__to=span["to"]))
    with pytest.raises(Refusal) as refused:
        actions.submit(stocked, again.id, actor="user")
    assert any(each.path == "$.processing.to" for each in refused.value.verdict.reasons)
    for at, state in ((late(duration.end + timedelta(days=1)), "expired"), (late(duration.end), "granted")):
        assert permits.standing(made.permit, at=at, public_key=key).state == state
