"""What happens when a clock is at zero: once, by itself, and never a permit under the Union's rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.reading import clocks_of
from hygie.access.applications.recording import Step, drop, finish, lasts, locked, moving, settle
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal

NODE = "node"


def tick(node: Node, *, most: int = 1000) -> int:
    """Do what the clocks ask for by now, and return how many applications were touched; a second time does nothing.

    Parameters
    ----------
    most : int   applications looked at, those that have waited longest first

    Source     Reg. (EU) 2025/327 art. 68(4): no tacit approval and no tacit refusal; décret 2019-536 art. 91
    """
    at = node.clock()
    waiting = ApplicationRow.objects.filter(wake_on__lte=at.date()).order_by("wake_on", "id")
    return sum(woken(node, each, at) for each in list(waiting.values_list("id", flat=True)[:most]))


def woken(node: Node, application_id: str, at: datetime) -> bool:
    """Wake one application; one whose clocks cannot be read waits a day, so that it holds up no other."""
    try:
        return wake(node, application_id, at)
    except Refusal:
        tomorrow = at.date() + timedelta(days=1)
        ApplicationRow.objects.filter(id=application_id).update(wake_on=tomorrow)
        return False


def wake(node: Node, application_id: str, at: datetime) -> bool:
    """Act on every clock of one application that is past its day; return whether there was one."""
    with transaction.atomic():
        row = locked(application_id)
        if row.state == "draft":
            return forget(node, row, at)
        past = [str(body.get("rule", "")) for body in overdue(row)]
        zero = [clock for clock in clocks_of(node, row, at) if clock.state == "overdue" and clock.rule.id not in past]
        for clock in zero:
            ACTS.get(clock.at_zero, escalate)(node, row, clock)
            row = locked(application_id)
        if not zero:
            settle(row, list(row.events.order_by("id")), node, at)
            row.save(update_fields=["due_on", "due_rule", "wake_on"])
    return bool(zero)


def forget(node: Node, row: ApplicationRow, at: datetime) -> bool:
    """Delete a draft that nobody touched for as long as the rule says; it was never received (TG-3)."""
    if lasts(row, node) >= at.date():
        row.wake_on = lasts(row, node) + timedelta(days=1)
        row.save(update_fields=["wake_on"])
        return False
    drop(row)
    return True


def overdue(row: ApplicationRow) -> list[dict[str, object]]:
    """Return what was noted of clocks that ran out."""
    return list(row.events.filter(kind="application.overdue").values_list("body", flat=True))


def escalate(node: Node, row: ApplicationRow, clock: law.Clock) -> None:
    """Note that a day passed; the state stays as it is."""
    note(node, row, "application.overdue", clock, {})


def close(node: Node, row: ApplicationRow, clock: law.Clock) -> None:
    """Close an application that was not completed in time (68(4))."""
    with moving(node, row.id, "close", actor=NODE) as step:
        step.reason = "not completed"
        step.body |= {"rule": clock.rule.id, "why": step.reason}


def tacit(node: Node, row: ApplicationRow, clock: law.Clock) -> None:
    """Note a committee's tacit favourable opinion (décret 2019-536 art. 91)."""
    note(node, row, "cesrees.opinion", clock, {"outcome": "favourable", "tacit": True})


def silence(node: Node, row: ApplicationRow, clock: law.Clock) -> None:
    """Take CNIL's silence as acceptance; the rule itself says so only after an expressly favourable opinion."""
    note(node, row, "cnil.decided", clock, {"outcome": "accepted", "tacit": True})


def note(node: Node, row: ApplicationRow, kind: str, clock: law.Clock, body: Mapping[str, object]) -> None:
    """Write an event that the node itself causes."""
    finish(Step(node, row, NODE, node.clock(), kind, body={"rule": clock.rule.id, **body}))


ACTS: Mapping[str, Callable[[Node, ApplicationRow, law.Clock], None]] = {
    "close": close,
    "tacit-favourable": tacit,
    "accepted": silence,
}
