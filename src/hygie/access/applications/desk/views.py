"""The officers' pages: the queue, a case, its steps, the decision, its publication, the exclusion list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hygie.access.applications import actions, queries
from hygie.access.applications.decision import deciding
from hygie.access.applications.decision.draft import on_permit
from hygie.access.applications.decision.grounding import CNIL
from hygie.access.applications.decision.publishing import conditions
from hygie.access.applications.desk import case_words
from hygie.access.applications.desk.acts import ACTS, open_acts
from hygie.access.applications.desk.evidence import evidence, whole
from hygie.access.applications.desk.forms import Assessment, Decision, Post, Until
from hygie.access.applications.desk.minimising import Variable
from hygie.access.applications.desk.queue import ORDER
from hygie.access.applications.desk.uniqueness_words import panels
from hygie.access.applications.document import at
from hygie.access.applications.form.fitting import beside
from hygie.access.applications.form.pages import costs
from hygie.access.applications.form.screens import value_words
from hygie.access.applications.holders.advising import initial
from hygie.access.applications.permit_words import as_it_stands, is_revoked, permits_of
from hygie.access.applications.proving import proofs
from hygie.access.applications.reading import amended
from hygie.access.applications.timing.extending import (
    ANSWERING,
    LENGTHENING,
    longer_asked,
    opening_span,
    span,
    timing,
    waiting,
)
from hygie.access.applications.values import Application
from hygie.access.applications.words import (
    LEGS,
    STATES,
    clock_view,
    fallen,
    outcome_words,
    state_line,
)
from hygie.base import law
from hygie.base.kernel import Refusal, Verdict
from hygie.commons.people import doors
from hygie.commons.people.policy import check
from hygie.commons.web import current, paging
from hygie.commons.web.views import posted, signed_in

CHANGING = ["GET", "HEAD", "POST"]


@require_GET
@signed_in
def queue(request: HttpRequest) -> HttpResponse:
    """Show officers what waits for them, in an order that each row explains."""
    node, reader = current.node(), current.actor(request)
    mine = request.GET.get("mine") == "1"
    page = queries.queue(node, reader=reader, page=paging.asked(request), mine=mine)
    on = node.today()
    rows = [(place, *STATES[place.state]) for place in page.entries]
    rules = {place.due_rule: case_words.rule_word(place.due_rule, on, node.country) for place in page.entries}
    context = {
        "page": page,
        "rows": [(place, _(word), tone, rules[place.due_rule]) for place, word, tone in rows],
        "order": [_(each) for each in ORDER],
        "mine": mine,
        "asked": longer_asked(node, reader=reader, page=paging.asked(request, "asked")),
        "tracks": {name: track.label for name, track in law.tracks().items()},
    }
    return render(request, "applications/queue.html", context)


@require_GET
@signed_in
def deadlines(request: HttpRequest) -> HttpResponse:
    """Show officers what is still due after decisions, the nearest day first."""
    node, overdue = current.node(), request.GET.get("overdue") == "1"
    page = queries.deadlines(node, reader=current.actor(request), page=paging.asked(request), overdue=overdue)
    on = node.today()
    rules = {each.rule: case_words.rule_word(each.rule, on, node.country) for each in page.entries}
    rows = [(each, rules[each.rule], *outcome_words(each.outcome)) for each in page.entries]
    return render(request, "applications/deadlines.html", {"page": page, "rows": rows, "overdue": overdue})


@require_GET
@signed_in
def case(request: HttpRequest, application_id: str) -> HttpResponse:
    """Show a case: the criteria with their evidence, clocks, risks, precedents and the next step."""
    return page_of_case(request, application_id)


def page_of_case(
    request: HttpRequest,
    application_id: str,
    *,
    verdict: Verdict | None = None,
    wrong: Assessment | None = None,
    post: Post | None = None,
) -> HttpResponse:
    """Return a case's page, with what was refused or could not be read, if anything."""
    node, reader = current.node(), current.actor(request)
    found = queries.case(node, application_id, reader=reader, thread=paging.asked(request, "thread"))
    application, today = found.folder.application, node.today()
    proven = proofs(found.folder.events, reader=reader, explores=found.explores)
    names = case_words.titles(application.document)
    is_open = application.state == "processing"
    kept = doors.recall(request, (*Post.base_fields, *(Assessment.base_fields if is_open else ())))
    wrong = Assessment(kept) if "item" in kept else wrong
    permit = permits_of([application.permit], today).get(application.permit)
    asked = waiting(application_id)
    criteria = [question(item, found, wrong, names) for item in law.criteria(today)]
    risks = [question(item, found, wrong, names) for item in law.risks(today)]
    context = {
        "application": application,
        "found": found,
        "state": as_it_stands(state_line(application, today, found.folder.events, proven), permit),
        "criteria": criteria,
        "criteria_tally": case_words.tally(criteria),
        "risks": risks,
        "risks_tally": case_words.tally(risks),
        "first": next((each["id"] for each in (*criteria, *risks) if not each["now"]), ""),
        "open": is_open,
        "clocks": [clock_view(clock) for clock in found.folder.clocks],
        "events": [
            case_words.happened(event, proven.get(event.index), today, node.country) for event in found.folder.events
        ],
        "variables": [(each, *fineness(each)) for each in found.variables],
        "sections": whole(application.kind, application.template, application.document, current.language()),
        "lacking": lacking(found),
        "fallen": fallen(found.folder.events),
        **beside(application.document, node.country, current.language()),
        "usual": [(each, _(LEGS[each.leg])) for each in found.folder.usual],
        "precedents": [
            (entry, *outcome_words(entry.outcome), [case_words.item_word(each, today) for each in entry.grounds])
            for entry in found.precedents
        ],
        "acts": () if is_revoked(permit) else open_acts(application, timing(application, asked, found.folder.clocks)),
        "asked": asked,
        "post": post or Post(initial=kept),
        "track": law.tracks()[application.track].label[current.language()],
        "verdict": verdict,
        "may_open": found.may_open,
        **panels(node, application, may=found.may_ask),
    }
    status = 409 if verdict else 422 if wrong is not None and not kept else 200
    return render(request, "applications/case.html", context, status=status)


