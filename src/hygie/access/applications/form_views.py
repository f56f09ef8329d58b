"""The applicant's form: one section a screen, saved as one goes; the letter it makes; its submission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hygie.access.applications import actions, form_choosing, form_cohort, form_inputs, queries
from hygie.access.applications.applying import WRITABLE
from hygie.access.applications.document import at
from hygie.access.applications.form_costs import cost, way
from hygie.access.applications.form_screens import Screen, rail, reasons_of, screen, screens, shown
from hygie.access.applications.queries import Folder
from hygie.access.applications.words import LEGS
from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue import queries as counts
from hygie.access.catalogue.forms import EVENT_WORDS
from hygie.access.catalogue.pages import said, sex_words
from hygie.base import law
from hygie.base.kernel import Reason, Refusal, Verdict, refuse
from hygie.base.kernel.catalogue import entries
from hygie.commons.people.policy import check
from hygie.commons.web import current
from hygie.commons.web.views import signed_in

CHANGING = ["GET", "HEAD", "POST"]
DIGITS = 9


def writable(application_id: str, actor: str) -> Folder:
    """Return an application that its reader may write: APP-101, PPL codes, APP-203 when it is not open for writing."""
    folder = queries.folder(current.node(), application_id, reader=actor)
    made = folder.application
    check(actor, "application.write", {"author": made.author, "team": set(made.team)})
    if made.state not in WRITABLE:
        raise refuse("APP-203", found=made.state, accepted=", ".join(WRITABLE))
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
    except ValueError:
        verdict = Verdict((Reason("APP-125", {}, f"$.{here.section}.cohort"),))
        return page(request, folder, here, verdict=verdict, raw=request.POST.get("criteria", ""))
    try:
        actions.save(current.node(), application_id, here.section, content, revision=revision(request), actor=actor)
    except Refusal as refusal:
        return unsaved(request, folder, here, content, refusal.verdict)
    if request.htmx:
        return saved(request, application_id, here, made.document)
    return redirect(onward(request, application_id, here, made.kind, made.template))


def revision(request: HttpRequest) -> int:
    """Return the revision that a text was begun from; one that is none is answered as stale."""
    word = request.POST.get("revision", "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < DIGITS else -1


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
    context["turned"] = [
        (
            field.path.replace(".", "-"),
            [context["form"][name] for name in context["form"].fields if name == last(field)],
        )
        for field in turned
    ]
    context["repicked"] = here.name == "variables" and at(before, "data.tables") != at(now, "data.tables")
    return render(request, "applications/form_saved.html", {**context, "at": current.node().clock()})


def last(field: law.Field) -> str:
    """Return a field's name in its section."""
    return field.path.split(".", 1)[1]


def unsaved(
    request: HttpRequest, folder: Folder, here: Screen, content: Mapping[str, Any], verdict: Verdict
) -> HttpResponse:
    """Say why a screen was not saved, with the text as it was sent, and beside it what was saved meanwhile."""
    if request.htmx:
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
    status = entries()[verdict.reasons[0].code].http if verdict else 200
    context = {**context_of(request, folder, here, document), "verdict": verdict, **more}
    return render(request, f"applications/form_{special(here)}.html", context, status=status)


def special(here: Screen) -> str:
    """Return the template of a screen: its own, or that of plain fields."""
    return here.name if here.name in ("sources", "variables", "cohort") else "fields"


