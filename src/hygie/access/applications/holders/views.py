"""The pages of the holder's steward: what an application costs, and the proposal of a trusted holder."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hygie.access.applications import actions
from hygie.access.applications.desk.evidence import evidence, whole
from hygie.access.applications.desk.forms import Costs, Proposal
from hygie.access.applications.desk.views import CHANGING, status_of, told
from hygie.access.applications.holders import advising
from hygie.access.applications.words import STATES
from hygie.base import law
from hygie.base.kernel import Refusal, Verdict
from hygie.commons.people import doors
from hygie.commons.people.policy import check
from hygie.commons.web import current, paging
from hygie.commons.web.views import posted, signed_in


@require_http_methods(CHANGING)
@signed_in
def proposal(request: HttpRequest, task_id: str) -> HttpResponse:
    """Show a trusted holder's steward the application put to it, and take the proposal."""
    node, actor, verdict = current.node(), current.actor(request), None
    task, application = advising.put_to(node, task_id, reader=actor)
    form = Proposal(request.POST or None, initial=doors.recall(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.propose(node, task_id, data["outcome"], reason=data["reason"], actor=actor)
        except Refusal as refusal:
            verdict = told(refusal)
        else:
            messages.info(request, _("Your proposal is with the access body."))
            return redirect("applications:deliveries")
    language = current.language()
    asked = (application.kind, application.template, application.document)
    context = {
        "task": task,
        "application": application,
        "criteria": [(each, evidence(*asked, each.id, language)) for each in law.criteria(node.today())],
        "sections": whole(*asked, language),
        "form": form,
        "verdict": verdict,
    }
    return render(request, "applications/proposal.html", context, status=status_of(form, verdict))


@require_GET
@signed_in
def costs(request: HttpRequest) -> HttpResponse:
    """Show the applications under way, and what the holder stated of each."""
    return page_of_costs(request)


def page_of_costs(
    request: HttpRequest, at: str = "", form: Costs | None = None, verdict: Verdict | None = None
) -> HttpResponse:
    """Return the list of costs, with what was refused or could not be read of one application, beside it."""
    page = advising.to_cost(reader=current.actor(request), page=paging.asked(request))
    rows = [(each, _(STATES[each.state][0])) for each in page.entries]
    context = {"page": page, "rows": rows, "at": at, "form": form, "verdict": verdict}
    context["listed"] = at in {each.id for each in page.entries}
    status = 409 if verdict else 422 if form is not None else 200
    return render(request, "applications/costs.html", context, status=status)


@posted("applications:costs")
@signed_in
def state_costs(request: HttpRequest, application_id: str) -> HttpResponse:
    """State what the holder's work for an application costs."""
    node, actor = current.node(), current.actor(request)
    check(actor, "application.advise", {})
    form = Costs(request.POST)
    if not form.is_valid():
        return page_of_costs(request, application_id, form)
    amount, reason = f"{form.cleaned_data['amount']:.2f}", form.cleaned_data["reason"]
    try:
        actions.state_costs(node, application_id, amount, reason=reason, actor=actor)
    except Refusal as refusal:
        if refusal.code == "APP-101" or refusal.code.startswith("PPL"):
            raise
        return page_of_costs(request, application_id, form, told(refusal))
    messages.info(request, _("The costs are stated; the estimate passes them on whole."))
    return redirect("applications:costs")
