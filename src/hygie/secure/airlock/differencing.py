"""Whether two tables of one permit, laid over each other, single out a small group of persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import ibis

from hygie.base.disclosure import Key
from hygie.secure.airlock.compile import PERSON, label, person_level, prepared
from hygie.secure.airlock.declaration import Output

if TYPE_CHECKING:
    from ibis.expr.types import Table as Expression

BETWEEN = "\x1f"
MOST_PAIRS = 200_000


class TooManyPairsError(Exception):
    """Two tables have more pairs of cells that share persons than can be compared."""


@dataclass(frozen=True)
class Released:
    """A table that is out, or about to be: its declaration, and the cells that show a figure.

    Parameters
    ----------
    name : str             the release and the file, for the record
    output : Output
    shown : frozenset      keys of the cells that show a figure
    whole : bool           no cell of it is hidden
    """

    name: str
    output: Output
    shown: frozenset[Key]
    whole: bool


def members(output: Output, tables: Mapping[str, Expression], name: str) -> Expression:
    """Return who is in which cell: one row for each person and cell, the cell's labels in one text."""
    rows = prepared(output, tables)
    labels = [label(rows[group]) for group in output.groups]
    text = ibis.literal(BETWEEN).join(labels) if labels else ibis.literal("")
    return rows.select(**{PERSON: rows[PERSON], name: text}).distinct()


def wholes(output: Output, key: Key) -> list[Key]:
    """Return a cell's key and those of the totals it is in; all totals together stand for the whole table."""
    if not person_level(output):
        return [key]
    sides = [
        (part, None) if group in output.totals else (part,) for group, part in zip(output.groups, key, strict=True)
    ]
    return list(dict.fromkeys([*product(*sides), tuple(None for _ in key)]))


def split(text: str, output: Output) -> Key:
    """Return the key behind a joined text."""
    return tuple(text.split(BETWEEN)) if output.groups else ()


def differences(
    new: Released, old: Released, tables: Mapping[str, Expression], least: int
) -> list[tuple[Key, Key, int]]:
    """Return the pairs of shown cells, one within the other, that differ by 1 to `least` - 1 persons.

    Cells are compared two by two, totals and the whole table included; sums of several cells are not.

    Parameters
    ----------
    new, old : Released
    tables : Mapping        the extract's tables
    least : int             persons

    Errors      TooManyPairsError above `MOST_PAIRS` pairs that share persons: nothing is compared then
    """
    left, right = members(new.output, tables, "a"), members(old.output, tables, "b")
    joined = left.outer_join(right, left[PERSON] == right[PERSON])
    counted = joined.group_by([joined.a, joined.b]).aggregate(n=joined.count()).limit(MOST_PAIRS + 1)
    both: dict[tuple[Key, Key], int] = defaultdict(int)
    first: dict[Key, int] = defaultdict(int)
    second: dict[Key, int] = defaultdict(int)
    pairs = counted.to_pyarrow()
    if pairs.num_rows > MOST_PAIRS:
        raise TooManyPairsError
    for row in pairs.to_pylist():
        own = wholes(new.output, split(row["a"], new.output)) if row["a"] is not None else []
        others = wholes(old.output, split(row["b"], old.output)) if row["b"] is not None else []
        for pair in product(own, others):
            both[pair] += row["n"]
    for side, who, column, output in ((first, left, "a", new.output), (second, right, "b", old.output)):
        for row in who.group_by(column).aggregate(n=who.count()).to_pyarrow().to_pylist():
            for key in wholes(output, split(row[column], output)):
                side[key] += row["n"]
    found = []
    for (a, b), common in both.items():
        if not (visible(new, a) and visible(old, b)):
            continue
        inside = common in (first[a], second[b])
        apart = abs(first[a] - second[b])
        if inside and 0 < apart < least:
            found.append((a, b, apart))
    return found


def visible(released: Released, key: Key) -> bool:
    """Return whether a cell shows a figure, or is the whole table and all its cells do."""
    return key in released.shown or (released.whole and all(part is None for part in key))
