"""What the quality checks found, delivery by delivery, as everyone may read it."""

from __future__ import annotations

import json
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


def assessments(dataset: str) -> list[Assessment]:
    """Return what everyone may read: of each edition what was found first by the last definitions; newest first."""
    found: dict[str, Assessed] = {}
    for row in Assessed.objects.filter(dataset=dataset).defer("exact").order_by("id"):
        earlier = found.get(row.edition)
        if earlier is None or earlier.definitions != row.definitions:
            found[row.edition] = row
    rows = sorted(found.values(), key=lambda row: (row.snapshot_version, row.pk), reverse=True)[:HISTORY]
    return [
        Assessment(
            row.edition,
            row.snapshot,
            row.snapshot_version,
            row.delivered,
            row.assessed_at,
            row.sha256,
            public_of(row.public),
        )
        for row in rows
    ]
