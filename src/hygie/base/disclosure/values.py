"""Tables as cells, what checks find in them, and what of them may be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Literal

Key = tuple[str | None, ...]
Severity = Literal["block", "review"]


@dataclass(frozen=True)
class Column:
    """A column of figures of a table.

    Parameters
    ----------
    name : str       as the file names it
    kind : str       `persons`, `rows`, `sum`, `mean` or `share`
    of : str         the variable behind a sum, mean or share
    decimals : int   shown of a sum, mean or share, 0 to 6
    percent : bool   a share out of 100
    """

    name: str
    kind: Literal["persons", "rows", "sum", "mean", "share"]
    of: str = ""
    decimals: int = 2
    percent: bool = False

    @property
    def quantity(self) -> str:
        """What adds up behind the column: a sum and a mean of one variable share it."""
        return {"persons": "persons", "rows": "rows", "share": f"part:{self.of}"}.get(self.kind, f"sum:{self.of}")


@dataclass(frozen=True)
class Contribution:
    """The persons who contribute to a sum.

    Parameters
    ----------
    persons : int      those with a value
    values : int       how many values, one or more for each of them
    total : float      the sum of the values
    top : tuple        the largest persons' sums by size, falling
    negative : bool    True when some value is under zero
    """

    persons: int
    values: int
    total: float
    top: tuple[float, ...] = ()
    negative: bool = False


@dataclass(frozen=True)
class Cell:
    """One combination of the groups' labels; None in its key stands for all labels.

    Parameters
    ----------
    key : tuple        a label, or None, for each group
    persons : int      distinct persons in it, 0 or more
    rows : int         rows in it, 0 or more
    parts : Mapping    by variable of a share: persons for whom it is true
    sums : Mapping     by variable of a sum or mean: its Contribution
    """

    key: Key
    persons: int
    rows: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)
    sums: Mapping[str, Contribution] = field(default_factory=dict)

    def quantity(self, name: str) -> float:
        """Return the true amount of a quantity (`persons`, `rows`, `part:x`, `sum:x`)."""
        kind, _, of = name.partition(":")
        if kind == "part":
            return self.parts[of]
        if kind == "sum":
            return self.sums[of].total if of in self.sums else 0.0
        return self.persons if kind == "persons" else self.rows


@dataclass(frozen=True)
class Table:
    """A table with every combination of its groups' labels, empty ones too, and its totals.

    Parameters
    ----------
    groups : tuple[str, ...]     the columns that define the cells
    columns : tuple[Column, ...] the figures
    cells : tuple[Cell, ...]     those that occur; the others are empty
    additive : bool              True when no person is in two cells, so that persons add up
    totals : tuple[str, ...]     the groups for which totals are shown
    open : tuple[str, ...]       the groups whose labels come from the data, not from a list made beforehand

    Errors      ValueError when a key has another length than the groups, or comes twice
    """

    groups: tuple[str, ...]
    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]
    additive: bool = True
    totals: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(cell.key) != len(self.groups) for cell in self.cells):
            raise ValueError("a key has one label for each group")
        if len({cell.key for cell in self.cells}) != len(self.cells):
            raise ValueError("a cell comes once")

    @cached_property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The labels of each group, sorted."""
        return tuple(
            tuple(sorted({label for cell in self.cells if (label := cell.key[at]) is not None}))
            for at in range(len(self.groups))
        )

    @cached_property
    def by_key(self) -> Mapping[Key, Cell]:
        """The cells that occur, by key."""
        return {cell.key: cell for cell in self.cells}

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Every key the full table has, totals last in each group."""
        sides = [
            (*labels, None) if group in self.totals else labels
            for group, labels in zip(self.groups, self.labels, strict=True)
        ]
        return tuple(product(*sides))

    def cell(self, key: Key) -> Cell:
        """Return a cell; an empty one when the combination does not occur."""
        found = self.by_key.get(key)
        return self.empty(key) if found is None else found

    def empty(self, key: Key) -> Cell:
        """Return a cell of nobody."""
        return Cell(
            key,
            0,
            0,
            {column.of: 0 for column in self.columns if column.kind == "share"},
            {column.of: Contribution(0, 0, 0.0) for column in self.columns if column.kind in ("sum", "mean")},
        )

    def telling(self, key: Key) -> bool:
        """Return whether a row's labels alone tell something: that the data have them together."""
        return any(label is not None and group in self.open for group, label in zip(self.groups, key, strict=True))

    def parts(self, key: Key) -> Iterator[tuple[Key, ...]]:
        """Yield the ways a total is made of other cells: for each group that is total, its labels' cells."""
        for at, label in enumerate(key):
            if label is None:
                yield tuple((*key[:at], part, *key[at + 1 :]) for part in self.labels[at])

    def base(self, key: Key) -> tuple[Key, ...]:
        """Return the cells without totals that a cell is made of; itself when it is no total."""
        sides = [self.labels[at] if label is None else (label,) for at, label in enumerate(key)]
        return tuple(product(*sides))

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """What adds up in the table, each once."""
        return tuple(dict.fromkeys(column.quantity for column in self.columns))


@dataclass(frozen=True)
class Finding:
    """What a rule found in a cell.

    Parameters
    ----------
    rule : str          `threshold`, `zero`, `full`, `part`, `contributors`, `dominance`, `p-percent`, `negative`,
                        `rounding`, `total`, `recoverable`, `label`, `hidden`, `mismatch`, `missing`, `unknown`
    key : tuple         the cell
    column : str        the column it concerns; empty for the whole row
    severity : str      `block`, or `review` when a person decides
    figure : float      what was found, never to be shown outside the airlock
    limit : float       the preset's figure
    """

    rule: str
    key: Key
    column: str = ""
    severity: Severity = "block"
    figure: float = 0.0
    limit: float = 0.0


Shown = Mapping[Key, Mapping[str, float | None]]
"""What a table shows: by key and column the figure, or None where it is hidden."""
