"""Loops of cross-holdings: which entities hold each other in a circle, and what goes round it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

UNIT = 10**18  # a whole share; products round outwards at the eighteenth decimal
LARGEST = 24  # entities in one loop that are solved exactly
UNBOUNDED = UNIT * 10**6  # more than any sum of shares; cut at the whole when a share is made of it
Arrows = Mapping[str, Sequence[tuple[str, int]]]


def up(product: int) -> int:
    """Return a product of two figures in units, in units again and rounded upwards."""
    return -(-product // UNIT)


def components(start: str, arrows: Arrows) -> list[list[str]]:
    """Return the strongly connected components that a start leads to, each after all it leads to itself.

    Source    R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion

    Example
    -------
    >>> components("a", {"a": [("b", 1)], "b": [("a", 1), ("c", 1)], "c": []})
    [['c'], ['a', 'b']]
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_, found = [], []
    waiting: set[str] = set()
    work = [(start, iter(arrows[start]))]
    index[start] = low[start] = 0
    open_.append(start)
    waiting.add(start)
    while work:
        here, rest = work[-1]
        for target, _ in rest:
            if target not in index:
                index[target] = low[target] = len(index)
                open_.append(target)
                waiting.add(target)
                work.append((target, iter(arrows[target])))
                break
            if target in waiting:
                low[here] = min(low[here], index[target])
        else:
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[here])
            if low[here] == index[here]:
                members = [open_.pop()]
                while members[-1] != here:
                    members.append(open_.pop())
                waiting.difference_update(members)
                found.append(sorted(members))
    return found


def solve(loop: Sequence[str], arrows: Arrows, inflow: Mapping[str, int], side: int) -> dict[str, int]:
    """Return what each entity of a loop comes to, every round of the loop counted.

    Parameters
    ----------
    loop : Sequence[str]         entities that hold each other in a circle
    arrows : Arrows              the parts that go from each to its holders, in units
    inflow : Mapping[str, int]   what comes to each from outside the loop, in units
    side : int                   0 rounds down, 1 rounds up

    The sum of all rounds solves m = inflow + parts · m. It is finite exactly when elimination meets positive pivots
    only (a non-singular M-matrix). A loop that is too large, or whose sum is not finite because its parts are whole
    or unknown, gives the sound bound instead: the inflow for the lower end, no bound for the upper.
    """
    given = {name: inflow.get(name, 0) for name in loop}
    sums = _eliminate(loop, arrows, given) if len(loop) <= LARGEST else None
    if sums is None:
        return given if side == 0 else dict.fromkeys(loop, UNBOUNDED)
    return {name: -int(-value // 1) if side else int(value // 1) for name, value in zip(loop, sums, strict=True)}


def _eliminate(loop: Sequence[str], arrows: Arrows, given: Mapping[str, int]) -> list[Fraction] | None:
    place = {name: number for number, name in enumerate(loop)}
    size = len(loop)
    rows = [[Fraction(int(row == column)) for column in range(size)] for row in range(size)]
    right = [Fraction(given[name]) for name in loop]
    for name in loop:
        for holder, part in arrows[name]:
            if holder in place:
                rows[place[holder]][place[name]] -= Fraction(part, UNIT)
    for pivot in range(size):
        if rows[pivot][pivot] <= 0:
            return None
        for row in range(pivot + 1, size):
            factor = rows[row][pivot] / rows[pivot][pivot]
            if factor:
                right[row] -= factor * right[pivot]
                for column in range(pivot, size):
                    rows[row][column] -= factor * rows[pivot][column]
    for pivot in reversed(range(size)):
        right[pivot] -= sum((rows[pivot][c] * right[c] for c in range(pivot + 1, size)), Fraction(0))
        right[pivot] /= rows[pivot][pivot]
    return right
