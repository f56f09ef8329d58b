"""Counting the persons behind the values of many columns in few scans: a value is a bit, a person has theirs or'ed.

Columns of few values share a word: what is or'ed for a person costs by the word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hygie.base.engine import literal, name

BITS = 60  # values of one column; a BIGINT holds them beside the first two bits
WORD = 63  # bits of a BIGINT beside its sign
WORDS = 6  # words of one scan: what a person has of them stays small
TOGETHER = 12  # columns whose values are grouped in one scan
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


@dataclass(frozen=True)
class Bits:
    """Which bit a row sets for a column: 1 without a value, 4 when the first test holds, 8 when the second does …

    Parameters
    ----------
    counted : Counted
    tests : tuple      SQL of each value's test
    values : int       how many values are told apart
    other : int        the bit where no test holds
    """

    counted: Counted
    tests: tuple[str, ...]
    values: int
    other: int

    @property
    def width(self) -> int:
        """How many bits there are."""
        return self.values + 2

    def sql(self, at: int) -> str:
        """Return SQL of a row's bit, moved to a place of a word."""
        cases = " ".join(f"WHEN {test} THEN {FIRST << value + at}" for value, test in enumerate(self.tests))
        empty = f"{name(self.counted.column)} IS NULL"
        return f"(CASE WHEN {empty} THEN {WITHOUT << at} {cases} ELSE {self.other << at} END)::BIGINT"

    def sums(self, word: str, at: int) -> list[str]:
        """Return SQL of the persons without a value, with one, and with each of the values."""
        own = f"{word} & {(1 << self.width) - 1 << at}"
        of_values = [f"count(*) FILTER ({word} & {FIRST << value + at} <> 0)" for value in range(self.values)]
        without, within = f"{word} & {WITHOUT << at} <> 0", f"{own} <> {WITHOUT << at}"
        return [f"count(*) FILTER ({without})", f"count(*) FILTER ({within})", *of_values]


def listed(each: Counted, wanted: Sequence[str]) -> Bits:
    """Return the bits of some values; another value sets the second bit."""
    tests = tuple(f"{each.sql} = {literal(value)}::{each.type}" for value in wanted)
    return Bits(each, tests, len(wanted), OTHER)


def banded(each: Counted, low: float, step: float, bands: int) -> Bits:
    """Return the bits of some bands of a number; the first holds what is below them, the last what is above."""
    tests = tuple(f"{each.sql}::DOUBLE < {low + band * step}::DOUBLE" for band in range(1, bands))
    return Bits(each, tests, bands, FIRST << bands - 1)


def words(bits: Sequence[Bits]) -> Iterator[list[tuple[Bits, int]]]:
    """Yield the columns of each word, each with the place of its first bit."""
    word: list[tuple[Bits, int]] = []
    at = 0
    for each in bits:
        if at + each.width > WORD:
            yield word
            word, at = [], 0
        word.append((each, at))
        at += each.width
    if word:
        yield word


def persons(read: Reading, base: str, who: str, bits: Sequence[Bits]) -> dict[str, Found]:
    """Return persons by the values of each column.

    Parameters
    ----------
    who : str         the column of persons; rows without one do not count
    bits : Sequence   the columns' bits
    """
    found = {}
    every = list(words(bits))
    for start in range(0, len(every), WORDS):
        some = every[start : start + WORDS]
        masks = [f"bit_or({' | '.join(each.sql(at) for each, at in word)}) AS m{n}" for n, word in enumerate(some)]
        sums = [sql for n, word in enumerate(some) for each, at in word for sql in each.sums(f"m{n}", at)]
        people = f"SELECT {', '.join(masks)} FROM ({base}) WHERE {name(who)} IS NOT NULL GROUP BY {name(who)}"
        told = iter(int(count) for count in read(f"SELECT {', '.join(sums)} FROM ({people})")[0])
        for each, _ in (place for word in some for place in word):
            found[each.counted.column] = Found(next(told), next(told), tuple(next(told) for _ in range(each.values)))
    return found
