"""The register in a few figures, for the home page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.ledger import queries as events
from hygie.secure.airlock import queries as airlock

LAST = 5


@dataclass(frozen=True)
class Left:
    """A file that left the node.

    Parameters
    ----------
    at : str           UTC
    user : str         the organisation, empty for a natural person
    event : int        where the ledger holds the release
    """

    at: str
    file: str
    title: str
    user: str
    commercial: bool
    release: str
    event: int


@dataclass(frozen=True)
class Overview:
    """How many permits run and for whom, how many files left in how many releases, and which, the last first."""

    running: int
    public: int
    commercial: int
    outputs: int
    releases: int
    left: tuple[Left, ...]


def overview(node: Node) -> Overview:
    """Return the figures, from the columns that lists read and the last releases' records."""
    today = node.today()
    running = permits.running(today)
    records = airlock.last_releases(LAST)
    known = permits.entries((record["permit"]["id"] for record in records), today)
    files = tuple(each for record in records for each in left(record, known[record["permit"]["id"]]))[:LAST]
    return Overview(
        running.total, running.public, running.commercial, airlock.files_released(), airlock.count_released(), files
    )


def left(record: Mapping[str, Any], permit: permits.Entry) -> list[Left]:
    """Return the files of one release."""
    index = events.indexes(record["id"])[0]
    return [
        Left(record["at"], output["file"], permit.title, permit.user, permit.commercial, record["id"], index)
        for output in record["outputs"]
    ]
