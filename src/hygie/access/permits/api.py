"""Permits, for programs: what everyone may know of them, and revocation."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from hygie.access.permits import actions, parties, queries
from hygie.commons.people.policy import check
from hygie.commons.web import current
from hygie.commons.web.publication import Confirming, PreviewOut, preview_out
from hygie.commons.web.schema import Body

router = Router(tags=["permits"])
State = Literal["granted", "not begun", "amended", "expired", "revoked"]


class PermitOut(Schema):
    """A permit in a list."""

    id: str
    version: int
    title: str
    user: str
    kind: str
    basis: str
    starts_on: date
    ends_on: date
    state: State
    amended_by: str
    revoked_on: date | None


class PermitList(Schema):
    """A page of permits, the last decision first."""

    count: int
    permits: list[PermitOut]


class StandingOut(Schema):
    """The public part of a permit whose signature was verified now, and what became of it."""

    permit: dict[str, Any]
    state: State
    amended_by: str
    revoked_on: date | None
    revoked_reason: str


class RevocationIn(Confirming):
    """Why a permit is taken back, for the file and for everyone; the second text names no person."""

    reason: str = Field(min_length=1, max_length=2000)
    published: str = Field(min_length=1, max_length=2000)


class RevocationPreviewIn(Body):
    """Why a permit would be taken back; without a text for everyone, the file's with persons taken out is shown."""

    reason: str = Field(min_length=1, max_length=2000)
    published: str = Field("", max_length=2000)


class RevocationOut(Schema):
    """Why a permit was revoked: whole, as the file has it, and as published."""

    revoked_on: date | None
    reason: str
    published: str


@router.get("/", response=PermitList, operation_id="permit_list", auth=None)
def listed(
    request: HttpRequest,  # noqa: ARG001
    state: State | None = None,
    words: str = Query("", max_length=100, pattern=r"^[^\x00]*$"),
    offset: int = Query(0, ge=0, le=1_000_000),
    limit: int = Query(50, ge=1, le=200),
) -> PermitList:
    """List the permits by state and words, a page at a time; anyone may ask."""
    today = current.node().today()
    count, found = queries.listed(today, state=state or "", words=words, offset=offset, limit=limit)
    names = PermitOut.model_fields
    return PermitList(
        count=count, permits=[PermitOut(**{name: getattr(each, name) for name in names}) for each in found]
    )


@router.get("/{permit_id}", response=StandingOut, operation_id="permit_show", auth=None)
def one(request: HttpRequest, permit_id: str) -> StandingOut:  # noqa: ARG001
    """Show the public part of a permit; anyone may ask."""
    node = current.node()
    return told(queries.standing(permit_id, at=node.clock(), public_key=node.keys.public_key()))


@router.post("/{permit_id}/revoke", response=StandingOut, operation_id="permit_revoke")
def revoke(request: HttpRequest, permit_id: str, body: RevocationIn) -> StandingOut:
    """Take a permit back; runs under it stop within a minute."""
    node = current.node()
    actions.revoke(node, permit_id, actor=current.actor(request), **body.given())
    return told(queries.standing(permit_id, at=node.clock(), public_key=node.keys.public_key()))


@router.post("/{permit_id}/revoke/preview", response=PreviewOut, operation_id="permit_preview_revocation")
def preview(request: HttpRequest, permit_id: str, body: RevocationPreviewIn) -> dict[str, Any]:
    """Show what everyone would read of a revocation; nothing changes."""
    actor = current.actor(request)
    return preview_out(actions.preview_revocation(current.node(), permit_id, actor=actor, **body.model_dump()))


@router.get("/{permit_id}/revocation", response=RevocationOut, operation_id="permit_revocation")
def revocation(request: HttpRequest, permit_id: str) -> RevocationOut:
    """Tell why a permit was revoked, whole; officers and the auditor."""
    check(current.actor(request), "case.read", {"team": parties.of(permit_id)})
    node = current.node()
    found = queries.standing(permit_id, at=node.clock(), public_key=node.keys.public_key())
    reason = queries.revocation(permit_id)
    return RevocationOut(revoked_on=found.revoked_on, reason=reason, published=found.revoked_reason)


def told(standing: queries.Standing) -> StandingOut:
    """Return a permit's standing as a program reads it."""
    return StandingOut(
        permit=queries.public(standing.permit),
        state=standing.state,
        amended_by=standing.amended_by,
        revoked_on=standing.revoked_on,
        revoked_reason=standing.revoked_reason,
    )
