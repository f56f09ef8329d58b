"""Pages of runs and releases for the register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hygie.base.kernel import refuse
from hygie.secure.airlock import queries as airlock
from hygie.secure.enclave import queries as enclave

SIZE = 50


@dataclass(frozen=True)
class Listing:
    """A page of a list: its entries, its number from 1, how many pages and entries there are."""

    entries: Sequence[Any]
    number: int
    of: int
    total: int


def page_number(text: str) -> int:
    """Return a page's number as addresses write it; REG-108 for what is none."""
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 10_000_000 or len(text) > 9:
        raise refuse("REG-108", found=text[:20], accepted="…")
    return int(text)


def place(text: str, total: int) -> tuple[int, int, int]:
    """Return a page's number, how many pages there are, and where it starts; REG-108 beyond the last."""
    number, of = page_number(text), max(1, -(-total // SIZE))
    if number > of:
        raise refuse("REG-108", found=text[:20], accepted=of)
    return number, of, (number - 1) * SIZE


def runs(text: str) -> Listing:
    """Return a page of ended runs, the last first."""
    total = enclave.count_ended()
    number, of, start = place(text, total)
    return Listing(enclave.last_runs(start, SIZE), number, of, total)


def releases(text: str) -> Listing:
    """Return a page of releases with their place in the ledger, the last first."""
    total = airlock.count_released()
    number, of, start = place(text, total)
    return Listing(airlock.last_releases(SIZE, start), number, of, total)


def readings(text: str) -> Listing:
    """Return a page of what checkers were shown, the last first."""
    total = airlock.count_readings()
    number, of, start = place(text, total)
    return Listing(airlock.readings(start, SIZE), number, of, total)
