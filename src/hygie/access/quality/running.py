"""Running the checks: how full a table is, then its fields in one scan, its concepts, and whose rows break them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from hygie.access.quality import concepts, natives
from hygie.access.quality.definitions import Check, checks, tables, version
from hygie.access.quality.natives import Native
from hygie.access.quality.plan import BUCKETS, FEW, Aggregate, by_field, conditions, part, prepared, sought
from hygie.access.quality.rules import Held, after, before
from hygie.access.quality.values import Counts, Report, Result
from hygie.base.kernel import Progress, silent

if TYPE_CHECKING:
    from hygie.base.engine import Engine

FIRST = ("person", "visit_occurrence", "death")  # others look things up in them: are their keys unique?
COUNTED = ("isPrimaryKey", "sourceValueCompleteness")
PART = 2_000_000  # rows of a table that are held at once where others look things up in it
FULL = 2**BUCKETS - 1
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
    filled: Collection[str] | None = None,
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
    filled : Collection  tables of the CDM that deliveries of the dataset's standard can fill; None for all
    """
    running = Running(
        engine, {name: rows for name, rows in held.items() if name in tables()}, today, set(untraced), filled
    )
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
    filled : Collection[str] or None
    """

    def __init__(
        self, engine: Engine, held: Tables, today: date, untraced: set[str], filled: Collection[str] | None = None
    ) -> None:
        self.engine, self.tables, self.today, self.filled = engine, held, today, filled
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
            self.counts[check.id] = concepts.of_table(self.row, self.of_persons(name), check)

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
        filled = [each for each in asked if each.name not in NULLS and held.nulls[each.field] < held.rows]
        for field, group in by_field([each for each in filled if each.name not in COUNTED]).items():
            self.counts |= self.counted(name, field, group)
        for check in filled:
            if check.name == "isPrimaryKey":
                self.counts[check.id] = self.keys(check)
            elif check.name == "sourceValueCompleteness":
                self.counts[check.id] = self.sources(check)
        if whose:
            self.persons(name, [each for each in asked if each.name != "isPrimaryKey"])

    def counted(self, name: str, field: str, checks: Sequence[Check]) -> Found:
        """Count the checks of rows that look something up by the same field, part by part of what they look up.

        Few codes stand in many rows, so that concepts are looked up by the distinct codes.
        """
        codes = {sought(check)[1] for check in checks} == {"concept"}
        broken, looked = Counter[str](), Counter[str]()
        for held, rows in self.parts(name, checks):
            few = rows.group_by(field).aggregate(q_n=rows.count()) if codes else rows
            ready = prepared(held, few, checks, self.unique)
            every = Aggregate(ready, times="q_n" if codes else "")
            found = conditions(ready, checks, self.today)
            places = {id_: (every.count(each.broken), every.count(each.looked)) for id_, each in found.items()}
            told = self.row(every.expression())
            for id_, at in places.items():
                broken[id_] += int(told[at[0]] or 0)
                looked[id_] += int(told[at[1]] or 0)
        return {check.id: Counts(broken[check.id], looked[check.id]) for check in checks}

    def parts(self, name: str, checks: Sequence[Check]) -> Iterator[tuple[Tables, Any]]:
        """Yield a table's rows in so many parts that of what its checks look up no more than `PART` rows are held.

        Parameters
        ----------
        checks : Sequence[Check]   that look something up by the same field, or nothing
        """
        keys = {other: (field, key) for field, other, key in map(sought, checks) if other}
        field = next((field for field, _ in keys.values()), "")
        columns = (
            [self.tables[name][field], *(self.tables[other][key] for other, (_, key) in keys.items())] if keys else []
        )
        whole = all(column.type().is_integer() for column in columns)
        of = -(-max((self.rows[other] for other in keys), default=1) // PART) if whole else 1
        for number in range(max(of, 1)):
            cut = {other: part(self.tables[other], key, number, of) for other, (_, key) in keys.items()}
            rows = part(self.tables[name], field, number, of) if keys else self.tables[name]
            yield {**self.tables, **cut}, rows

    def of_persons(self, name: str) -> Iterator[Tables]:
        """Yield the tables with a part of the persons each."""
        names = ("person", "condition_occurrence", name)
        held = {each: self.tables[each] for each in names if each in self.tables}
        whole = all(rows.person_id.type().is_integer() for rows in held.values())
        of = -(-self.rows.get("person", self.rows[name]) // PART) if whole else 1
        for number in range(max(of, 1)):
            yield {each: part(rows, "person_id", number, of) for each, rows in held.items()}

    def filling(self, name: str) -> bool:
        """Count a table's rows without a value, by column, and its persons; return whether it knows persons."""
        rows = self.tables[name]
        every = Aggregate(rows)
        given = {field: every.given(field) for field in rows.columns}
        whose = every.persons() if "person_id" in rows.columns else ""
        told = self.row(every.expression())
        if whose:
            self.people[name] = int(told[whose] or 0).bit_count()
        nulls = {field: int(told["n"] - told[at]) for field, at in given.items()}
        self.held[name] = replace(self.held[name], nulls=nulls)
        return bool(whose)

    def keys(self, check: Check) -> Counts:
        """Count the rows whose key another row has too, part by part of the keys."""
        name, field = check.table, check.field
        table = self.tables[name]
        table = table.filter(table[field].notnull())[[field]]
        of = -(-self.rows[name] // PART) if table[field].type().is_integer() else 1
        twice = 0
        for number in range(of):
            rows = part(table, field, number, of)
            told = self.row(rows.aggregate(n=rows.count(), d=rows[field].nunique()))
            if told["n"] != told["d"]:
                each = rows.group_by(field).aggregate(q_n=rows.count())
                found = each.filter(each.q_n > 1)
                twice += int(self.row(found.aggregate(n=found.q_n.sum()))["n"] or 0)
        if not twice:
            self.unique.add(name)
        return Counts(twice, self.rows[name])

    def sources(self, check: Check) -> Counts:
        """Count the distinct codes as delivered that no concept stands for."""
        rows = self.tables[check.table]
        unmapped = (rows[check.other_field] == 0).fill_null(False)
        codes = rows.mutate(q_unmapped=unmapped).group_by(check.field)
        codes = codes.aggregate(q_unmapped=lambda each: each.q_unmapped.any())
        told = self.row(codes.aggregate(n=codes.count(), unmapped=codes.count(where=codes.q_unmapped)))
        return Counts(int(told["unmapped"]), int(told["n"]))

    def persons(self, name: str, asked: Sequence[Check]) -> None:
        """Count from below the persons behind the rows that break a check, and behind those that keep it.

        Where the first rows already have persons in every place, the others need not be looked at.
        """
        broken = [each for each in asked if self.counts[each.id].violated]
        for group in by_field(broken).values():
            first = ((held, rows.limit(FEW)) for held, rows in islice(self.parts(name, group), 1))
            seen = self.seen(first, group)
            rest = [each for each in group if not self.settled(each, seen[each.id])] if self.rows[name] > FEW else []
            if rest:
                seen |= self.seen(self.parts(name, rest), rest)
            for check in group:
                persons, others = (bits.bit_count() for bits in seen[check.id])
                self.counts[check.id] = replace(self.counts[check.id], persons=persons, others=others)

    def settled(self, check: Check, bits: tuple[int, int]) -> bool:
        """Return whether further rows can add no person behind those that break a check, nor behind the others."""
        counts = self.counts[check.id]
        every = check.name != "sourceValueCompleteness" and counts.violated == counts.denominator
        return bits[0] == FULL and (every or bits[1] == FULL)

    def seen(self, parts: Iterable[tuple[Tables, Any]], checks: Sequence[Check]) -> dict[str, tuple[int, int]]:
        """Return a bit for each person behind the rows that break a check, and behind those that keep it."""
        import ibis

        bits: dict[str, tuple[int, int]] = {check.id: (0, 0) for check in checks}
        for held, rows in parts:
            ready = prepared(held, rows, checks, self.unique)
            who, places = Aggregate(ready), {}
            for id_, each in conditions(ready, checks, self.today).items():
                broken = each.broken.fill_null(ibis.literal(False))
                kept = ~broken if each.looked is None else each.looked & ~broken
                places[id_] = (who.persons(broken), who.persons(kept))
            told = self.row(who.expression())
            for id_, at in places.items():
                one, two = (int(told[name] or 0) for name in at)
                bits[id_] = (bits[id_][0] | one, bits[id_][1] | two)
        return bits

    def concepts(self, name: str) -> None:
        """Count a table's checks of concepts."""
        asked = self.able(name, "CONCEPT")
        if not self.rows[name]:
            self.counts |= {check.id: Counts(0, 0) for check in asked}
            return
        self.counts |= concepts.of_concepts(self.many, self.tables, name, asked)

    def result(self, check: Check) -> Result:
        """Return a check's outcome."""
        known = before(check, self.held, self.filled)
        return known or after(check, self.held[check.table], self.counts[check.id])
