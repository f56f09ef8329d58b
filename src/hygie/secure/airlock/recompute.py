"""A declared table's true figures, computed on the extract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hygie.base.disclosure import Cell, Column, Contribution, Key, Table
from hygie.base.disclosure.merging import together
from hygie.base.kernel import refuse
from hygie.secure.airlock.compile import cells, open_groups, person_level, prepared, variables
from hygie.secure.airlock.declaration import Output

if TYPE_CHECKING:
    from ibis.expr.types import Table as Expression

MOST_CELLS = 20_000


def columns(output: Output) -> tuple[Column, ...]:
    """Return a declaration's measures as the columns that disclosure control knows."""
    return tuple(
        Column(each.name, each.kind, each.column or "", each.decimals, each.percent) for each in output.measures
    )


def recompute(output: Output, tables: Mapping[str, Expression]) -> Table:
    """Return a declared table with its true figures.

    Parameters
    ----------
    output : Output             a table with a source
    tables : Mapping            the extract's tables as Ibis expressions

    Errors      AIR-111 to AIR-114 the declaration does not fit the extract; AIR-115 too many cells
    """
    rows = prepared(output, tables)
    additive = person_level(output)
    found = fetch(output, rows, output.groups)
    if additive:
        found = [*found, *totals(output, found)]
    else:
        for size in range(1, len(output.totals) + 1):
            for dropped in combinations(output.totals, size):
                found += fetch(output, rows, tuple(name for name in output.groups if name not in dropped))
    table = Table(output.groups, columns(output), tuple(found), additive, output.totals, open_groups(output))
    size = 1
    for group, labels in zip(table.groups, table.labels, strict=True):
        size *= len(labels) + (group in table.totals)
    if size > MOST_CELLS:
        raise refuse("AIR-115", file=output.file, found=size, accepted=MOST_CELLS)
    return table


def fetch(output: Output, rows: Expression, groups: tuple[str, ...]) -> list[Cell]:
    """Return the cells of some of the groups, None in the place of the others."""
    shares, sums = variables(output)
    expression = cells(output, rows, groups)
    result: pa.Table = expression.limit(MOST_CELLS + 1).to_pyarrow()
    if result.num_rows > MOST_CELLS:
        raise refuse("AIR-115", file=output.file, found=result.num_rows, accepted=MOST_CELLS)
    place = {name: f"g{at}" for at, name in enumerate(groups)}
    made: dict[Key, Cell] = {}
    for row in result.to_pylist():
        key = tuple(row[place[name]] if name in place else None for name in output.groups)
        cell = Cell(
            key,
            int(row["persons"] or 0),
            int(row["rows"] or 0),
            {name: int(row[f"p{at}"] or 0) for at, name in enumerate(shares)},
            {name: contribution(row, at) for at, name in enumerate(sums)},
        )
        made[key] = together(made[key], cell, key) if key in made else cell
    return list(made.values())


def contribution(row: Mapping[str, Any], at: int) -> Contribution:
    """Return what a row says of one variable's contributors."""
    top = tuple(float(value) for value in row[f"k{at}"] or () if value is not None)
    lowest = row[f"m{at}"]
    return Contribution(
        int(row[f"c{at}"] or 0), int(row[f"v{at}"] or 0), float(row[f"t{at}"] or 0.0), top, (lowest or 0) < 0
    )


def totals(output: Output, found: Iterable[Cell]) -> list[Cell]:
    """Return the totals of a table in which no person is in two cells, added up from its cells."""
    made: dict[Key, Cell] = {}
    sides = [(False, True) if group in output.totals else (False,) for group in output.groups]
    for cell in found:
        for dropped in product(*sides):
            if any(dropped):
                key = tuple(None if drop else part for part, drop in zip(cell.key, dropped, strict=True))
                made[key] = (
                    together(made[key], cell, key)
                    if key in made
                    else Cell(key, cell.persons, cell.rows, cell.parts, cell.sums)
                )
    return list(made.values())
