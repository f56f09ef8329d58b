"""What would have to change: the smallest sets of facts without which no path leads from a dataset to a law."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from hygie.commons.sovereignty.facts import View
from hygie.commons.sovereignty.paths import paths

LARGEST = 4  # facts in a set; beyond that a cut says nothing to a person
MOST_TURNS = 200


def cut(dataset: str, law: str, view: View) -> tuple[str, ...]:
    """Return the smallest set of facts whose change would take a dataset out of a law's reach.

    Parameters
    ----------
    dataset : str   id
    law : str       id
    view : View

    Ids of relations, in order; the ties of the law itself are not among them. Nothing when no path leads there, or when
    no set of up to four facts is enough. Of sets of one size, the one nearest to the dataset: where it is placed is
    what its controller can change.
    """
    known: list[tuple[str, ...]] = []
    tried: tuple[str, ...] = ()
    for _ in range(MOST_TURNS):
        fresh = _chains(dataset, law, view.without(tried) if tried else view)
        if not fresh:
            return tried
        known += fresh
        found = _smallest(known)
        if found is None:
            return ()
        tried = found
    return ()


def _chains(dataset: str, law: str, view: View) -> list[tuple[str, ...]]:
    """Return the paths that are left to a law, as the facts that could change."""
    found = (path for path in paths(dataset, view) if path.law == law)
    return [tuple(step.edge for step in path.steps if step.kind != "nexus") for path in found]


def _smallest(chains: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the smallest set with a fact of every chain: the first by size, then by how near to the dataset it is."""
    place: dict[str, int] = {}
    for chain in chains:
        for number, edge in enumerate(chain):
            place[edge] = min(number, place.get(edge, number))
    edges = sorted(place, key=lambda edge: (place[edge], edge))
    for size in range(1, LARGEST + 1):
        for chosen in combinations(edges, size):
            if all(not set(chosen).isdisjoint(chain) for chain in chains):
                return tuple(sorted(chosen))
    return None
