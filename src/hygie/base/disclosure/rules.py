"""What makes a single cell unsafe, rule by rule, under a preset."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.base.disclosure.values import Cell, Column, Contribution, Finding, Key, Severity, Table
from hygie.base.law import Preset

LOOK: dict[str, Severity] = {"review": "review", "hide": "block"}


def threshold(cell: Cell, preset: Preset) -> Iterator[Finding]:
    """Yield a finding when a cell has fewer persons than may be shown, but some.

    Parameters
    ----------
    cell : Cell
    preset : Preset   `min_count` persons are the fewest

    Source   the preset's; CASD, OpenSAFELY, ACRO, OHDSI

    Example
    -------
    >>> from datetime import date
    >>> from hygie.base.law import preset
    >>> [found.rule for found in threshold(Cell(("R/G",), 8), preset("acro-10", on=date(2026, 1, 1)))]
    ['threshold']
    """
    if 0 < cell.persons < preset.min_count:
        yield Finding("threshold", cell.key, figure=cell.persons, limit=preset.min_count)


def zeros(cell: Cell, preset: Preset) -> Iterator[Finding]:
    """Yield a finding for an empty cell where the preset hides or watches zeros."""
    if cell.persons == 0 and preset.zero_rule in LOOK:
        yield Finding("zero", cell.key, severity=LOOK[preset.zero_rule], limit=preset.min_count)


def parts(cell: Cell, column: Column, preset: Preset) -> Iterator[Finding]:
    """Yield what is wrong with a share: few persons with the attribute, few without, nobody, or everybody."""
    true = cell.parts[column.of]
    rest = cell.persons - true
    if cell.persons == 0:
        return
    for count in (true, rest):
        if 0 < count < preset.min_count:
            yield Finding("part", cell.key, column.name, figure=count, limit=preset.min_count)
    if true == 0 and preset.zero_rule in LOOK:
        yield Finding("zero", cell.key, column.name, LOOK[preset.zero_rule], 0, preset.min_count)
    if rest == 0 and preset.full_rule in LOOK:
        yield Finding("full", cell.key, column.name, LOOK[preset.full_rule], 100, 100)


def contributors(cell: Cell, column: Column, preset: Preset) -> Iterator[Finding]:
    """Yield a finding when a sum or mean rests on fewer persons with a value than may be shown."""
    persons = cell.sums[column.of].persons
    if 0 < persons < preset.min_count:
        yield Finding("contributors", cell.key, column.name, figure=persons, limit=preset.min_count)


def dominance(cell: Cell, column: Column, preset: Preset) -> Iterator[Finding]:
    """Yield a finding when the n largest contributors make k percent of a total or more.

    Source   (n, k) rule; ACRO, safe_nk_n and safe_nk_k
    """
    made = cell.sums[column.of]
    if not preset.dominance_n or made.persons == 0 or made.negative or made.total <= 0:
        return
    percent = 100 * sum(made.top[: preset.dominance_n]) / made.total
    if percent >= preset.dominance_percent:
        yield Finding("dominance", cell.key, column.name, figure=percent, limit=preset.dominance_percent)


def remainder_percent(made: Contribution) -> float:
    """Return what a total leaves without its two largest contributors, in percent of the largest.

    This is how near the second contributor can come to the first one's value; 0 when all values are 0.
    """
    if not made.top or made.top[0] == 0:
        return 0.0
    return 100 * max(0.0, made.total - sum(made.top[:2])) / made.top[0]


def p_percent(cell: Cell, column: Column, preset: Preset) -> Iterator[Finding]:
    """Yield a finding when one contributor can estimate another within p percent.

    Source   p-percent rule; ACRO, safe_pratio_p
    """
    made = cell.sums[column.of]
    if not preset.p_percent or made.persons == 0 or made.negative:
        return
    found = remainder_percent(made)
    if found < preset.p_percent:
        yield Finding("p-percent", cell.key, column.name, figure=found, limit=preset.p_percent)


def negative(cell: Cell, column: Column, preset: Preset) -> Iterator[Finding]:
    """Yield a review when values under zero keep dominance and p-percent from being judged."""
    if cell.sums[column.of].negative and (preset.dominance_n or preset.p_percent):
        yield Finding("negative", cell.key, column.name, "review")


def full(table: Table, preset: Preset) -> Iterator[Finding]:
    """Yield a finding where all persons of a group lie in one cell: to know the group is to know the class.

    A group is the cells that differ in one column; it counts when it has two labels or more.
    """
    if preset.full_rule not in LOOK:
        return
    for at, labels in enumerate(table.labels):
        if len(labels) < 2:
            continue
        seen: dict[Key, list[Cell]] = {}
        for cell in table.cells:
            if cell.key[at] is not None and cell.persons:
                seen.setdefault((*cell.key[:at], *cell.key[at + 1 :]), []).append(cell)
        for held in seen.values():
            if len(held) == 1:
                yield Finding("full", held[0].key, severity=LOOK[preset.full_rule], figure=100, limit=100)


def cell_findings(table: Table, key: Key, preset: Preset) -> Iterator[Finding]:
    """Yield what every rule finds in one cell."""
    cell = table.cell(key)
    yield from threshold(cell, preset)
    yield from zeros(cell, preset)
    for column in table.columns:
        if column.kind == "share":
            yield from parts(cell, column, preset)
        elif column.kind in ("sum", "mean"):
            yield from contributors(cell, column, preset)
            yield from dominance(cell, column, preset)
            yield from p_percent(cell, column, preset)
            yield from negative(cell, column, preset)


def findings(table: Table, preset: Preset) -> tuple[Finding, ...]:
    """Return what the rules find in the true figures of a table, cell by cell.

    Parameters
    ----------
    table : Table
    preset : Preset
    """
    cells = [found for key in table.keys for found in cell_findings(table, key, preset)]
    return tuple(dict.fromkeys((*cells, *full(table, preset))))
