"""The smallest change that makes a table safe, and the check of a table as it is shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from hygie.base.disclosure.audit import exposed
from hygie.base.disclosure.rules import findings
from hygie.base.disclosure.secondary import complete
from hygie.base.disclosure.values import Column, Contribution, Finding, Key, Shown, Table
from hygie.base.law import Preset

Place = tuple[Key, str]
CLOSE = 1e-9
MOST_HIDDEN = 10


@dataclass(frozen=True)
class Protected:
    """A table as it may be shown.

    Parameters
    ----------
    shown : Shown                       figures by key and column, None where hidden; without the rows to leave out
    hidden : frozenset[Place]           the places that are hidden
    primary : tuple[Finding, ...]       why cells are hidden or looked at
    secondary : tuple[Place, ...]       hidden only so that the others cannot be computed back
    """

    shown: Shown
    hidden: frozenset[Place]
    primary: tuple[Finding, ...]
    secondary: tuple[Place, ...]


def places(table: Table, found: Finding) -> Iterator[Place]:
    """Yield the places that a finding asks to hide: the whole row, or the columns of one variable."""
    quantity = next((column.quantity for column in table.columns if column.name == found.column), None)
    for column in table.columns:
        if quantity is None or column.quantity == quantity:
            yield found.key, column.name


def hide(table: Table, preset: Preset, hidden: Set[Place] = frozenset()) -> frozenset[Place]:
    """Return every place to hide: what the rules say, what was hidden before, and what these need besides."""
    known = set(table.keys)
    chosen = {place for place in hidden if place[0] in known}
    for found in findings(table, preset):
        if found.severity == "block":
            chosen.update(places(table, found))
    if not audited(table, preset):
        return frozenset(chosen)
    while True:
        before = len(chosen)
        for quantity in table.quantities:
            chosen |= extend(table, quantity, preset, chosen)
        if len(chosen) == before:
            return frozenset(chosen)


def audited(table: Table, preset: Preset) -> bool:
    """Return whether hidden cells could be computed back from exact totals, and the preset forbids it."""
    return preset.secondary and preset.total_rule == "suppress" and bool(table.totals)


def hidden_keys(table: Table, quantity: str, hidden: Set[Place]) -> frozenset[Key]:
    """Return the cells in which no column of a quantity is shown."""
    columns = [column.name for column in table.columns if column.quantity == quantity]
    return frozenset(key for key in table.keys if all((key, name) in hidden for name in columns))


def extend(table: Table, quantity: str, preset: Preset, hidden: Set[Place]) -> set[Place]:
    """Return the further places to hide for one quantity: whole rows for counts, its own columns otherwise."""
    keys = hidden_keys(table, quantity, hidden)
    if not keys:
        return set()
    if not adds_up(table, quantity):
        further = {key for key in table.keys if None in key and keys.intersection(table.base(key))} | keys
    else:
        further = set(
            complete(table, quantity, keys, needs(table, quantity, preset), ceilings(table, quantity, hidden))
        )
    names = [column.name for column in table.columns if quantity in ("persons", "rows") or column.quantity == quantity]
    return {(key, name) for key in further - keys for name in names}


def adds_up(table: Table, quantity: str) -> bool:
    """Return whether a quantity's total is the sum of its cells: rows and sums always, persons where each is in one."""
    return table.additive or quantity == "rows" or quantity.startswith("sum:")


def needs(table: Table, quantity: str, preset: Preset) -> Mapping[Key, float]:
    """Return, for each cell, the width that its amount must keep when it is hidden."""
    if not quantity.startswith("sum:"):
        return dict.fromkeys(table.keys, float(preset.min_count))
    made = {key: table.cell(key).sums[quantity[4:]] for key in table.keys}
    share = max(preset.p_percent, 1) / 100
    return {key: share * abs(each.top[0]) if each.top else 0.0 for key, each in made.items()}


def ceilings(table: Table, quantity: str, hidden: Set[Place]) -> Mapping[Key, float]:
    """Return the known upper limits of hidden amounts: who has an attribute is among the persons shown."""
    if not quantity.startswith("part:"):
        return {}
    persons = [column.name for column in table.columns if column.kind == "persons"]
    return {
        key: float(table.cell(key).persons) for key in table.keys if any((key, name) not in hidden for name in persons)
    }


def figure(table: Table, key: Key, column: Column, preset: Preset, hidden: Set[Place]) -> float | None:
    """Return what a place shows: None when hidden, otherwise its figure after the preset's rounding."""
    if (key, column.name) in hidden:
        return None
    if None in key and recomputed(table, column, preset):
        return recompute(table, key, column, preset, hidden)
    return plain(table, key, column, preset)


def recomputed(table: Table, column: Column, preset: Preset) -> bool:
    """Return whether a column's totals are made from its shown cells."""
    return preset.total_rule == "recompute" and adds_up(table, column.quantity)


