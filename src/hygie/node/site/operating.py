"""The operator's pages: how the node stands, what it lacks, its health and its metrics."""

from __future__ import annotations

import os
import secrets

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from hygie.base.kernel import refuse
from hygie.commons.people.policy import check
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide
from hygie.commons.web import current
from hygie.commons.web.views import signed_in
from hygie.node.home import custody, doctor
from hygie.node.home.state import status
from hygie.node.site import watching

app_name = "home"
# the names of `home.state.status`
NAMES = (
    gettext_noop("node"),
    gettext_noop("country"),
    gettext_noop("placement"),
    gettext_noop("datasets"),
    gettext_noop("opt-outs"),
    gettext_noop("permits"),
    gettext_noop("runs"),
    gettext_noop("airlock requests"),
    gettext_noop("releases"),
    gettext_noop("ledger events"),
    gettext_noop("ledger name"),
)


@require_GET
@signed_in
def stand(request: HttpRequest) -> HttpResponse:
    """Show what the node holds, its tasks, its storage, and the names of its keys."""
    actor, node = current.actor(request), current.node()
    check(actor, "node.watch", {})
    operates = decide(person(actor), "node.operate", {}).allowed
    context = {
        "status": {_(name): value for name, value in status(node).items()},
        "storage": watching.storage(node),
        "tasks": watching.tasks(),
        "attested": node.keys.attest(),
        "keys": custody.listed(node, actor=actor) if operates else None,
        "operates": operates,
    }
    return render(request, "site/node.html", context)


@require_POST
@signed_in
def examine(request: HttpRequest) -> HttpResponse:
    """Look at engine, keys, ledger and walls now, and show what is missing and how to mend it."""
    check(current.actor(request), "node.watch", {})
    return render(request, "site/doctor.html", {"findings": doctor.examine(current.node())})


@require_GET
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Say whether the site can answer; for the machine that watches it."""
    alive = watching.alive(current.node())
    return JsonResponse({"alive": alive}, status=200 if alive else 503)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Hand out the metrics to whoever shows the token of HYGIE_METRICS_TOKEN; without one, nobody may."""
    token = os.environ.get("HYGIE_METRICS_TOKEN", "")
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not secrets.compare_digest(shown.encode(), token.encode()):
        raise refuse("HOM-109")
    return HttpResponse(watching.metrics(current.node()), content_type="text/plain; version=0.0.4; charset=utf-8")


urlpatterns = [
    path("", stand, name="status"),
    path("examine/", examine, name="examine"),
    path("health/", health, name="health"),
    path("metrics/", metrics, name="metrics"),
]
