"""Running the checks: how full a table is, then its fields in one scan, its concepts, and whose rows break them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from hygie.access.quality import concepts, natives
from hygie.access.quality.conditions import Condition
from hygie.access.quality.definitions import Check, checks, tables, version
from hygie.access.quality.natives import Native
from hygie.access.quality.plan import Aggregate, conditions, prepared
from hygie.access.quality.rules import Held, after, before
from hygie.access.quality.values import Counts, Report, Result
from hygie.base.kernel import Progress, silent

if TYPE_CHECKING:
    from hygie.base.engine import Engine

FIRST = ("person", "visit_occurrence", "death")  # others look things up in them: are their keys unique?
COUNTED = ("isPrimaryKey", "sourceValueCompleteness")
NULLS = ("isRequired", "measureValueCompleteness")
Tables = Mapping[str, Any]
Found = dict[str, Counts]


def run(
    engine: Engine,
    held: Tables,
    *,
    today: date,
    sources: Sequence[Native] = (),
    untraced: Collection[str] = (),
    progress: Progress = silent,
) -> Report:
    """Run every check on a dataset's tables and return the report.

    Parameters
    ----------
    engine : Engine      holds the tables
    held : Mapping       tables of the CDM by name, as Ibis tables
    today : date         the day that stands for today: the snapshot's
    sources : Sequence   tables outside the CDM: every column's completeness and type
    untraced : Collection   tables whose rows were all left out because they cannot be traced to persons
    """
    running = Running(engine, {name: rows for name, rows in held.items() if name in tables()}, today, set(untraced))
    known = [name for name in (*FIRST, *tables()) if name in running.tables]
    order = list(dict.fromkeys(known))
    for done, name in enumerate(order):
        progress("quality", done, len(order) + len(sources))
        running.table(name)
    results = [running.result(check) for check in checks()]
    for done, each in enumerate(sources):
        progress("quality", len(order) + done, len(order) + len(sources))
        count, persons, found = natives.results(running.row, each)
        running.rows[each.name] = count
        if each.person:
            running.people[each.name] = persons
        results += found
    progress("quality", len(order) + len(sources), len(order) + len(sources))
    return Report(version(), today.isoformat(), tuple(results), running.rows, running.people)


class Running:
    """The checks of one dataset under way.

    Parameters
    ----------
    engine : Engine
    tables : Mapping       of the CDM
    today : date
    untraced : set[str]
    """

    def __init__(self, engine: Engine, held: Tables, today: date, untraced: set[str]) -> None:
        self.engine, self.tables, self.today = engine, held, today
        self.unique: set[str] = set()
        self.rows = {name: int(self.row(rows.aggregate(n=rows.count()))["n"]) for name, rows in held.items()}
        self.held = {
            name: Held(tuple(rows.columns), self.rows[name], {}, name in untraced) for name, rows in held.items()
        }
        self.people: dict[str, int] = {}
        self.counts: Found = {}

    def row(self, expression: Any) -> dict[str, Any]:
        """Run an aggregate and return its one row."""
        found = self.many(expression)
        return found[0]

    def many(self, expression: Any) -> list[dict[str, Any]]:
        """Run an expression and return its rows."""
        names = expression.columns
        sql = str(self.engine.backend().compile(expression))
        return [dict(zip(names, row, strict=True)) for row in self.engine.rows(sql)]

    def able(self, name: str, level: str) -> list[Check]:
        """Return a table's checks of one level that have to be counted."""
        return [
            each for each in checks() if each.table == name and each.level == level and before(each, self.held) is None
        ]

    def table(self, name: str) -> None:
        """Count all checks of a table."""
        self.fields(name)
        self.concepts(name)
        for check in self.able(name, "TABLE"):
            self.counts[check.id] = concepts.of_table(self.row, self.tables, check)

    def fields(self, name: str) -> None:
        """Count how full a table is, its other checks of fields in one scan, and whose rows break them."""
        asked = self.able(name, "FIELD")
        if not self.rows[name]:
            self.held[name] = replace(self.held[name], nulls=dict.fromkeys(self.held[name].columns, 0))
            self.counts |= {check.id: Counts(0, 0) for check in asked}
            self.unique.add(name)
            return
        whose = self.filling(name)
        held = self.held[name]
        for check in asked:
            self.counts[check.id] = Counts(held.nulls[check.field] if check.name in NULLS else 0, held.rows)
        asked = [
            each for each in asked if each.name not in NULLS and held.nulls[each.field] < held.rows
        ]  # nothing is asked of a field without a value
        counted = [each for each in asked if each.name in COUNTED]
        plain = [each for each in asked if each.name not in COUNTED]
        rows = prepared(self.tables, name, plain, self.unique)
        every = Aggregate(rows)
        found = conditions(rows, plain, self.today)
        places = {id_: (every.count(each.broken), every.count(each.looked)) for id_, each in found.items()}
        distinct = {each.id: count_distinct(every, each) for each in counted}
        told = self.row(every.expression())
        for id_, (broken, looked) in places.items():
            self.counts[id_] = Counts(int(told[broken]), int(told[looked]))
        for check in counted:
            self.counts[check.id] = self.of_distinct(check, [int(told[at]) for at in distinct[check.id]], held.rows)
        if not whose:
            return
        for check in self.able(name, "FIELD"):
            if check.name in NULLS:
                found[check.id] = Condition(rows[check.field].isnull())
        for check in counted:
            if check.name == "sourceValueCompleteness":
                found[check.id] = Condition(rows[check.other_field] == 0)
        self.persons(name, rows, found)

    def filling(self, name: str) -> bool:
        """Count a table's rows without a value, by column, and its persons; return whether it knows persons."""
        rows = self.tables[name]
        every = Aggregate(rows)
        nulls = {field: every.count(rows[field].isnull()) for field in rows.columns}
        whose = every.persons() if "person_id" in rows.columns else ""
        told = self.row(every.expression())
        if whose:
            self.people[name] = int(told[whose] or 0).bit_count()
        self.held[name] = replace(self.held[name], nulls={field: int(told[at]) for field, at in nulls.items()})
        return bool(whose)

    def of_distinct(self, check: Check, told: Sequence[int], rows: int) -> Counts:
        """Return the counts of a check on distinct values."""
        if check.name == "sourceValueCompleteness":
            distinct, without, unmapped, unnamed = told
            return Counts(unmapped + bool(unnamed), distinct + bool(without))
        distinct, without = told
        if distinct == rows - without:
            self.unique.add(check.table)
            return Counts(0, rows)
        table = self.tables[check.table]
        keys = table.filter(table[check.field].notnull()).group_by(check.field).aggregate(q_n=lambda each: each.count())
        twice = keys.filter(keys.q_n > 1)
        return Counts(int(self.row(twice.aggregate(n=twice.q_n.sum()))["n"] or 0), rows)

    def persons(self, name: str, rows: Any, asked: Mapping[str, Condition]) -> None:
        """Count from below the persons behind the rows that break a check, and behind those that keep it."""
        import ibis

        who = Aggregate(rows)
        places = {}
        for id_, each in asked.items():
            found = self.counts[id_]
            if not found.violated:
                continue
            if each.looked is None and found.violated == self.rows[name]:  # every row: the table's own persons
                self.counts[id_] = replace(found, persons=self.people[name], others=0)
                continue
            broken = each.broken.fill_null(ibis.literal(False))
            kept = ~broken if each.looked is None else each.looked & ~broken
            places[id_] = (who.persons(broken), who.persons(kept))
        if not places:
            return
        told = self.row(who.expression())
        for id_, (broken, kept) in places.items():
            persons, others = (int(told[at] or 0).bit_count() for at in (broken, kept))
            self.counts[id_] = replace(self.counts[id_], persons=persons, others=others)

    def concepts(self, name: str) -> None:
        """Count a table's checks of concepts."""
        asked = self.able(name, "CONCEPT")
        if not self.rows[name]:
            self.counts |= {check.id: Counts(0, 0) for check in asked}
            return
        self.counts |= concepts.of_concepts(self.many, self.tables, name, asked)

    def result(self, check: Check) -> Result:
        """Return a check's outcome."""
        known = before(check, self.held)
        return known or after(check, self.held[check.table], self.counts[check.id])


def count_distinct(every: Aggregate, check: Check) -> tuple[str, ...]:
    """Ask for the distinct values that a check counts."""
    rows = every.rows
    without = rows[check.field].isnull()
    if check.name == "isPrimaryKey":
        return every.distinct(check.field), every.count(without)
    zero = rows[check.other_field] == 0
    return (
        every.distinct(check.field),
        every.count(without),
        every.distinct(check.field, zero),
        every.count(zero & without),
    )
