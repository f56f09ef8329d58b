"""Counting the persons behind the values of many columns in few scans: a value is a bit, a person has theirs or'ed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hygie.base.engine import literal, name

BITS = 60  # values of one column; a BIGINT holds them beside the first two bits
TOGETHER = 12  # columns of one scan: what a person has of them stays small
WITHOUT, OTHER, FIRST = 1, 2, 4
YEARS, TENS = "year({})", "({} // 10) * 10"
Reading = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Counted:
    """A column and what of it is counted.

    Parameters
    ----------
    column : str
    sql : str      the value that counts, of the column: itself, its year or its decade
    type : str     the value's DuckDB type
    """

    column: str
    sql: str
    type: str


@dataclass(frozen=True)
class Found:
    """Persons by one column: with a row without a value, with a value, and with each of the values asked for."""

    without: int
    within: int
    persons: tuple[int, ...] = ()


def counted(column: str, kind: str, held: str) -> Counted:
    """Return what is counted of a column by the kind of its distribution.

    Example
    -------
    >>> counted("start", "year", "DATE").sql, counted("year_of_birth", "decade", "INTEGER").sql
    ('year("start")', '("year_of_birth" // 10) * 10')
    """
    whole = "INT" in held
    if kind == "decade" or (kind == "year" and not whole):
        form = TENS if kind == "decade" else YEARS
        return Counted(column, form.format(name(column)), "BIGINT")
    return Counted(column, name(column), held)


def batches(columns: Sequence[Counted]) -> Iterator[Sequence[Counted]]:
    """Yield columns as many at a time as one scan counts."""
    for at in range(0, len(columns), TOGETHER):
        yield columns[at : at + TOGETHER]


def grouped(base: str, columns: Sequence[Counted]) -> str:
    """Return SQL -> (place, c0, c1, …, n): the rows behind each value of each column, the others NULL."""
    cells = ", ".join(f"{each.sql} AS c{at}" for at, each in enumerate(columns))
    keys = [f"c{at}" for at in range(len(columns))]
    sets = ", ".join(f"({key})" for key in keys)
    own = " ".join(f"WHEN GROUPING({key}) = 0 THEN {at}" for at, key in enumerate(keys))
    return (
        f"SELECT CASE {own} END AS place, {', '.join(keys)}, count(*) AS n FROM (SELECT {cells} FROM ({base})) "
        f"GROUP BY GROUPING SETS ({sets})"
    )


def values(read: Reading, base: str, columns: Sequence[Counted]) -> dict[str, tuple[str, ...]]:
    """Return each column's values as texts, those of most rows first; at most one more than there are bits.

    Parameters
    ----------
    read : Callable   SQL -> rows
    base : str        SQL of the rows
    """
    found: dict[str, list[str]] = {each.column: [] for each in columns}
    for some in batches(columns):
        value = ", ".join(f"c{at}::VARCHAR" for at in range(len(some)))
        rows = read(
            f"SELECT place, value FROM (SELECT place, coalesce({value}) AS value, n FROM ({grouped(base, some)})) "
            "WHERE value IS NOT NULL "
            f"QUALIFY row_number() OVER (PARTITION BY place ORDER BY n DESC, value) <= {BITS + 1} "
            "ORDER BY place, n DESC, value"
        )
        for at, told in rows:
            found[some[at].column].append(told)
    return {column: tuple(each) for column, each in found.items()}


def ends(read: Reading, base: str, columns: Sequence[Counted], tail: float) -> dict[str, tuple[float, float]]:
    """Return the values that a share of a number's rows, from below and from above, do not reach or exceed.

    Parameters
    ----------
    tail : float   the share, 0 to 0.5
    """
    found: dict[str, tuple[float, float]] = {}
    for some in batches(columns):
        value = ", ".join(f"c{at}::DOUBLE" for at in range(len(some)))
        every = f"SELECT place, coalesce({value}) AS value, n FROM ({grouped(base, some)})"
        reckoned = (
            f"SELECT place, value, sum(n) OVER (PARTITION BY place ORDER BY value) AS below, "
            f"sum(n) OVER (PARTITION BY place) AS total FROM ({every}) WHERE value IS NOT NULL AND isfinite(value)"
        )
        rows = read(
            f"SELECT place, min(value) FILTER (below >= {tail} * total), "
            f"min(value) FILTER (below >= {1 - tail} * total) FROM ({reckoned}) GROUP BY place"
        )
        found |= {some[at].column: (float(low), float(high)) for at, low, high in rows}
    return found


def listed(each: Counted, wanted: Sequence[str]) -> str:
    """Return SQL of a row's bit: 1 without a value, 4 with the first wanted, 8 with the second, 2 with another."""
    tests = [f"{each.sql} = {literal(value)}::{each.type}" for value in wanted]
    return bit(each, tests, OTHER)


def banded(each: Counted, low: float, step: float, bands: int) -> str:
    """Return SQL of a row's bit: 1 without a value, 4 in the first band or below it, and so on to the last or above."""
    tests = [f"{each.sql}::DOUBLE < {low + band * step}::DOUBLE" for band in range(1, bands)]
    return bit(each, tests, FIRST << bands - 1)


def bit(each: Counted, tests: Sequence[str], other: int) -> str:
    """Return SQL of a row's bit by the first test that holds."""
    cases = " ".join(f"WHEN {test} THEN {FIRST << at}" for at, test in enumerate(tests))
    return f"CASE WHEN {name(each.column)} IS NULL THEN {WITHOUT} {cases} ELSE {other} END"


def persons(read: Reading, base: str, who: str, bits: Sequence[tuple[Counted, str, int]]) -> dict[str, Found]:
    """Return persons by the values of each column.

    Parameters
    ----------
    who : str         the column of persons; rows without one do not count
    bits : Sequence   columns, SQL of a row's bit, and how many values it tells apart
    """
    found = {}
    for start in range(0, len(bits), TOGETHER):
        some = bits[start : start + TOGETHER]
        masks = ", ".join(f"bit_or(({sql})::BIGINT) AS m{at}" for at, (_, sql, _) in enumerate(some))
        sums = []
        for at, (_, _, count) in enumerate(some):
            sums += [f"count(*) FILTER (m{at} & {WITHOUT} <> 0)", f"count(*) FILTER (m{at} <> {WITHOUT})"]
            sums += [f"count(*) FILTER (m{at} & {FIRST << value} <> 0)" for value in range(count)]
        each = f"SELECT {masks} FROM ({base}) WHERE {name(who)} IS NOT NULL GROUP BY {name(who)}"
        told = iter(int(count) for count in read(f"SELECT {', '.join(sums)} FROM ({each})")[0])
        for column, _, count in some:
            found[column.column] = Found(next(told), next(told), tuple(next(told) for _ in range(count)))
    return found
