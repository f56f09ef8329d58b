"""A table whose figures rest on what its author states: read from its file, and held against a preset. Pure.

Nothing can be recomputed here. So each line says how many persons are behind it, and each sum or mean, where a preset
asks for it, whose shares are the largest; the columns that say so are for the check alone and are not handed on.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Literal

from hygie.base.disclosure.figures import read_figure, write_figure
from hygie.base.disclosure.protection import check, fix, hidden_places
from hygie.base.disclosure.text import Flaw
from hygie.base.disclosure.values import Cell, Column, Contribution, Finding, Key, Shown, Table
from hygie.base.law import Preset

MOST_CELLS = 2_000
MOST_GROUPS = 6
MOST_MEASURES = 12
MOST_WHERE = 12
DECIMALS = 6
Kind = Literal["rows", "sum", "mean", "share"]
IDENTIFIER = re.compile(
    r"[12378]\d{12}(\d{2})?|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16,}|\d{9,}"
    r"|[^\s@]+@[^\s@]+\.[A-Za-z]{2,}|(?=(\D*\d){6})(?=\S*[A-Za-z])[A-Za-z0-9_-]{16,}"
)
PERSONAL = frozenset((
    "address", "adresse", "birth_date", "birth_name", "birthdate", "birthday", "date_naissance", "date_of_birth",
    "ddn", "dob", "email", "first_name", "ins", "ipp", "last_name", "medical_record_number", "mrn", "name", "nia",
    "nir", "nom", "nss", "passport", "patient", "patient_id", "patient_key", "person", "person_id", "person_key",
    "person_uid", "phone", "prenom", "pseudonym", "ssn", "stay_id", "subject", "subject_id", "surname", "telephone",
    "user_id",
))  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """A column of figures besides the number of persons.

    Parameters
    ----------
    name : str        the column
    kind : str        `rows` (how many records), `sum`, `mean`, or `share` of the persons
    percent : bool    a share out of 100
    persons : str     the column that says how many persons have a value; empty: all of them
    values : str      the column that says how many values they have; empty: one for each
    largest : tuple   the columns that hold the largest persons' sums, falling
    """

    name: str
    kind: Kind
    percent: bool = False
    persons: str = ""
    values: str = ""
    largest: tuple[str, ...] = ()

    @property
    def aside(self) -> tuple[str, ...]:
        """The columns that are for the check alone."""
        return tuple(name for name in (self.persons, self.values, *self.largest) if name)


@dataclass(frozen=True)
class Statement:
    """What an author says of a table's columns.

    Parameters
    ----------
    groups : tuple       the columns whose labels make the cells, 1 to 6
    persons : str        the column with the number of different persons in each cell
    measures : tuple     the other columns of figures, at most 12
    totals : tuple       the groups for which totals are shown, under `total_label`
    open : tuple         the groups whose labels come from the data, not from a list made beforehand
    additive : bool      no person is in two cells
    """

    groups: tuple[str, ...]
    persons: str
    measures: tuple[Measure, ...] = ()
    totals: tuple[str, ...] = ()
    total_label: str = "all"
    open: tuple[str, ...] = ()
    additive: bool = True

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns that are handed on, in order."""
        return (*self.groups, self.persons, *(each.name for each in self.measures))

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that it speaks of, each once."""
        aside = [name for each in self.measures for name in each.aside]
        return tuple(dict.fromkeys((*self.groups, self.persons, *(each.name for each in self.measures), *aside)))


@dataclass(frozen=True)
class Stated:
    """A table as its file states it.

    Parameters
    ----------
    table : Table       with what is behind its figures, as stated
    shown : Shown       what it shows, by key and column
    lines : Mapping     where each key stands in the file, from line 2
    """

    table: Table
    shown: Shown
    lines: Mapping[Key, int] = field(default_factory=dict)


def fits(header: Sequence[str], statement: Statement) -> list[Flaw]:
    """Return where a statement and a file's header do not fit: columns that one of them does not have, or said twice.

    Example
    -------
    >>> [flaw.where for flaw in fits(["sex", "n", "x"], Statement(("sex",), "n"))]
    [('x',)]
    """
    odd = sorted(set(header) ^ set(statement.named))
    roles = [*statement.groups, statement.persons, *(each.name for each in statement.measures)]
    twice = sorted({name for name in roles if roles.count(name) > 1})
    lost = sorted({*statement.totals, *statement.open} - set(statement.groups))
    blurred = sorted({name for each in statement.measures for name in each.aside} & set(statement.groups))
    many = len(statement.groups) > MOST_GROUPS or not statement.groups or len(statement.measures) > MOST_MEASURES
    found = [Flaw("columns", tuple(names[:MOST_WHERE]), cells=len(names))
             for names in (odd, twice, lost, blurred) if names]  # fmt: skip
    return [*found, Flaw("columns", ("–",), MOST_GROUPS)] if many else found


def rowwise(rows: Sequence[Sequence[str]], statement: Statement, personal: Collection[str] = ()) -> list[Flaw]:
    """Return the signs that a table is of persons or records, one a line, rather than of groups of persons.

    Columns named as those that identify, labels shaped like identifiers, the same labels on several lines, and a table
    most of whose lines stand for one person. Only lines and columns are named, never a label.

    Parameters
    ----------
    rows : Sequence         header and lines, of which `fits` finds nothing
    personal : Collection   further names of columns that identify persons or records, in lower case

    Source     Reg. (EU) 2025/327 art. 69(1); SU-69-1

    Example
    -------
    >>> rowwise([["person_id", "n"], ["17", "1"]], Statement(("person_id",), "n"), {"person_id"})[0].where
    ('person_id',)
    """
    header = list(rows[0])
    at = {name: header.index(name) for name in header}
    known = PERSONAL | set(personal)
    named = [name for name in header if name != statement.persons and name.strip().lower().replace(" ", "_") in known]
    shaped = [
        f"line {number}, {name}"
        for number, row in enumerate(rows[1:], 2)
        for name in statement.groups
        if IDENTIFIER.fullmatch(row[at[name]].strip())
    ]
    seen: set[tuple[str, ...]] = set()
    twice = []
    for number, row in enumerate(rows[1:], 2):
        key = tuple(row[at[name]] for name in statement.groups)
        twice += [f"line {number}"] * (key in seen)
        seen.add(key)
    alone = [f"line {number}" for number, row in enumerate(rows[1:], 2) if row[at[statement.persons]] == "1"]
    if len(alone) * 2 <= len(rows) - 1:
        alone = []
    return [Flaw("rows", tuple(where[:MOST_WHERE]), cells=len(where))
            for where in (named, shaped, twice, alone) if where]  # fmt: skip


def columns(rows: Sequence[Sequence[str]], statement: Statement) -> tuple[Column, ...]:
    """Return a table's columns of figures, each with as many decimals as its file shows."""
    header = list(rows[0])

    def decimals(name: str) -> int:
        places = [len(row[header.index(name)].partition(".")[2].rstrip("0")) for row in rows[1:]]
        return min(DECIMALS, max(places, default=0))

    made = [
        Column(each.name, each.kind, of="" if each.kind == "rows" else each.name, decimals=decimals(each.name),
               percent=each.percent)
        for each in statement.measures
    ]  # fmt: skip
    return (Column(statement.persons, "persons"), *made)