def plain(table: Table, key: Key, column: Column, preset: Preset | None) -> float | None:
    """Return a cell's own figure, rounded as the preset says; exact without a preset."""
    cell = table.cell(key)
    step = preset.round if preset is not None else int
    if column.kind in ("persons", "rows"):
        return step(int(cell.quantity(column.kind)))
    if column.kind == "share":
        return ratio(step(cell.parts[column.of]), step(cell.persons), column)
    total, values = amounts(cell.sums[column.of], preset)
    return total if column.kind == "sum" else mean(total, values)


def ratio(part: int, whole: int, column: Column) -> float | None:
    """Return a share; None of nobody."""
    return None if whole == 0 else (100 if column.percent else 1) * part / whole


def mean(total: float, values: int) -> float | None:
    """Return a mean; None of no values."""
    return None if values == 0 else total / values


def amounts(made: Contribution, preset: Preset | None) -> tuple[float, int]:
    """Return a sum and its number of values as they may be known together: exact, or both rounded.

    Where a preset rounds counts, an exact sum beside an exact mean would give the count back. There the mean is rounded
    to a step that some persons more or less, as many as the rounding base, would not exceed; the sum is that mean times
    the rounded number of values.
    """
    if preset is None or preset.rounding_base == 1:
        return made.total, made.values
    values = preset.round(made.values)
    if not values:
        return 0.0, 0
    step = mean_step(made, values, preset)
    average = plain_mean(made)
    return (round(average / step) * step if step else average) * values, values


def plain_mean(made: Contribution) -> float:
    """Return the mean without the noise of its division, which between two steps would tell how many values there are.

    Example
    -------
    >>> plain_mean(Contribution(273, 273, 273 * 0.95, (1.0, 1.0)))
    0.95
    """
    return float(f"{made.total / made.values:.12g}")


def mean_step(made: Contribution, values: int, preset: Preset) -> float:
    """Return the step that a mean is rounded to: 1, 2 or 5 times a power of ten, or 0 for a mean of 0."""
    least = abs(plain_mean(made)) * preset.rounding_base / values
    if not least:
        return 0.0
    power = 10.0 ** math.floor(math.log10(least))
    return float(next((each * power for each in (1, 2, 5) if each * power >= least), 10 * power))


def recompute(table: Table, key: Key, column: Column, preset: Preset, hidden: Set[Place]) -> float | None:
    """Return a total made from the cells that are shown, as they are shown; None when none of them is."""
    kept = [part for part in table.base(key) if (part, column.name) not in hidden]
    if not kept:
        return None
    cells = [table.cell(part) for part in kept]
    if column.kind in ("persons", "rows"):
        total = sum(preset.round(int(cell.quantity(column.kind))) for cell in cells)
        return None if total == 0 and len(kept) < len(table.base(key)) else total
    if column.kind == "share":
        true = sum(preset.round(cell.parts[column.of]) for cell in cells)
        return ratio(true, sum(preset.round(cell.persons) for cell in cells), column)
    made = [amounts(cell.sums[column.of], preset) for cell in cells]
    total_sum = sum(total for total, _ in made)
    return total_sum if column.kind == "sum" else mean(total_sum, sum(values for _, values in made))


def fix(table: Table, preset: Preset, hidden: Set[Place] = frozenset()) -> Protected:
    """Return the table with the fewest changes that make it pass: cells hidden, counts rounded, totals made anew.

    Parameters
    ----------
    table : Table               the true figures
    preset : Preset
    hidden : Set[Place]         what the author hid already, and stays hidden
    """
    first = {place for found in findings(table, preset) if found.severity == "block" for place in places(table, found)}
    chosen = hide(table, preset, hidden)
    rows = {
        key: {column.name: figure(table, key, column, preset, chosen) for column in table.columns} for key in table.keys
    }
    shown = {key: row for key, row in rows.items() if not untold(table, key, row)}
    return Protected(shown, chosen, findings(table, preset), tuple(sorted(chosen - first - hidden, key=repr)))


def due(table: Table, shown: Shown, preset: Preset) -> Shown:
    """Return what a table that passes shows, as the data give it: the same places hidden, its rows in their own order.

    A row of nobody is left out unless it is hidden, or the only one; an absent row says the same.

    Parameters
    ----------
    table : Table
    shown : Shown     what the file says
    preset : Preset
    """
    hidden = hidden_places(table, shown, preset)
    keys = [key for key in table.keys if key in shown]
    kept = [
        key
        for key in keys
        if table.cell(key).persons or len(keys) == 1 or any((key, column.name) in hidden for column in table.columns)
    ]
    return {
        key: {column.name: figure(table, key, column, preset, hidden) for column in table.columns}
        for key in kept or keys
    }


def untold(table: Table, key: Key, row: Mapping[str, float | None]) -> bool:
    """Return whether a row has to be left out, since its labels would tell what its figures hide.

    That holds where labels come from the data and no figure is shown, or nobody is there: a row of few persons, one
    hidden with it, and one of nobody then look the same.
    """
    return table.telling(key) and (not table.cell(key).persons or all(value is None for value in row.values()))


