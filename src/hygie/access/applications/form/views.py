"""The applicant's form: one section a screen, saved as one goes; the letter it makes; its submission."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect, retarget

from hygie.access.applications import actions, queries
from hygie.access.applications.applying import WRITABLE
from hygie.access.applications.document import at
from hygie.access.applications.form import choosing as form_choosing
from hygie.access.applications.form import inputs as form_inputs
from hygie.access.applications.form.criteria import check_cohort
from hygie.access.applications.form.pages import context_of, last, letter_of, rules_datasets, special, whys
from hygie.access.applications.form.screens import Screen, screen, screens, shown
from hygie.access.applications.machine import closed_to
from hygie.access.applications.queries import Folder
from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue import building
from hygie.base import law
from hygie.base.kernel import Reason, Refusal, Verdict, refuse
from hygie.base.kernel.catalogue import entries
from hygie.commons.people.policy import check
from hygie.commons.web import current
from hygie.commons.web.paging import whole
from hygie.commons.web.views import posted, signed_in

CHANGING = ["GET", "HEAD", "POST"]
BUTTONS = ("go", "stay")


def writable(application_id: str, actor: str) -> Folder:
    """Return an application that its reader may write: APP-101, PPL codes, APP-203 when it is not open for writing."""
    folder = queries.folder(current.node(), application_id, reader=actor)
    made = folder.application
    check(actor, "application.write", {"author": made.author, "team": set(made.team)})
    if made.state not in WRITABLE:
        raise closed_to(made.state, WRITABLE)
    return folder


@require_http_methods(CHANGING)
@signed_in
def section(request: HttpRequest, application_id: str, name: str) -> HttpResponse:
    """Show a screen of the form, or save it: its own fields and no others."""
    actor = current.actor(request)
    folder = writable(application_id, actor)
    made = folder.application
    here = screen(made.kind, made.template, name)
    if request.method != "POST":
        return page(request, folder, here)
    keys = form_choosing.keys(made.document) if name == "variables" else ()
    try:
        content = form_inputs.read(here, request.POST, made.document, keys)
    except ValueError as error:
        verdict = Verdict((Reason("APP-125", {"found": found_in(error)}, f"$.{here.section}.cohort"),))
        return page(request, folder, here, verdict=verdict, raw=request.POST.get("criteria", ""))
    try:
        actions.save(current.node(), application_id, here.section, content, revision=revision(request), actor=actor)
    except Refusal as refusal:
        return unsaved(request, folder, here, content, refusal.verdict)
    if autosaves(request):
        return saved(request, application_id, here, made.document)
    following = onward(request, application_id, here, made.kind, made.template)
    return HttpResponseClientRedirect(following) if request.htmx else redirect(following)


def found_in(error: ValueError) -> str:
    """Return where a text stops being JSON, or that it is no object."""
    return f"JSON, {error.lineno}:{error.colno}" if isinstance(error, JSONDecodeError) else "criteria.object"


def autosaves(request: HttpRequest) -> bool:
    """Return whether a screen is saved as one goes, rather than by a button, which waits for that to end."""
    return bool(request.htmx) and request.htmx.trigger_name not in BUTTONS


def revision(request: HttpRequest) -> int:
    """Return the revision that a text was begun from; one that is none is answered as stale."""
    return whole(request.POST.get("revision", ""), -1)


def onward(request: HttpRequest, application_id: str, here: Screen, kind: str, template: str) -> str:
    """Return where a saved screen leads: to the next one, or to this one again."""
    names = [each.name for each in screens(kind, template)]
    later = names[names.index(here.name) + 1 :]
    if "stay" in request.POST:
        return reverse("applications:form", args=[application_id, here.name])
    if not later:
        return reverse("applications:letter", args=[application_id])
    return reverse("applications:form", args=[application_id, later[0]])


def saved(request: HttpRequest, application_id: str, here: Screen, before: Mapping[str, Any]) -> HttpResponse:
    """Answer an autosave: that it is saved, what is missing now, and the fields that begin to count or stop."""
    folder = queries.folder(current.node(), application_id, reader=current.actor(request))
    context = context_of(request, folder, here)
    now = folder.application.document
    turned = [field for field in here.fields if law.counts(field, before) != law.counts(field, now)]
    names = {field.path.replace(".", "-") for field in turned}
    context["turned"] = [zone for zone in context["zones"] if zone.name in names]
    if here.name == "cohort" and request.POST.get("way") != "json":
        told = whys(context["faults"], building.order(request.POST))
        shown = {name for name in told if not name.isdigit() or f"way{name}" in request.POST}
        context["whys"] = {name: told[name] for name in shown}
    context["repicked"] = here.name == "variables" and at(before, "data.tables") != at(now, "data.tables")
    context["taken"] = (names_in(now) - names_in(before)) & set(request.POST.getlist("pick"))
    return render(request, "applications/form_saved.html", {**context, "at": current.node().clock()})


def names_in(document: Mapping[str, Any]) -> set[str]:
    """Return the variables that a document asks for, as `table.column`."""
    tables = at(document, "data.tables", {})
    return {f"{table}.{column}" for table, columns in tables.items() for column in columns}


def unsaved(
    request: HttpRequest, folder: Folder, here: Screen, content: Mapping[str, Any], verdict: Verdict
) -> HttpResponse:
    """Say why a screen was not saved, with the text as it was sent, and beside it what was saved meanwhile."""
    if autosaves(request):
        return render(request, "applications/form_unsaved.html", {"verdict": verdict})
    node, made = current.node(), folder.application
    country = node.country
    theirs = made.document.get(here.section, {})
    different = [
        (field.label[current.language()], shown(field, theirs.get(last(field)), country))
        for field in here.fields
        if theirs.get(last(field)) != content.get(last(field))
    ]
    mine = {**made.document, here.section: content}
    stale = any(reason.code == "APP-102" for reason in verdict.reasons)
    more = {"different": different if stale else [], "stale": stale}
    return page(request, folder, here, verdict=verdict, document=mine, **more)


def page(
    request: HttpRequest,
    folder: Folder,
    here: Screen,
    *,
    verdict: Verdict | None = None,
    document: Mapping[str, Any] | None = None,
    **more: Any,
) -> HttpResponse:
    """Return a screen's page."""
    status = entries()[verdict.reasons[0].code].http if verdict and not request.htmx else 200
    context = {**context_of(request, folder, here, document), "verdict": verdict, **more}
    response = render(request, f"applications/form_{special(here)}.html", context, status=status)
    if request.htmx:
        retarget(response, "body").headers["HX-Reswap"] = "innerHTML show:window:top"
    return response


