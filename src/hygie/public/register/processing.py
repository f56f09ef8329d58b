"""The record of processing, generated from permits and roles: one row a permit, and who is controller of which step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hygie.access.permits import queries as permits
from hygie.base import law
from hygie.base.engine.node import Node

COLUMNS = (
    "permit", "purpose", "controller of the analysis", "controller of the supply", "controller of the permit",
    "datasets", "categories of data", "categories of persons", "recipients", "from", "to", "deleted by", "safeguards",
)  # fmt: skip


@dataclass(frozen=True)
class Activity:
    """One processing activity.

    Parameters
    ----------
    user : str           controller of the analysis; the access body is its processor inside the environment
    datasets : tuple     whose holders are controllers of the supply
    delete_by : date     six months after the permit ends
    persons : int        natural persons who may work under it
    """

    permit: str
    state: str
    title: str
    basis: str
    user: str
    datasets: tuple[str, ...]
    categories: tuple[str, ...]
    starts_on: date
    ends_on: date
    delete_by: date
    persons: int
    format: str

    def cells(self) -> list[str]:
        """Return the row of a table, as `COLUMNS` names it."""
        return [
            self.permit,
            f"{self.title} (art. {self.basis})",
            self.user,
            "holders of: " + ", ".join(self.datasets),
            "this access body",
            ", ".join(self.datasets),
            ", ".join(self.categories),
            "patients; opted-out persons are removed before anything is counted",
            f"{self.persons} named persons",
            self.starts_on.isoformat(),
            self.ends_on.isoformat(),
            self.delete_by.isoformat(),
            f"{self.format}; sealed environment; outputs checked by two people",
        ]


def activities(node: Node, offset: int, limit: int) -> tuple[int, list[Activity]]:
    """Return how many permits there are, and some of them as processing activities, the last decision first.

    Parameters
    ----------
    offset, limit : int   0 or more; at most 200

    Source   Reg. (EU) 2016/679 art. 30; Reg. (EU) 2025/327 arts 68(12), 74
    """
    at, key = node.clock(), node.keys.public_key()
    total, known = permits.listed(at.date(), offset=offset, limit=limit)
    found = permits.standings([each.id for each in known], at=at, public_key=key)
    return total, [activity(each, node.country) for each in found]


def activity(found: permits.Standing, country: str) -> Activity:
    """Return a permit as a processing activity."""
    permit = found.permit
    end = min(found.revoked_on or permit.duration.end, permit.duration.end)
    return Activity(
        permit.id,
        found.state,
        permit.purpose.title,
        permit.purpose.basis,
        permit.user.name if permit.user.kind != "natural-person" else "a natural person",
        permit.data.datasets,
        permit.data.categories,
        permit.duration.start,
        permit.duration.end,
        law.add(end, law.limit("permit.deletion", on=permit.decided_at.date()).figure, "months", country=country),
        len(permit.people.authorised),
        permit.data.format,
    )
