"""Trusted holders, for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from hygie.access.catalogue import trusting
from hygie.commons.web import current
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
    stands: bool


class MarkIn(Body):
    """A reason."""

    reason: str = Field(min_length=1, max_length=trusting.MAX_REASON, pattern=LINE)


class TrustIn(MarkIn):
    """A holder to mark, and the day of its next review."""

    holder: str = Field(min_length=1, max_length=300, pattern=LINE)
    review_on: date


@router.get("/holders/trusted", response=list[TrustOut], operation_id="catalogue_trusted", auth=None)
def trusted(request: HttpRequest) -> Any:  # noqa: ARG001
    """List the marks that stand or stood, the last given first; anyone may ask."""
    return list(trusting.trusted(on=current.node().today()))


@router.post("/holders/trusted", response=TrustOut, operation_id="catalogue_trust")
def trust(request: HttpRequest, body: TrustIn) -> Any:
    """Mark a holder as trusted until its next review."""
    return trusting.trust(current.node(), actor=current.actor(request), **body.model_dump())


@router.post("/holders/trusted/{trust_id}/end", response=TrustOut, operation_id="catalogue_distrust")
def distrust(request: HttpRequest, trust_id: str, body: MarkIn) -> Any:
    """Take a mark away."""
    return trusting.distrust(current.node(), trust_id, body.reason, actor=current.actor(request))