def fineness(variable: Variable) -> tuple[str, list[str]]:
    """Return how fine a variable is asked for, and what would be coarser, in the reader's words."""
    return value_words(variable.setting, variable.asked), [value_words(variable.setting, x) for x in variable.coarser]


def lacking(found: queries.Case) -> Verdict:
    """Return what is missing or does not hold, while the application's completeness is looked at."""
    if found.folder.application.state not in ("submitted", "pre-screening", "awaiting"):
        return Verdict()
    return Verdict(tuple(reason for reasons in found.folder.missing.values() for reason in reasons))


def question(item: Any, found: queries.Case, wrong: Assessment | None, titles: Mapping[str, str]) -> dict[str, Any]:
    """Return a criterion as the page asks it: question, evidence, what was found so far, and the box."""
    application = found.folder.application
    language = current.language()
    before = found.findings.get(item.id, ())
    form = Assessment(initial={"item": item.id}, prefix=None, auto_id=f"id_{item.id}_%s")
    if wrong is not None and wrong.data.get("item") == item.id:
        form = wrong
    return {
        "id": item.id,
        "label": item.label[language],
        "question": item.question[language],
        "source": item.source,
        "evidence": evidence(application.kind, application.template, application.document, item.id, language, titles),
        "now": (now := last(found, item.id)),
        "before": before[:-1] if now else before,
        "form": form,
    }


@posted("applications:case")
@signed_in
def assess(request: HttpRequest, application_id: str) -> HttpResponse:
    """Record the answer to one criterion."""
    form = Assessment(request.POST)
    if not form.is_valid():
        return page_of_case(request, application_id, wrong=form)
    item, holds, reason = (form.cleaned_data[name] for name in ("item", "holds", "reason"))
    actor = current.actor(request)
    try:
        actions.assess(current.node(), application_id, item, holds=holds, reason=reason, actor=actor)
    except Refusal as refusal:
        return answered(request, application_id, refusal, wrong=form)
    said = case_words.item_word(item, current.node().today())
    messages.success(request, _("Your answer to %(item)s is recorded.") % {"item": said})
    return redirect(reverse("applications:case", args=[application_id]) + f"#item-{item}")


