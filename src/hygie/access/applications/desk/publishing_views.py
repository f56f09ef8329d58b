"""The officers' pages by which reasons become public: of a decision, an exclusion, measures. One step for all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hygie.access.applications import actions, queries
from hygie.access.applications.desk.forms import ExclusionForm, Publication
from hygie.access.applications.desk.views import CHANGING, shown_by_permit
from hygie.access.applications.enforcement import concluding
from hygie.access.applications.words import outcome_words, state_line
from hygie.commons.people import doors
from hygie.commons.people.publication import turn
from hygie.commons.web import current, paging
from hygie.commons.web.publication import Turn
from hygie.commons.web.publishing import Preview
from hygie.commons.web.views import signed_in


@require_http_methods(CHANGING)
@signed_in
def publish(request: HttpRequest, application_id: str) -> HttpResponse:
    """Write the reasons as everyone will read them, see them as published, and confirm."""
    node, actor = current.node(), current.actor(request)
    found = queries.case(node, application_id, reader=actor).folder.application
    form = Publication(request.POST or None, initial=doors.recall(request))
    bound = (node, application_id)
    made = turn(request, form, partial(actions.preview_publication, *bound), partial(actions.publish, *bound))
    if made.done:
        messages.success(request, _("The decision is published with its reasons."))
        return redirect("applications:case", application_id)
    context = {
        "application": found,
        "turn": made,
        "form": form,
        "verdict": made.verdict,
        "entry": queries.public_one(application_id),
        "outcome": outcome_words(found.outcome),
        "state": state_line(found, node.today()),
        **shown_by_permit(found),
    }
    return render(request, "applications/publish.html", context, status=made.status)


@require_http_methods(CHANGING)
@signed_in
def exclusions(request: HttpRequest) -> HttpResponse:
    """Show the exclusion list; exclude an organisation or a natural person, as everyone will read it."""
    node, actor = current.node(), current.actor(request)
    page = queries.exclusions(node, reader=actor, page=paging.asked(request))
    form = ExclusionForm(request.POST or None, initial=doors.recall(request))
    made = turn(
        request,
        form,
        lambda actor, **data: actions.preview_exclusion(node, actions.Barring(**data), actor=actor),
        lambda actor, confirmed, overruled, **data: actions.exclude(
            node, actions.Barring(**data), confirmed=confirmed, overruled=overruled, actor=actor
        ),
    )
    if made.done:
        messages.success(request, _("The exclusion is recorded and published."))
        return redirect("applications:exclusions")
    context = {"page": page, "turn": made, "form": form, "verdict": made.verdict, "today": node.today()}
    if made.preview is not None:
        context["excluded"] = [row_of_exclusion(made.preview.public)]
    return render(request, "applications/exclusions.html", context, status=made.status)


def concluded(request: HttpRequest, procedure_id: str, form: Any, page: str) -> Turn:
    """Take measures, once they were seen as everyone will read them and confirmed.

    Parameters
    ----------
    page : str   the procedure's own, to which who has to sign in again comes back
    """
    bound = (current.node(), procedure_id)
    look, do = partial(concluding.preview_measures, *bound), partial(concluding.conclude, *bound)
    return turn(request, form, look, do, page)


def shown_as(preview: Preview) -> dict[str, Any]:
    """Return measures, the permit and the exclusion as the register's own tables show them."""
    found: dict[str, Any] = {}
    public = preview.public
    if preview.shown is not None:
        found["measures"] = [(preview.shown, preview.shown.breach.label[current.language()])]
    if "permit" in public:
        permit = public["permit"]
        shown = {
            "id": permit["id"],
            "title": permit["purpose"]["title"],
            "user": permit["user"]["name"],
            "revoked_on": day_of(permit["revoked_on"]),
        }
        found["revoked"] = [{"entry": {"permit": shown, "reason": permit["revoked_reason"]}, "proof": None}]
    if "exclusion" in public:
        found["excluded"] = [row_of_exclusion(public["exclusion"])]
    return found


def row_of_exclusion(public: Mapping[str, Any]) -> dict[str, Any]:
    """Return an exclusion as the register's own table shows it."""
    days = {"start": day_of(public["from"]), "end": day_of(public["to"])}
    return {"entry": {**public, **days}, "proof": None}


def day_of(text: str | None) -> date | None:
    """Return a day as the register's JSON writes it."""
    return date.fromisoformat(text) if text else None
