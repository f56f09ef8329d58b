"""What a holder is asked for, with its day: a task that begins now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hygie.access.applications.models import TaskRow
from hygie.access.applications.recording import Step
from hygie.base import law
from hygie.base.kernel import new_id


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


def due(rule: law.DeadlineRule, events: Sequence[law.ClockEvent], step: Step) -> date:
    """Return the day on which a task's clock ends."""
    found = law.clock(rule, events, on=step.at, country=step.node.country).due
    assert found is not None
    return found
