"""Answers in statistics: the page on which they are prepared, and the door through which the team takes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from hygie.access.applications.answers import answering
from hygie.access.applications.answers.forms import AnswerTable
from hygie.access.applications.answers.queue import awaited
from hygie.access.applications.answers.rules import MOST_BYTES, Place
from hygie.base.kernel import Refusal, Verdict, refuse
from hygie.commons.web import current, paging, receiving
from hygie.commons.web.sheets import attachment
from hygie.commons.web.views import posted, signed_in

MOST_LINES = 200
RULES: dict[str, str] = {
    "threshold": gettext_noop("too few persons"),
    "part": gettext_noop("too few persons with it, or without"),
    "contributors": gettext_noop("too few persons with a value"),
    "dominance": gettext_noop("a few make most of it"),
    "p-percent": gettext_noop("the second can work out the first"),
    "undeclared": gettext_noop("largest shares not declared"),
    "rounding": gettext_noop("not rounded"),
    "total": gettext_noop("not the total of what is shown"),
    "mismatch": gettext_noop("does not follow from the other figures"),
    "recoverable": gettext_noop("can be worked out"),
    "label": gettext_noop("its labels tell what it hides"),
    "hidden": gettext_noop("too much of the table is hidden"),
    "missing": gettext_noop("missing"),
    "unknown": gettext_noop("no such group"),
    "zero": gettext_noop("nobody: to be looked at"),
    "full": gettext_noop("everybody: to be looked at"),
    "negative": gettext_noop("under zero: to be looked at"),
    "rows": gettext_noop("a person or a record"),
    "figures": gettext_noop("no plain figure"),
    "columns": gettext_noop("not as declared"),
}
LOOK = frozenset({"zero", "full", "negative"})


@dataclass(frozen=True)
class Shown:
    """A cell as the page shows it: its text, what is wrong with it, and how grave that is."""

    text: str
    marks: tuple[str, ...] = ()
    tone: str = ""


def shown_rows(rows: Sequence[Sequence[str]], marks: Mapping[Place, tuple[str, ...]]) -> list[list[Shown]]:
    """Return a table's first lines, its failing cells marked in place, the header first."""
    header = list(rows[0]) if rows else []
    found = []
    for number, row in enumerate(rows[: MOST_LINES + 1], 1):
        cells = []
        for name, text in zip(header, row, strict=False):
            rules = (*marks.get((number, name), ()), *marks.get((number, ""), ()))
            words = tuple(_(RULES[rule]) if rule in RULES else rule for rule in rules)
            cells.append(Shown(text[:200], words, ("wait" if set(rules) <= LOOK else "stop") if rules else ""))
        found.append(cells)
    return found


@require_GET
@signed_in
def answers(request: HttpRequest) -> HttpResponse:
    """List the applications that wait for their answer in statistics."""
    found = awaited(current.node(), reader=current.actor(request), page=paging.asked(request))
    return render(request, "applications/answers.html", {"page": found})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def answer(request: HttpRequest, application_id: str) -> HttpResponse:
    """Show an answer's tables to who prepares it, and take one more; its size is bounded before anything is read."""
    if request.method != "POST":
        return page(request, application_id)
    handler = receiving.bound(request, MOST_BYTES, 1)
    return received(request, application_id, handler)


@csrf_protect
def received(request: HttpRequest, application_id: str, handler: receiving.Bounded) -> HttpResponse:
    """Check the table that was received and keep it; refused, its page shows it with the cells marked."""
    node, actor = current.node(), current.actor(request)
    answering.prepared(node, application_id, reader=actor)
    form = AnswerTable() if handler.exceeded else AnswerTable(request.POST, request.FILES)
    if handler.exceeded:
        size = max(handler.total, MOST_BYTES + 1)
        return page(request, application_id, form=form, verdict=refused("APP-280", size))
    if not form.is_valid():
        return page(request, application_id, form=form)
    data, wanted = form.cleaned_data["file"].read(), form.cleaned_data
    statement = form.statement()
    try:
        answering.keep_table(
            node,
            application_id,
            data,
            statement,
            title=wanted["title"],
            mended=wanted["mended"],
            looked=wanted["looked"],
            actor=actor,
        )
    except Refusal as refusal:
        if refusal.code.startswith("PPL") or refusal.code == "APP-101":
            raise
        seen = answering.looked_at(node, application_id, data, statement, actor=actor)
        marked = shown_rows(seen.rows, seen.marks)
        return page(request, application_id, form=form, verdict=refusal.verdict, marked=marked, lines=len(seen.rows))
    messages.success(request, _("The table passed and is kept, sealed. Nobody outside sees it before it is given."))
    return redirect("applications:answer", application_id)


def refused(code: str, found: int) -> Verdict:
    """Return the verdict on a file that is too large."""
    return refuse(code, found=found, accepted=MOST_BYTES).verdict


def page(
    request: HttpRequest,
    application_id: str,
    *,
    form: AnswerTable | None = None,
    verdict: Verdict | None = None,
    marked: Sequence[Sequence[Shown]] = (),
    lines: int = 0,
) -> HttpResponse:
    """Return the page of an answer that is prepared."""
    node, reader = current.node(), current.actor(request)
    made = answering.prepared(node, application_id, reader=reader)
    files = answering.preview(node, application_id, reader=reader)
    context: dict[str, Any] = {
        "application": made.application,
        "open": made.open,
        "keeps": made.open and made.barred.allowed,
        "gives": made.gives,
        "preset": made.preset,
        "tables": [(each, contents(files.get(each.id, ""))) for each in made.tables],
        "form": form or AnswerTable(),
        "verdict": verdict or (None if made.barred.allowed else made.barred),
        "marked": marked,
        "more": max(0, lines - 1 - MOST_LINES),
    }
    return render(
        request, "applications/answer.html", context, status=422 if verdict or (form and form.errors) else 200
    )


def contents(text: str) -> list[list[Shown]]:
    """Return a kept table as the page shows it."""
    return shown_rows(list(csv.reader(io.StringIO(text, newline=""))), {})


@posted("applications:answer")
@signed_in
def drop(request: HttpRequest, application_id: str, table_id: str) -> HttpResponse:
    """Take a table out of an answer that was not given yet."""
    answering.drop_table(current.node(), application_id, table_id, actor=current.actor(request))
    messages.info(request, _("The table is taken out, and its key destroyed."))
    return redirect("applications:answer", application_id)


@posted("applications:own")
@signed_in
def take(request: HttpRequest, application_id: str, table_id: str) -> HttpResponse:
    """Hand a table of a given answer to a person of the requesting team; that it was taken is in the ledger."""
    data = answering.take(current.node(), application_id, table_id, actor=current.actor(request))
    return attachment(data, f"{table_id}.csv")
