"""A steward's pages: what is to be described or checked, the description itself, and measuring."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hygie.access.catalogue import actions, checking, holding, pages, queries, work
from hygie.access.catalogue.describing import DescriptionForm, initial
from hygie.base.kernel import Refusal, check_name
from hygie.commons.people.policy import check
from hygie.commons.web import current
from hygie.commons.web.paging import whole
from hygie.commons.web.views import posted, signed_in
from hygie.intake.lake import queries as lake


@require_GET
@signed_in
def desk(request: HttpRequest) -> HttpResponse:
    """Show a steward which datasets have no description, and which description is to be checked again."""
    found = holding.waiting(current.actor(request), on=current.node().today())
    context = {"undescribed": found.undescribed, "checks": found.checks, "unsupported": found.unsupported}
    return render(request, "catalogue/steward.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def describe(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Describe a dataset; the version that was read is named, so that nobody writes over another's words."""
    actor = current.actor(request)
    check(actor, "catalogue.describe", {"dataset": dataset_id})
    check_name(dataset_id)
    version, body = queries.description(dataset_id)
    held, delivered = queries.measured(dataset_id), lake.manifests([dataset_id]).get(dataset_id)
    before = initial(body, version, delivered.standard if delivered else "")
    form = DescriptionForm(request.POST if request.method == "POST" else None, initial=before)
    verdict = None
    if request.method == "POST" and form.is_valid():
        try:
            over = form.cleaned_data["over"]
            actions.describe(current.node(), dataset_id, form.document(body), actor=actor, over=over)
        except Refusal as refusal:
            verdict = refusal.verdict
        else:
            messages.info(request, _("The description is published."))
            return redirect("catalogue:dataset", dataset_id)
    context: dict[str, object] = {"form": form, "verdict": verdict, "dataset_id": dataset_id, "version": version}
    context |= {"computed": pages.computed(held) if held else []}
    status = 409 if verdict and verdict.reasons[0].code == "CAT-111" else 422 if verdict or form.errors else 200
    return render(request, "catalogue/describe.html", context, status=status)


@posted("catalogue:steward")
@signed_in
def confirm(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Say that a description was checked and still holds; the version that was read is named."""
    over = whole(request.POST.get("over", ""), 0)
    checking.confirm(current.node(), dataset_id, over=over, actor=current.actor(request))
    messages.success(request, _("The description of %(name)s is checked for a year.") % {"name": dataset_id})
    return redirect("catalogue:steward")


@posted("catalogue:steward")
@signed_in
def measure(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Begin to measure a dataset's current snapshot; its progress is shown by the task's page."""
    task = work.begin(current.node(), dataset_id, actor=current.actor(request))
    return redirect("tasks:one", task)
