"""What is still due after a decision: publication, deliveries, openings, answers and results, on one list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.timezone import localdate

from hygie.access.applications.models import ApplicationRow, DeadlineRow
from hygie.access.applications.pages import page_of
from hygie.access.applications.timing.clocks import LIVE
from hygie.access.applications.timing.duties import OPENED, ahead, results_clock, under
from hygie.access.applications.values import Page
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.commons.people.policy import check

DECIDED = ("decided", "answered")


@dataclass(frozen=True)
class Deadline:
    """A day that the law sets after a decision, and that nothing has ended yet.

    Parameters
    ----------
    id, title, organisation, kind, state, outcome, permit, officer : str   of the application
    rule : str        such as `SU-57-j3`
    days_left : int   negative when the day is past
    """

    id: str
    title: str
    organisation: str
    kind: str
    state: str
    outcome: str
    permit: str
    officer: str
    rule: str
    due_on: date
    days_left: int


def follow(node: Node, row: ApplicationRow, found: Sequence[law.Clock], at: datetime) -> date | None:
    """Keep what is still due of an application after its decision; return when its permit's end asks for a look.

    Parameters
    ----------
    found : Sequence   its clocks, without that of the results owed under its permit
    """
    if row.state not in DECIDED:
        return None
    owed = results_clock(node, row, at) if row.permit and under(row.permit, OPENED).exists() else ()
    due = {clock.rule.id: clock.due for clock in (*found, *owed) if clock.state in LIVE and clock.due}
    for rule, day in row.tasks.filter(done_at=None).order_by("-due_on").values_list("rule", "due_on"):
        due[rule] = day
    kept = dict(row.deadlines.values_list("rule", "due_on"))
    if kept != due:
        row.deadlines.all().delete()
        DeadlineRow.objects.bulk_create(DeadlineRow(application=row, rule=rule, due_on=due[rule]) for rule in due)
    end = ahead(node, row, at)
    left = row.tasks.filter(done_at=None).exclude(permit="").exists()
    return end + timedelta(days=1) if end else localdate(at) if left else None


def deadlines(node: Node, *, reader: str, page: int = 1, overdue: bool = False) -> Page:
    """Return what is still due after decisions, the nearest day first, for officers and the auditor.

    Parameters
    ----------
    overdue : bool   only what is past its day

    Errors     PPL codes
    Source     Reg. (EU) 2025/327 arts 57(1)(j)(iii), 60(2), 61(4), 68(7), 69(4)
    """
    check(reader, "case.read", {})
    today = node.today()
    rows = past(today) if overdue else DeadlineRow.objects.all()
    rows = rows.select_related("application").order_by("due_on", "id")
    return page_of(rows.defer("application__document", "application__written"), page, lambda row: entry(row, today))


def past(today: date) -> QuerySet[DeadlineRow]:
    """Return what is past its day."""
    return DeadlineRow.objects.filter(due_on__lt=today)


def overdue(node: Node) -> int:
    """Return how many days after decisions are past, for the menu of those who see the list."""
    return past(node.today()).count()


def entry(row: DeadlineRow, today: date) -> Deadline:
    """Return a row as the list shows it."""
    of = row.application
    return Deadline(
        of.id,
        of.title,
        of.organisation,
        of.kind,
        of.state,
        of.outcome,
        of.permit,
        of.officer,
        row.rule,
        row.due_on,
        (row.due_on - today).days,
    )