@posted("applications:form", name="cohort")
@signed_in
def count(request: HttpRequest, application_id: str) -> HttpResponse:
    """Count the cohort as it is saved, on one of the datasets asked for; guarded, and limited by account."""
    actor = current.actor(request)
    folder = writable(application_id, actor)
    made = folder.application
    dataset = request.POST.get("dataset", "")[:64]
    value = at(made.document, "data.cohort")
    try:
        if dataset not in rules_datasets(folder) or not isinstance(value, Mapping):
            raise refuse("APP-119", found=dataset, accepted=", ".join(rules_datasets(folder)) or "–")
        Verdict(tuple(check_cohort(made.document, None))).check()
        catalogue.count(current.node(), dataset, value, actor=actor)
    except Refusal as refusal:
        return page(request, folder, screen(made.kind, made.template, "cohort"), verdict=refusal.verdict)
    return redirect(reverse("applications:form", args=[application_id, "cohort"]) + "#count")


@require_GET
@signed_in
def letter(request: HttpRequest, application_id: str) -> HttpResponse:
    """Show an application as the letter that the access body will read, with what it costs and how long it takes."""
    actor = current.actor(request)
    return render(request, "applications/form_letter.html", letter_of(writable(application_id, actor)))


@posted("applications:letter")
@signed_in
def hand_in(request: HttpRequest, application_id: str) -> HttpResponse:
    """Submit an application, or hand in what was asked for: by its state, and public from reception."""
    actor = current.actor(request)
    folder = writable(application_id, actor)
    act = {"draft": actions.submit, "awaiting": actions.supply, "paused": actions.resume}[folder.application.state]
    try:
        act(current.node(), application_id, actor=actor)
    except Refusal as refusal:
        status = entries()[refusal.verdict.reasons[0].code].http
        context = {**letter_of(folder), "verdict": refusal.verdict}
        return render(request, "applications/form_letter.html", context, status=status)
    if folder.application.state == "draft":
        messages.info(request, _("Received. It is in the public register from now on, before anybody assesses it."))
    else:
        messages.info(request, _("Received: the access body goes on with what you handed in."))
    return redirect("applications:own", application_id)
