"""The airlock, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from hygie.commons.web import current, tasks
from hygie.commons.web.api import TaskOut, told
from hygie.commons.web.schema import Body
from hygie.commons.web.sheets import BYTES, attachment
from hygie.secure.airlock import actions, previewing, reviewing
from hygie.secure.airlock.releasing import taken_as

router = Router(tags=["airlock"])
State = Literal["requested", "under review", "approved", "refused", "released", "deleted"]


class LineOut(Schema):
    """A request in the queue."""

    id: str
    permit: str
    title: str
    author: str
    state: State
    created_at: datetime
    votes: int
    tally: dict[str, int]


class QueueOut(Schema):
    """A page of the queue, the oldest first."""

    count: int
    requests: list[LineOut]


class AskIn(Body):
    """The run whose outputs are to leave."""

    run: str = Field(max_length=64, pattern=r"^run-[0-9a-f]{20}$")


class FileIn(Body):
    """One output of a request."""

    file: str = Field(min_length=1, max_length=200)


class FixIn(FileIn):
    """One output of a request, and the content that was looked at; empty for the present one."""

    content: str = Field("", max_length=64, pattern=r"^([0-9a-f]{64})?$")


class TakeIn(Body):
    """A file that left; empty for the release's record."""

    file: str = Field("", max_length=200)


class VoteIn(Body):
    """A vote on what a request holds now."""

    agrees: bool
    comment: str = Field("", max_length=4000, pattern=r"^[^\x00]*$")


@router.get("/", response=QueueOut, operation_id="airlock_queue")
def queue(
    request: HttpRequest,
    state: State | None = None,
    offset: int = Query(0, ge=0, le=1_000_000),
    limit: int = Query(50, ge=1, le=200),
) -> QueueOut:
    """List what waits for checkers."""
    node, actor = current.node(), current.actor(request)
    count, found = reviewing.queue(node, actor=actor, state=state or "", offset=offset, limit=limit)
    names = LineOut.model_fields
    return QueueOut(count=count, requests=[LineOut(**{name: getattr(line, name) for name in names}) for line in found])


@router.post("/", response=TaskOut, operation_id="airlock_ask")
def ask(request: HttpRequest, body: AskIn) -> TaskOut:
    """Ask to let out what a run left; its checks are a task."""
    actor = current.actor(request)
    return told(tasks.find(reviewing.ask(current.node(), body.run, actor=actor), actor=actor))


@router.get("/{request_id}", response=dict[str, Any], operation_id="airlock_show")
def one(request: HttpRequest, request_id: str) -> dict[str, Any]:
    """Show a request as its reader may see it: labels of places to a checker who opened it alone."""
    return reviewing.page(current.node(), request_id, actor=current.actor(request)).view.document()


@router.post("/{request_id}/open", response=dict[str, Any], operation_id="airlock_open")
def opened(request: HttpRequest, request_id: str) -> dict[str, Any]:
    """Open a request as a checker; the ledger keeps that it was shown."""
    reviewing.open_request(current.node(), request_id, actor=current.actor(request))
    return one(request, request_id)


@router.post("/{request_id}/read", operation_id="airlock_read")
def read(request: HttpRequest, request_id: str, body: FileIn) -> HttpResponse:
    """Read one output as a checker while it is under review; the ledger keeps that it was read."""
    node, actor = current.node(), current.actor(request)
    reviewing.concerned(request_id, actor=actor, node=node)
    data = actions.read(node, request_id, body.file, actor=actor)
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = "attachment"
    return answer


@router.post("/{request_id}/vote", response=dict[str, Any], operation_id="airlock_vote")
def vote(request: HttpRequest, request_id: str, body: VoteIn) -> dict[str, Any]:
    """Vote; the vote stays hidden until all are in."""
    node, actor = current.node(), current.actor(request)
    reviewing.concerned(request_id, actor=actor, node=node)
    return actions.review(node, request_id, body.agrees, body.comment, actor=actor).document()


@router.get("/{request_id}/preview", response=dict[str, Any], operation_id="airlock_preview")
def preview(
    request: HttpRequest, request_id: str, file: str = Query(..., min_length=1, max_length=200)
) -> dict[str, Any]:
    """Tell what would come of the smallest change to a blocked table, applied to a copy; nothing is changed."""
    node, actor = current.node(), current.actor(request)
    reviewing.concerned(request_id, actor=actor, node=node)
    return previewing.preview(node, request_id, file, actor=actor).document()


@router.post("/{request_id}/fix", response=dict[str, Any], operation_id="airlock_fix")
def fix(request: HttpRequest, request_id: str, body: FixIn) -> dict[str, Any]:
    """Make a copy with the smallest change the request's new version; votes on the older version end."""
    node, actor = current.node(), current.actor(request)
    reviewing.concerned(request_id, actor=actor, node=node)
    return actions.fix(node, request_id, body.file, actor=actor, content=body.content).document()


@router.post("/{request_id}/release", response=dict[str, Any], operation_id="airlock_release")
def release(request: HttpRequest, request_id: str) -> dict[str, Any]:
    """Let out what was approved, and return the release's record."""
    node, actor = current.node(), current.actor(request)
    reviewing.concerned(request_id, actor=actor, node=node)
    return actions.release(node, request_id, actor=actor)


@router.post("/{request_id}/take", operation_id="airlock_take")
def take(request: HttpRequest, request_id: str, body: TakeIn) -> HttpResponse:
    """Take a file that left, as the permit's team, or the release's record; the ledger keeps that it was taken."""
    node, actor = current.node(), current.actor(request)
    reviewing.concerned(request_id, actor=actor, node=node)
    return attachment(actions.take(node, request_id, body.file, actor=actor), taken_as(body.file), BYTES)
