"""One to one: among pairs above the threshold, those that together are closest."""

from __future__ import annotations

from collections.abc import Iterator
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
    label = components(left, right)
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    alone = order[starts[sizes == 1]]
    kept = [alone]
    for places in several(order, starts, sizes):
        kept.append(np.array(solved(places.tolist(), left, right, weight), dtype=np.int64))
    return np.sort(np.concatenate(kept)).astype(np.int64)


def several(order: Array, starts: Array, sizes: Array) -> Iterator[Array]:
    """Yield the pairs of each component that has more than one."""
    for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
        yield order[start : start + size]


def solved(places: list[int], left: Array, right: Array, weight: Array) -> list[int]:
    """Return the pairs of one component that are kept."""
    rows, columns = sorted({int(left[each]) for each in places}), sorted({int(right[each]) for each in places})
    if max(len(rows), len(columns)) > EXACT:
        return greedy(places, left, right, weight)
    return exact(places, rows, columns, left, right, weight)


def components(left: Array, right: Array) -> Array:
    """Return, for each pair, a number that the pairs of its connected component share.

    In each pass a record and the one it points to take the lowest number among their neighbours, and every path is
    halved, so that the passes grow with the logarithm of the longest chain.

    Source     Zhang, Azad, Hu, FastSV: a distributed-memory connected component algorithm, SIAM PP 2020
    """
    firsts, a = np.unique(left, return_inverse=True)
    lasts, b = np.unique(right, return_inverse=True)
    b += len(firsts)
    label = np.arange(len(firsts) + len(lasts))
    while True:
        low = np.minimum(label[a], label[b])
        after = label.copy()
        for ends in (a, b, label[a], label[b]):
            np.minimum.at(after, ends, low)
        after = after[after]
        if np.array_equal(after, label):
            return np.asarray(label[a])
        label = after


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
