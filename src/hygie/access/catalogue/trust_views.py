"""The page of trusted holders: everyone reads it, access officers mark and unmark."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hygie.access.catalogue import trusting
from hygie.base.kernel import Refusal, Verdict
from hygie.commons.people.policy import check_role
from hygie.commons.web import current
from hygie.commons.web.views import posted, signed_in


class TrustForm(forms.Form):
    """A holder to mark."""

    holder = forms.ChoiceField(
        label=gettext_lazy("Holder"),
        choices=lambda: [(name, name) for name in trusting.holders()],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    review_on = forms.DateField(
        label=gettext_lazy("Day of the next review"),
        help_text=gettext_lazy("After this day the mark is gone by itself."),
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("What was found"),
        help_text=gettext_lazy(
            "Its environment, its expertise and its guarantees (art. 72(2)). Everyone reads it: "
            "no person, no trade secret."
        ),
        max_length=trusting.MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )


def may_mark(request: HttpRequest) -> bool:
    """Return whether the reader marks holders."""
    if not current.visitor(request):
        return False
    try:
        check_role(current.actor(request), "holder.trust")
    except Refusal:
        return False
    return True


def shown(request: HttpRequest, form: TrustForm | None, verdict: Verdict | None = None) -> HttpResponse:
    """Return the page, with the form for those who may mark."""
    today = current.node().today()
    status = 409 if verdict else 422 if form is not None and form.errors else 200
    context = {"marks": trusting.trusted(on=today), "form": form, "verdict": verdict, "today": today}
    return render(request, "catalogue/trusted.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
def trusted(request: HttpRequest) -> HttpResponse:
    """Show everyone which holders are trusted, and until when."""
    return shown(request, TrustForm() if may_mark(request) else None)


@posted("catalogue:trusted")
@signed_in
def trust(request: HttpRequest) -> HttpResponse:
    """Mark a holder until its next review."""
    actor = current.actor(request)
    check_role(actor, "holder.trust")
    form = TrustForm(request.POST)
    if not form.is_valid():
        return shown(request, form)
    try:
        trusting.trust(current.node(), actor=actor, **form.cleaned_data)
    except Refusal as refusal:
        if refusal.code.startswith("PPL"):
            raise
        return shown(request, form, refusal.verdict)
    messages.info(request, _("The holder is marked as trusted."))
    return redirect("catalogue:trusted")


@posted("catalogue:trusted")
@signed_in
def distrust(request: HttpRequest, trust_id: str) -> HttpResponse:
    """Take a mark away."""
    reason = request.POST.get("reason", "")[: trusting.MAX_REASON]
    trusting.distrust(current.node(), trust_id, reason, actor=current.actor(request))
    messages.info(request, _("The mark is taken away."))
    return redirect("catalogue:trusted")