@posted("applications:case")
@signed_in
def post(request: HttpRequest, application_id: str) -> HttpResponse:
    """Write into the case's thread."""
    form = Post(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    try:
        actions.post(current.node(), application_id, text, actor=current.actor(request))
    except Refusal as refusal:
        return answered(request, application_id, refusal, post=form)
    return redirect(reverse("applications:case", args=[application_id]) + "#thread")


def answered(
    request: HttpRequest,
    application_id: str,
    refusal: Refusal,
    *,
    wrong: Assessment | None = None,
    post: Post | None = None,
) -> HttpResponse:
    """Show a refusal on the case's page, with what was written; what may not be seen stays a refusal."""
    if refusal.code.startswith("PPL") or refusal.code == "APP-101":
        raise refusal
    return page_of_case(request, application_id, verdict=refusal.verdict, wrong=wrong, post=post)


@require_http_methods(CHANGING)
@signed_in
def act(request: HttpRequest, application_id: str, name: str) -> HttpResponse:
    """Show what a step asks for, and take it."""
    step = ACTS.get(name)
    if step is None:
        raise Http404
    node, actor, verdict = current.node(), current.actor(request), None
    found = queries.case(node, application_id, reader=actor)
    asked = waiting(application_id) if name in ANSWERING else None
    before = initial(name, application_id) | ({"until": asked.until} if asked else {}) | doors.recall(request)
    form = step.form(request.POST or None, initial=before)
    if isinstance(form, Until):
        days = (opening_span if name == LENGTHENING else span)(node, application_id)
        form.between(*days) if days else None
    if request.method == "POST" and (form.is_valid() or not form.fields):
        try:
            step.do(node, application_id, form.cleaned_data if form.fields else {}, actor)
        except Refusal as refusal:
            verdict = doors.asked_again(request, refusal, form)
        else:
            messages.success(request, _("Done: %(step)s.") % {"step": step.title})
            return redirect("applications:case", application_id)
    context = {
        "application": found.folder.application,
        "act": step,
        "asked": asked,
        "form": form,
        "verdict": verdict,
        "state": state_line(found.folder.application, node.today()),
        "clocks": [clock_view(clock) for clock in found.folder.clocks if not clock.ended],
        **(costs(found.folder) if name == "estimate" else {}),
    }
    return render(request, "applications/act.html", context, status=status_of(form, verdict))


def told(refusal: Refusal) -> Verdict:
    """Return a refusal's verdict for the page of its form; what an account may not do at all is raised."""
    if refusal.code.startswith("PPL"):
        raise refusal
    return refusal.verdict


def status_of(form: Any, verdict: Verdict | None) -> int:
    """Return 409 for a refusal, 422 for a form that cannot be taken, else 200."""
    return 409 if verdict else 422 if form.errors else 200


@require_http_methods(CHANGING)
@signed_in
def decide(request: HttpRequest, application_id: str) -> HttpResponse:
    """Decide on the case, beside what was found of each criterion and how the register will show it."""
    node, actor, verdict = current.node(), current.actor(request), None
    found = queries.case(node, application_id, reader=actor)
    application, language, today = found.folder.application, current.language(), node.today()
    known = [*law.criteria(today), *law.risks(today)]
    tables = sorted(at(application.document, "data.tables", {}))
    offered = law.refusal_grounds(today, kind=application.kind, track=application.track, country=node.country)
    items = [(each.id, f"{each.id} {each.label[language]}") for each in offered]
    standing = [each for each in found.folder.events if not each.void]
    proposal = next((each for each in reversed(standing) if each.kind == "proposal.received"), None)
    refused = any((each.kind, each.body.get("outcome")) == CNIL for each in standing)
    before = ({"outcome": "refused", "grounds": ["CNIL"]} if refused else {}) | doors.recall(request)
    amends = amended(node, application.amends)
    within = deciding.presets(node, amends) if application.kind == "permit" else ()
    presets = [(each.id, each.label[language]) for each in within]
    parts: dict[str, Any] = {"items": items, "tables": tables, "presets": presets, "proposed": bool(proposal)}
    held = amends.special_conditions if amends else ()
    form = Decision(request.POST or None, initial=before, held=held, **parts)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.decide(
                node,
                application_id,
                data["outcome"],
                reasons=data["reasons"],
                grounds=tuple(data["grounds"]),
                changes=form.changes(at(application.document, "data.reasons", {})),
                differing=data.get("differing", ""),
                actor=actor,
            )
        except Refusal as refusal:
            verdict = doors.asked_again(request, refusal, form)
        else:
            messages.success(request, _("The decision is taken. Its reasons are published once you confirm them."))
            return redirect("applications:publish", application_id)
    context = {
        "application": application,
        "form": form,
        "verdict": verdict,
        "over": verdict and any(reason.code == "APP-137" for reason in verdict.reasons),
        "entry": queries.public_one(application_id),
        **shown_by_permit(application),
        "proposal": proposal and (*outcome_words(str(proposal.body.get("outcome", ""))), proposal.reason),
        "answers": [(item.id, item.label[language], last(found, item.id)) for item in known],
        "fallen": fallen(found.folder.events),
        "state": state_line(application, today),
    }
    return render(request, "applications/decide.html", context, status=status_of(form, verdict))


def shown_by_permit(application: Application) -> dict[str, Any]:
    """Return the applicant's words that a permit shows to everyone, and the special conditions."""
    if application.kind != "permit" or application.outcome not in ("", "granted", "partly"):
        return {}
    return {
        "said": on_permit(application.document),
        "conditions": conditions(current.node(), application.permit),
    }


def last(found: queries.Case, item: str) -> Any:
    """Return the last finding of a criterion that still counts, or None."""
    before = [each for each in found.findings.get(item, ()) if not each.void]
    return before[-1] if before else None


@posted("applications:exclusions")
@signed_in
def lift(request: HttpRequest, exclusion_id: str) -> HttpResponse:
    """Lift an exclusion."""
    actions.lift(current.node(), exclusion_id, actor=current.actor(request))
    messages.success(request, _("The exclusion is lifted."))
    return redirect("applications:exclusions")


@require_GET
@signed_in
def deliveries(request: HttpRequest) -> HttpResponse:
    """Show stewards what is to be delivered and opened, the nearest day first."""
    return to_deliver(request, current.actor(request), paging.asked(request))


def to_deliver(
    request: HttpRequest, reader: str, place: int = 1, verdict: Verdict | None = None, status: int = 200
) -> HttpResponse:
    """Return a page of what is to be delivered and opened, each with where the law says by when."""
    node = current.node()
    page, on = queries.due(node, reader=reader, page=place), node.today()
    rules = {task.rule: case_words.rule_source(task.rule, on, node.country) for task in page.entries}
    context = {"page": page, "rules": rules, "verdict": verdict}
    return render(request, "applications/deliveries.html", context, status=status)


@posted("applications:deliveries")
@signed_in
def deliver(request: HttpRequest, task_id: str, name: str) -> HttpResponse:
    """Take a steward's step on a task."""
    node, actor = current.node(), current.actor(request)
    check(actor, "application.deliver", {})
    try:
        if name == "done":
            actions.deliver(node, task_id, actor=actor)
        elif name == "extend":
            actions.extend_delivery(node, task_id, request.POST.get("reason", "")[:5000], actor=actor)
        else:
            raise Http404
    except Refusal as refusal:
        if refusal.code.startswith("PPL") or refusal.code == "APP-226":
            raise
        return to_deliver(request, actor, verdict=refusal.verdict, status=409)
    messages.success(request, _("Recorded."))
    return redirect("applications:deliveries")
