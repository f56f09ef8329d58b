"""The register in a few figures, for the home page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.ledger import queries as events
from hygie.secure.airlock import queries as airlock

COMMERCIAL = frozenset({"company", "insurer"})


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
    """How many permits run and for whom, and what left, the last first."""

    running: int
    public: int
    commercial: int
    outputs: int
    left: tuple[Left, ...]


def overview(node: Node) -> Overview:
    """Return the figures, computed from the signed permits and the releases' records."""
    standing = permits.every(at=node.clock(), public_key=node.keys.public_key())
    running = [each.permit for each in standing if each.state == "granted"]
    profit = sum(permit.user.kind in COMMERCIAL for permit in running)
    by_id = {each.permit.id: permits.public(each.permit) for each in standing}
    records = airlock.releases()[::-1]
    files = tuple(entry for record in records for entry in left(record, by_id[record["permit"]["id"]]))
    return Overview(len(running), len(running) - profit, profit, len(files), files)


def left(record: Mapping[str, Any], permit: Mapping[str, Any]) -> list[Left]:
    """Return the files of one release."""
    index = events.indexes(record["id"])[0]
    user = permit["user"]
    return [
        Left(
            record["at"],
            output["file"],
            permit["purpose"]["title"],
            user["name"] or "",
            user["kind"] in COMMERCIAL,
            record["id"],
            index,
        )
        for output in record["outputs"]
    ]
