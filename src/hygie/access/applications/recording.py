"""A step of an application: its row locked, its event, its fact, its legs and its clocks, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from hygie.access.applications import clocks, machine
from hygie.access.applications.models import ApplicationRow, EventRow, LegRow, TaskRow
from hygie.access.applications.published import public_digest
from hygie.access.catalogue.holding import beyond
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check

HOLDERS = ("application.advise", "application.deliver")


@dataclass
class Step:
    """A move that is being made.

    Parameters
    ----------
    row : ApplicationRow   locked; what the action changes is saved at the end
    reason : str           stays in the control database, never in the ledger
    body : dict            what the ledger says besides track and states: things and figures, never persons
    kind : str             the event's kind, the move's unless the action says another
    """

    node: Node
    row: ApplicationRow
    actor: str
    at: datetime
    kind: str
    reason: str = ""
    body: dict[str, object] = field(default_factory=dict)
    further: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)


@contextmanager
def moving(node: Node, application_id: str, move: str, *, actor: str, dataset: str = "") -> Iterator[Step]:
    """Open a move: lock, ask the policy, ask the machine; on leaving, write all that follows from it.

    Parameters
    ----------
    dataset : str   the one that a holder's steward acts on; empty: all of the application's

    Errors     APP-101 no such application; PPL codes; APP-201 the move is not open; APP-202 decided meanwhile
    """
    with transaction.atomic():
        row = locked(application_id)
        made = machine.MOVES[move]
        if made.by:
            held = {"datasets": (dataset,) if dataset else held_here(row, node)} if made.by in HOLDERS else {}
            check(actor, made.by, {**attributes(row, actor), **held})
        if move == "decide" and row.state == "decided":
            raise refuse("APP-202", found=row.outcome, day=day_of(row.decided_at))
        machine.go(row.state, move).check()
        step = Step(node, row, actor, node.clock(), made.event)
        yield step
        before, row.state = row.state, made.ways[row.state]
        if before != row.state:
            row.changed_state_at = step.at
        step.body |= {"from": before, "to": row.state}
        finish(step)


def locked(application_id: str) -> ApplicationRow:
    """Return an application's row, held until the transaction ends; APP-101."""
    row = ApplicationRow.objects.select_for_update().filter(id=application_id).first()
    if row is None:
        raise refuse("APP-101", found=application_id[:64])
    return row


def names(row: ApplicationRow) -> tuple[str, ...]:
    """Return the datasets that an application asks for."""
    return tuple(each.dataset for each in row.datasets.all())


def held_here(row: ApplicationRow, node: Node) -> tuple[str, ...]:
    """Return those of an application's datasets that this country's access body decides on (68(5))."""
    return tuple(row.datasets.exclude(dataset__in=beyond(node.country)).values_list("dataset", flat=True))


def attributes(row: ApplicationRow, actor: str) -> dict[str, object]:
    """Return what the policy asks of an application: author, team, and whether the actor prepares its data."""
    team = set(row.members.values_list("account", flat=True))
    about: dict[str, object] = {"author": row.author, "team": team}
    if TaskRow.objects.filter(application=row, kind="delivery", done_by=actor).exists():
        about["prepared_by"] = actor
    if row.decided_by:
        about["decided_by"] = row.decided_by
    return about


def finish(step: Step) -> None:
    """Write a step's event and fact, the legs it ended and the clocks that follow, and save the row.

    Each fact has track, kind, the step's figures, and the digest of what the register says of the application from
    then on.
    """
    row = step.row
    entries = [(step.kind, step.reason, step.body), *step.further]
    told = {"kind": row.kind, "track": row.track, "public": public_digest(row)}
    indexes = ledger.append([Fact(kind, row.id, step.actor, step.at, {**told, **body}) for kind, _, body in entries])
    past = list(row.events.order_by("id"))
    for (kind, reason, body), index in zip(entries, indexes, strict=True):
        past.append(write(step, kind, reason, body, index))
        legs(row, past)
    settle(row, past, step.node, step.at)
    row.changed_at = step.at
    row.save()


def write(step: Step, kind: str, reason: str, body: Mapping[str, object], index: int) -> EventRow:
    """Store one event."""
    shown = {name: value for name, value in body.items() if isinstance(value, str | int | bool | list | None)}
    return EventRow.objects.create(
        application=step.row, kind=kind, at=step.at, actor=step.actor, reason=reason, body=shown, index=index
    )


def legs(row: ApplicationRow, events: Sequence[EventRow]) -> None:
    """Store the legs that the last event ended."""
    LegRow.objects.bulk_create(
        LegRow(application=row, leg=leg.name, track=row.track, basis=row.basis, ended_on=leg.end, days=leg.days)
        for leg in clocks.ended([(event.kind, event.at) for event in events])
    )


def settle(row: ApplicationRow, events: Sequence[EventRow], node: Node, at: datetime) -> None:
    """Set an application's due date and the day on which it wakes."""
    found = clocks.reckon(row.track, told(events), on=at, country=node.country)
    row.due_on, row.due_rule, row.wake_on = found.due_on, found.due_rule, found.wake_on


def lasts(row: ApplicationRow, node: Node) -> date:
    """Return the last day of a draft that nobody touches (TG-3)."""
    rule = law.deadline("TG-3", row.changed_at.date(), country=node.country)
    begun = [law.ClockEvent(rule.starts_with, row.changed_at)]
    due = law.clock(rule, begun, on=row.changed_at, country=node.country).due
    assert due is not None
    return due


def drop(row: ApplicationRow) -> None:
    """Delete a draft and all that hangs on it; nobody received it, so no fact is written."""
    for kept in (row.members, row.datasets, row.messages):
        kept.all().delete()
    row.delete()


def told(events: Sequence[EventRow]) -> list[law.ClockEvent]:
    """Return events as the clocks read them."""
    return [law.ClockEvent(event.kind, event.at, why(event)) for event in events]


def why(event: EventRow) -> str:
    """Return what a clock must know of an event: the rule that ran out, which opinion it was, or its reason."""
    if event.kind == "application.overdue":
        return str(event.body.get("rule", ""))
    outcome = str(event.body.get("outcome", ""))
    if event.kind in ("cesrees.opinion", "cnil.decided", "application.decided"):
        return f"tacit {outcome}" if event.body.get("tacit") else outcome
    return event.reason


def day_of(at: datetime | None) -> str:
    """Return a time's day as refusals write it."""
    return at.date().isoformat() if at else "–"
