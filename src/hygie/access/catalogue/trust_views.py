"""The pages of trusted holders: everyone reads who is one, access officers mark and unmark."""

from __future__ import annotations

from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hygie.access.catalogue import trusting
from hygie.commons.people import doors
from hygie.commons.people.policy import check_role, may
from hygie.commons.people.publication import turn
from hygie.commons.web import current
from hygie.commons.web.publication import Publishing, Turn
from hygie.commons.web.views import signed_in

CHANGING = ["GET", "HEAD", "POST"]


def text(label: str, help_text: str) -> forms.CharField:
    """Return the box of a reason that everyone reads."""
    area = forms.Textarea(attrs={"rows": 5, "class": "form-control"})
    return forms.CharField(label=label, help_text=help_text, max_length=trusting.MAX_REASON, widget=area)


class TrustForm(Publishing):
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
    published = text(
        gettext_lazy("What was found"),
        gettext_lazy(
            "Its environment, its expertise and its guarantees (art. 72(2)). Everyone reads it: "
            "no person, no trade secret."
        ),
    )


class EndForm(Publishing):
    """Why a mark is taken away."""

    published = text(gettext_lazy("Reason"), gettext_lazy("Everyone reads it: no person, no trade secret."))


def may_mark(request: HttpRequest) -> bool:
    """Return whether the reader marks holders."""
    return bool(current.visitor(request)) and may(current.actor(request), "holder.trust")


@require_http_methods(["GET", "HEAD"])
def trusted(request: HttpRequest) -> HttpResponse:
    """Show everyone which holders are trusted, and until when."""
    context = {"marks": trusting.trusted(on=current.node().today()), "may_mark": may_mark(request)}
    return render(request, "catalogue/trusted.html", context)


@require_http_methods(CHANGING)
@signed_in
def trust(request: HttpRequest) -> HttpResponse:
    """Mark a holder until its next review, once the reason was seen as everyone will read it and confirmed."""
    check_role(current.actor(request), "holder.trust")
    node, form = current.node(), TrustForm(request.POST or None, initial=doors.recall(request))
    made = turn(request, form, partial(trusting.preview_trust, node), partial(trusting.trust, node))
    if made.done:
        messages.info(request, _("The holder is marked as trusted."))
        return redirect("catalogue:trusted")
    return shown(request, made)


@require_http_methods(CHANGING)
@signed_in
def distrust(request: HttpRequest, trust_id: str) -> HttpResponse:
    """Take a mark away, once the reason was seen as everyone will read it and confirmed."""
    node, form = current.node(), EndForm(request.POST or None, initial=doors.recall(request))
    bound = (node, trust_id)
    made = turn(request, form, partial(trusting.preview_distrust, *bound), partial(trusting.distrust, *bound))
    if made.done:
        messages.info(request, _("The mark is taken away."))
        return redirect("catalogue:trusted")
    if made.verdict is None:
        check_role(current.actor(request), "holder.trust")
    return shown(request, made, trusting.named(trust_id))


def shown(request: HttpRequest, made: Turn, holder: str = "") -> HttpResponse:
    """Return the form's page, with what everyone would read; of one holder where its mark is to be taken away."""
    context = {"form": made.form, "turn": made, "verdict": made.verdict, "holder": holder}
    if made.preview is not None:
        context["marks"] = [made.preview.shown]
    return render(request, "catalogue/trust.html", context, status=made.status)
