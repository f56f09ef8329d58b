"""What is made from a permit's data, in every room: who keeps it, how much there is, and how it is destroyed.

The rooms behind this one, which make things of extracts, register themselves; a deletion knows of no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hygie.base.engine.node import Node


@dataclass(frozen=True)
class Keeper:
    """A room that keeps things made from permits' data.

    Parameters
    ----------
    kinds : Mapping     what it keeps, such as `runs`, each with its words, to be translated
    ready : Callable    ends what was decided and waits for it; refuses while something still works on a permit's data
    count : Callable    how much there is of each kind, by the rows, so that it is the same half-way through
    close : Callable    takes note in the rows, in the transaction that begins the deletion
    remove : Callable   removes every file of a permit; nothing happens to what is gone already
    lying : Callable    how many files or folders of a permit are there
    sweep : Callable    removes what lies there of permits whose data are deleted; returns how many
    """

    kinds: Mapping[str, str]
    ready: Callable[[Node, str], None]
    count: Callable[[str], Mapping[str, int]]
    close: Callable[[str], None]
    remove: Callable[[Node, str], None]
    lying: Callable[[Node, str], int]
    sweep: Callable[[Node], int]


_keepers: list[Keeper] = []


def keep(keeper: Keeper) -> None:
    """Register a room that keeps things made from permits' data."""
    _keepers.append(keeper)


def keepers() -> tuple[Keeper, ...]:
    """Return the rooms that registered."""
    return tuple(_keepers)


def label(kind: str) -> str:
    """Return the words of a kind, to be translated; the kind itself where no room names it."""
    return next((keeper.kinds[kind] for keeper in _keepers if kind in keeper.kinds), kind)
