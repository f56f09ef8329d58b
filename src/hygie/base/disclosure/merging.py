"""Coarser tables: two labels of a group taken together, when hiding would lose too much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from hygie.base.disclosure.rules import findings
from hygie.base.disclosure.values import Cell, Contribution, Key, Table
from hygie.base.law import Preset

MOST_LABELS = 40


@dataclass(frozen=True)
class Merger:
    """Two labels of one group to take together, and how many cells stay unsafe then."""

    group: str
    labels: tuple[str, str]
    left: int


def together(first: Cell, second: Cell, key: Key) -> Cell:
    """Return two cells of different persons as one."""
    parts = {name: first.parts[name] + second.parts[name] for name in first.parts}
    sums = {name: added(first.sums[name], second.sums[name]) for name in first.sums}
    return Cell(key, first.persons + second.persons, first.rows + second.rows, parts, sums)


def added(first: Contribution, second: Contribution) -> Contribution:
    """Return the contributions of different persons as one."""
    kept = max(len(first.top), len(second.top))
    return Contribution(
        first.persons + second.persons,
        first.values + second.values,
        first.total + second.total,
        tuple(sorted((*first.top, *second.top), reverse=True)[:kept]),
        first.negative or second.negative,
    )


def merge(table: Table, group: str, labels: tuple[str, str]) -> Table:
    """Return the table with two labels of a group as one, named `a + b`.

    Parameters
    ----------
    table : Table     additive: no person in two cells
    group : str
    labels : tuple    two labels of it

    Errors      ValueError when the table is not additive
    """
    if not table.additive:
        raise ValueError("persons of several cells cannot be added")
    at = table.groups.index(group)
    name = " + ".join(labels)
    cells: dict[Key, Cell] = {}
    for cell in table.cells:
        key = (*cell.key[:at], name, *cell.key[at + 1 :]) if cell.key[at] in labels else cell.key
        cells[key] = together(cells[key], cell, key) if key in cells else replace(cell, key=key)
    return replace(table, cells=tuple(cells.values()))


def best_merger(table: Table, preset: Preset) -> Merger | None:
    """Return the two neighbouring labels whose merging leaves the fewest unsafe cells; None when none helps.

    Parameters
    ----------
    table : Table
    preset : Preset
    """
    if not table.additive:
        return None
    now = unsafe(table, preset)
    best: Merger | None = None
    for at, group in enumerate(table.groups):
        labels = table.labels[at]
        if not 2 < len(labels) <= MOST_LABELS:
            continue
        for pair in pairwise(labels):
            left = unsafe(merge(table, group, pair), preset)
            if left < (best.left if best else now):
                best = Merger(group, pair, left)
    return best


def unsafe(table: Table, preset: Preset) -> int:
    """Return how many cells a rule would hide."""
    return len({found.key for found in findings(table, preset) if found.severity == "block"})
