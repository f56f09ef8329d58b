"""A step of an application: its row locked, its event, its fact, its legs and its clocks, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.applications import machine
from hygie.access.applications.decision import separation
from hygie.access.applications.decision.published import public_digest
from hygie.access.applications.models import ApplicationRow, EventRow, LegRow
from hygie.access.applications.timing import clocks
from hygie.access.applications.timing.deadlines import follow
from hygie.access.applications.timing.lengthening import EXTENDED as DELIVERY_EXTENDED
from hygie.access.applications.timing.lengthening import GIVEN, RESULTS, as_read, lengthened
from hygie.access.applications.values import Happening
from hygie.access.catalogue.holding import beyond
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, refuse
from hygie.base.kernel.catalogue import coded
from hygie.base.ledger import actions as ledger
from hygie.base.ledger.kinds import READINGS
from hygie.commons.people.policy import check

Happened = TypeVar("Happened", EventRow, Happening)
NODE = "node"
AGREED, CONVERSION = "application.conversion-agreed", "application.conversion-proposed"
EXTENDED, REROUTED = "application.extended", "application.rerouted"
REWRITING = ("application.resumed",)
PROPOSAL, LAPSED = "SU-72-5a", "proposal.lapsed"
PROPOSED, FORWARDED = "proposal.received", "cesrees.received"
ADVICE = (FORWARDED, "cesrees.opinion", "cnil.received", "cnil.extended", "cnil.decided", PROPOSED)
ADVISING = ("FR-20", "FR-21", "FR-22", "SU-72-5a", "SU-72-5b", "SU-72-5b.silence")
HOLDERS = ("application.advise", "application.deliver")


@dataclass
class Step:
    """A move that is being made.

    Parameters
    ----------
    row : ApplicationRow   locked; what the action changes is saved at the end
    reason : str           stays in the control database, never in the ledger
    body : dict            what the ledger says besides track and states: things and figures, never persons
    kept : dict            what the event has besides, and the ledger has not: words that somebody wrote
    kind : str             the event's kind, the move's unless the action says another
    since : datetime       when it happened, where the node notes it later than that; None: at `at`
    """

    node: Node
    row: ApplicationRow
    actor: str
    at: datetime
    kind: str
    reason: str = ""
    body: dict[str, object] = field(default_factory=dict)
    kept: dict[str, object] = field(default_factory=dict)
    further: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)
    since: datetime | None = None


@contextmanager
def moving(node: Node, application_id: str, move: str, *, actor: str, dataset: str = "") -> Iterator[Step]:
    """Open a move: do what the clocks ask for by now, lock, ask policy and machine; on leaving, write what follows.

    Parameters
    ----------
    dataset : str   the one that a holder's steward acts on; empty: all of the application's

    Errors     APP-101 no such application; PPL codes; APP-201 the move is not open; APP-202 decided meanwhile
    """
    at = node.clock()
    due_first(node, application_id, at)
    with transaction.atomic():
        row = locked(application_id)
        made = machine.MOVES[move]
        if made.by:
            held = {"datasets": (dataset,) if dataset else held_here(row, node)} if made.by in HOLDERS else {}
            check(actor, made.by, {**attributes(row, actor), **held})
        if move == "decide" and row.state == "decided":
            raise refuse("APP-202", found=coded(machine.STATE, (row.outcome,)), day=day_of(row.decided_at))
        machine.go(row.state, move).check()
        step = Step(node, row, actor, at, made.event)
        yield step
        before, row.state = row.state, made.ways[row.state]
        if before != row.state:
            row.changed_state_at = step.at
        step.body |= {"from": before, "to": row.state}
        finish(step)


def due_first(node: Node, application_id: str, at: datetime) -> None:
    """Do what an application's clocks ask for by now, so that nothing depends on when the worker comes round.

    It stays done when the move that follows is refused.

    Source     Reg. (EU) 2025/327 art. 68(4); décret 2019-536 art. 91
    """
    rows = ApplicationRow.objects.filter(id=application_id, wake_on__lte=localdate(at)).exclude(state="draft")
    while rows.exists() and wake(node, application_id, at):
        pass


def wake(node: Node, application_id: str, at: datetime) -> bool:
    """Act on every clock of one application that is past its day; return whether there was one."""
    with transaction.atomic():
        row = locked(application_id)
        if row.state == "draft":
            return forget(node, row, at)
        past = list(row.events.order_by("id"))
        noted = [str(event.body.get("rule", "")) for event in standing(past) if event.kind == "application.overdue"]
        found = clocks.reckon(row.track, told(past), on=at, country=node.country, waiting=node.waiting).clocks
        zero = [clock for clock in found if clock.state == "overdue" and clock.rule.id not in noted]
        for clock in sorted(zero, key=lambda each: each.due or date.max):
            ACTS.get(clock.at_zero, escalate)(Step(node, row, NODE, at, "", body={"rule": clock.rule.id}), clock)
        if not zero:
            settle(row, past, node, at)
            row.save(update_fields=["due_on", "due_rule", "wake_on"])
    return bool(zero)


def forget(node: Node, row: ApplicationRow, at: datetime) -> bool:
    """Delete a draft that nobody touched for as long as the rule says; it was never received (TG-3)."""
    if lasts(row, node) >= localdate(at):
        row.wake_on = lasts(row, node) + timedelta(days=1)
        row.save(update_fields=["wake_on"])
        return False
    drop(row)
    return True


def escalate(step: Step, clock: law.Clock) -> None:
    """Note that a day passed; the state stays as it is. Where a proposal lapsed, the body's own time runs from then."""
    step.kind = "application.overdue"
    if clock.rule.id == PROPOSAL:
        step.since = clock.due_at
    finish(step)


