"""The ledger, for programs: its head, its events, their verification, the record of processing, who saw what."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from hygie.base.ledger import actions as ledger_actions
from hygie.base.ledger.kinds import READINGS
from hygie.base.ledger.values import Asked, Event
from hygie.commons.people.policy import check
from hygie.commons.web import current
from hygie.commons.web.schema import Body
from hygie.public.register import ledger_pages, listing, readings
from hygie.public.register import processing as record

router = Router(tags=["ledger"])
PAGE = Query(1, ge=1, le=1_000_000)
INDEX = Path(..., ge=0, le=2**63 - 1)
NOTE_LIMIT = 65_536
LINE = r"^[^\x00]*$"
KINDS = "^(" + "|".join(["", *map(re.escape, sorted(READINGS))]) + ")$"


class HeadOut(Schema):
    """How many events there are, the root hash over them, and the log's name."""

    size: int
    root: str
    origin: str


class EventOut(Schema):
    """One event: `record` is the canonical JSON that is hashed; who acted is told to explorers alone."""

    index: int
    kind: str
    subject: str
    actor: str | None
    at: str
    body: dict[str, Any]
    record: str


class EventsOut(Schema):
    """A page of events, the last first."""

    total: int
    page: int
    pages: int
    events: list[EventOut]


class AgainstIn(Body):
    """A checkpoint kept outside this node, or nothing."""

    against: str = Field("", max_length=NOTE_LIMIT, pattern=LINE)


class ReportOut(Schema):
    """What was verified, in sentences, and what that leaves unproven."""

    origin: str
    size: int
    root: str
    checked: list[str]
    unproven: list[str]


class PartyOut(Schema):
    """A controller or processor; an empty name is a natural person's, or a holder's that no description names."""

    name: str
    datasets: list[str]


class HandsOut(Schema):
    """How many accounts of a role may take a step today."""

    role: str
    accounts: int


class StepOut(Schema):
    """A step of the processing: its controllers, each for its own data, and who acts on their behalf."""

    step: Literal["supply", "preparation", "analysis", "outputs"]
    controllers: list[PartyOut]
    processors: list[PartyOut]
    hands: list[HandsOut]
    source: str


class RefusalsOut(Schema):
    """Whether who refused before the decision is left out; else the exception in law and why it is used."""

    left_out: bool
    decided_on: date
    law: str
    reason: str


class ActivityOut(Schema):
    """One processing activity: a permit, who is controller of each step, on whose data, until when."""

    permit: str
    state: str
    title: str
    basis: str
    user: str
    datasets: list[str]
    categories: list[str]
    populations: list[dict[str, str]]
    refusals: RefusalsOut
    steps: list[StepOut]
    starts_on: date
    ends_on: date
    stopped: Literal["", "revoked", "ended", "replaced"]
    stopped_on: date | None
    delete_by: date
    persons: int
    format: str
    reviewers: int


class ActivitiesOut(Schema):
    """A page of the record of processing."""

    total: int
    page: int
    pages: int
    activities: list[ActivityOut]


class ReadingOut(Schema):
    """What an account was shown, and where the ledger holds that it was.

    `about` is the request, application, study, run, release, extract, permit or dataset; an empty `file` stands for
    all; `dummy` says whether the data were made up, where they could be.
    """

    event: int
    at: datetime
    who: str
    kind: str
    about: str
    permit: str
    datasets: list[str]
    file: str
    dummy: bool | None


class ReadingsOut(Schema):
    """A page of what was shown, the last first; `next` is the event to ask the next page by as `before`."""

    readings: list[ReadingOut]
    next: int | None


class AskedIn(Schema):
    """Which readings are asked for; what is left empty asks nothing."""

    who: str = Field("", max_length=200, pattern=LINE, description="an account")
    kind: str = Field("", pattern=KINDS, description="a kind of reading")
    about: str = Field("", max_length=200, pattern=LINE, description="a permit, dataset, application, request, run …")
    since: date | None = Field(None, description="the first day")
    until: date | None = Field(None, description="the last day")
    before: int | None = Field(None, ge=0, le=2**63 - 1, description="only what comes after this event in the list")


@router.get("/", response=HeadOut, auth=None, operation_id="ledger_head")
def head(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Tell the ledger's size and root; anyone may ask."""
    found = ledger_actions.head()
    return {"size": found.size, "root": found.text, "origin": ledger_actions.origin_of(current.node().id)}


@router.get("/events", response=EventsOut, operation_id="ledger_events")
def listed(
    request: HttpRequest, page: int = PAGE, subject: str = Query("", max_length=200, pattern=LINE)
) -> dict[str, Any]:
    """List the events, the last first, or those about one thing; auditors, officers and the operator."""
    check(current.actor(request), "ledger.explore", {})
    found = ledger_pages.page(str(page), subject)
    shown = [event_out(each, explorer=True) for each in found.events]
    return {"total": found.size, "page": found.number, "pages": found.pages, "events": shown}


@router.get("/events/{index}", response=EventOut, auth=None, operation_id="ledger_event")
def one(request: HttpRequest, index: int = INDEX) -> dict[str, Any]:
    """Show one event: to anyone what the register rests on, every other to those who explore the ledger."""
    found, explorer = ledger_pages.readable(request, index)
    return event_out(found, explorer=explorer)


@router.get("/events/{index}/proof", response=dict[str, Any], auth=None, operation_id="ledger_proof")
def proof(request: HttpRequest, index: int = INDEX) -> dict[str, object]:
    """Prove that an event is in the signed ledger, to be verified offline with the public key alone."""
    node = current.node()
    ledger_pages.readable(request, index)
    return ledger_actions.prove(index, node.keys, origin=ledger_actions.origin_of(node.id), at=node.clock())


def event_out(event: Event, *, explorer: bool) -> dict[str, Any]:
    """Return an event as it is sent."""
    found = {name: getattr(event, name) for name in EventOut.model_fields} | {"body": dict(event.body)}
    return found if explorer else {**found, "actor": None}


@router.post("/verifications", response=ReportOut, operation_id="ledger_verify")
def verify(request: HttpRequest, body: AgainstIn) -> dict[str, Any]:
    """Follow every event of this node's ledger, and its continuation of a checkpoint kept outside."""
    check(current.actor(request), "ledger.explore", {})
    node, kept = current.node(), body.against.replace("\r\n", "\n").strip("\n")
    origin = ledger_actions.origin_of(node.id)
    against = f"{kept}\n" if kept else None
    return asdict(ledger_actions.verify(node.keys, origin=origin, against=against, at=node.clock()))


@router.get("/processing", response=ActivitiesOut, operation_id="ledger_processing")
def processing(request: HttpRequest, page: int = PAGE) -> dict[str, Any]:
    """List the record of processing, generated from permits and roles."""
    check(current.actor(request), "ledger.explore", {})
    total, found = record.activities(current.node(), (page - 1) * listing.SIZE, listing.SIZE)
    pages = max(1, -(-total // listing.SIZE))
    return {"total": total, "page": page, "pages": pages, "activities": [asdict(each) for each in found]}


@router.get("/readings", response=ReadingsOut, operation_id="ledger_seen")
def seen(request: HttpRequest, query: Query[AskedIn]) -> dict[str, Any]:
    """List who was shown what, the last first: data, figures made of them, outputs, answers, cases put to a holder."""
    check(current.actor(request), "ledger.explore", {})
    shown = readings.page(Asked(**query.dict()))
    return {"readings": [asdict(each) for each in shown.entries], "next": shown.next}
