"""The pages of long work: one's own tasks, and one of them as it goes."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from hygie.commons.web import current, tasks
from hygie.commons.web.models import Task
from hygie.commons.web.pieces import Done, StateLine, Tone
from hygie.commons.web.views import posted, signed_in

PAGE = 50
WORDS: dict[str, tuple[str, Tone]] = {
    "waiting": (gettext_noop("Waiting for its turn"), "wait"),
    "running": (gettext_noop("Under way"), "wait"),
    "stopping": (gettext_noop("Stopping"), "wait"),
    "done": (gettext_noop("Done"), "leaf"),
    "refused": (gettext_noop("Refused"), "stop"),
    "failed": (gettext_noop("Failed"), "stop"),
    "stopped": (gettext_noop("Stopped"), "muted"),
    "interrupted": (gettext_noop("Interrupted"), "stop"),
}


STEPS = {
    "Beginning": gettext_noop("Beginning"),
    "sandbox": gettext_noop("The sandbox is made ready"),
    "running": gettext_noop("The study runs; seconds of those the permit allows"),
    "checks": gettext_noop("Outputs are checked"),
}


def state_line(task: tasks.TaskView) -> StateLine:
    """Return where a task stands."""
    word, tone = WORDS[task.state]
    return StateLine(_(word), tone, task.ended_at or task.started_at or task.created_at, task.actor)


@require_GET
@signed_in
def own(request: HttpRequest) -> HttpResponse:
    """List one's own tasks, the last first: those under way, then those that ended."""
    actor = current.actor(request)
    page = Paginator(tasks.own(actor, ended=True), PAGE).get_page(request.GET.get("page"))
    lists = [
        (_("Under way or waiting"), lines(tasks.own(actor, ended=False)[:PAGE])),
        (_("Ended"), lines(page)),
    ]
    return render(request, "web/tasks.html", {"page": page, "lists": [each for each in lists if each[1]]})


def lines(rows: Iterable[Task]) -> list[tuple[tasks.TaskView, StateLine]]:
    """Return tasks with where they stand."""
    return [(view, state_line(view)) for view in map(tasks.view, rows)]


@require_GET
@signed_in
def one(request: HttpRequest, task_id: str) -> HttpResponse:
    """Show how far a task is; the page asks again every two seconds, or when it is loaded again."""
    task = tasks.find(task_id, actor=current.actor(request))
    stop = reverse("tasks:stop", args=[task.id]) if task.is_open else ""
    seconds = None
    if task.started_at:
        seconds = int(((task.ended_at or current.node().clock()) - task.started_at).total_seconds())
    context = {
        "task": task,
        "state": state_line(task),
        "progress": Done(_(STEPS.get(task.step, task.step or "Beginning")), task.done, task.total, cancel_url=stop),
        "seconds": seconds,
    }
    return render(request, "web/task.html", context)


@posted("tasks:one")
@signed_in
def stop(request: HttpRequest, task_id: str) -> HttpResponse:
    """Ask a task to stop."""
    tasks.stop(current.node(), task_id, actor=current.actor(request))
    return redirect("tasks:one", task_id)


@posted("tasks:one")
@signed_in
def again(request: HttpRequest, task_id: str) -> HttpResponse:
    """Begin a task again."""
    return redirect("tasks:one", tasks.again(current.node(), task_id, actor=current.actor(request)))
