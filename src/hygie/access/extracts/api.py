"""Extracts, for programs."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from hygie.access.extracts import actions, work
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


@router.post("/{permit_id}/delete", response=DeletedOut, operation_id="extract_delete")
def delete(request: HttpRequest, permit_id: str) -> DeletedOut:
    """Delete what a revoked or expired permit held; six months after its end the node does it by itself."""
    return DeletedOut(deleted=actions.delete(current.node(), permit_id, actor=current.actor(request)))
