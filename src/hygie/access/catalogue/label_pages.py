"""A quality label as pages show it: what the holder states, the document, and what the node measured beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from hygie.access.catalogue import labelling, pages, queries
from hygie.access.catalogue.assessed import assessments
from hygie.access.catalogue.label_form import BLOCK_WORDS, Revocation
from hygie.access.catalogue.quality_words import category_words
from hygie.access.catalogue.queries import Dataset
from hygie.access.catalogue.supporting import Fall, scores
from hygie.access.catalogue.values import Block
from hygie.base.kernel import Refusal, refuse
from hygie.commons.people import doors
from hygie.commons.people.policy import check_role, may
from hygie.commons.people.publication import turn
from hygie.commons.web import current
from hygie.commons.web.pieces import Proof
from hygie.commons.web.publication import Turn
from hygie.commons.web.templatetags.hygie import day, number, span
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
        full = _("completeness: %(share)s %% of the values are filled") % {"share": number(filled)}
        return (*((full,) if filled is not None else ()), valid, fresh, *passing(found.id))
    if block == "management":
        return checks_run(found.id)
    if block == "coverage":
        persons = _("%(count)s persons") % {"count": pages.said(found.persons)}
        if held.period is None:
            return (persons,)
        years = _("events of %(years)s") % {"years": span(held.period)}
        return (persons, years)
    if block == "modifications":
        return (_("delivery number %(number)s") % {"number": number(held.version)},)
    return ()


def passing(dataset: str) -> tuple[str, ...]:
    """Return the share of the quality checks that pass, by category; nothing where they never ran."""
    history = assessments(dataset)
    told = scores(history[0].counts) if history else {}
    said = _("%(category)s: %(share)s %% of the checks that ran pass")
    return tuple(said % {"category": category_words(name), "share": number(share, 1)} for name, share in told.items())


def checks_run(dataset: str) -> tuple[str, ...]:
    """Return on how many deliveries the quality checks ran; nothing where they never did."""
    count = len(assessments(dataset))
    if not count:
        return ()
    said = ngettext("checks run on %(count)s delivery", "checks run on %(count)s deliveries", count)
    return (said % {"count": number(count)},)


def fall_words(fall: Fall) -> str:
    """Return a figure that fell as it is read."""
    if fall.figure == "filled":
        said = _("values that are filled: %(then)s %% when the label was made, %(now)s %% now")
    elif fall.figure == "valid":
        said = _("lines that keep to the standard: %(then)s %% when the label was made, %(now)s %% now")
    else:
        said = _("%(category)s, checks that pass: %(then)s %% when the label was made, %(now)s %% now")
    shown = {"then": number(fall.then, 1), "now": number(fall.now, 1)}
    return said % (shown | ({"category": category_words(fall.figure)} if "category" in said else {}))


def context(request: HttpRequest, found: Dataset) -> dict[str, object]:
    """Return what the quality page shows of the label."""
    event = found.label.event
    return {
        "label": found.label,
        "blocks": rows(found, current.language()),
        "fallen": [fall_words(each) for each in found.label.fallen],
        "revocation": Proof(event, f"/ledger/{event}/") if event is not None else None,
        "may_revoke": found.label.state == "stands" and may_revoke(request),
        "file": filed(request, found),
    }


def filed(request: HttpRequest, found: Dataset) -> str:
    """Return the reason as the file has it; empty for whoever may not read it."""
    if found.label.state != "revoked" or not current.visitor(request):
        return ""
    try:
        return labelling.filed(found.id, found.label.label, reader=current.actor(request))
    except Refusal:
        return ""


def may_revoke(request: HttpRequest) -> bool:
    """Return whether the reader revokes labels."""
    return bool(current.visitor(request)) and may(current.actor(request), "enforcement.decide")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def revoke(request: HttpRequest, dataset_id: str) -> HttpResponse:
    """Revoke a label that was found wrong, once its reason was seen as everyone will read it and confirmed."""
    node, form = current.node(), Revocation(request.POST or None, initial=doors.recall(request))
    look = partial(labelling.preview_revocation, node, dataset_id)
    made = turn(request, form, look, partial(labelling.revoke_label, node, dataset_id))
    if not made.done:
        return page_of_revocation(request, dataset_id, made)
    messages.info(request, _("The quality label is revoked."))
    return redirect("catalogue:quality", dataset_id)


def page_of_revocation(request: HttpRequest, dataset_id: str, made: Turn) -> HttpResponse:
    """Show the form to an officer; PPL codes for anyone else, CAT-110 and CAT-120 where there is nothing to revoke."""
    if made.verdict is None:
        check_role(current.actor(request), "enforcement.decide")
    found = queries.dataset(dataset_id, on=current.node().today())
    if found.label.label is None or found.label.state != "stands":
        raise refuse("CAT-120", found=dataset_id[:64])
    language = current.language()
    context = {"found": found, "title": found.description.title.said(language), "turn": made, "form": made.form}
    if made.preview is not None:
        shown = made.preview.shown
        context["labels"] = [({"entry": shown, "proof": None}, shown.title[language])]
    return render(request, "catalogue/revoke_label.html", {**context, "verdict": made.verdict}, status=made.status)
