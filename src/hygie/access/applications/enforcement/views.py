"""The officers' pages of enforcement, and of the messages drafted for other bodies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from hygie.access.applications.amounts import Amount
from hygie.access.applications.decision.assessing import MAX_REASON
from hygie.access.applications.desk.forms import area
from hygie.access.applications.desk.publishing_views import concluded, shown_as
from hygie.access.applications.desk.views import CHANGING, status_of, told
from hygie.access.applications.enforcement import enforcing, outgoing
from hygie.access.applications.enforcement.opening import Opening, begun, day_box
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal, Verdict
from hygie.commons.people import doors
from hygie.commons.people.policy import check, may
from hygie.commons.web import current, paging
from hygie.commons.web.publication import Publishing, Turn
from hygie.commons.web.sheets import attachment
from hygie.commons.web.views import posted, signed_in

MEASURES = {
    "none": gettext_noop("No measure"),
    "revoke": gettext_noop("Permit revoked, processing stopped"),
    "exclude": gettext_noop("Excluded from applying"),
    "penalty": gettext_noop("Daily penalty for a late delivery"),
}


class Text(forms.Form):
    """A text to record."""

    text = forms.CharField(label=gettext_lazy("Text"), max_length=MAX_REASON, widget=area(5))


class Conclusion(Publishing):
    """Measures to take."""

    measures = forms.MultipleChoiceField(
        label=gettext_lazy("Measures"),
        choices=[(name, gettext_lazy(word)) for name, word in MEASURES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    exclude_until = forms.DateField(
        label=gettext_lazy("Excluded until"),
        required=False,
        help_text=gettext_lazy("At most five years from today."),
        widget=day_box(),
    )
    rate = Amount(label=gettext_lazy("Penalty for each day late"), required=False)
    reasons = forms.CharField(
        label=gettext_lazy("Reasons, for the file"),
        help_text=gettext_lazy("They stay in the file as you write them; only their commitment goes into the ledger."),
        max_length=MAX_REASON,
        widget=area(5),
    )

    def clean_rate(self) -> str:
        """Return the rate with two decimals, as measures have it; empty without one."""
        rate = self.cleaned_data["rate"]
        return f"{rate:.2f}" if rate is not None else ""


def heard(node: Node, made: str, data: Mapping[str, Any], actor: str) -> object:
    """Record what was said."""
    return enforcing.hear(node, made, data["text"], actor=actor)


def appealed(node: Node, made: str, data: Mapping[str, Any], actor: str) -> object:
    """Note an appeal."""
    return enforcing.appeal(node, made, data["text"], actor=actor)


FORMS: Mapping[str, type[forms.Form]] = {"hear": Text, "conclude": Conclusion, "appeal": Text}
STEPS: Mapping[str, Callable[[Node, str, Mapping[str, Any], str], object]] = {"hear": heard, "appeal": appealed}


@require_http_methods(CHANGING)
@signed_in
def procedures(request: HttpRequest) -> HttpResponse:
    """Show the procedures, and open one."""
    node, actor, verdict = current.node(), current.actor(request), None
    page = enforcing.procedures(node, reader=actor, page=paging.asked(request))
    if request.method == "POST":
        check(actor, "enforcement.conduct", {})
    form = None
    if may(actor, "enforcement.conduct"):
        before = doors.recall(request) or begun(node, request.GET.dict(), actor=actor)
        form = Opening(request.POST or None, initial=before, node=node)
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            made = enforcing.open_procedure(node, actor=actor, **form.cleaned_data)
        except Refusal as refusal:
            verdict = told(refusal)
        else:
            messages.info(request, _("The procedure is opened; the hearing runs."))
            return redirect("applications:procedure", made.id)
    context = {"page": page, "form": form, "verdict": verdict}
    status = status_of(form, verdict) if form is not None else 200
    return render(request, "applications/procedures.html", context, status=status)


@require_GET
@signed_in
def procedure(request: HttpRequest, procedure_id: str) -> HttpResponse:
    """Show a procedure and what can be done next."""
    return shown(request, procedure_id)


def shown(
    request: HttpRequest,
    procedure_id: str,
    name: str = "",
    form: forms.Form | None = None,
    verdict: Verdict | None = None,
    made: Turn | None = None,
) -> HttpResponse:
    """Return a procedure's page, with the form that could not be taken or is to be confirmed, if one."""
    found = enforcing.procedure(current.node(), procedure_id, reader=current.actor(request))
    step = next_step(found)
    before = doors.recall(request)
    status = made.status if made else status_of(form, verdict) if form is not None else 200
    if step and (form is None or name != step):
        form = FORMS[step](initial=before)
        made = Turn.begun(form) if isinstance(form, Publishing) else None
    context = {
        "found": found,
        "again": reverse("applications:procedure", args=[procedure_id]),
        "label": found.breach.label[current.language()],
        "words": [_(MEASURES[each]) for each in found.measures],
        "step": step,
        "form": form if step else None,
        "verdict": verdict,
        "turn": made,
        **(shown_as(made.preview) if made and made.preview else {}),
    }
    return render(request, "applications/procedure.html", context, status=status)


def next_step(found: enforcing.Procedure) -> str:
    """Return what can be done next: hear, conclude, note an appeal; empty when nothing."""
    if found.decided_on:
        return "" if found.appealed_on else "appeal"
    late = found.hearing_until < current.node().today()
    return "conclude" if found.heard_on or late else "hear"


@posted("applications:procedure")
@signed_in
def step(request: HttpRequest, procedure_id: str, name: str) -> HttpResponse:
    """Take a step of a procedure."""
    actor = current.actor(request)
    check(actor, "enforcement.conduct", {})
    if name not in FORMS:
        raise Http404
    form = FORMS[name](request.POST)
    here = reverse("applications:procedure", args=[procedure_id])
    if isinstance(form, Publishing):
        made = concluded(request, procedure_id, form, here)
        if not made.done:
            return shown(request, procedure_id, name, form, made.verdict, made)
        messages.info(request, _("Recorded and published."))
        return redirect("applications:procedure", procedure_id)
    if not form.is_valid():
        return shown(request, procedure_id, name, form)
    try:
        STEPS[name](current.node(), procedure_id, form.cleaned_data, actor)
    except Refusal as refusal:
        if refusal.code == "APP-242":
            raise
        return shown(request, procedure_id, name, form, doors.asked_again(request, refusal, form, here))
    messages.info(request, _("Recorded."))
    return redirect("applications:procedure", procedure_id)


@require_GET
@signed_in
def outgoing_queue(request: HttpRequest) -> HttpResponse:
    """Show the messages drafted for other bodies."""
    page = outgoing.queue(reader=current.actor(request), page=paging.asked(request))
    return render(request, "applications/outgoing.html", {"page": page})


@require_GET
@signed_in
def message(request: HttpRequest, message_id: str) -> HttpResponse:
    """Give a message as the file to send."""
    held = outgoing.document(message_id, reader=current.actor(request))
    return attachment(json.dumps(held, ensure_ascii=False, sort_keys=True), f"{message_id}.json", "application/json")


@posted("applications:outgoing")
@signed_in
def sent(request: HttpRequest, message_id: str) -> HttpResponse:
    """Note that a person sent a message."""
    outgoing.sent(current.node(), message_id, actor=current.actor(request))
    messages.info(request, _("Recorded."))
    return redirect("applications:outgoing")
