"""What a holder is asked for, with its day: a task that begins now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hygie.access.applications.models import TaskRow
from hygie.access.applications.recording import Step
from hygie.base import law
from hygie.base.kernel import new_id, refuse


def add(step: Step, kind: str, rule_id: str, *, permit: str, dataset: str = "") -> None:
    """Add a task that begins now."""
    rule = law.deadline(rule_id, law.local_day(step.at, step.node.country), country=step.node.country)
    begun = [law.ClockEvent(rule.starts_with, step.at)]
    TaskRow.objects.create(
        id=new_id("task"),
        application=step.row,
        kind=kind,
        rule=rule_id,
        permit=permit,
        dataset=dataset,
        asked_at=step.at,
        due_on=due(rule, begun, step),
    )


def carry(step: Step, task: TaskRow, *, permit: str) -> None:
    """Put a task that is still to be done under the permit that took the other's place; it keeps its day."""
    TaskRow.objects.create(
        id=new_id("task"),
        application=step.row,
        kind=task.kind,
        rule=task.rule,
        permit=permit,
        dataset=task.dataset,
        asked_at=task.asked_at,
        due_on=task.due_on,
        extended=task.extended,
        reason=task.reason,
    )


def lengthen(step: Step, task: TaskRow, until: date | None = None) -> None:
    """Give a task its one extension, and say its new day in the step's fact.

    Parameters
    ----------
    until : date | None   the new last day, where the law names no length

    Errors     LAW-107 extended already; LAW-108 no day; LAW-110 its day is past; LAW-115 a day that may not be
    """
    rule, begun = timed(task, step.node.country)
    if task.extended:
        raise refuse("LAW-107", rule=rule.id, policy="pause")
    law.may_extend(rule, [begun], reason=step.reason, on=step.at, country=step.node.country, until=until).check()
    now = law.ClockEvent(rule.extends_with, step.at, step.reason, until)
    task.due_on, task.extended, task.reason = due(rule, [begun, now], step), True, step.reason
    task.save(update_fields=["due_on", "extended", "reason"])
    step.body["due"] = task.due_on.isoformat()


def timed(task: TaskRow, country: str) -> tuple[law.DeadlineRule, law.ClockEvent]:
    """Return the rule of a task's time, as it was when the task began, and that beginning."""
    rule = law.deadline(task.rule, law.local_day(task.asked_at, country), country=country)
    return rule, law.ClockEvent(rule.starts_with, task.asked_at)


def due(rule: law.DeadlineRule, events: Sequence[law.ClockEvent], step: Step) -> date:
    """Return the day on which a task's clock ends."""
    found = law.clock(rule, events, on=step.at, country=step.node.country).due
    assert found is not None
    return found