def read(rows: Sequence[Sequence[str]], statement: Statement, preset: Preset) -> tuple[Stated | None, list[Flaw]]:
    """Return a table as stated, and what is wrong with its figures and its size.

    What is hidden may be anything that the preset hides: it is taken for one person fewer than may be shown.

    Parameters
    ----------
    rows : Sequence         header and lines, of which `fits` and `rowwise` find nothing
    """
    at = {name: list(rows[0]).index(name) for name in rows[0]}
    made, odd, cells, lines = columns(rows, statement), [], [], {}
    shown: dict[Key, dict[str, float | None]] = {}
    for number, row in enumerate(rows[1:], 2):
        key = key_of([row[at[name]] for name in statement.groups], statement)
        figures = {}
        for column in made:
            figures[column.name], plain = read_figure(row[at[column.name]], column)
            odd += [f"line {number}, {column.name}"] * (not plain or negative(column, figures[column.name]))
        aside, wrong = beside(row, at, statement, number)
        odd += wrong
        odd += [f"line {number}"] * (key in shown)
        shown[key], lines[key] = figures, number
        cells.append(cell(key, figures, aside, statement, preset))
    if odd:
        return None, [Flaw("figures", tuple(odd[:MOST_WHERE]), cells=len(odd))]
    table = Table(statement.groups, made, tuple(cells), statement.additive, statement.totals, statement.open)
    size = prod(
        len(labels) + (group in statement.totals) for group, labels in zip(table.groups, table.labels, strict=True)
    )
    if size > MOST_CELLS:
        return None, [Flaw("size", (f"{size}",), MOST_CELLS, size)]
    return Stated(table, shown, lines), []


