"""Whom a permit is about, by account: those it names, and whom the rooms behind it say; none of them acts on it."""

from __future__ import annotations

from collections.abc import Callable

from hygie.access.permits.listing import people

Finder = Callable[[str], frozenset[str]]
_finders: list[Finder] = []


def belonging(finder: Finder) -> Finder:
    """Register what finds further accounts that a permit is about, such as who applied for it."""
    _finders.append(finder)
    return finder


def of(permit_id: str) -> frozenset[str]:
    """Return the accounts that a permit is about: named in it, or of the application that led to it.

    Source     Reg. (EU) 2025/327 art. 55(3)
    """
    return people(permit_id).union(*(finder(permit_id) for finder in _finders))
