"""Results that are not public in time: the day that passed is noted once; `deadlines` lists it for officers."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from hygie.access.applications.models import ApplicationRow, EventRow
from hygie.access.applications.recording import NODE, Step, finish, locked
from hygie.access.applications.timing.duties import OPENED, duties, under
from hygie.access.applications.timing.lengthening import GIVEN, RESULTS
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal

RULE = RESULTS[0]
PASSED, REPORTED = "application.overdue", "results.published"
MOST = 1000
SHORTEST_MONTH = 28
log = logging.getLogger("hygie.applications")


def happened(kind: str, **more: object) -> Exists:
    """Return the condition that something happened to an application."""
    return Exists(EventRow.objects.filter(application=OuterRef("pk"), kind=kind, **more))


def passed(**more: object) -> QuerySet[EventRow]:
    """Return the notes that a day passed, without those that a longer time given since made void."""
    given = EventRow.objects.filter(application=OuterRef("application"), kind=GIVEN, id__gt=OuterRef("id"))
    return EventRow.objects.filter(kind=PASSED, **more).exclude(Exists(given))


def waiting(today: date) -> QuerySet[ApplicationRow]:
    """Return the applications that may owe results by now: of permits that none amends, none reported, none noted.

    Their data were opened; of an amendment's permit that may have been under the one that it amends.
    """
    since = today - timedelta(days=SHORTEST_MONTH * law.deadline(RULE, today).amount)
    noted = passed(body__rule=RULE).filter(application=OuterRef("pk"))
    later = ApplicationRow.objects.filter(amends=OuterRef("permit")).exclude(permit="")
    old = ApplicationRow.objects.exclude(permit="").filter(decided_at__date__lte=since)
    old = old.filter(happened(OPENED) | ~Q(amends=""))
    old = old.exclude(happened(REPORTED)).exclude(Exists(noted)).exclude(Exists(later))
    return old.order_by("decided_at", "id")


def note_late(node: Node, *, most: int = MOST) -> int:
    """Note of each permit whose results are not public that their day is past, once; return how many there were.

    Source     Reg. (EU) 2025/327 art. 61(4) (SU-61-4a)
    """
    today = node.today()
    found = list(waiting(today).values_list("id", "permit")[:most])
    return sum(noted(node, application_id, permit_id) for application_id, permit_id in found)


def noted(node: Node, application_id: str, permit_id: str) -> bool:
    """Note that the day of one permit's results is past; one that cannot be read is told in the log."""
    try:
        owed = next((each for each in duties(node, permit_id) if each.rule == RULE), None)
    except Refusal as refusal:
        log.error("What is owed under %s cannot be read: %s", permit_id, refusal.code)
        return False
    if owed is None or owed.done_on or not owed.late or not under(permit_id, OPENED).exists():
        return False
    with transaction.atomic():
        row = locked(application_id)
        if under(permit_id, REPORTED).exists() or passed(body__rule=RULE, application=row).exists():
            return False
        finish(Step(node, row, NODE, node.clock(), PASSED, body={"rule": RULE, "due": owed.due_on.isoformat()}))
    return True
