"""Results that are not public in time reach the officers, once (61(4), SU-61-4a)."""

from __future__ import annotations

from datetime import timedelta

from hygie.access.applications import actions, queries
from hygie.access.applications.models import EventRow
from hygie.base.engine.node import Node
from hygie.base.ledger import queries as ledger
from hygie.commons.web import tasks
from hygie.node.site import worker
from tests.access.applications.story import granted, opened
from tests.conftest import Clock, Site

PASSED = {"kind": "application.overdue", "body__rule": "SU-61-4a"}


def test_a_day_that_passed_is_noted_once_and_shown_to_officers_until_results_are_reported(
    stocked: Node, clock: Clock
) -> None:
    got, never = granted(stocked), granted(stocked)
    opened(stocked, got)
    worker.rooms()
    look = next(each for _, each in tasks.PERIODIC if each.__name__ == "results")
    clock.time += timedelta(days=365 + 500)
    look(stocked)
    assert not EventRow.objects.filter(**PASSED).exists()
    clock.time += timedelta(days=60)
    look(stocked)
    look(stocked)
    (event,) = EventRow.objects.filter(**PASSED)
    assert event.application_id == got.id != never.id and ledger.event(event.index).actor == "node"
    site = Site(stocked)
    told = site.get("/api/v1/applications/deadlines?overdue=true", as_="officer").json()
    assert (got.id, "SU-61-4a") in [(each["id"], each["rule"]) for each in told["entries"]]
    assert (never.id, "SU-61-4a") not in [(each["id"], each["rule"]) for each in told["entries"]]
    assert "The user makes the results public" in site.text(site.get(f"/applications/{got.id}/case/", as_="officer"))
    actions.report_results(
        stocked, got.id, title="None", link="https://journal.example/1", acknowledged=True, actor="user"
    )
    left = queries.deadlines(stocked, reader="officer").entries
    assert (got.id, "SU-61-4a") not in [(each.id, each.rule) for each in left]
