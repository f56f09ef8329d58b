"""What is made from a permit's data, in every room: who keeps it, how much there is, and how it is destroyed.

The rooms behind this one, which make things of extracts, register themselves; a deletion knows of no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hygie.base.engine.node import Node


def nothing(*_: object) -> None:
    """Do nothing, where a room has nothing to do."""


def none(_: Node) -> int:
    """Remove nothing, where a room has nothing to look for."""
    return 0


@dataclass(frozen=True)
class Keeper:
    """A room that keeps things made from permits' data.

    Parameters
    ----------
    kinds : Mapping     what it keeps, such as `runs`, each with its words, to be translated
    count : Callable    how much there is of each kind, by the rows, so that it is the same half-way through
    places : Callable   where files or folders of a permit may lie, as the Store names them
    ready : Callable    ends what was decided and waits for it; refuses while something still works on a permit's data
    close : Callable    takes note in the rows, in the transaction that begins the deletion
    sweep : Callable    removes what lies there of permits whose data are deleted; returns how many
    """

    kinds: Mapping[str, str]
    count: Callable[[str], Mapping[str, int]]
    places: Callable[[str], Iterable[str]]
    ready: Callable[[Node, str], None] = nothing
    close: Callable[[str], None] = nothing
    sweep: Callable[[Node], int] = none

    def lying(self, node: Node, permit_id: str) -> list[str]:
        """Return which of a permit's places are there."""
        return [place for place in self.places(permit_id) if node.store.path(place).exists()]


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
