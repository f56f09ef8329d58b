"""What the quality checks found, delivery by delivery, as everyone may read it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from hygie.access.catalogue.models import Assessed
from hygie.access.quality import guarding
from hygie.access.quality.guarding import Public

HISTORY = 50


@dataclass(frozen=True)
class Assessment:
    """What the checks found on one snapshot.

    Parameters
    ----------
    edition, snapshot : str
    snapshot_version : int   of the snapshot in its dataset
    delivered : str          when the snapshot was made, UTC, ISO 8601
    at : datetime            of the run
    sha256 : str             of what everyone may read, as the ledger has it
    public : Public
    """

    edition: str
    snapshot: str
    snapshot_version: int
    delivered: str
    at: datetime
    sha256: str
    public: Public


@lru_cache(maxsize=64)
def public_of(text: str) -> Public:
    """Return what a row holds for everyone; the same text is read once."""
    return guarding.parse(json.loads(text))


def tallies(datasets: Collection[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """Return, for each dataset that was assessed, how many checks of each category passed, and how many ran."""
    last = [rows[0].pk for rows in shown(datasets).values()]
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for name, text in Assessed.objects.filter(pk__in=last).values_list("dataset", "public"):
        counts = found.setdefault(name, {})
        for each in public_of(text).results:
            if each.status in ("pass", "fail"):
                passed, ran = counts.get(each.check.kind.category, (0, 0))
                counts[each.check.kind.category] = (passed + (each.status == "pass"), ran + 1)
    return found


def shown(datasets: Collection[str]) -> dict[str, list[Assessed]]:
    """Return the rows that everyone may read: of each edition the first by the last definitions; newest first.

    What they hold is not read with them.
    """
    found: dict[str, dict[str, Assessed]] = {}
    for row in Assessed.objects.filter(dataset__in=set(datasets)).defer("exact", "public").order_by("id"):
        editions = found.setdefault(row.dataset, {})
        earlier = editions.get(row.edition)
        if earlier is None or earlier.definitions != row.definitions:
            editions[row.edition] = row
    return {
        name: sorted(editions.values(), key=lambda row: (row.snapshot_version, row.pk), reverse=True)
        for name, editions in found.items()
    }


def assessments(dataset: str) -> list[Assessment]:
    """Return what everyone may read of a dataset's deliveries, the newest first."""
    rows = shown([dataset]).get(dataset, [])[:HISTORY]
    texts = dict(Assessed.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "public"))
    return [
        Assessment(
            row.edition,
            row.snapshot,
            row.snapshot_version,
            row.delivered,
            row.assessed_at,
            row.sha256,
            public_of(texts[row.pk]),
        )
        for row in rows
    ]
