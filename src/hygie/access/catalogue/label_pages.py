"""A quality label as pages show it: what the holder states, the document, and what the node measured beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hygie.access.catalogue import labelling, pages
from hygie.access.catalogue.label_form import BLOCK_WORDS
from hygie.access.catalogue.queries import Dataset
from hygie.access.catalogue.values import Block
from hygie.base.kernel import Refusal
from hygie.commons.people.policy import check_role
from hygie.commons.web import current
from hygie.commons.web.pieces import Proof
from hygie.commons.web.templatetags.hygie import day, number
from hygie.commons.web.views import signed_in


@dataclass(frozen=True)
class Row:
    """A block of a label: its name, the holder's words, its document, and what the node measured."""

    name: str
    says: str
    block: Block | None
    measured: tuple[str, ...]


def rows(found: Dataset, language: str) -> list[Row]:
    """Return the six blocks of a dataset's label; no row without a label.

    Source     Reg. (EU) 2025/327 art. 78(3) (SU-78-3)
    """
    label = found.label.label
    if label is None:
        return []
    return [
        Row(str(BLOCK_WORDS[name]), block.says.said(language) if block else "", block, measured(found, name))
        for name, block in label.blocks.items()
    ]


def measured(found: Dataset, block: str) -> tuple[str, ...]:
    """Return what of a block the node measured on the data; nothing where the data do not lie here."""
    held = found.figures
    if held is None:
        return ()
    if block == "documentation":
        count = len(held.variables)
        told = ngettext("%(count)s variable in the dictionary", "%(count)s variables in the dictionary", count)
        return (told % {"count": number(count)}, held.standard)
    if block == "technical":
        filled = held.completeness
        valid = _("validity: %(share)s %% of the lines keep to the standard") % {
            "share": number(round(100 - held.quarantine, 1), 1)
        }
        fresh = _("timeliness: delivered on %(day)s") % {"day": day(held.created)}
        if filled is None:
            return (valid, fresh)
        return (_("completeness: %(share)s %% of the values are filled") % {"share": number(filled)}, valid, fresh)
    if block == "coverage":
        persons = _("%(count)s persons") % {"count": pages.said(found.persons)}
        if held.period is None:
            return (persons,)
        years = _("events from %(first)s to %(last)s") % {"first": held.period[0], "last": held.period[1]}
        return (persons, years)
    if block == "modifications":
        return (_("delivery number %(number)s") % {"number": number(held.version)},)
    return ()


def context(request: HttpRequest, found: Dataset) -> dict[str, object]:
    """Return what the quality page shows of the label."""
    event = found.label.event
    return {
        "label": found.label,
        "blocks": rows(found, current.language()),
        "revocation": Proof(event, f"/ledger/{event}/") if event is not None else None,
        "may_revoke": found.label.state == "stands" and may_revoke(request),
        "max_reason": labelling.MAX_REASON,
    }


def may_revoke(request: HttpRequest) -> bool:
    """Return whether the reader revokes labels."""
    if not current.visitor(request):
        return False
    try:
        check_role(current.actor(request), "enforcement.decide")
    except Refusal:
        return False
    return True


@require_POST
@signed_in
def revoke(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Revoke a label that was found wrong."""
    reason = request.POST.get("reason", "")[: labelling.MAX_REASON + 1]
    labelling.revoke_label(current.node(), dataset_id, reason, actor=current.actor(request))
    messages.info(request, _("The quality label is revoked."))
    return redirect("catalogue:quality", dataset_id)
