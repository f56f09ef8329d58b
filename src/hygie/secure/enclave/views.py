"""The workspace's pages: one's permits, a permit's workspace, its studies and runs."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET

from hygie.access.permits import queries as permits
from hygie.base.kernel import Refusal, Verdict
from hygie.commons.people import queries as people
from hygie.commons.web import current
from hygie.commons.web.panels import panels
from hygie.commons.web.pieces import StateLine, Tone
from hygie.commons.web.sheets import attachment
from hygie.commons.web.views import posted, signed_in
from hygie.secure.enclave import formulas, receiving, studying, workspace
from hygie.secure.enclave.forms import Template, Upload
from hygie.secure.enclave.values import MOST_COUNTED

RUN_WORDS: dict[str, tuple[str, Tone]] = {
    "running": (gettext_noop("Under way"), "wait"),
    "well": (gettext_noop("Ended well"), "leaf"),
    "ill": (gettext_noop("Did not end well"), "stop"),
    "refused": (gettext_noop("Refused before it began"), "stop"),
    "lost": (gettext_noop("Ended without a result"), "stop"),
    "deleted": (gettext_noop("What it left is deleted"), "muted"),
}
REASONS: dict[str, str] = {
    "process": gettext_noop("The process that ran it is gone: it was ended from outside, or the node was stopped."),
    "fault": gettext_noop("The process that ran it broke off."),
    "sandbox": gettext_noop("The sandbox ended before the study did."),
}
PERMIT_WORDS: dict[str, tuple[str, Tone]] = {
    "granted": (gettext_noop("Open to its team"), "leaf"),
    "not begun": (gettext_noop("Opens when the permit begins"), "wait"),
    "amended": (gettext_noop("Closed: a later version took its place"), "muted"),
    "expired": (gettext_noop("Closed: the permit has expired"), "muted"),
    "revoked": (gettext_noop("Closed: the permit was revoked"), "stop"),
}
LIMITS: dict[str, str] = {
    "cpus": gettext_noop("processors"),
    "memory_mb": gettext_noop("MiB of memory"),
    "seconds": gettext_noop("seconds on the clock"),
    "cpu_seconds": gettext_noop("seconds of processor"),
    "scratch_mb": gettext_noop("MiB of scratch"),
    "output_mb": gettext_noop("MiB of outputs"),
    "processes": gettext_noop("processes and threads"),
    "files": gettext_noop("files of outputs"),
    "text_kb": gettext_noop("KiB of printed text"),
    "data_mb": gettext_noop("MiB of data"),
}


def run_state(line: workspace.RunLine, deleted_on: date | None = None) -> StateLine:
    """Return where a run stands."""
    how = line.state
    if line.record is not None and deleted_on:
        word, tone = RUN_WORDS["deleted"]
        return StateLine(_(word), tone, deleted_on, source="art. 68(12)")
    if line.record is not None:
        how = "well" if line.record.succeeded else "ill"
    word, tone = RUN_WORDS[how]
    return StateLine(_(word), tone, line.started_at, line.actor)


@require_GET
@signed_in
def listed(request: HttpRequest) -> HttpResponse:
    """List the permits that name the reader."""
    node, actor = current.node(), current.actor(request)
    at = node.clock()
    rows = [(entry, _(PERMIT_WORDS[entry.state][0]), PERMIT_WORDS[entry.state][1])
            for entry in permits.named(actor, localdate(at))]  # fmt: skip
    return render(request, "enclave/list.html", {"rows": rows, "trained": people.trained(actor, at)})


@require_GET
@signed_in
def one(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Show a permit's workspace to a person whom it names."""
    return shown(request, permit_id)


def shown(
    request: HttpRequest,
    permit_id: str,
    *,
    upload: Upload | None = None,
    template: Template | None = None,
    verdict: Verdict | None = None,
) -> HttpResponse:
    """Show a workspace, with a form that could not be taken as it was."""
    node, actor = current.node(), current.actor(request)
    found = workspace.workspace(node, permit_id, actor=actor)
    permit = found.standing.permit
    today = node.today()
    begun = found.is_open and today >= permit.duration.start
    word, tone = PERMIT_WORDS["not begun" if found.is_open and not begun else found.standing.state]
    left = (permit.duration.end - today).days if found.is_open else None
    state = StateLine(
        _(word), tone, permit.duration.start if found.is_open else found.standing.revoked_on,
        next=_("it closes") if found.is_open else "", due=permit.duration.end if found.is_open else None,
        days_left=left, source="art. 68(12)" if found.is_open else "",
    )  # fmt: skip
    words = found.manifest.plan[current.language()] if found.manifest else ()
    context = {
        "space": found,
        "permit": permit,
        "state": state,
        "plan": [(line.strip(), line.startswith(" ")) for line in words],
        "runs": [(line, run_state(line)) for line in found.runs],
        "upload": upload or Upload(),
        "template": template or Template(),
        "verdict": verdict,
        "usable": begun and found.manifest is not None,
        "begun": begun,
        "panels": [
            *(panels("workspace", node, permit_id) if found.is_open else []),
            *panels("left", node, permit_id),
        ],
    }
    status = 422 if verdict or (upload and upload.errors) or (template and template.errors) else 200
    return render(request, "enclave/workspace.html", context, status=status)


