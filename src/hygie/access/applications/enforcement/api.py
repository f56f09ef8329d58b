"""Enforcement and messages to other bodies, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from hygie.access.applications.api_words import LINE, listed
from hygie.access.applications.decision.assessing import MAX_REASON
from hygie.access.applications.enforcement import concluding, enforcing, outgoing
from hygie.access.applications.enforcement.excluding import MAX_PUBLISHED
from hygie.commons.web import current
from hygie.commons.web.publication import Confirming, PreviewOut, preview_out
from hygie.commons.web.schema import Body

router = Router(tags=["applications"])
PageNumber = Query(1, ge=1, le=1_000_000)


class OpeningIn(Body):
    """A procedure to open."""

    subject: Literal["user", "holder"]
    organisation: str = Field(min_length=1, max_length=300, pattern=LINE)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    business_id: str = Field("", max_length=60, pattern=LINE)
    permit: str = Field("", max_length=64, pattern=LINE)
    task: str = Field("", max_length=64, pattern=LINE)
    breach: str = Field(max_length=24, pattern=LINE)
    facts: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)
    hearing_until: date
    natural_person: bool = False
    data_protection: bool = False


class TextIn(Body):
    """A text to record."""

    text: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)


class Concluding(Body):
    """Measures to take, and why, for the file."""

    measures: list[Literal["none", "revoke", "exclude", "penalty"]] = Field(min_length=1, max_length=4)
    reasons: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)
    rate: str = Field("", pattern=r"^([0-9]{1,9}(\.[0-9]{1,2})?)?$")
    exclude_until: date | None = None
    published: str = Field("", max_length=MAX_PUBLISHED, pattern=LINE)


class ConclusionIn(Confirming, Concluding):
    """Measures to take, with their reasons as everyone reads them, read and confirmed; `none` is not published."""

    confirmed: bool = False


class ConclusionPreviewIn(Concluding):
    """Measures to be seen; without a text for everyone, the file's with persons taken out is shown."""


class ProcedureOut(Schema):
    """A procedure: its breach with the tier of fines, hearing, measures, penalty run up, appeal."""

    id: str
    subject: str
    organisation: str
    permit: str
    breach: str
    tier: int
    facts: str
    opened_on: date
    hearing_until: date
    views: str
    heard_on: date | None
    decided_on: date | None
    measures: list[str]
    reasons: str
    rate: str
    penalty: str
    excluded_until: date | None
    appeal: str
    appealed_on: date | None
    published_reasons: str
    natural_person: bool


class ProcedureList(Schema):
    """A page of procedures."""

    entries: list[ProcedureOut]
    number: int
    of: int
    total: int


class OutgoingOut(Schema):
    """A message of the queue."""

    id: str
    kind: str
    recipient: str
    subject: str
    sha256: str
    drafted_at: datetime
    due_on: date | None
    sent_on: date | None


class OutgoingList(Schema):
    """A page of messages."""

    entries: list[OutgoingOut]
    number: int
    of: int
    total: int


def plain(found: enforcing.Procedure) -> dict[str, Any]:
    """Return a procedure's fields."""
    names = set(ProcedureOut.model_fields) - {"breach", "tier"}
    held = {name: getattr(found, name) for name in names}
    return held | {"breach": found.breach.id, "tier": found.breach.tier, "measures": list(found.measures)}


@router.get("/enforcement/procedures", response=ProcedureList, operation_id="enforcement_list")
def procedures(request: HttpRequest, page: int = PageNumber) -> dict[str, Any]:
    """List the procedures; officers and the auditor."""
    found = enforcing.procedures(current.node(), reader=current.actor(request), page=page)
    return listed(found) | {"entries": [plain(each) for each in found.entries]}


@router.post("/enforcement/procedures", response=ProcedureOut, operation_id="enforcement_open")
def open_procedure(request: HttpRequest, body: OpeningIn) -> dict[str, Any]:
    """Open a procedure; its hearing lasts four weeks at most."""
    return plain(enforcing.open_procedure(current.node(), actor=current.actor(request), **body.model_dump()))


@router.get("/enforcement/procedures/{procedure_id}", response=ProcedureOut, operation_id="enforcement_show")
def procedure(request: HttpRequest, procedure_id: str) -> dict[str, Any]:
    """Show a procedure; officers and the auditor."""
    return plain(enforcing.procedure(current.node(), procedure_id, reader=current.actor(request)))


@router.post("/enforcement/procedures/{procedure_id}/hearing", response=ProcedureOut, operation_id="enforcement_hear")
def hear(request: HttpRequest, procedure_id: str, body: TextIn) -> dict[str, Any]:
    """Record what the user or holder said."""
    return plain(enforcing.hear(current.node(), procedure_id, body.text, actor=current.actor(request)))


@router.post(
    "/enforcement/procedures/{procedure_id}/measures", response=ProcedureOut, operation_id="enforcement_conclude"
)
def conclude(request: HttpRequest, procedure_id: str, body: ConclusionIn) -> dict[str, Any]:
    """Take measures after the hearing."""
    actor = current.actor(request)
    return plain(concluding.conclude(current.node(), procedure_id, actor=actor, **body.given()))


@router.post(
    "/enforcement/procedures/{procedure_id}/measures/preview",
    response=PreviewOut,
    operation_id="enforcement_preview_measures",
)
def preview(request: HttpRequest, procedure_id: str, body: ConclusionPreviewIn) -> dict[str, Any]:
    """Show what everyone would read of the measures; nothing changes."""
    actor = current.actor(request)
    found = concluding.preview_measures(current.node(), procedure_id, actor=actor, **body.model_dump())
    return preview_out(found)


@router.post("/enforcement/procedures/{procedure_id}/appeal", response=ProcedureOut, operation_id="enforcement_appeal")
def appeal(request: HttpRequest, procedure_id: str, body: TextIn) -> dict[str, Any]:
    """Note that redress was sought against measures, and of whom."""
    return plain(enforcing.appeal(current.node(), procedure_id, body.text, actor=current.actor(request)))


@router.get("/bodies/outgoing", response=OutgoingList, operation_id="outgoing_list")
def outgoing_queue(request: HttpRequest, page: int = PageNumber) -> dict[str, Any]:
    """List the messages drafted for other bodies; officers and the auditor."""
    return listed(outgoing.queue(reader=current.actor(request), page=page))


@router.get("/bodies/outgoing/{message_id}", response=dict[str, Any], operation_id="outgoing_show")
def message(request: HttpRequest, message_id: str) -> dict[str, Any]:
    """Give a message with the node's signature."""
    return outgoing.document(message_id, reader=current.actor(request))


@router.post("/bodies/outgoing/{message_id}/sent", response=OutgoingOut, operation_id="outgoing_sent")
def sent(request: HttpRequest, message_id: str) -> Any:
    """Note that a person sent a message."""
    return outgoing.sent(current.node(), message_id, actor=current.actor(request))
