"""The exclusion list, for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from hygie.access.applications import actions, queries
from hygie.access.applications.api_words import LINE, Listed, listed
from hygie.access.applications.decision.assessing import MAX_REASON
from hygie.access.applications.enforcement.excluding import MAX_PUBLISHED, Barring
from hygie.commons.web import current
from hygie.commons.web.publication import Confirming, PreviewOut, preview_out
from hygie.commons.web.schema import Body

router = Router(tags=["applications"])
PageNumber = Query(1, ge=1, le=1_000_000)


class BarringIn(Body):
    """Who is to be excluded, until when and why; a natural person is published without name and country."""

    organisation: str = Field(min_length=1, max_length=300, pattern=LINE)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    business_id: str = Field("", max_length=60, pattern=LINE)
    natural_person: bool = False
    until: date
    reason: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)


class ExclusionIn(Confirming, BarringIn):
    """An exclusion, with its reason as everyone reads it, read and confirmed."""

    published: str = Field(min_length=1, max_length=MAX_PUBLISHED, pattern=LINE)


class ExclusionPreviewIn(BarringIn):
    """An exclusion to be seen; without a text for everyone, the file's with persons taken out is shown."""

    published: str = Field("", max_length=MAX_PUBLISHED, pattern=LINE)


class RunningOut(Schema):
    """A permit that still runs."""

    id: str
    title: str


class ExclusionOut(Schema):
    """An exclusion as its file has it."""

    id: str
    organisation: str
    natural_person: bool
    start: date
    end: date
    reason: str
    published_reason: str
    lifted_on: date | None
    permits: list[RunningOut]


class ExclusionList(Listed):
    """A page of the exclusion list."""

    entries: list[ExclusionOut]


@router.get("/exclusions", response=ExclusionList, operation_id="application_exclusions")
def exclusions(request: HttpRequest, page: int = PageNumber) -> dict[str, Any]:
    """List who may not apply; officers and the auditor."""
    return listed(queries.exclusions(current.node(), reader=current.actor(request), page=page))


@router.post("/exclusions", response=ExclusionOut, operation_id="application_exclude")
def exclude(request: HttpRequest, body: ExclusionIn) -> Any:
    """Exclude an organisation or a natural person for at most five years."""
    given = body.given()
    said = {name: given.pop(name) for name in ("confirmed", "overruled")}
    return actions.exclude(current.node(), Barring(**given), actor=current.actor(request), **said)


@router.post("/exclusions/preview", response=PreviewOut, operation_id="application_preview_exclusion")
def preview(request: HttpRequest, body: ExclusionPreviewIn) -> dict[str, Any]:
    """Show what everyone would read of an exclusion; nothing changes."""
    wanted = Barring(**body.model_dump())
    return preview_out(actions.preview_exclusion(current.node(), wanted, actor=current.actor(request)))


@router.post("/exclusions/{exclusion_id}/lift", response={204: None}, operation_id="application_lift_exclusion")
def lift(request: HttpRequest, exclusion_id: str) -> Status[None]:
    """Lift an exclusion before its last day; officers."""
    actions.lift(current.node(), exclusion_id, actor=current.actor(request))
    return Status(204, None)
