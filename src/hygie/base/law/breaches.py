"""Breaches of the duties of users and holders, each with its tier of administrative fines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from hygie.base.law.packs import rows


@dataclass(frozen=True)
class Breach:
    """A breach.

    Parameters
    ----------
    tier : int      1 (art. 64(4)) or 2 (art. 64(5)); 0 where no fine names it
    euros : int     the fine's ceiling
    percent : int   or of the worldwide turnover of the year before, whichever is higher
    """

    id: str
    tier: int
    euros: int
    percent: int
    source: str
    label: Mapping[str, str]


@cache
def breaches() -> Mapping[str, Breach]:
    """Return every breach by its id.

    Source     Reg. (EU) 2025/327 art. 64(4)-(5) (SU-64-4, SU-64-5); trap T4

    Example
    -------
    >>> breaches()["61(5)"].tier, breaches()["reidentification"].tier, breaches()["61(4)"].tier
    (1, 2, 0)
    """
    found = {
        row["id"]: Breach(
            row["id"],
            row["tier"],
            row["euros"],
            row["percent"],
            row["source"],
            row["label"],
        )
        for row in rows("breach")
    }
    return MappingProxyType(found)
