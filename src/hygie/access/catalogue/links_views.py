"""The page on which a steward looks at links between records, and decides."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from hygie.access.catalogue import links
from hygie.commons.web import current, paging
from hygie.commons.web.views import posted, signed_in
from hygie.intake.linkage.linking import STATES, Link

STATE = {
    "review": gettext_lazy("Waiting for a decision"),
    "linked": gettext_lazy("Linked"),
    "rejected": gettext_lazy("Rejected"),
    "withdrawn": gettext_lazy("No longer linked"),
}
METHOD = {
    "traits": gettext_lazy("by traits"),
    "encoded": gettext_lazy("by encoded traits"),
    "apart": gettext_lazy("set apart from its identifiers"),
}
TRAIT = {
    "given_name": gettext_lazy("given name"),
    "family_name": gettext_lazy("family name"),
    "birth_date": gettext_lazy("date of birth"),
    "sex": gettext_lazy("sex"),
    "street_number": gettext_lazy("house number"),
    "street": gettext_lazy("street"),
    "place": gettext_lazy("locality"),
    "city": gettext_lazy("city"),
    "postcode": gettext_lazy("postcode"),
    "region": gettext_lazy("region"),
    "email": gettext_lazy("e-mail address"),
    "phone": gettext_lazy("telephone"),
    "number": gettext_lazy("other number"),
}
AGREES = {
    "same": (gettext_lazy("same"), "leaf"),
    "close": (gettext_lazy("close"), "wait"),
    "different": (gettext_lazy("different"), "stop"),
    "absent": (gettext_lazy("absent in one"), "doubt"),
}


@dataclass(frozen=True)
class Shown:
    """A link in the reader's words."""

    link: Link
    method: str
    traits: tuple[tuple[str, str, str], ...]


@require_GET
@signed_in
def every(request: HttpRequest) -> HttpResponse:
    """Show a steward the links that are theirs to decide: score, how each trait agrees, never a trait."""
    state = request.GET.get("state", "")
    state = state if state in STATES else STATES[0]
    number = paging.asked(request)
    total, found = links.page(current.node(), actor=current.actor(request), state=state, number=number)
    page = Paginator(paging.Window(lambda: total, lambda *_: found), links.PAGE).get_page(number)
    states = [(name, label, name == state) for name, label in STATE.items()]
    context = {"rows": [shown(each) for each in found], "total": total, "page": page, "states": states}
    return render(request, "catalogue/links.html", context | {"state": state})


def shown(link: Link) -> Shown:
    """Return a link in the reader's words."""
    traits = tuple((str(TRAIT[trait]), str(AGREES[said][0]), AGREES[said][1]) for trait, said in link.traits.items())
    return Shown(link, str(METHOD[link.method]), traits)


@posted("catalogue:links")
@signed_in
def decide(request: HttpRequest, link_id: str) -> HttpResponse:
    """Accept, reject or withdraw a link."""
    links.decide(current.node(), link_id, request.POST.get("decision", ""), actor=current.actor(request))
    messages.info(request, _("Decided: %(link)s.") % {"link": link_id})
    return redirect("catalogue:links")
