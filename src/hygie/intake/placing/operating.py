"""The operator's pages: declare the node's places, let data stay at one by derogation, look at where the node is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hygie.base.kernel import Refusal, Verdict
from hygie.commons.people import doors
from hygie.commons.people.policy import check_role
from hygie.commons.sovereignty.answers.explanation import Voice
from hygie.commons.sovereignty.rules.placements import Judged
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.commons.web import current
from hygie.commons.web.views import posted, signed_in
from hygie.intake.placing import actions, files, queries, supposing, work
from hygie.intake.placing.actions import Derogation
from hygie.intake.placing.forms import Declaring, Derogating
from hygie.intake.placing.supposing import Asked
from hygie.intake.placing.views import row, verdicts

EMPTY = """schema = "hygie-placement/1"

[declared]
by = ""
on = {today}

[data]
id = "own-data"
category = "health"
identifiability = "personal"
country = "{country}"

[[placement]]
id = "own-premises"
what = "lake store"
country = "{country}"
staff = ["{country}"]
keys = {{ reads = "client", country = "{country}" }}
"""


def present() -> str:
    """Return the placement file in force; one of own premises where there is none."""
    node = current.node()
    held = files.read(node.home).placement
    if held is None:
        return EMPTY.format(today=node.today().isoformat(), country=node.country)
    return held.decode("utf-8", "replace")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def declare(request: HttpRequest) -> HttpResponse:
    """Declare where the data are: judged first without being declared, then in force."""
    actor, node = current.actor(request), current.node()
    check_role(actor, "placement.declare")
    form = Declaring(request.POST or None, initial={"placement": present()} | doors.recall(request))
    judged: list[dict[str, Any]] = []
    verdict: Verdict | None = None
    if form.is_valid():
        try:
            when = form.when()
            asked = supposing.asked(node, when.as_of, when.known_at)
            judged = told(actions.trial(node, form.content(), actor=actor, view=asked.view), asked)
            if request.POST.get("act") == "declare":
                found = actions.declare(node, placement=form.content(), actor=actor)
                said = _("Declared. Personal data may be written.")
                messages.info(request, said if found.allowed else _("Declared. Personal data are refused."))
                return redirect("placing:where")
        except Refusal as refusal:
            verdict = doors.asked_again(request, refusal, form)
    context = {"form": form, "verdict": verdict, "judged": judged}
    return render(request, "placing/declare.html", context, status=422 if form.errors or verdict else 200)


def told(judged: tuple[Judged, ...], found: Asked) -> list[dict[str, Any]]:
    """Return what the places of a file would be, each in the reader's words."""
    voice = Voice(ruleset(), found.view, current.language())
    return [{"row": row(each, voice), "day": found.view.as_of, **verdicts(each, found, voice)} for each in judged]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def derogate(request: HttpRequest) -> HttpResponse:
    """Let data stay at a place by derogation."""
    actor, node = current.actor(request), current.node()
    check_role(actor, "placement.declare")
    places = [each.id for each in queries.declared(node).placements]
    initial = {"place": request.GET.get("place", "")[:64]} | doors.recall(request)
    form = Derogating(request.POST or None, initial=initial, places=places)
    verdict: Verdict | None = None
    if form.is_valid():
        try:
            actions.derogate(node, Derogation(**form.cleaned_data), actor=actor)
            messages.info(request, _("The derogation is published, and ends by itself."))
            return redirect("placing:where")
        except Refusal as refusal:
            verdict = doors.asked_again(request, refusal, form)
    context = {"form": form, "verdict": verdict}
    return render(request, "placing/derogate.html", context, status=422 if form.errors or verdict else 200)


@posted("placing:where")
@signed_in
def probe(request: HttpRequest) -> HttpResponse:
    """Look at where the node is, as a task."""
    return redirect("tasks:one", work.begin(current.node(), actor=current.actor(request)))