def hidden_places(table: Table, shown: Shown, preset: Preset) -> frozenset[Place]:
    """Return the places that a file hides, rows left out among them.

    A share or mean of nobody, beside a shown count of 0, hides nothing; neither does an absent row of closed labels,
    which says that nobody is there.
    """
    counts = [column.name for column in table.columns if column.kind in ("persons", "rows")]
    places_found: set[Place] = set()
    for key in table.keys:
        row = shown.get(key)
        if row is None:
            if table.telling(key) and (table.cell(key).persons or preset.zero_rule == "hide"):
                places_found.update((key, column.name) for column in table.columns)
            continue
        told = any(row.get(name) is not None for name in counts) if counts else preset.zero_rule != "hide"
        for column in table.columns:
            empty = told and plain(table, key, column, None) is None
            if row.get(column.name) is None and not empty:
                places_found.add((key, column.name))
    return frozenset(places_found)


def check(table: Table, shown: Shown, preset: Preset) -> tuple[Finding, ...]:
    """Return everything wrong with a table as it is shown, against its true figures.

    Parameters
    ----------
    table : Table     recomputed
    shown : Shown     what the file says; a key that is missing says that nobody is there, or nothing where the
                      labels come from the data
    preset : Preset
    """
    hidden = hidden_places(table, shown, preset)
    found = [*rows_found(table, shown, preset)]
    for each in findings(table, preset):
        if each.rule == "zero" and each.key not in shown and table.telling(each.key):
            continue
        if any(place not in hidden for place in places(table, each)):
            found.append(each)
    found += [
        one
        for key in table.keys
        if key in shown
        for column in table.columns
        if (one := judge(table, key, column, shown[key].get(column.name), preset, hidden)) is not None
    ]
    if audited(table, preset):
        found += recoverable(table, preset, hidden)
    return tuple(dict.fromkeys(found))


def rows_found(table: Table, shown: Shown, preset: Preset) -> Iterator[Finding]:
    """Yield what is wrong with which rows a file has: too few, too many, or many that only tell that they exist."""
    known = set(table.keys)
    for key in shown:
        if key not in known:
            yield Finding("unknown", key)
        elif untold(table, key, shown[key]):
            yield Finding("label", key, limit=preset.min_count)
    for key in table.keys:
        if key not in shown and table.cell(key).persons and not table.telling(key):
            yield Finding("missing", key)
    held = [key for key in table.keys if key in shown and table.cell(key).persons]
    small = [key for key in held if table.cell(key).persons < preset.min_count]
    most = max(MOST_HIDDEN, len(held) // 2)
    if len(small) > most:
        yield from (Finding("hidden", key, limit=most) for key in small)


def recoverable(table: Table, preset: Preset, hidden: Set[Place]) -> Iterator[Finding]:
    """Yield a finding for each hidden cell that the shown ones give back, or nearly."""
    for quantity in table.quantities:
        keys = hidden_keys(table, quantity, hidden)
        if not keys:
            continue
        need = needs(table, quantity, preset)
        if adds_up(table, quantity):
            open_keys = exposed(table, quantity, keys, need, ceilings(table, quantity, hidden))
        else:
            open_keys = tuple(
                key for key in table.keys if None in key and key not in keys and keys.intersection(table.base(key))
            )
        for key in open_keys:
            yield Finding("recoverable", key, column_of(table, quantity), limit=need[key])


def column_of(table: Table, quantity: str) -> str:
    """Return the first column that shows a quantity."""
    return next(column.name for column in table.columns if column.quantity == quantity)


def judge(
    table: Table, key: Key, column: Column, value: float | None, preset: Preset, hidden: Set[Place]
) -> Finding | None:
    """Return what is wrong with one shown figure: another than the data give, or not rounded as the preset says."""
    if value is None:
        return None
    due = figure(table, key, column, preset, hidden)
    if near(value, due, column):
        return None
    if near(value, plain(table, key, column, None), column) or near(value, plain(table, key, column, preset), column):
        rule = "total" if None in key and recomputed(table, column, preset) else "rounding"
        return Finding(rule, key, column.name, figure=value, limit=preset.rounding_base)
    if None not in key and column.kind in ("sum", "mean") and coarse(table, key, column, value, preset):
        return Finding("rounding", key, column.name, figure=value, limit=preset.rounding_base)
    return Finding("mismatch", key, column.name, figure=value)


def coarse(table: Table, key: Key, column: Column, value: float, preset: Preset) -> bool:
    """Return whether a sum or mean is the due one but for how it was rounded."""
    made = table.cell(key).sums[column.of]
    due, values = plain(table, key, column, preset), preset.round(made.values)
    if preset.rounding_base == 1 or due is None or not values:
        return False
    step = mean_step(made, values, preset) * (values if column.kind == "sum" else 1)
    return abs(value - due) <= step + 10**-column.decimals


def near(value: float, due: float | None, column: Column) -> bool:
    """Return whether a shown figure is the due one: to the last decimal shown, exactly for counts."""
    if due is None:
        return False
    if column.kind in ("persons", "rows"):
        return value == due
    return abs(value - due) <= 0.5 * 10**-column.decimals * (1 + 1e-6) + CLOSE * abs(due)
