"""Tables outside the CDM: every column's completeness, and whether its values are of the type it was declared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hygie.access.quality.definitions import SOURCE_LEVEL, Check
from hygie.access.quality.plan import BUCKETS, FEW, Aggregate
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

    Persons behind the rows with and without a value are counted of columns that some rows fill and some do not.

    Parameters
    ----------
    row : Callable   runs an aggregate
    table : Native
    """
    name, rows = table.name, table.rows
    every = Aggregate(rows, table.person or "")
    places = {}
    for column in rows.columns:
        given = rows[column].notnull()
        wrong = misfit(rows, column, table.expected.get(column, ""))
        places[column] = (every.given(column), every.count(wrong))
    whose = every.persons() if table.person else ""
    told = row(every.expression())
    count = int(told["n"])
    some = [column for column, (given, _) in places.items() if 0 < told[given] < count]
    who = behind(row, rows, table.person, some, count) if table.person else {}
    people = int(told[whose] or 0).bit_count() if whose else -1
    found = []
    for column, (at, misfits) in places.items():
        given, wrong = int(told[at]), int(told[misfits] or 0)
        persons = who.get(column, (0, people) if given else (people, 0)) if table.person else (-1, -1)
        limit = 0.0 if column in table.required else EMPTY
        full = Check(SOURCE_LEVEL, "measureValueCompleteness", name, column, "", limit, "", "", "", "")
        found.append(judged(full, Counts(count - given, count, *persons)))
        kind = table.expected.get(column, "") or str(rows[column].type())
        typed = Check(SOURCE_LEVEL, "columnDatatype", name, column, "", 0.0, kind, "", "", "")
        found.append(judged(typed, Counts(wrong, given)))
    return count, people, found


def behind(row: Row, rows: Any, person: str, columns: Sequence[str], count: int) -> dict[str, tuple[int, int]]:
    """Return by column how many persons at least are behind the rows without a value, and behind those with one.

    Where the first rows already have persons in every place, the others need not be looked at.
    """
    found: dict[str, tuple[int, int]] = {}
    for part in (rows.limit(FEW), rows) if count > FEW else (rows,):
        open_ = [column for column in columns if found.get(column) != (BUCKETS, BUCKETS)]
        if not open_:
            break
        every = Aggregate(part, person)
        places = {each: (every.persons(part[each].isnull()), every.persons(part[each].notnull())) for each in open_}
        told = row(every.expression())
        for column, (without, given) in places.items():
            found[column] = (int(told[without] or 0).bit_count(), int(told[given] or 0).bit_count())
    return found


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
