"""The airlock's pages: the checkers' queue, a request beside its checks, votes, fixes and the release."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hygie.base.kernel import Refusal, Verdict
from hygie.commons.people import doors
from hygie.commons.web import current, paging
from hygie.commons.web.pieces import StateLine
from hygie.commons.web.sheets import BYTES, attachment
from hygie.commons.web.views import posted, signed_in
from hygie.secure.airlock import actions, previewing, reviewing, words
from hygie.secure.airlock.forms import Ballot
from hygie.secure.airlock.releasing import taken_as
from hygie.secure.airlock.rendering import PICTURES
from hygie.secure.airlock.values import OPEN
from hygie.secure.airlock.words import STATES

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


def state_line(state: str) -> StateLine:
    """Return a request's state in the reader's words."""
    word, tone, following = STATES[state]
    return StateLine(_(word), tone, next=_(following) if following else "")


@require_GET
@signed_in
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for checkers, the oldest first."""
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    waiting = partial(reviewing.queue, current.node(), actor=current.actor(request), state=state)
    page = paging.page(
        request,
        lambda: waiting(limit=0)[0],
        lambda start, most: [(each, state_line(each.state)) for each in waiting(offset=start, limit=most)[1]],
    )
    states = [(name, _(word)) for name, (word, _tone, _next) in STATES.items()]
    return render(request, "airlock/queue.html", {"page": page, "state": state, "states": states})


@require_GET
@signed_in
def one(request: HttpRequest, request_id: str) -> HttpResponse:
    """Show a request: its outputs beside their checks."""
    return shown(request, request_id)


def shown(
    request: HttpRequest, request_id: str, *, ballot: Ballot | None = None, verdict: Verdict | None = None
) -> HttpResponse:
    """Show a request, with a form that could not be taken or a refusal."""
    page = reviewing.page(current.node(), request_id, actor=current.actor(request))
    checker = page.role == "checker"
    by_file = {output.file: number for number, output in enumerate(page.view.outputs)}
    state = page.view.state
    some_may_leave = any(output.outcome != "block" for output in page.view.outputs)
    context = {
        "page": page,
        "view": page.view,
        "outputs": list(zip(page.view.outputs, page.contents, strict=True)),
        "by_file": by_file,
        "state": state_line(state),
        "checker": checker,
        "ballot": ballot or Ballot(initial=doors.recall(request)),
        "may_open": checker and state in OPEN and not page.opened,
        "may_vote": checker and state in OPEN and page.opened and not page.voted and some_may_leave,
        "may_release": checker and state == "approved",
        "may_preview": state in OPEN and page.opened if checker else state in (*OPEN, "approved"),
        "verdict": verdict,
    }
    status = 409 if verdict else 422 if ballot and ballot.errors else 200
    return render(request, "airlock/request.html", context, status=status)


@require_GET
@signed_in
def picture(request: HttpRequest, request_id: str, number: int) -> HttpResponse:
    """Hand out a picture by itself, cleaned, in a sandbox of its own: it can neither act nor load."""
    data, file = reviewing.picture(current.node(), request_id, number, actor=current.actor(request))
    answer = HttpResponse(data, content_type=PICTURES[file.rpartition(".")[2]])
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


@posted("airlock:request")
@signed_in
def opened(request: HttpRequest, request_id: str) -> HttpResponse:
    """Open a request's files and checks; the ledger keeps who did."""
    reviewing.open_request(current.node(), request_id, actor=current.actor(request))
    return redirect("airlock:request", request_id)


@posted("airlock:request")
@signed_in
def vote(request: HttpRequest, request_id: str) -> HttpResponse:
    """Vote; the vote stays hidden until all are in."""
    ballot = Ballot(request.POST)
    if not ballot.is_valid():
        return shown(request, request_id, ballot=ballot)
    agrees, comment = ballot.cleaned_data["vote"] == "yes", ballot.cleaned_data["comment"]
    actor = current.actor(request)
    reviewing.concerned(request_id, actor=actor, node=current.node())
    try:
        actions.review(current.node(), request_id, agrees, comment, actor=actor)
    except Refusal as refusal:
        return shown(request, request_id, ballot=ballot, verdict=refusal.verdict)
    messages.success(request, _("Your vote is in. Others see it once all votes are."))
    return redirect("airlock:request", request_id)


@require_GET
@signed_in
def preview(request: HttpRequest, request_id: str) -> HttpResponse:
    """Show what would come of the smallest change to a table, applied to a copy; nothing is changed."""
    actor, file = current.actor(request), request.GET.get("file", "")[:200]
    reviewing.concerned(request_id, actor=actor, node=current.node())
    try:
        found = previewing.preview(current.node(), request_id, file, actor=actor)
    except Refusal as refusal:
        return shown(request, request_id, verdict=refusal.verdict)
    changes = [words.change_words(each) for each in found.before.fix]
    return render(request, "airlock/preview.html", {"found": found, "changes": changes})


@posted("airlock:request")
@signed_in
def fix(request: HttpRequest, request_id: str) -> HttpResponse:
    """Make a copy with the smallest change the new version of the request; votes on the older one end."""
    actor, file = current.actor(request), request.POST.get("file", "")[:200]
    reviewing.concerned(request_id, actor=actor, node=current.node())
    try:
        actions.fix(current.node(), request_id, file, actor=actor, content=request.POST.get("content", "")[:64])
    except Refusal as refusal:
        return shown(request, request_id, verdict=refusal.verdict)
    messages.success(
        request, _("The request has a new version with this change. Votes on the older version have ended.")
    )
    return redirect("airlock:request", request_id)


@posted("airlock:request")
@signed_in
def release(request: HttpRequest, request_id: str) -> HttpResponse:
    """Let out what was approved."""
    actor = current.actor(request)
    reviewing.concerned(request_id, actor=actor, node=current.node())
    actions.release(current.node(), request_id, actor=actor)
    messages.success(request, _("What was approved has left, with the record of its checks."))
    return redirect("airlock:request", request_id)


@posted("airlock:request")
@signed_in
def take(request: HttpRequest, request_id: str) -> HttpResponse:
    """Hand a released file, or the release's record, to the permit's team; that it was taken is in the ledger."""
    actor, file = current.actor(request), request.POST.get("file", "")[:200]
    reviewing.concerned(request_id, actor=actor, node=current.node())
    data = actions.take(current.node(), request_id, file, actor=actor)
    return attachment(data, taken_as(file), BYTES)


@posted("enclave:run")
@signed_in
def ask(request: HttpRequest, run_id: str) -> HttpResponse:
    """Ask to let out what a run left; its checks are a task."""
    return redirect("tasks:one", reviewing.ask(current.node(), run_id, actor=current.actor(request)))
