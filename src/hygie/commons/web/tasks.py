"""Long work begun by a page: set down in a row, done elsewhere, told as it goes, stopped when its author asks.

A room registers what it can do with `work`; the process that does it is composed by the node and takes what
`deliver_with` was given. Without such a process a task waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, Reason, Refusal, Verdict, new_id, refuse
from hygie.base.kernel.catalogue import coded
from hygie.commons.web.models import OPEN, Task

EVERY_SECONDS = 1.0
STOPPED = "WEB-123"
FAILED = "WEB-124"
MOST_OPEN = 20
SHORT, LONG = "short", "long"
STATE = "task-state"
AGAIN = ("interrupted", "failed", "stopped", "refused")


class Teller:
    """The progress of one task: writes at most once a second, and ends the work when its author asked for that."""

    def __init__(self, task_id: str) -> None:
        self.id = task_id
        self.written = 0.0

    def __call__(self, step: str, done: int = 0, total: int = 0) -> None:
        """Take note of a step; WEB-123 once the task is to stop."""
        if time.monotonic() - self.written < EVERY_SECONDS:
            return
        self.written = time.monotonic()
        Task.objects.filter(id=self.id).update(step=step[:64], done=done, total=total)
        if self.stopping():
            raise refuse(STOPPED)

    def stopping(self) -> bool:
        """Return whether the task's author, or the end of the process, asks it to stop."""
        return ending() or not Task.objects.filter(id=self.id, state="running").exists()


# A job returns JSON values: `page`, what its page's address is reversed with; `stopped`, that it was ended before.
Job = Callable[[Node, str, Mapping[str, Any], Teller], Mapping[str, Any]]


@dataclass(frozen=True)
class Work:
    """What can be done as a task.

    Parameters
    ----------
    name : str    `room.verb`
    label : str   what it is called, to be translated
    page : str    the address name of what it makes, reversed with its result's `page`; empty for none
    job : Job     does it: (node, actor, arguments, teller) -> result as JSON values
    lane : str    `short`, or `long` for what may last hours and must keep nothing else waiting
    """

    name: str
    label: str
    page: str
    job: Job
    lane: str = SHORT


WORKS: dict[str, Work] = {}
PERIODIC: list[tuple[int, Callable[[Node], object]]] = []
_deliver: list[Callable[[str], None]] = []
_ending: list[bool] = []
Packed = Callable[[], Mapping[str, object]]
Acting = Callable[[Node, Mapping[str, object]], AbstractContextManager[None]]
_carried: list[tuple[Packed, Acting]] = []


def work(name: str, label: str, *, page: str = "", lane: str = SHORT) -> Callable[[Job], Job]:
    """Register a function as what a task of this name does."""

    def registered(job: Job) -> Job:
        WORKS[name] = Work(name, label, page, job, lane)
        return job

    return registered


def every(minutes: int) -> Callable[[Callable[[Node], object]], Callable[[Node], object]]:
    """Register a function that the node calls every so many minutes (a divisor of 60)."""

    def registered(function: Callable[[Node], object]) -> Callable[[Node], object]:
        PERIODIC.append((minutes, function))
        return function

    return registered


def deliver_with(deliver: Callable[[str], None] | None) -> None:
    """Name the way by which a task's id reaches the process that does it; None takes it away."""
    _deliver[:] = [deliver] if deliver else []


def carry_with(packed: Packed, acting: Acting) -> None:
    """Name what a task keeps of its author's presence, and how it is done as if they were present so."""
    _carried[:] = [(packed, acting)]


def acting_for(node: Node, row: Task) -> AbstractContextManager[None]:
    """Return the presence that a task is done under."""
    return _carried[0][1](node, row.presence) if _carried else nullcontext()


def end() -> None:
    """Ask every task of this process to stop, because the process ends."""
    _ending[:] = [True]


def ending() -> bool:
    """Return whether this process is about to end."""
    return bool(_ending)


@transaction.atomic
def enqueue(node: Node, name: str, *, subject: str, actor: str, **arguments: str | int | bool) -> str:
    """Set long work down and hand it on once the transaction holds; return the task's id.

    The same work of the same person and proof that waits or is under way is that task: pressed twice, it begins once.

    Parameters
    ----------
    name : str      as registered with `work`
    subject : str   the identifier of the thing it is about
    actor : str     who asks; the caller has asked the policy

    Errors          WEB-125 too many of theirs wait or are under way
    """
    author_locked(actor)
    same = own(actor, ended=False).filter(name=WORKS[name].name, subject=subject).exclude(state="stopping")
    presence = dict(_carried[0][0]()) if _carried else {}
    for begun, *given in same.values_list("id", "arguments", "presence"):
        if given == [arguments, presence]:
            return str(begun)
    under_way = own(actor, ended=False).count()
    if under_way >= MOST_OPEN:
        raise refuse("WEB-125", found=under_way, accepted=MOST_OPEN - 1)
    row = Task.objects.create(
        id=new_id("task"),
        name=WORKS[name].name,
        subject=subject,
        actor=actor,
        state="waiting",
        arguments=arguments,
        presence=presence,
        created_at=node.clock(),
    )
    hand_on(row.id)
    return row.id


def author_locked(actor: str) -> None:
    """Hold an account until the transaction ends, so that what one author asks for at once is set down in turn.

    SQLite has one writer at a time: the settings begin every transaction as one (`BEGIN IMMEDIATE`).
    """
    accounts = get_user_model()._default_manager.select_for_update()
    accounts.filter(**{get_user_model().USERNAME_FIELD: actor}).first()


