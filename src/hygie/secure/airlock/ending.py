"""The end of requests: once a permit's data are deleted, no copy, no check's place and no word about them lies.

What was released stays, with its record, and the permit's team may take it: it is anonymous. Of a request stay its
state, rules, outcomes, counts of places and who voted how: what the ledger's events are about.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from django.db.models import Q
from django.utils.translation import gettext_noop

from hygie.access.extracts import remains, sweeping
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.intake.linkage.vault import exclusive
from hygie.secure.airlock import releasing
from hygie.secure.airlock.actions import LOCK
from hygie.secure.airlock.models import Release, Request, Vote
from hygie.secure.airlock.values import TRANSITIONS

FOLDER = "airlock"
DELETED = "deleted"
SPOKEN = Q(request__release=None) | Q(void=True)
log = logging.getLogger("hygie.airlock")


def ready(node: Node, permit_id: str) -> None:
    """Put the files of releases that were decided and cut off in place, before nobody can open them any more.

    One that cannot be completed, because a file is gone or altered, is told in the log: it holds up no deletion.
    """
    with exclusive(node, LOCK, wait=True):
        for begun in Release.objects.filter(permit=permit_id, state="releasing").select_related("request"):
            try:
                releasing.finish(node, begun.request, begun)
            except Refusal as refusal:
                log.error("The release %s was decided and cannot be completed: %s", begun.id, refusal.code)


def spoken(permit_id: str) -> Q:
    """Return what selects the comments on a permit's requests that no release published."""
    return Q(request__permit=permit_id) & SPOKEN & ~Q(comment="")


def count(permit_id: str) -> Mapping[str, int]:
    """Return how many requests a permit has, each with its copies, and how many comments on what did not leave."""
    requests = Request.objects.filter(permit=permit_id).count()
    return {"requests": requests, "comments": Vote.objects.filter(spoken(permit_id)).count()}


def close(permit_id: str) -> None:
    """End the requests that wait, and take out what checkers said of contents that did not leave."""
    waiting = [state for state, event in TRANSITIONS if event == "delete"]
    Request.objects.filter(permit=permit_id, state__in=waiting).update(state=DELETED)
    Vote.objects.filter(spoken(permit_id)).update(comment="")


def places(permit_id: str) -> Iterator[str]:
    """Yield where the sealed copies and checks of a permit's requests may lie."""
    for request in Request.objects.filter(permit=permit_id).values_list("id", flat=True):
        yield f"{FOLDER}/{request}"


def sweep(node: Node) -> int:
    """Remove copies of permits whose data are deleted, and those that no request knows; of the last hour they stay."""
    return sweeping.sweep(
        node, FOLDER, lambda names: dict(Request.objects.filter(id__in=names).values_list("id", "permit"))
    )


KINDS = {
    "requests": gettext_noop("Requests to let out, with their copies and checks"),
    "comments": gettext_noop("Checkers' comments on what did not leave"),
}
remains.keep(remains.Keeper(KINDS, count, places, ready, close, sweep))