def negative(column: Column, value: float | None) -> bool:
    """Return whether a figure that counts, or is a share, is under zero, or a share over the whole."""
    if value is None or column.kind in ("sum", "mean"):
        return False
    return value < 0 or (column.kind == "share" and value > (100 if column.percent else 1))


def key_of(labels: Sequence[str], statement: Statement) -> Key:
    """Return a line's key: the total's label as None, an empty label as `missing`."""
    return tuple(
        None if group in statement.totals and label == statement.total_label else label or "missing"
        for group, label in zip(statement.groups, labels, strict=True)
    )


def beside(
    row: Sequence[str], at: Mapping[str, int], statement: Statement, number: int
) -> tuple[dict[str, float], list[str]]:
    """Return what a line's columns for the check say, and where they are no plain figures; empty says nothing."""
    found: dict[str, float] = {}
    odd = []
    for each in statement.measures:
        for name in each.aside:
            count = name not in each.largest
            value, plain = read_figure(row[at[name]], Column(name, "rows" if count else "sum", of=name, decimals=10))
            if not plain or (count and value is not None and value < 0):
                odd.append(f"line {number}, {name}")
            elif value is not None:
                found[name] = value
    return found, odd


def cell(
    key: Key, figures: Mapping[str, float | None], aside: Mapping[str, float], statement: Statement, preset: Preset
) -> Cell:
    """Return what is stated to be behind a line."""
    told = figures[statement.persons]
    persons = max(1, preset.min_count - 1) if told is None else round(told)
    rows, parts, sums = 0, {}, {}
    for each in statement.measures:
        value = figures[each.name]
        if each.kind == "rows":
            rows = round(value or 0)
        elif each.kind == "share":
            parts[each.name] = round((value or 0) * persons / (100 if each.percent else 1))
        else:
            held = round(aside.get(each.persons, persons))
            values = round(aside.get(each.values, held))
            top = tuple(sorted((aside[name] for name in each.largest if name in aside), reverse=True))
            total = (value or 0.0) * (values if each.kind == "mean" else 1)
            sums[each.name] = Contribution(held, values, total, top, total < 0 or any(one < 0 for one in top))
    return Cell(key, persons, rows, parts, sums)


def undeclared(stated: Stated, statement: Statement, preset: Preset) -> Iterator[Finding]:
    """Yield a finding for each sum or mean that is shown without the largest shares that a preset asks for."""
    needed = max(preset.dominance_n, 2 if preset.p_percent else 0)
    for each in statement.measures if needed else ():
        for key, figures in stated.shown.items():
            made = stated.table.cell(key).sums.get(each.name)
            if made is None or figures[each.name] is None or not made.persons:
                continue
            if len(made.top) < min(needed, made.persons):
                yield Finding("undeclared", key, each.name, limit=needed)


def judged(stated: Stated, statement: Statement, preset: Preset) -> tuple[Finding, ...]:
    """Return what a preset's rules find in a table as stated.

    Where the largest shares lack, they are asked for, and neither dominance nor p-percent is judged.

    Parameters
    ----------
    stated : Stated
    statement : Statement
    preset : Preset
    """
    lacking = tuple(undeclared(stated, statement, preset))
    blind = {(found.key, found.column) for found in lacking}
    found = [
        each
        for each in check(stated.table, stated.shown, preset)
        if each.rule not in ("dominance", "p-percent") or (each.key, each.column) not in blind
    ]
    return (*lacking, *found)


def mended(stated: Stated, preset: Preset) -> Stated:
    """Return a table with the fewest changes that make it pass: figures hidden, rounded, totals made anew.

    Its lines keep their order; those that a preset adds or leaves out follow it.
    """
    safe = fix(stated.table, preset, hidden_places(stated.table, stated.shown, preset))
    covered = {key for key, _ in safe.hidden}
    keys = [key for key in stated.shown if key in safe.shown]
    keys += [key for key in safe.shown if key not in stated.shown and key in covered]
    return Stated(stated.table, {key: safe.shown[key] for key in keys}, stated.lines)


def written(stated: Stated, statement: Statement) -> bytes:
    """Return a table's file in our own spelling, without the columns that were for the check alone."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(statement.kept)
    by_name = {column.name: column for column in stated.table.columns}
    for key, figures in stated.shown.items():
        labels = [statement.total_label if label is None else label for label in key]
        names = statement.kept[len(labels) :]
        writer.writerow([*labels, *(write_figure(figures[name], by_name[name]) for name in names)])
    return made.getvalue().encode()
