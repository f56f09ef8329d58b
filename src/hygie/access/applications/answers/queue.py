"""Which applications wait for their answer in statistics, for those who prepare and give it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F, OuterRef, Subquery

from hygie.access.applications.models import ApplicationRow, DeadlineRow
from hygie.access.applications.pages import page_of
from hygie.access.applications.timing.clocks import ANSWER
from hygie.access.applications.values import Page
from hygie.base.engine.node import Node
from hygie.commons.people.policy import check


@dataclass(frozen=True)
class Awaited:
    """An application that is to be answered in statistics.

    Parameters
    ----------
    due_on : date   when the answer itself is due, whatever else of its application is due before
    late : bool     that day is past
    tables : int    kept so far
    """

    id: str
    title: str
    organisation: str
    kind: str
    due_on: date | None
    late: bool
    tables: int


def awaited(node: Node, *, reader: str, page: int = 1) -> Page:
    """Return the applications that were decided to be answered in statistics and were not yet, the nearest day first.

    Errors     PPL codes
    Source     Reg. (EU) 2025/327 art. 69(4)
    """
    check(reader, "answer.prepare", {})
    today = node.today()
    decided = ApplicationRow.objects.filter(state="decided").values("pk")
    asked = decided.filter(kind="request", outcome__in=("granted", "partly"))
    found = decided.filter(outcome="converted").union(asked)  # each by its own part of the index
    rows = ApplicationRow.objects.filter(pk__in=found).defer("document", "reasons")
    owed = DeadlineRow.objects.filter(application=OuterRef("pk"), rule=ANSWER)
    rows = rows.annotate(answer_on=Subquery(owed.values("due_on")[:1]))
    rows = rows.order_by(F("answer_on").asc(nulls_last=True), "submitted_at", "id").prefetch_related("answers")

    def made(row: ApplicationRow) -> Awaited:
        due: date | None = row.answer_on
        late = due is not None and due < today
        return Awaited(row.id, row.title, row.organisation, row.kind, due, late, len(row.answers.all()))

    return page_of(rows, page, made)
