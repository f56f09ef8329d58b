"""Which of CNIL's reference methodologies a study may rest on, as a decision table with reasons; nothing is stored."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from hygie.base import law
from hygie.commons.web import current
from hygie.commons.web.pieces import Tone

STANDINGS: dict[str, tuple[str, Tone]] = {
    "open": (gettext_noop("Open"), "leaf"),
    "closed": (gettext_noop("Closed"), "stop"),
    "unknown": (gettext_noop("An answer is missing"), "doubt"),
}
YES_OR_NO = {"yes": True, "no": False}


@require_GET
def methodologies(request: HttpRequest) -> HttpResponse:
    """Ask the table's questions, and say of each methodology whether it is open and why."""
    questions = law.methodology_questions()
    answers = {name: YES_OR_NO[said] for name in questions if (said := request.GET.get(name, "")) in YES_OR_NO}
    found = law.methodologies(answers, on=current.node().today()) if answers else ()
    rows = [(each, *STANDINGS[each.standing]) for each in found]
    asked = [(name, question.text, request.GET.get(name, "")) for name, question in questions.items()]
    return render(request, "applications/methodologies.html", {"questions": asked, "rows": rows})
