"""One to one: among pairs above the threshold, those that together are closest."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
EXACT = 60  # records on the larger side up to which a component is solved exactly; beyond, the closest pair goes first


def assign(left: Array, right: Array, weight: Array) -> Array:
    """Return the places of the pairs that are kept, each record at most once, with the greatest sum of weights.

    Each connected component is solved by itself. A component of more than `EXACT` records on a side is solved by taking
    the closest pair first, equal ones in their order, whose sum is at least half the greatest.

    Parameters
    ----------
    left, right : Array   records of the first and the second, integers
    weight : Array        above 0

    Source     Kuhn, Naval Research Logistics 2 (1955), in the form with potentials of Jonker and Volgenant (1987)
    """
    kept: list[int] = []
    for places in components(left, right):
        rows, columns = sorted({int(left[each]) for each in places}), sorted({int(right[each]) for each in places})
        if len(places) == 1:
            kept += places
        elif max(len(rows), len(columns)) > EXACT:
            kept += greedy(places, left, right, weight)
        else:
            kept += exact(places, rows, columns, left, right, weight)
    return np.array(sorted(kept), dtype=np.int64)


def components(left: Array, right: Array) -> list[list[int]]:
    """Return the pairs of each connected component."""
    parent: dict[tuple[int, int], tuple[int, int]] = {}

    def root(node: tuple[int, int]) -> tuple[int, int]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    ends = [((0, int(a)), (1, int(b))) for a, b in zip(left, right, strict=True)]
    for a, b in ends:
        parent[root(a)] = root(b)
    grouped = defaultdict(list)
    for place, (a, _) in enumerate(ends):
        grouped[root(a)].append(place)
    return list(grouped.values())


def greedy(places: list[int], left: Array, right: Array, weight: Array) -> list[int]:
    """Return the pairs that remain when the closest goes first."""
    taken_a, taken_b, kept = set(), set(), []
    for place in sorted(places, key=lambda each: (-weight[each], each)):
        if left[place] not in taken_a and right[place] not in taken_b:
            taken_a.add(left[place])
            taken_b.add(right[place])
            kept.append(place)
    return kept


def exact(
    places: list[int], rows: list[int], columns: list[int], left: Array, right: Array, weight: Array
) -> list[int]:
    """Return the pairs of the greatest sum; a record without one is matched with nobody at weight 0."""
    size = max(len(rows), len(columns))
    cost, held = np.zeros((size, size)), {}
    row_of, column_of = {each: n for n, each in enumerate(rows)}, {each: n for n, each in enumerate(columns)}
    for place in places:
        spot = row_of[int(left[place])], column_of[int(right[place])]
        cost[spot], held[spot] = -float(weight[place]), place
    return [held[spot] for spot in solve(cost) if spot in held]


def solve(cost: Array) -> list[tuple[int, int]]:
    """Return the assignment of a square matrix's rows to its columns with the least cost."""
    size = len(cost)
    of_row, of_column = np.zeros(size + 1), np.zeros(size + 1)
    owner = np.zeros(size + 1, dtype=np.int64)
    for row in range(1, size + 1):
        owner[0], here = row, 0
        least, before, used = np.full(size + 1, np.inf), np.zeros(size + 1, dtype=np.int64), np.zeros(size + 1, bool)
        while owner[here]:
            used[here] = True
            free = np.flatnonzero(~used[1:]) + 1
            reduced = cost[owner[here] - 1, free - 1] - of_row[owner[here]] - of_column[free]
            better = reduced < least[free]
            least[free[better]], before[free[better]] = reduced[better], here
            there = int(free[np.argmin(least[free])])
            step = least[there]
            of_row[owner[used]] += step
            of_column[used] -= step
            least[~used] -= step
            here = there
        while here:
            owner[here] = owner[before[here]]
            here = int(before[here])
    return [(int(owner[column]) - 1, column - 1) for column in range(1, size + 1)]
