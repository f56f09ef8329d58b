"""What would be unique: asked by the team on the form, and by officers on the case."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hygie.access.applications import queries
from hygie.access.applications.desk.uniqueness import uniqueness
from hygie.access.applications.desk.uniqueness_words import panels
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import entries
from hygie.commons.web import current
from hygie.commons.web.views import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def unique(request: HttpRequest, application_id: str) -> HttpResponse:
    """Show how many would be alone in what an application asks for, or ask it of a dataset: the part, or a page."""
    node, actor, verdict = current.node(), current.actor(request), None
    if request.method == "POST":
        try:
            uniqueness(node, application_id, request.POST.get("dataset", "")[:64], actor=actor)
        except Refusal as refusal:
            if refusal.code.startswith("PPL") or refusal.code == "APP-101":
                raise
            verdict = refusal.verdict
        else:
            if not request.htmx:
                return redirect("applications:unique", application_id)
    folder = queries.folder(node, application_id, reader=actor)
    made = folder.application
    context = {
        "application": made,
        "verdict": verdict,
        "own": actor == made.author or actor in made.team,
        **panels(node, made, actor),
    }
    if request.htmx:
        return render(request, "applications/unique.html", context)
    status = entries()[verdict.reasons[0].code].http if verdict else 200
    return render(request, "applications/unique_page.html", context, status=status)
