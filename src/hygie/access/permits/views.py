"""The pages of permits: all of them, one of them with its proof, and its revocation."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hygie.access.permits import actions, parties, queries, words
from hygie.access.permits.forms import Revocation
from hygie.base import law
from hygie.base.kernel import Refusal, refuse
from hygie.base.ledger import queries as ledger
from hygie.commons.people import doors
from hygie.commons.people.policy import check_role
from hygie.commons.people.publication import turn
from hygie.commons.web import current, paging
from hygie.commons.web.panels import panels
from hygie.commons.web.pieces import Proof, StateLine, Tone
from hygie.commons.web.publication import Turn
from hygie.commons.web.sheets import attachment
from hygie.commons.web.views import signed_in


@dataclass(frozen=True)
class Row:
    """A permit in the list, in the reader's words."""

    entry: queries.Entry
    word: str
    tone: Tone
    kind: str
    basis: str


def row_of(entry: queries.Entry) -> Row:
    """Return an entry in the reader's words."""
    return Row(entry, *words.state(entry.state), words.kind(entry.kind), words.basis(entry.basis))


@require_GET
def every(request: HttpRequest) -> HttpResponse:
    """List all permits, the last decision first; anyone may read it."""
    today = current.node().today()
    state = request.GET.get("state", "")
    state = state if state in words.STATES else ""
    search = request.GET.get("words", "")[:100].replace("\0", "")
    listed = partial(queries.listed, today, state=state, words=search)
    page = paging.page(
        request,
        lambda: listed(limit=0)[0],
        lambda start, most: [row_of(each) for each in listed(offset=start, limit=most)[1]],
    )
    context = {
        "page": page,
        "state": state,
        "words": search,
        "states": [(name, words.state(name)[0]) for name in words.STATES],
        "running": queries.running(today),
    }
    return render(request, "permits/list.html", context)


@require_GET
def one(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Show the public part of one permit, its signature verified now, what came of it, and the proof of each step."""
    node = current.node()
    at = node.clock()
    try:
        standing = queries.standing(permit_id, at=at, public_key=node.keys.public_key())
    except Refusal as refusal:
        if refusal.code == "PMT-201":
            raise
        return render(request, "permits/broken.html", {"id": permit_id, "verdict": refusal.verdict}, status=409)
    permit = standing.permit
    state = "not begun" if standing.state == "granted" and localdate(at) < permit.duration.start else standing.state
    context = {
        "permit": queries.public(permit),
        "title": permit.purpose.title,
        "kind": words.kind(permit.user.kind),
        "basis": words.basis(permit.purpose.basis),
        "standing": standing,
        "state": state_line(standing, state, localdate(at)),
        "categories": [law.categories()[letter].label[current.language()] for letter in permit.data.categories],
        "versions": [row_of(each) for each in queries.versions(permit_id, localdate(at))],
        "key": permit.signature.key,
        "proofs": proofs(permit_id),
        "panels": panels("permit", node, permit_id),
        "file": queries.revocation(permit_id) if may_read(request, permit_id) else None,
        "may_open": has_role(request, "officer"),
        "may_revoke": state in ("granted", "not begun") and has_role(request, "officer"),
        "may_delete": state in ("expired", "revoked", "amended") and has_role(request, "officer"),
        "may_prepare": state == "granted" and has_role(request, "steward", "operator"),
    }
    return render(request, "permits/permit.html", context)


def may_read(request: HttpRequest, permit_id: str) -> bool:
    """Return whether the reader may see a permit's file: officers and the auditor, unless it is about them."""
    return has_role(request, "officer", "auditor") and current.actor(request) not in parties.of(permit_id)


def has_role(request: HttpRequest, *roles: str) -> bool:
    """Return whether a button concerns the visitor; the action behind it asks the policy itself."""
    return bool(set(roles) & set(getattr(request.user, "roles", ())))


def state_line(standing: queries.Standing, state: str, today: date) -> StateLine:
    """Return where a permit stands and what comes next."""
    word, tone = words.state(state)
    permit = standing.permit
    if state == "revoked":
        return StateLine(word, tone, standing.revoked_on, source="art. 63(3)")
    if state != "granted":
        return StateLine(word, tone, permit.duration.start if state == "not begun" else None)
    left = (permit.duration.end - today).days
    return StateLine(word, tone, permit.duration.start, next=_("it ends"), due=permit.duration.end, days_left=left,
                     source="art. 68(12)")  # fmt: skip


def proofs(permit_id: str) -> list[tuple[str, Proof]]:
    """Return a permit's public steps, in order and each with its proof; what is done under it stands elsewhere."""
    said = {
        "permit.granted": _("Granted"),
        "permit.amended": _("Replaced by a later version"),
        "permit.revoked": _("Revoked"),
        "extract.deleted": _("Its data were deleted"),
    }
    events = ledger.about([permit_id])[permit_id]
    return [(said[kind], Proof(index, address(index))) for index, kind, _at in events if kind in said]


def address(index: int) -> str:
    """Return the page of an event; empty where the site has none."""
    try:
        return reverse("ledger:event", args=[index])
    except NoReverseMatch:
        return ""


@require_GET
def document(request: HttpRequest, permit_id: str) -> HttpResponse:  # noqa: ARG001
    """Hand out the public part of a permit, whose SHA-256 stands in the ledger."""
    node = current.node()
    found = queries.find(permit_id, node.keys.public_key())
    text = json.dumps(queries.public(found.permit), ensure_ascii=False, indent=2)
    return attachment(text, f"{found.permit.id}.public.json", "application/json")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def revoke(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Take a permit back with a reason: runs under it stop, and nothing more is extracted or released."""
    form = Revocation(request.POST or None, initial=doors.recall(request))
    bound = (current.node(), permit_id)
    made = turn(request, form, partial(actions.preview_revocation, *bound), partial(actions.revoke, *bound))
    if made.done:
        messages.success(request, _("The permit is revoked. Runs under it stop within a minute."))
        return redirect("permits:permit", permit_id)
    return page_of_revocation(request, permit_id, made)


def page_of_revocation(request: HttpRequest, permit_id: str, made: Turn) -> HttpResponse:
    """Show the form to an officer; PPL codes for anyone else."""
    if made.verdict is None:
        check_role(current.actor(request), "permit.revoke")
    node = current.node()
    at = node.clock()
    standing = queries.standing(permit_id, at=at, public_key=node.keys.public_key())
    if made.verdict is None and standing.revoked_on is not None:
        raise refuse("PMT-206", found=permit_id, day=standing.revoked_on.isoformat())
    context = {"turn": made, "form": made.form, "standing": standing, "permit": standing.permit}
    if made.preview is not None:
        shown = replace(queries.entries([permit_id], localdate(at))[permit_id], revoked_on=localdate(at))
        context["revoked"] = [{"entry": {"permit": shown, "reason": made.preview.published}, "proof": None}]
    return render(request, "permits/revoke.html", {**context, "verdict": made.verdict}, status=made.status)