def context_of(
    request: HttpRequest, folder: Folder, here: Screen, document: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a screen shows: its fields, what is missing, the rail, and what is chosen from."""
    node, made = current.node(), folder.application
    held = made.document if document is None else document
    known = screens(made.kind, made.template)
    reasons = reasons_of(here, folder.missing)
    form = form_inputs.boxes(here, held, country=node.country)
    place = [each.name for each in known].index(here.name)
    context = {
        "application": made,
        "screen": here,
        "form": form,
        "zones": zones(here, form),
        "revision": made.revisions.get(here.section, 0),
        "absent": [labelled(each, here) for each in reasons if each.code == "APP-105"],
        "wrong": Verdict(tuple(each for each in reasons if each.code != "APP-105")),
        "rail": rail(known, folder.missing, here.name),
        "place": place + 1,
        "many": len(known),
        "before": known[place - 1] if place else None,
        "asked": asked_again(folder),
    }
    words = request.GET.get("words", "")[:200].replace("\0", "")
    return {**context, **extra(here, held, folder, words, request.GET.get("table", "")[:64], current.language())}


def zones(here: Screen, form: form_inputs.Boxes) -> list[tuple[str, list[Any]]]:
    """Return each field's place on a screen with its boxes, empty while it does not count."""
    found = []
    for field in here.fields:
        if field.path in form_inputs.SPECIAL:
            continue
        name = last(field)
        several = field.type == "object"
        boxes = [form[each] for each in form.fields if each == name or (several and each.startswith(f"{name}_"))]
        found.append((field.path.replace(".", "-"), boxes))
    return found


def labelled(reason: Reason, here: Screen) -> str:
    """Return the label of the field that a reason asks for."""
    wanted = str(reason.facts.get("field", ""))
    return next((field.label[current.language()] for field in here.fields if field.path == wanted), wanted)


def extra(
    here: Screen, held: Mapping[str, Any], folder: Folder, words: str, table: str, language: str
) -> dict[str, Any]:
    """Return what the screens with something to choose from need besides."""
    node = current.node()
    on = node.clock().date()
    match here.name:
        case "sources":
            chosen, offered, total = form_choosing.shelf(held, words, on=on, language=language)
            return {"chosen": chosen, "offered": offered, "total": total, "words": words}
        case "variables":
            choice = form_choosing.choice(held, search=words, table=table, language=language, country=node.country)
            return {"choice": choice, "words": words, "table": table}
        case "cohort":
            value = at(held, "data.cohort")
            built = form_cohort.shown(value)
            return {
                "built": built,
                "rowcount": len(built.rows),
                "datasets": rules_datasets(folder),
                **cohort_words(),
                "codes": form_choosing.codes(held, language),
                "systems": form_choosing.systems(held, language),
                "lines": shown(here.fields[0], value, node.country) if value else [],
                "answers": answers(folder),
            }
        case "data":
            effect = form_choosing.effect(held, on=on, country=node.country, language=language)
            return {"effect": effect}
        case "confirmation":
            return costs(folder)
    return {}


def cohort_words() -> dict[str, list[tuple[str, Any]]]:
    """Return the words of the cohort builder's lists."""
    return {
        "sexes": [(sex, sex_words(sex)) for sex in form_cohort.SEXES],
        "ways": [
            ("all", _("all: this too")),
            ("any", _("any: one of these lines")),
            ("none", _("none: never this")),
        ],
        "events": [(name, EVENT_WORDS[name]) for name in form_cohort.TABLES],
    }


def asked_again(folder: Folder) -> str:
    """Return what the officer asked the applicant for, while an answer is waited for."""
    kinds = {"awaiting": "application.completion-asked", "paused": "application.waiting"}
    kind = kinds.get(folder.application.state)
    return next((event.reason for event in reversed(folder.events) if event.kind == kind), "")


def answers(folder: Folder) -> list[tuple[str, str]]:
    """Return the guarded counts that the cohort was given on each dataset, where it was counted."""
    value, found = at(folder.application.document, "data.cohort"), []
    for name in rules_datasets(folder):
        try:
            answer = counts.answered(name, value) if value else None
        except Refusal:
            answer = None
        if answer:
            found.append((name, said(answer.count)))
    return found


def rules_datasets(folder: Folder) -> list[str]:
    """Return the datasets asked for, those of a screen at most."""
    listed = at(folder.application.document, "sources.datasets", [])
    return [str(name)[:64] for name in listed][:10] if isinstance(listed, list) else []


@require_POST
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
        catalogue.count(current.node(), dataset, value, actor=actor)
    except Refusal as refusal:
        return page(request, folder, screen(made.kind, made.template, "cohort"), verdict=refusal.verdict)
    return redirect(reverse("applications:form", args=[application_id, "cohort"]) + "#count")


def costs(folder: Folder) -> dict[str, Any]:
    """Return the fees estimate, the track with its time, and the usual delay of like cases."""
    node, made = current.node(), folder.application
    on, language = node.clock().date(), current.language()
    track, rule, fast = way(made.track, made.document, on=on, country=node.country)
    estimated = cost(made.kind, made.document, on=on)
    return {
        "cost": estimated,
        "cost_lines": [
            (line.label[language], line.payee, line.amount, line.reduction) for line in estimated.estimate.lines
        ]
        if estimated.estimate
        else [],
        "track": track.label[language],
        "fast": fast,
        "limit": rule,
        "unit": unit_words(rule.unit, rule.amount) if rule else "",
        "usual": [(each, _(LEGS[each.leg])) for each in folder.usual],
    }


def unit_words(unit: str, amount: int) -> str:
    """Return a length of time in the reader's words."""
    said_as = {
        "days": _("%(amount)s days"),
        "weeks": _("%(amount)s weeks"),
        "months": _("%(amount)s months"),
        "working days": _("%(amount)s working days"),
    }
    return said_as[unit] % {"amount": amount}


@require_GET
@signed_in
def letter(request: HttpRequest, application_id: str) -> HttpResponse:
    """Show an application as the letter that the access body will read, with what it costs and how long it takes."""
    actor = current.actor(request)
    return render(request, "applications/form_letter.html", letter_of(writable(application_id, actor)))


def letter_of(folder: Folder) -> dict[str, Any]:
    """Return what the letter shows."""
    node, made = current.node(), folder.application
    on = node.clock().date()
    known = screens(made.kind, made.template)
    parts = [
        (each, [(field.label[current.language()], lines, field.public) for field in each.fields if (lines := shown(
            field, at(made.document, field.path), node.country))])
        for each in known
    ]  # fmt: skip
    return {
        "application": made,
        "parts": parts,
        "rail": rail(known, folder.missing),
        "ready": not any(folder.missing.values()),
        "asked": asked_again(folder),
        "node": node.id,
        "today": on,
        **costs(folder),
    }


@require_POST
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
    messages.info(request, _("Received. It is in the public register from now on, before anybody assesses it."))
    return redirect("applications:own", application_id)
