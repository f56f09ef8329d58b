"""The steps on a permit's page: a steward has its extract prepared, an officer has its data deleted."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from hygie.access.extracts import actions, ending, queries, work
from hygie.access.permits import queries as permits
from hygie.commons.people.policy import check_role
from hygie.commons.web import current
from hygie.commons.web.views import posted, signed_in


@posted("permits:permit")
@signed_in
def prepare(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Have a permit's extract prepared; its progress has its own page."""
    return redirect("tasks:one", work.prepare(current.node(), permit_id, actor=current.actor(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Say what is still held under a permit and until when it may be, and delete it once the officer says so."""
    node, actor = current.node(), current.actor(request)
    if request.method == "POST":
        gone = actions.delete(node, permit_id, actor=actor)
        said = ngettext("%(number)s extract is deleted, with all that was made from it; its key is destroyed.",
                        "%(number)s extracts are deleted, with all that was made from them; their key is destroyed.",
                        gone)  # fmt: skip
        messages.success(request, said % {"number": gone})
        return redirect("permits:permit", permit_id)
    check_role(actor, "permit.revoke")
    standing = permits.standing(permit_id, at=node.clock(), public_key=node.keys.public_key())
    certificate = queries.certificate(permit_id)
    context = {
        "title": standing.permit.purpose.title,
        "permit_id": permit_id,
        "held": [(_(label), number) for label, number in queries.remaining(permit_id)],
        "deleted": certificate.ended_at if certificate else None,
        "due": ending.due_on(node, permit_id),
        "holds": standing.state == "granted",
    }
    return render(request, "extracts/delete.html", context)
