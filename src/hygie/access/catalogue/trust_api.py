"""Trusted holders, for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from hygie.access.catalogue import trusting
from hygie.commons.web import current
from hygie.commons.web.publication import Confirming, PreviewOut, preview_out
from hygie.commons.web.schema import Body

router = Router(tags=["catalogue"])
LINE = r"^[^\x00]*$"


class TrustOut(Schema):
    """A mark: the holder, since when, until which review, and whether it stands."""

    id: str
    holder: str
    since: date
    review_on: date
    reason: str
    ended_on: date | None
    ended_reason: str
    stands: bool


class EndPreviewIn(Body):
    """Why a mark would be taken away, as everyone would read it, naming no person."""

    published: str = Field(min_length=1, max_length=trusting.MAX_REASON, pattern=LINE)


class EndIn(Confirming, EndPreviewIn):
    """Why a mark is taken away, as everyone reads it, read and confirmed."""


class TrustPreviewIn(EndPreviewIn):
    """A holder to mark, the day of its next review, and what was found, as everyone would read it."""

    holder: str = Field(min_length=1, max_length=300, pattern=LINE)
    review_on: date


class TrustIn(Confirming, TrustPreviewIn):
    """A holder to mark, the day of its next review, and what was found, read as everyone will read it and confirmed."""


@router.get("/holders/trusted", response=list[TrustOut], operation_id="catalogue_trusted", auth=None)
def trusted(request: HttpRequest) -> Any:  # noqa: ARG001
    """List the marks that stand or stood, the last given first; anyone may ask."""
    return list(trusting.trusted(on=current.node().today()))


@router.post("/holders/trusted", response=TrustOut, operation_id="catalogue_trust")
def trust(request: HttpRequest, body: TrustIn) -> Any:
    """Mark a holder as trusted until its next review."""
    return trusting.trust(current.node(), actor=current.actor(request), **body.given())


@router.post("/holders/trusted/preview", response=PreviewOut, operation_id="catalogue_preview_trust")
def preview_trust(request: HttpRequest, body: TrustPreviewIn) -> dict[str, Any]:
    """Show what everyone would read of a mark; nothing changes."""
    actor = current.actor(request)
    return preview_out(trusting.preview_trust(current.node(), actor=actor, **body.model_dump()))


@router.post("/holders/trusted/{trust_id}/end", response=TrustOut, operation_id="catalogue_distrust")
def distrust(request: HttpRequest, trust_id: str, body: EndIn) -> Any:
    """Take a holder's mark as trusted away, with the reason; officers."""
    return trusting.distrust(current.node(), trust_id, actor=current.actor(request), **body.given())


@router.post("/holders/trusted/{trust_id}/end/preview", response=PreviewOut, operation_id="catalogue_preview_distrust")
def preview_distrust(request: HttpRequest, trust_id: str, body: EndPreviewIn) -> dict[str, Any]:
    """Show what everyone would read of a mark that is taken away; nothing changes."""
    actor = current.actor(request)
    return preview_out(trusting.preview_distrust(current.node(), trust_id, actor=actor, **body.model_dump()))
