"""Tables outside the CDM: every column's completeness, and whether its values are of the type it was declared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hygie.access.quality.definitions import SOURCE_LEVEL, Check
from hygie.access.quality.plan import Aggregate
from hygie.access.quality.rules import failed
from hygie.access.quality.values import Counts, Result

EMPTY = 100.0  # no share of missing values is too large where nothing is published on the column
Row = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Native:
    """A table outside the CDM.

    Parameters
    ----------
    name : str
    rows : ibis Table
    person : str or None   the column that holds the person
    expected : Mapping     column -> type it was declared with (integer, number, date, datetime, string); of others, the
                           type that the lake holds them in
    required : Collection  columns that may not be empty
    """

    name: str
    rows: Any
    person: str | None = None
    expected: Mapping[str, str] = field(default_factory=dict)
    required: Collection[str] = ()


def results(row: Row, table: Native) -> tuple[int, int, list[Result]]:
    """Count both checks of every column of a table, in one scan; return its rows and persons too.

    Parameters
    ----------
    row : Callable   runs an aggregate
    table : Native
    """
    name, rows = table.name, table.rows
    every = Aggregate(rows, table.person or "")
    places, who = {}, {}
    for column in rows.columns:
        given = rows[column].notnull()
        wrong = misfit(rows, column, table.expected.get(column, ""))
        places[column] = (every.count(~given), every.count(given), every.count(wrong))
        if table.person:
            who[column] = (every.persons(~given), every.persons(given))
    whose = every.persons() if table.person else ""
    told = row(every.expression())
    found = []
    for column, (without, given, wrong) in places.items():
        persons = [int(told[at] or 0).bit_count() for at in who.get(column, ())] or [-1, -1]
        limit = 0.0 if column in table.required else EMPTY
        full = Check(SOURCE_LEVEL, "measureValueCompleteness", name, column, "", limit, "", "", "", "")
        found.append(judged(full, Counts(int(told[without]), int(told["n"]), *persons)))
        kind = table.expected.get(column, "") or str(rows[column].type())
        typed = Check(SOURCE_LEVEL, "columnDatatype", name, column, "", 0.0, kind, "", "", "")
        found.append(judged(typed, Counts(int(told[wrong]), int(told[given]))))
    return int(told["n"]), int(told[whose] or 0).bit_count() if whose else -1, found


def judged(check: Check, counts: Counts) -> Result:
    """Return a column's outcome: not applicable where there is nothing to look at."""
    if not counts.denominator:
        return Result(check, "not applicable", f"empty field:{check.table}.{check.field}", counts)
    return Result(check, "fail" if failed(check, counts) else "pass", "", counts)


TYPES = {"integer": "int64", "number": "float64", "date": "date", "datetime": "timestamp"}


def misfit(rows: Any, column: str, kind: str) -> Any:
    """Return whether a value is not of the type that its column was declared with."""
    import ibis

    wanted = TYPES.get(kind)
    held = rows[column].type()
    if kind == "integer" and (held.is_floating() or held.is_decimal()):
        return rows[column].notnull() & (rows[column] != rows[column].floor())
    if wanted is None or not held.is_string():
        return ibis.literal(False)
    return rows[column].notnull() & rows[column].try_cast(wanted).isnull()
