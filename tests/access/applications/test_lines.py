"""A permit that stands no more leaves nothing to be done; what came under it counts for the one that amends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import EventRow, TaskRow
from hygie.access.applications.timing import lateness
from hygie.access.applications.timing.ticking import tick
from hygie.access.applications.values import Application
from hygie.access.permits import actions as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import document, fill, granted, judged_by_law, opened
from tests.conftest import Clock, Site

LINK = {"title": "Result", "link": "https://journal.example/1", "acknowledged": True, "actor": "user"}


def code(do: Callable[..., Any], *args: Any, **named: Any) -> str:
    """The code of a refusal."""
    with pytest.raises(Refusal) as refused:
        do(*args, **named)
    return refused.value.code


def tasks(application: Application) -> list[tuple[str, bool, str]]:
    """An application's tasks: kind, whether over, who did it."""
    found = TaskRow.objects.filter(application=application.id).order_by("asked_at", "id")
    return [(each.kind, each.done_at is not None, each.done_by) for each in found]


def live(node: Node, application: Application) -> set[str]:
    """The clocks of an application that run or are overdue."""
    found = queries.folder(node, application.id, reader="officer").clocks
    return {clock.rule.id for clock in found if clock.state in ("running", "overdue")}


def amended(node: Node, application: Application, **changes: Any) -> Application:
    """A granted application that amends another's permit."""
    begun = actions.start(node, actor="user", amends=application.permit)
    fill(node, begun, document(node, **changes))
    actions.submit(node, begun.id, actor="user")
    return judged_by_law(node, begun.id)


def delivery(application: Application) -> str:
    """The id of an application's delivery."""
    return TaskRow.objects.get(application=application.id, kind="delivery").id


def test_nothing_is_delivered_under_a_permit_that_was_revoked_or_is_over(stocked: Node, clock: Clock) -> None:
    got, waits, over = granted(stocked), granted(stocked), granted(stocked)
    actions.deliver(stocked, delivery(waits), actor="steward")
    for each in (got, waits):
        permits.revoke(stocked, each.permit, "Breach.", published="Breach.", confirmed=True, actor="officer")
    assert [each.application for each in queries.due(stocked, reader="steward").entries] == [over.id]
    assert tasks(got) == [("delivery", True, "")]
    assert tasks(waits) == [("delivery", True, "steward"), ("opening", True, "")]
    assert not {"SU-60-2", "SU-68-7"} & (live(stocked, got) | live(stocked, waits))
    assert code(actions.deliver, stocked, delivery(got), actor="steward") == "PMT-206"
    assert code(actions.extend_delivery, stocked, delivery(got), "Volume.", actor="steward") == "PMT-206"
    assert "The permit stands no more" in Site(stocked).text(Site(stocked).get(f"/applications/{got.id}/", as_="user"))
    clock.advance(days=366)
    assert code(actions.deliver, stocked, delivery(over), actor="steward") == "PMT-204"
    tick(stocked)
    assert tasks(over) == [("delivery", True, "")] and "SU-60-2" not in live(stocked, over)
    assert not EventRow.objects.filter(application=got.id, body__rule="SU-60-2").exists()


def test_an_amendment_ends_what_waits_and_asks_for_nothing_that_came(stocked: Node, clock: Clock) -> None:
    first = granted(stocked)
    second = amended(stocked, first, processing__safeguards="Two rooms.")
    assert [each.permit for each in queries.due(stocked, reader="steward").entries] == [second.permit]
    assert code(actions.deliver, stocked, delivery(first), actor="steward") == "PMT-208"
    actions.deliver(stocked, delivery(second), actor="steward")
    clock.advance(days=20)
    third = amended(stocked, second, processing__safeguards="Three rooms.")
    (task,) = TaskRow.objects.filter(application=third.id)
    before = TaskRow.objects.get(application=second.id, kind="opening")
    assert (task.kind, task.due_on, task.done_at) == ("opening", before.due_on, None) and before.done_by == ""
    assert not {"SU-60-2", "SU-68-7.ask"} & live(stocked, third)
    found = queries.deadlines(stocked, reader="officer").entries
    assert {(each.rule, each.due_on) for each in found if each.id == third.id} >= {("SU-68-7", task.due_on)}
    opened(stocked, third)
    assert TaskRow.objects.get(id=task.id).done_by == "steward"
    fourth = amended(stocked, third, processing__safeguards="Four rooms.")
    opened(stocked, fourth)
    assert tasks(fourth) == [] and not fourth_opened(fourth)
    columns = document(stocked)["data"]["tables"]
    fewer = {name: columns[name] for name in list(columns)[:-1]}
    reasons = {f"{name}.{column}": "Why." for name, each in fewer.items() for column in each}
    fifth = amended(stocked, fourth, data__tables=fewer, data__reasons=reasons)
    assert tasks(fifth) == [("delivery", False, "")], "other data are asked for"


def fourth_opened(application: Application) -> bool:
    """Whether an application says of its own that its data were opened."""
    return EventRow.objects.filter(application=application.id, kind="data.opened").exists()


def test_results_are_owed_and_reported_over_the_whole_line_of_permits(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    first, other = granted(stocked), granted(stocked)
    opened(stocked, first)
    opened(stocked, other)
    second = amended(stocked, first, processing__safeguards="Two rooms.")
    actions.report_results(stocked, amended(stocked, other).id, **LINK)
    assert code(actions.end_processing, stocked, first.id, actor="user") == "PMT-208"
    page = Site(stocked).text(Site(stocked).get(f"/applications/{first.id}/", as_="user"))
    assert "Say that processing is over" not in page
    clock.time += timedelta(days=365 + 570)
    tick(stocked)
    assert lateness.note_late(stocked) == 1 and lateness.note_late(stocked) == 0
    late = queries.deadlines(stocked, reader="officer", overdue=True).entries
    assert [each.id for each in late if each.rule == "SU-61-4a"] == [second.id]
    actions.report_results(stocked, first.id, **LINK)
    (duty,) = [each for each in queries.duties(stocked, second.permit) if each.kind == "results"]
    assert duty.done_on == clock.time.date() and queries.duties(stocked, first.permit) == ()
    late = queries.deadlines(stocked, reader="officer", overdue=True).entries
    assert not [each for each in late if each.rule == "SU-61-4a"]


def test_results_reported_before_processing_ended_are_owed_no_more(stocked: Node, clock: Clock) -> None:
    got = granted(stocked)
    opened(stocked, got)
    actions.report_results(stocked, got.id, **LINK)
    day = clock.time.date()
    for days in (0, 400):
        clock.advance(days=days)
        (duty,) = [each for each in queries.duties(stocked, got.permit) if each.kind == "results"]
        assert (duty.done_on, duty.late) == (day, False)
