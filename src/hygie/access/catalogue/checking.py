"""The yearly check of descriptions: which is due by when, and the act that a description was checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate

from hygie.access.catalogue import indexing
from hygie.access.catalogue.models import Described, DescriptionCheck, Entry
from hygie.access.catalogue.rules import due, stale
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check

AHEAD = timedelta(days=60)
LEAST = timedelta(days=365)
MOST = 200


@dataclass(frozen=True)
class Check:
    """A description that a steward has to check.

    Parameters
    ----------
    version : int      the description's, which the check names
    checked_on : date  the last check
    due_on : date      twelve months later
    late : bool        that day has come
    """

    dataset: str
    version: int
    checked_on: date
    due_on: date
    late: bool


def checks(*, on: date, holder: str = "") -> tuple[Check, ...]:
    """Return the descriptions whose yearly check is late or due within sixty days, the first due first.

    Parameters
    ----------
    holder : str   only of this holder's datasets; empty: of all

    Source   Reg. (EU) 2025/327 art. 60(3) (SU-60-3)
    """
    near = Entry.objects.filter(checked_on__lte=on + AHEAD - LEAST)
    near = near.filter(holder=holder) if holder else near
    rows = list(near.order_by("checked_on", "dataset").values_list("dataset", "checked_on")[:MOST])
    told = Described.objects.filter(dataset__in=[name for name, _ in rows]).values("dataset")
    versions = dict(told.annotate(last=Max("version")).values_list("dataset", "last"))
    return tuple(
        Check(name, versions[name], checked, due(checked), stale(checked, on))
        for name, checked in rows
        if due(checked) <= on + AHEAD
    )


def confirm(node: Node, dataset: str, *, over: int, actor: str) -> date:
    """Say that a description was checked and still holds, and return the day; again on the same day changes nothing.

    Parameters
    ----------
    dataset : str
    over : int     the version that was checked
    actor : str    a steward

    Errors      PPL codes; CAT-110 no such description; CAT-111 it was rewritten in the meantime
    Source      Reg. (EU) 2025/327 art. 60(3) (SU-60-3)
    """
    check(actor, "catalogue.describe", {"dataset": dataset})
    at = node.clock()
    with transaction.atomic():
        latest = Described.objects.select_for_update().filter(dataset=dataset).order_by("-version").first()
        if latest is None:
            raise indexing.unknown(dataset)
        if over != latest.version:
            raise refuse("CAT-111", dataset=dataset, found=over, current=latest.version)
        _, made = DescriptionCheck.objects.get_or_create(
            dataset=dataset, version=over, checked_on=localdate(at), defaults={"checked_at": at, "checked_by": actor}
        )
        if made:
            ledger.append([Fact("catalogue.checked", dataset, actor, at, {"version": over, "sha256": latest.sha256})])
            indexing.index(dataset)
    return localdate(at)
