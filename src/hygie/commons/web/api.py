"""Long work, for programs."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema

from hygie.commons.web import current, tasks

router = Router(tags=["tasks"])


class TaskOut(Schema):
    """A task: what it is, how far, how it ended."""

    id: str
    name: str
    subject: str
    state: str
    step: str
    done: int
    total: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    page: str
    refusals: list[str]


def told(task: tasks.TaskView) -> TaskOut:
    """Return a task as a program reads it."""
    return TaskOut(
        id=task.id,
        name=task.name,
        subject=task.subject,
        state=task.state,
        step=task.step,
        done=task.done,
        total=task.total,
        created_at=task.created_at,
        started_at=task.started_at,
        ended_at=task.ended_at,
        page=task.page,
        refusals=[reason.code for reason in task.verdict.reasons],
    )


class TasksOut(Schema):
    """A page of one's own tasks, the last first."""

    count: int
    tasks: list[TaskOut]


@router.get("/", response=TasksOut, operation_id="task_list")
def own(
    request: HttpRequest,
    ended: bool | None = None,
    offset: int = Query(0, ge=0, le=1_000_000),
    limit: int = Query(50, ge=1, le=200),
) -> TasksOut:
    """List one's own tasks: all, those that ended, or those under way."""
    rows = tasks.own(current.actor(request), ended=ended)
    return TasksOut(count=rows.count(), tasks=[told(tasks.view(row)) for row in rows[offset : offset + limit]])


@router.get("/{task_id}", response=TaskOut, operation_id="task_show")
def show(request: HttpRequest, task_id: str) -> TaskOut:
    """Say how far one's own task is."""
    return told(tasks.find(task_id, actor=current.actor(request)))


@router.post("/{task_id}/stop", response=TaskOut, operation_id="task_stop")
def stop(request: HttpRequest, task_id: str) -> TaskOut:
    """Ask one's own task to stop."""
    return told(tasks.stop(current.node(), task_id, actor=current.actor(request)))


@router.post("/{task_id}/again", response=TaskOut, operation_id="task_again")
def again(request: HttpRequest, task_id: str) -> TaskOut:
    """Begin one's own task again."""
    actor = current.actor(request)
    return told(tasks.find(tasks.again(current.node(), task_id, actor=actor), actor=actor))
