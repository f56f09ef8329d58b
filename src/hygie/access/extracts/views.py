"""The button by which a steward has a permit's extract prepared."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hygie.access.extracts import work
from hygie.commons.web import current
from hygie.commons.web.views import signed_in


@require_POST
@signed_in
def prepare(request: HttpRequest, permit_id: str) -> HttpResponse:
    """Have a permit's extract prepared; its progress has its own page."""
    return redirect("tasks:one", work.prepare(current.node(), permit_id, actor=current.actor(request)))