def close(step: Step, clock: law.Clock) -> None:
    """Close an application that was not completed in time (68(4)), as of its last day."""
    machine.go(step.row.state, "close").check()
    before, step.row.state = step.row.state, machine.MOVES["close"].ways[step.row.state]
    step.kind, step.reason, step.row.written = machine.MOVES["close"].event, "not completed", None
    step.row.changed_state_at = lapsed(clock, step)
    step.body |= {"why": step.reason, "from": before, "to": step.row.state}
    finish(step)


def tacit(step: Step, clock: law.Clock) -> None:
    """Note a committee's tacit favourable opinion, as of its day (décret 2019-536 art. 91)."""
    step.kind, step.body = "cesrees.opinion", step.body | {"outcome": "favourable", "tacit": True}
    lapsed(clock, step)
    finish(step)


def silence(step: Step, clock: law.Clock) -> None:
    """Take CNIL's silence as acceptance; the rule itself says so only after an expressly favourable opinion."""
    step.kind, step.body = "cnil.decided", step.body | {"outcome": "accepted", "tacit": True}
    lapsed(clock, step)
    finish(step)


def lapsed(clock: law.Clock, step: Step) -> datetime:
    """Date a step at the end of a clock's last day, when silence takes effect, and say that day in its fact."""
    assert clock.due_at is not None and clock.due is not None
    step.since = clock.due_at - timedelta(seconds=1)
    step.body["due"] = clock.due.isoformat()
    return step.since


ACTS: Mapping[str, Callable[[Step, law.Clock], None]] = {
    "close": close,
    "tacit-favourable": tacit,
    "accepted": silence,
}


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
    """Return what the policy asks of an application: who wrote, advised on, assessed, decided and prepares it."""
    people = separation.involved(row.id)
    about: dict[str, object] = {"author": row.author, "team": set(people["team"])}
    about |= {"assessed_by": people["assessed_by"], "advised_by": people["advised_by"]}
    if actor in people["delivered_by"]:
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
    shown = {"datasets": list(names(row))} if any(kind in READINGS for kind, _, _ in entries) else {}
    facts = [
        Fact(kind, row.id, step.actor, step.at, {**told, **(shown if kind in READINGS else {}), **body})
        for kind, _, body in entries
    ]
    indexes = ledger.append(facts)
    past = list(row.events.order_by("id"))
    for (kind, reason, body), index in zip(entries, indexes, strict=True):
        past.append(write(step, kind, reason, {**body, **(step.kept if body is step.body else {})}, index))
        legs(row, past)
    settle(row, past, step.node, step.at)
    row.changed_at = step.at
    row.save()