def hand_on(task_id: str) -> None:
    """Tell the working process of a task, once the transaction holds."""
    transaction.on_commit(lambda: [deliver(task_id) for deliver in _deliver])


def lane(task_id: str) -> str:
    """Return the lane that a task goes by."""
    name = Task.objects.filter(id=task_id).values_list("name", flat=True).first()
    return WORKS[name].lane if name in WORKS else SHORT


def perform(node: Node, task_id: str) -> None:
    """Do a waiting task, as present as its author was when they queued it; one that was taken is left alone."""
    at = node.clock()
    if not Task.objects.filter(id=task_id, state="waiting").update(state="running", started_at=at):
        return
    row = Task.objects.get(id=task_id)
    teller = Teller(task_id)
    try:
        with acting_for(node, row):
            result = WORKS[row.name].job(node, row.actor, row.arguments, teller)
    except Refusal as refusal:
        conclude(node, task_id, "stopped" if refusal.code == STOPPED else "refused", refusal.verdict.reasons)
    except BaseException:
        conclude(node, task_id, "failed", (Reason(FAILED),))
        raise
    else:
        conclude(node, task_id, "stopped" if result.get("stopped") else "done", (), result)


def conclude(
    node: Node, task_id: str, state: str, reasons: tuple[Reason, ...], result: Mapping[str, Any] | None = None
) -> None:
    """Set down how a task ended."""
    if state == "stopped" and ending():
        state = "interrupted"
    written = [{"code": each.code, "facts": dict(each.facts), "path": each.path} for each in reasons]
    Task.objects.filter(id=task_id, state__in=OPEN).update(
        state=state, verdict=written, result=dict(result or {}), ended_at=node.clock()
    )


def recover(node: Node) -> int:
    """Set down what a process that is gone left undone, hand the waiting tasks on; return how many were interrupted."""
    gone = interrupt(node)
    for task_id in Task.objects.filter(state="waiting").order_by("created_at").values_list("id", flat=True):
        hand_on(task_id)
    return gone


def interrupt(node: Node) -> int:
    """Set down that the tasks of a process that is gone are interrupted, and return how many there were."""
    left = Task.objects.filter(state__in=("running", "stopping"))
    return left.update(state="interrupted", ended_at=node.clock())


@dataclass(frozen=True)
class TaskView:
    """A task as its author sees it."""

    id: str
    name: str
    label: str
    subject: str
    actor: str
    state: str
    step: str
    done: int
    total: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    verdict: Verdict
    page: str

    @property
    def is_open(self) -> bool:
        """True while it waits or is worked on."""
        return self.state in OPEN

    @property
    def again(self) -> bool:
        """True when it can be started again."""
        return self.state in AGAIN


def view(row: Task) -> TaskView:
    """Return a row as a value."""
    known = WORKS.get(row.name)
    page = reverse(known.page, args=row.result["page"]) if known and known.page and row.result.get("page") else ""
    reasons = tuple(Reason(each["code"], each["facts"], each["path"]) for each in row.verdict)
    return TaskView(
        row.id, row.name, known.label if known else row.name, row.subject, row.actor, row.state, row.step, row.done,
        row.total, row.created_at, row.started_at, row.ended_at, Verdict(reasons), page,
    )  # fmt: skip


def find(task_id: str, *, actor: str) -> TaskView:
    """Return one's own task; WEB-121 when there is none."""
    row = Task.objects.filter(id=task_id, actor=actor).first()
    if row is None:
        raise refuse("WEB-121", found=task_id[:64])
    return view(row)


def about(subject: str, *, limit: int = 20) -> list[TaskView]:
    """Return the tasks about a thing, the last first; the caller knows who may see them."""
    return [view(row) for row in Task.objects.filter(subject=subject)[:limit]]


def own(actor: str, *, ended: bool | None = None) -> QuerySet[Task]:
    """Return an account's tasks, the last first: all, those that ended, or those under way and waiting."""
    rows = Task.objects.filter(actor=actor)
    if ended is None:
        return rows
    return rows.exclude(state__in=OPEN) if ended else rows.filter(state__in=OPEN)


def stop(node: Node, task_id: str, *, actor: str) -> TaskView:
    """Ask a task to stop; one that waits is stopped at once.

    Errors   WEB-121; WEB-122 it has ended
    """
    found = find(task_id, actor=actor)
    mine = Task.objects.filter(id=task_id, actor=actor)
    if mine.filter(state="waiting").update(state="stopped", ended_at=node.clock()):
        return find(task_id, actor=actor)
    if not mine.filter(state="running").update(state="stopping") and found.state != "stopping":
        raise refuse("WEB-122", found=coded(STATE, (found.state,)), accepted=coded(STATE, OPEN))
    return find(task_id, actor=actor)


def again(node: Node, task_id: str, *, actor: str) -> str:
    """Begin a task that did not come to its end again, and return the new one's id.

    Errors   WEB-121; WEB-122 it was done, or is under way
    """
    found = find(task_id, actor=actor)
    if not found.again:
        raise refuse("WEB-122", found=coded(STATE, (found.state,)), accepted=coded(STATE, AGAIN))
    row = Task.objects.get(id=task_id)
    return enqueue(node, row.name, subject=row.subject, actor=actor, **row.arguments)


def listener(progress: Progress) -> Teller | None:
    """Return the teller behind a progress, None when it is another listener."""
    return progress if isinstance(progress, Teller) else None
