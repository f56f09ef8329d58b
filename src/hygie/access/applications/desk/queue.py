"""The officers' queue: an order that can be read off its figures (TG-7)."""

from __future__ import annotations

from datetime import date

from django.db.models import Case, IntegerField, Value, When
from django.utils.timezone import localdate
from django.utils.translation import gettext_noop

from hygie.access.applications.decision.weighing import ACCELERATED
from hygie.access.applications.enforcement.warning import Warned, warned
from hygie.access.applications.machine import OPEN
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.pages import SIZE, page_of
from hygie.access.applications.values import Page, Place
from hygie.base.engine.node import Node
from hygie.commons.people.policy import check

GROUPS = ("overdue", "accelerated", "other")
ORDER = (
    gettext_noop("those whose day is past, the longest past first"),
    gettext_noop("then public-health bodies on the accelerated track, the nearest day first"),
    gettext_noop("then the others, the nearest day first; those without a running clock after them, by reception"),
)


def queue(node: Node, *, reader: str, page: int = 1, mine: bool = False, size: int = SIZE) -> Page:
    """Return the applications that wait for the access body, in the order that `ORDER` tells.

    Nothing but the group, the due date, the reception and the identifier decides: the same rows give the same order.

    Parameters
    ----------
    mine : bool   only the cases that the reader has taken

    Errors     PPL codes
    Source     TEHDAS2 D6.3: prioritisation by objective and public criteria
    """
    check(reader, "case.read", {})
    today = node.today()
    rows = ApplicationRow.objects.filter(state__in=OPEN)
    if mine:
        rows = rows.filter(officer=reader)
    group = Case(
        When(due_on__lt=today, then=Value(0)),
        When(track=ACCELERATED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    no_day = Case(When(due_on=None, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = rows.annotate(rank=group, dayless=no_day).order_by("rank", "dayless", "due_on", "submitted_at", "id")
    rows = rows.defer("document", "written", "reasons", "published_reasons", "lay_summary")
    found = page_of(rows, page, lambda row: row, size=size)
    first = (found.number - 1) * max(1, min(size, 200)) + 1
    told = warned(found.entries, node=node, reader=reader)
    places = tuple(place(row, first + at, today, told.get(row.id, ())) for at, row in enumerate(found.entries))
    return Page(places, found.number, found.of, found.total)


def place(row: ApplicationRow, position: int, today: date, told: tuple[Warned, ...] = ()) -> Place:
    """Return a row's place with the figures that put it there."""
    received = localdate(row.submitted_at) if row.submitted_at else today
    rank: int = getattr(row, "rank", len(GROUPS) - 1)
    return Place(
        position,
        row.id,
        row.title,
        row.organisation,
        row.kind,
        row.track,
        row.state,
        row.officer,
        GROUPS[rank],
        row.due_on,
        row.due_rule,
        (row.due_on - today).days if row.due_on else None,
        received,
        (today - received).days,
        told,
    )
