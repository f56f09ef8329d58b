"""The operator's pages: how the node stands, what it lacks, its health and its metrics."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext
from django.views.decorators.http import require_GET

from hygie.base.kernel import refuse
from hygie.commons.people.policy import check
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide
from hygie.commons.web import current
from hygie.commons.web.task_views import WORDS
from hygie.commons.web.tasks import WORKS
from hygie.commons.web.templatetags.hygie import number
from hygie.commons.web.views import posted, signed_in
from hygie.node.home import custody, doctor
from hygie.node.home.state import status
from hygie.node.home.values import Finding
from hygie.node.site import watching
from hygie.node.site.context import country, laws
from hygie.secure.enclave.walls import BY_NAME
from hygie.secure.enclave.words import wall_words

app_name = "home"
# the names of `home.state.status`
NAMES = (
    gettext_noop("node"),
    gettext_noop("country"),
    gettext_noop("placement"),
    gettext_noop("facts on places"),
    gettext_noop("cannot be read"),
    gettext_noop("rules for outputs"),
    gettext_noop("rules for the catalogue"),
    gettext_noop("datasets"),
    gettext_noop("opt-outs"),
    gettext_noop("permits"),
    gettext_noop("airlock requests"),
    gettext_noop("releases"),
    gettext_noop("ledger events"),
    gettext_noop("left; its data are at"),
    gettext_noop("ledger name"),
)

STATES = (
    gettext_noop("granted"),
    gettext_noop("amended"),
    gettext_noop("expired"),
    gettext_noop("revoked"),
    gettext_noop("requested"),
    gettext_noop("under review"),
    gettext_noop("approved"),
    gettext_noop("refused"),
    gettext_noop("released"),
    gettext_noop("deleted"),
    gettext_noop("not evaluated"),
    gettext_noop("key-file"),
    gettext_noop("passphrase"),
)
# what `home.doctor` says
FINDINGS = (
    gettext_noop("engine"),
    gettext_noop("node folder"),
    gettext_noop("leftovers"),
    gettext_noop("keys"),
    gettext_noop("ledger"),
    gettext_noop("study interpreter"),
    gettext_noop("the declared places and the packs of facts can be read"),
    gettext_noop("mend the file, or declare another"),
    gettext_noop("encrypted write, filtered read, wrong key refused, walls locked"),
    gettext_noop("mode %(mode)s"),
    gettext_noop("an ingest or an extract runs: looked at next time"),
    gettext_noop("%(count)s removed"),
    gettext_noop("%(keys)s wrapped under a key-file, %(destroyed)s destroyed"),
    gettext_noop("%(keys)s wrapped under a passphrase, %(destroyed)s destroyed"),
    gettext_noop("%(size)s events follow from one another; verifying the ledger says what that leaves open"),
    gettext_noop("found"),
    gettext_noop("not found"),
    gettext_noop("install Python 3.11 or later"),
    gettext_noop("make setup, or HYGIE_STUDY_PYTHON"),
)


def counted(counts: Counter[str]) -> str:
    """Return counts by state in the reader's words."""
    return ", ".join(
        _("%(state)s: %(count)s") % {"state": _(state), "count": number(count)} for state, count in counts.most_common()
    ) or _("none")


def stated(name: str) -> str:
    """Return what a figure of the node is called; a run is said apart from what runs."""
    return pgettext("studies", "runs") if name == "runs" else _(name)


def told(name: str, value: Any) -> str:
    """Return a figure of the node as its reader writes it."""
    if name == "country":
        return country(str(value))
    if name == "placement":
        return laws(current.node())
    return number(value) if isinstance(value, int) else str(value)


def finding_words(found: Finding) -> Finding:
    """Return a finding of the doctor in the reader's words; a wall is named by what it stops."""
    said = _(found.said) % found.facts if found.facts else wall_words(found.said)
    name = wall_words(BY_NAME[found.name].stops) if found.name in BY_NAME else _(found.name)
    return replace(found, name=name, said=said, fix=wall_words(found.fix), facts={})


def code_of(found: Finding) -> str:
    """Return a wall's name, which records use; empty for anything else."""
    return found.name if found.name in BY_NAME else ""


def label(name: str) -> str:
    """Return what a kind of work is called; its name when this site does not know it."""
    return _(WORKS[name].label) if name in WORKS else name


@require_GET
@signed_in
def stand(request: HttpRequest) -> HttpResponse:
    """Show what the node holds, its tasks, its storage, and the names of its keys."""
    actor, node = current.actor(request), current.node()
    check(actor, "node.watch", {})
    operates = decide(person(actor), "node.operate", {}).allowed
    held: dict[str, Any] = status(node, counted, current.language())
    attested = node.keys.attest()
    context = {
        "status": {stated(name): told(name, value) for name, value in held.items()},
        "storage": watching.storage(node),
        "tasks": [(task, _(WORDS[task.state][0]), label(task.name)) for task in watching.tasks()],
        "attested": attested,
        "root_kind": _(str(attested["root"])),
        "keys": custody.listed(node, actor=actor) if operates else None,
        "operates": operates,
    }
    return render(request, "site/node.html", context)


@posted("home:status")
@signed_in
def examine(request: HttpRequest) -> HttpResponse:
    """Look at engine, keys, ledger and walls now, and show what is missing and how to mend it."""
    check(current.actor(request), "node.watch", {})
    found = doctor.examine(current.node(), current.language())
    return render(request, "site/doctor.html", {"findings": [(finding_words(each), code_of(each)) for each in found]})


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
