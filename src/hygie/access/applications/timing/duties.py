"""What a user owes under a permit: computed from the permit and what happened, stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from django.db.models import QuerySet
from django.utils.timezone import localdate

from hygie.access.applications.models import ApplicationRow, EventRow
from hygie.access.applications.rules import day
from hygie.access.applications.timing.lengthening import GIVEN, RESULTS, as_read
from hygie.access.applications.values import Duty
from hygie.access.permits import queries as permits
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal

KINDS = {"SU-61-4a": "results", "SU-68-12a": "renewal", "SU-68-12b": "deletion", "SU-62-4": "fees"}
TOLD = ("permit.closed", "data.deleted", "permit.granted", "fees.agreed", "fees.set")  # of one permit
RESULT, OPENED = "results.published", "data.opened"
LINE = (RESULT, GIVEN)  # of a permit and those that it amends
NOON = time(12, tzinfo=UTC)


def duties(node: Node, permit_id: str) -> tuple[Duty, ...]:
    """Return results, renewal papers and deletion with their days, the nearest first.

    Parameters
    ----------
    permit_id : str

    Errors     PMT-201, PMT-202, PMT-203
    Source     Reg. (EU) 2025/327 arts 61(4), 68(12)
    """
    at = node.clock()
    standing = permits.standing(permit_id, at=at, public_key=node.keys.public_key())
    if standing.state == "amended":
        return ()
    events = happened(permit_id, ended(standing))
    most = law.limit("permit.extensions", on=localdate(at)).figure
    renewable = standing.state != "revoked" and permits.extensions(standing.permit, node.keys.public_key()) < most
    found = []
    for rule in law.governing("permit", events, on=at, country=node.country):
        if rule.id not in KINDS or (rule.backward and not renewable):
            continue
        clock = law.clock(rule, events, on=at, country=node.country)
        if clock.started is None and rule.id == "SU-62-4":
            continue
        if clock.started is None:
            start = next(localdate(event.at) for event in events if event.kind == rule.starts_with)
            due = law.add(start, rule.amount, rule.unit, country=node.country)
            done = reported(permit_id) if rule.id == RESULTS[0] else None
            found.append(Duty(KINDS[rule.id], rule.id, permit_id, start, due, False, done, late=False))
        elif clock.due is not None:
            late = clock.state in ("overdue", "late")
            more = clock.extension or (None, "")
            done = reported(permit_id) if rule.id == RESULTS[0] else clock.ended
            found.append(Duty(KINDS[rule.id], rule.id, permit_id, clock.started, clock.due, True, done, late, *more))
    return tuple(sorted(found, key=lambda each: (each.due_on, each.kind)))


def ended(standing: permits.Standing) -> date:
    """Return a permit's last day."""
    return min(standing.permit.duration.end, standing.revoked_on or date.max)


def results(node: Node, permit_id: str) -> tuple[law.DeadlineRule, Sequence[law.ClockEvent]] | None:
    """Return the rule of the results owed under a permit and what it is read with; None once it was amended.

    Errors     PMT-201, PMT-202, PMT-203
    Source     Reg. (EU) 2025/327 art. 61(4) (SU-61-4a)
    """
    at = node.clock()
    standing = permits.standing(permit_id, at=at, public_key=node.keys.public_key())
    if standing.state == "amended":
        return None
    events = happened(permit_id, ended(standing))
    return law.governed(RESULTS[0], events, on=at, country=node.country), events


def results_clock(node: Node, row: ApplicationRow, at: datetime) -> tuple[law.Clock, ...]:
    """Return the clock of the results owed under an application's permit, once it runs; none where it cannot be read.

    Source     Reg. (EU) 2025/327 art. 61(4) (SU-61-4a)
    """
    try:
        found = results(node, row.permit) if row.permit else None
    except Refusal:
        return ()
    clock = law.clock(*found, on=at, country=node.country) if found else None
    return (clock,) if clock and clock.state != "not started" else ()


def ahead(node: Node, row: ApplicationRow, at: datetime) -> date | None:
    """Return the last day of an application's permit while it stands and that day is not over; None otherwise."""
    try:
        found = permits.standing(row.permit, at=at, public_key=node.keys.public_key()) if row.permit else None
    except Refusal:
        return None
    return found.permit.duration.end if found and found.state == "granted" else None


def happened(permit_id: str, end: date) -> Sequence[law.ClockEvent]:
    """Return what happened to a permit, its end included though it may lie ahead; no processing outlasts it.

    Results that were reported, and longer times that were given, under a permit that it amends count for it too; what
    was reported before the end of processing ends the duty when that begins.
    """
    over, line = datetime.combine(end, NOON), permits.line(permit_id)
    rows = EventRow.objects.filter(application__permit__in=line).select_related("application").order_by("id")
    known = rows.filter(kind__in=(*TOLD, *LINE)).defer("application__document", "application__written")
    told = [each for each in known if each.kind in LINE or each.application.permit == permit_id]
    found: list[law.ClockEvent] = [as_read(event, event.reason) for event in told]
    found = [replace(each, at=min(each.at, over)) if each.kind == "permit.closed" else each for each in found]
    if not any(event.kind == "permit.closed" for event in found):
        found.append(law.ClockEvent("permit.closed", over))
    closed = max(each.at for each in found if each.kind == "permit.closed")
    found = [replace(each, at=max(each.at, closed)) if each.kind == RESULT else each for each in found]
    found.sort(key=lambda each: each.kind != "permit.closed")
    found.append(law.ClockEvent("permit.expires", over))
    return [*found, *asked_to_renew(permit_id, end)]


def under(permit_id: str, kind: str) -> QuerySet[EventRow]:
    """Return what happened of a kind under a permit, or under one that it amends, in order."""
    return EventRow.objects.filter(application__permit__in=permits.line(permit_id), kind=kind).order_by("id")


def reported(permit_id: str) -> date | None:
    """Return the day on which results were first reported under a permit, or under one that it amends."""
    first = under(permit_id, RESULT).first()
    return localdate(first.at) if first else None


def asked_to_renew(permit_id: str, end: date) -> list[law.ClockEvent]:
    """Return when a longer permit was asked for by an application that stands; an amendment of other things is none.

    Source     Reg. (EU) 2025/327 art. 68(12) (SU-68-12a)
    """
    rows = ApplicationRow.objects.filter(amends=permit_id, submitted_at__isnull=False).order_by("submitted_at")
    return [
        law.ClockEvent("permit.renewal-asked", each.submitted_at)
        for each in rows.exclude(state__in=("withdrawn", "closed")).exclude(outcome__in=("refused", "converted"))
        if each.submitted_at and (day(each.document, "processing.to") or end) > end
    ]
