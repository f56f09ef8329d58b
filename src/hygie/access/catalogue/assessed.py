"""What the quality checks found, delivery by delivery, as everyone may read it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.models import Assessed
from hygie.access.quality import guarding
from hygie.access.quality.guarding import Public
from hygie.access.quality.values import STATUSES
from hygie.intake.lake import queries as lake
from hygie.intake.lake.values import Manifest

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
    counts : Mapping         category -> status -> how many checks ended so
    row : int                where the whole of it lies
    """

    edition: str
    snapshot: str
    snapshot_version: int
    delivered: str
    at: datetime
    sha256: str
    counts: Mapping[str, Mapping[str, int]]
    row: int

    @cached_property
    def public(self) -> Public:
        """What everyone may read, check by check; read when it is asked for."""
        return public_of(Assessed.objects.values_list("public", flat=True).get(pk=self.row))

    @property
    def tally(self) -> Mapping[str, int]:
        """How many checks ended in each status."""
        return Counter({status: sum(told.get(status, 0) for told in self.counts.values()) for status in STATUSES})

    @property
    def score(self) -> int | None:
        """Share of the checks that ran which passed, in whole percent."""
        ran = self.tally["pass"] + self.tally["fail"]
        return round(100 * self.tally["pass"] / ran) if ran else None


@lru_cache(maxsize=64)
def public_of(text: str) -> Public:
    """Return what a row holds for everyone; the same text is read once."""
    return guarding.parse(json.loads(text))


def tallies(datasets: Collection[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """Return, for each dataset that was assessed, how many checks of each category passed, and how many ran."""
    return {
        name: {
            category: (told.get("pass", 0), told.get("pass", 0) + told.get("fail", 0))
            for category, told in counts_of(rows[0]).items()
            if told.get("pass") or told.get("fail")
        }
        for name, rows in shown(datasets).items()
    }


def counts_of(row: Assessed) -> Mapping[str, Mapping[str, int]]:
    """Return how many checks of each category ended in each status; counted again where they were not kept."""
    return json.loads(row.counts) if row.counts else public_of(row.public).counts


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


def unchecked(dataset: str) -> Manifest | None:
    """Return the delivery that a dataset's checks have not run on though it is held; None where they ran on the last.

    What an erasure or a refusal leaves is no other delivery.
    """
    told = list(Assessed.objects.filter(dataset=dataset).values_list("snapshot_version", "edition"))
    if lake.newest(dataset) <= max((version for version, _ in told), default=0):
        return None
    held = lake.manifest(dataset)
    return None if edition(held) in {each for _, each in told} else held


def assessments(dataset: str) -> list[Assessment]:
    """Return what everyone may read of a dataset's deliveries, the newest first."""
    return [
        Assessment(
            row.edition,
            row.snapshot,
            row.snapshot_version,
            row.delivered,
            row.assessed_at,
            row.sha256,
            counts_of(row),
            row.pk,
        )
        for row in shown([dataset]).get(dataset, [])[:HISTORY]
    ]
