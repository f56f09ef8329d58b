"""Longer times, for programs: asked for and given for results, set for the opening of the data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from hygie.access.applications import actions
from hygie.access.applications.api_words import ApplicationOut, Listed, LongerIn, told
from hygie.commons.web import current

router = Router(tags=["applications"])


class LongerAskedOut(Schema):
    """A longer time for results that a user asked for."""

    application: str
    title: str
    organisation: str
    rule: str
    until: date
    due_on: date
    reason: str
    asked_at: datetime
    late: bool


class LongerAsked(Listed):
    """A page of longer times asked for."""

    entries: list[LongerAskedOut]


@router.post("/{application_id}/results/longer", response=ApplicationOut, operation_id="application_ask_longer_results")
def ask(request: HttpRequest, application_id: str, body: LongerIn) -> dict[str, Any]:
    """Ask, as the user, for a longer time to make the results public."""
    actor = current.actor(request)
    return told(actions.ask_longer(current.node(), application_id, body.until, body.reason, actor=actor))


@router.post("/{application_id}/results/extension", response=ApplicationOut, operation_id="application_extend_results")
def extend(request: HttpRequest, application_id: str, body: LongerIn) -> dict[str, Any]:
    """Give a longer time for the results, once, where the user asked for one."""
    actor = current.actor(request)
    return told(actions.extend_results(current.node(), application_id, body.until, body.reason, actor=actor))


@router.post(
    "/{application_id}/opening/extension", response=ApplicationOut, operation_id="application_lengthen_opening"
)
def lengthen(request: HttpRequest, application_id: str, body: LongerIn) -> dict[str, Any]:
    """Set a longer time to open the data to the user, once."""
    actor = current.actor(request)
    return told(actions.lengthen_opening(current.node(), application_id, body.until, body.reason, actor=actor))
