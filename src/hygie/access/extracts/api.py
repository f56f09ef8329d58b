"""Extracts, for programs."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Router, Schema

from hygie.access.extracts import actions, queries, work
from hygie.commons.web import current, tasks
from hygie.commons.web.api import TaskOut, told

router = Router(tags=["extracts"])


class PlanOut(Schema):
    """A permit's plan in words, with guarded counts."""

    lines: list[str]


class DeletedOut(Schema):
    """How many extracts went."""

    deleted: int


@router.post("/{permit_id}/prepare", response=TaskOut, operation_id="extract_prepare")
def prepare(request: HttpRequest, permit_id: str) -> TaskOut:
    """Have a permit's extract prepared, as a task."""
    actor = current.actor(request)
    return told(tasks.find(work.prepare(current.node(), permit_id, actor=actor), actor=actor))


@router.get("/{permit_id}/plan", response=PlanOut, operation_id="extract_plan")
def plan(request: HttpRequest, permit_id: str) -> PlanOut:
    """Say what a permit allows, in the reader's language, with guarded counts; nothing is extracted."""
    lines = actions.explain(current.node(), permit_id, current.language(), actor=current.actor(request))
    return PlanOut(lines=lines)


class DestroyedOut(Schema):
    """How much there was of a kind of thing."""

    kind: str
    number: int


class CertificateOut(Schema):
    """That nothing made from a permit's data is left, except what was released; `event` says the same in the ledger."""

    permit: str
    begun_at: datetime
    ended_at: datetime
    rule: str
    due: date | None
    destroyed: list[DestroyedOut]
    event: int


@router.get("/{permit_id}/deletion", response=CertificateOut, operation_id="extract_deletion", auth=None)
def deletion(request: HttpRequest, permit_id: str) -> CertificateOut:  # noqa: ARG001
    """Return the certificate that a permit's data are deleted; anyone may ask."""
    found = queries.certified(permit_id)
    return CertificateOut(
        permit=found.permit,
        begun_at=found.begun_at,
        ended_at=found.ended_at,
        rule=found.rule,
        due=date.fromisoformat(found.due) if found.due else None,
        destroyed=[DestroyedOut(kind=kind, number=number) for kind, number in found.destroyed.items()],
        event=found.event,
    )


@router.post("/{permit_id}/delete", response=DeletedOut, operation_id="extract_delete")
def delete(request: HttpRequest, permit_id: str) -> DeletedOut:
    """Delete all that was made from a permit's data; six months after its end the node does it by itself."""
    return DeletedOut(deleted=actions.delete(current.node(), permit_id, actor=current.actor(request)))