def write(step: Step, kind: str, reason: str, body: Mapping[str, object], index: int) -> EventRow:
    """Store one event."""
    shown = {name: value for name, value in body.items() if isinstance(value, str | int | bool | list | None)}
    at = step.since or step.at
    return EventRow.objects.create(
        application=step.row, kind=kind, at=at, actor=step.actor, reason=reason, body=shown, index=index
    )


def legs(row: ApplicationRow, events: Sequence[EventRow]) -> None:
    """Store the legs that the last event ended."""
    LegRow.objects.bulk_create(
        LegRow(application=row, leg=leg.name, track=row.track, basis=row.basis, ended_on=leg.end, days=leg.days)
        for leg in clocks.ended([(event.kind, localdate(event.at)) for event in events])
    )


def settle(row: ApplicationRow, events: Sequence[EventRow], node: Node, at: datetime) -> None:
    """Set an application's due date and the day on which it wakes."""
    found = clocks.reckon(row.track, told(events), on=at, country=node.country, waiting=node.waiting)
    row.due_on, row.due_rule = found.due_on, found.due_rule
    row.wake_on = min(filter(None, (found.wake_on, follow(node, row, found.clocks, at))), default=None)


def lasts(row: ApplicationRow, node: Node) -> date:
    """Return the last day of a draft that nobody touches (TG-3)."""
    rule = law.deadline("TG-3", localdate(row.changed_at), country=node.country)
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
    """Return events as the clocks read them; a file that CESREES had is to be forwarded again once its text changed."""
    kept, forwarded, found = {event.id for event in standing(events)}, False, []
    longer = lengthened(events)
    kept -= {event.id for event in events if event.kind == DELIVERY_EXTENDED and event is not longer}
    for event in events:
        forwarded |= event.kind == FORWARDED
        if event.id in kept:
            found.append(as_read(event, why(event)))
            if event.body.get("rule") == PROPOSAL:
                found.append(law.ClockEvent(LAPSED, event.at))
        if forwarded and rewrites(event):
            found.append(law.ClockEvent("application.complete", event.at))
    return found


def rewrites(event: Happened) -> bool:
    """Return whether an event handed in another text than the one that was judged."""
    return event.kind in REWRITING and bool(event.body.get("changed"))


def standing(events: Sequence[Happened]) -> list[Happened]:
    """Return events without those that later ones made void.

    An agreement, an opinion, a proposal and the passing of their days fall with the text they were given on, an
    extension with the track whose time it extended, the passing of the results' day with a longer time given after it.
    """
    changed = max((place for place, event in enumerate(events) if rewrites(event)), default=0)
    moved = max((place for place, event in enumerate(events) if event.kind == REROUTED), default=0)
    proposed = max((place for place, event in enumerate(events[:changed]) if event.kind == PROPOSED), default=0)
    longer = max((place for place, event in enumerate(events) if event.kind == GIVEN), default=0)
    since = {EXTENDED: moved, "proposal.asked": proposed, **dict.fromkeys((AGREED, CONVERSION, *ADVICE), changed)}

    def first(event: Happened) -> int:
        rule = event.body.get("rule")
        if rule in RESULTS and event.kind == "application.overdue":
            return longer
        return changed if rule in ADVISING else since.get(event.kind, 0)

    return [event for place, event in enumerate(events) if place >= first(event)]


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
    return localdate(at).isoformat() if at else "–"