@csrf_exempt
@posted("enclave:workspace")
@signed_in
def upload(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Take a study; its size is bounded before anything of the request is read."""
    handler = receiving.bound(request)
    return received(request, permit_id, handler)


@csrf_protect
def received(request: HttpRequest, permit_id: str, handler: receiving.Bounded) -> HttpResponse:
    """Keep the study that was received, and show it."""
    form = Upload(request.POST, request.FILES)
    if handler.exceeded:
        raise receiving.too_much()
    if not form.is_valid():
        return shown(request, permit_id, upload=form)
    sent = [(str(file.name), file.read()) for file in form.cleaned_data["files"]]
    try:
        made = studying.upload(current.node(), permit_id, sent, actor=current.actor(request))
    except Refusal as refusal:
        if refusal.code == "ENC-125":
            raise
        return shown(request, permit_id, verdict=refusal.verdict)
    messages.success(request, _("The study is kept, sealed under the permit's key."))
    return redirect("enclave:study", made)


@posted("enclave:workspace")
@signed_in
def begin(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Make a new study from the template."""
    form = Template(request.POST)
    if not form.is_valid():
        return shown(request, permit_id, template=form)
    try:
        made = studying.begin(current.node(), permit_id, actor=current.actor(request), **form.cleaned_data)
    except Refusal as refusal:
        if refusal.code == "ENC-125":
            raise
        return shown(request, permit_id, template=form, verdict=refusal.verdict)
    return redirect("enclave:study", made)


@posted("enclave:workspace")
@signed_in
def dummy(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Hand out made-up data to develop on; that they were taken is in the ledger."""
    data = studying.dummy_data(current.node(), permit_id, actor=current.actor(request))
    return attachment(data, "dummy.zip", "application/zip")


@require_GET
@signed_in
def study(request: HttpRequest, study_id: str) -> HttpResponse:
    """Show a kept study."""
    page = workspace.study_page(current.node(), study_id, actor=current.actor(request))
    context = {"page": page, "runs": [(line, run_state(line, page.deleted_on)) for line in page.runs]}
    return render(request, "enclave/study.html", context)


@posted("enclave:study")
@signed_in
def start(request: HttpRequest, study_id: str) -> HttpResponse:
    """Have a study run; its progress has its own page."""
    on_dummy = request.POST.get("data") != "extract"
    task = studying.start(current.node(), study_id, actor=current.actor(request), dummy=on_dummy)
    return redirect("tasks:one", task)


@posted("enclave:study")
@signed_in
def keep(request: HttpRequest, study_id: str) -> HttpResponse:
    """Have a study's files kept beyond the deletion of the permit's data."""
    permit_id = formulas.keep(current.node(), study_id, actor=current.actor(request))
    messages.success(request, _("The study's files are kept when the permit's data are deleted."))
    return redirect("enclave:workspace", permit_id)


@require_GET
@signed_in
def formula(request: HttpRequest, study_id: str) -> HttpResponse:
    """Hand out a study's files that were kept on request."""
    data = formulas.take(current.node(), study_id, actor=current.actor(request))
    return attachment(data, f"{study_id}.zip", "application/zip")


@require_GET
@signed_in
def run(request: HttpRequest, run_id: str) -> HttpResponse:
    """Show a run's record: the walls that held, its bounds, what it used, how it ended, what it left."""
    page = workspace.run_page(current.node(), run_id, actor=current.actor(request))
    record = page.line.record
    context = {
        "page": page,
        "record": record,
        "why": _(REASONS[page.line.reason]) if page.line.reason in REASONS else page.line.reason,
        "state": run_state(page.line, page.deleted_on),
        "limits": [(value, _(LIMITS[name])) for name, value in record.limits.items()] if record else [],
        "held": len(record.walls) - len(record.missing) if record else 0,
        "may_ask": record is not None and record.succeeded and not record.dummy and not page.deleted_on,
        "most": record is not None and record.undeclared == MOST_COUNTED,
        "panels": panels("run", current.node(), run_id),
    }
    return render(request, "enclave/run.html", context)
