"""The checks of a table as one aggregate expression: pure functions of the tables, run by whoever holds an engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from hygie.access.quality.conditions import (
    DEATHS,
    PERSONS,
    SETS,
    VISITS,
    Condition,
    condition,
    day,
    marker,
)
from hygie.access.quality.definitions import Check

Tables = Mapping[str, Any]
BUCKETS = 61  # a person sets one of so many bits; the bits that are set count persons from below
CONCEPTS = {"fkDomain": "domain_id", "fkClass": "concept_class_id"}


def elsewhere(check: Check) -> str:
    """Return the table that a check needs besides its own; empty for none.

    Example
    -------
    >>> from hygie.access.quality.definitions import checks
    >>> {elsewhere(each) for each in checks() if each.name == "plausibleBeforeDeath"}
    {'death'}
    """
    name = check.name
    if name in CONCEPTS or name == "isStandardValidConcept":
        return "concept"
    if name == "plausibleGenderUseDescendants":
        return "concept_ancestor"
    if name in DEATHS:
        return "death"
    if name in VISITS:
        return "visit_occurrence"
    if name in ("plausibleAfterBirth", "plausibleGender", "measurePersonCompleteness"):
        return "person"
    if name == "measureConditionEraCompleteness":
        return "condition_occurrence"
    return check.other_table if check.other_table != check.table else ""


def needed(check: Check) -> tuple[str, ...]:
    """Return the further columns of its own table that a check needs."""
    name = check.name
    if name == "plausibleStartBeforeEnd" or (name == "plausibleTemporalAfter" and check.other_table == check.table):
        return (check.other_field,)
    if name == "sourceValueCompleteness":
        return (check.other_field,)
    if name in VISITS:
        return ("visit_occurrence_id",)
    if name == "plausibleUnitConceptIds":
        return ("unit_concept_id", "unit_source_value", "value_as_number")
    joined = name in DEATHS or name in ("plausibleAfterBirth", "plausibleGender", "plausibleGenderUseDescendants")
    return ("person_id",) if joined or check.other_table == "person" else ()


def members(tables: Tables, rows: Any, check: Check) -> Any:
    """Return the values that a check's field is looked up among: keys, or concepts that do not fit."""
    if check.name == "isForeignKey":
        target = tables[check.other_table]
        found = target.filter(target[check.other_field].notnull())[[check.other_field]]
    else:
        concepts = tables["concept"]
        if check.name == "isStandardValidConcept":
            wrong = (concepts.standard_concept != "S") | concepts.invalid_reason.notnull()
        else:
            wrong = concepts[CONCEPTS[check.name]] != check.value
        found = concepts.filter((concepts.concept_id != 0) & wrong)[["concept_id"]]
    column = found[found.columns[0]]
    if column.type().is_integer() == rows[check.field].type().is_integer():
        return column
    return found.select(key=column.cast("string")).key


def keyed(tables: Tables, name: str, key: str, unique: Collection[str], **columns: tuple[str, Any]) -> Any:
    """Return a table to look things up in, one row a key: the least or the greatest where a key comes twice."""
    rows = tables[name]
    held = rows.select(q_key=rows[key], **{alias: value for alias, (_, value) in columns.items()})
    held = held.filter(held.q_key.notnull())
    if name in unique:
        return held
    return held.group_by("q_key").aggregate(
        **{alias: getattr(held[alias], how)() for alias, (how, _) in columns.items()}
    )


def births(tables: Tables, unique: Collection[str]) -> Any:
    """Return the day of birth by person: as dated, or the first of what is known; and the middle of the year."""
    import ibis

    people = tables["person"]
    none = ibis.null("date")
    dated = (
        people.birth_datetime.cast("string").try_cast("timestamp").cast("date")
        if "birth_datetime" in people.columns
        else none
    )
    year = people.year_of_birth.cast("string") if "year_of_birth" in people.columns else ibis.null("string")
    parts = [
        people[name].cast("string").lpad(2, "0").fill_null("01") if name in people.columns else ibis.literal("01")
        for name in ("month_of_birth", "day_of_birth")
    ]
    first = year.lpad(4, "0") + "-" + parts[0] + "-" + parts[1]
    middle = year.lpad(4, "0") + "-06-01"
    return keyed(
        tables,
        "person",
        "person_id",
        unique,
        q_born=("min", ibis.coalesce(dated, first.try_cast("date"))),
        q_midyear=("min", ibis.coalesce(dated, middle.try_cast("date"))),
    )


def prepared(tables: Tables, name: str, checks: Sequence[Check], unique: Collection[str]) -> Any:
    """Return a table's rows with the helper columns that its checks ask for."""
    rows = tables[name]
    names = {check.name for check in checks}
    sets = [check for check in checks if check.name in SETS]
    own = {}
    for check in sets:
        found = members(tables, rows, check)
        column = rows[check.field]
        same = found.type().is_integer() == column.type().is_integer()
        own[marker(check)] = (column if same else column.cast("string")).isin(found).fill_null(False)
    if own:
        rows = rows.mutate(**own)
    if names & PERSONS and any(elsewhere(check) == "person" for check in checks if check.name in PERSONS):
        rows = joined(rows, births(tables, unique), "person_id")
    if names & DEATHS:
        death = tables["death"]
        found = keyed(
            tables,
            "death",
            "person_id",
            unique,
            q_died=("min", day(death, "death_date")),
            q_dead=("min", death.person_id),
        )
        rows = joined(rows, found, "person_id")
    if names & VISITS:
        visits = tables["visit_occurrence"]
        found = keyed(
            tables,
            "visit_occurrence",
            "visit_occurrence_id",
            unique,
            q_begun=("min", day(visits, "visit_start_date")),
            q_ended=("max", day(visits, "visit_end_date")),
            q_visit=("min", visits.visit_occurrence_id),
        )
        rows = joined(rows, found, "visit_occurrence_id")
    return rows


def joined(rows: Any, found: Any, key: str) -> Any:
    """Return rows with what is looked up for each; every row stays once."""
    return rows.left_join(found, rows[key] == found.q_key).drop("q_key")


class Aggregate:
    """One aggregate over a table's rows; a count that two checks need is taken once."""

    def __init__(self, rows: Any, person: str = "person_id") -> None:
        self.rows, self.person = rows, person
        self.columns: dict[str, Any] = {"n": rows.count()}
        self.known: dict[Any, str] = {}

    def count(self, where: Any) -> str:
        """Count the rows where a condition holds, and return the column's name; None counts all."""
        if where is None:
            return "n"
        asked = where.op()
        if asked not in self.known:
            self.known[asked] = f"c{len(self.known)}"
            self.columns[self.known[asked]] = self.rows.count(where=where)
        return self.known[asked]

    def distinct(self, column: str, where: Any = None) -> str:
        """Count a column's distinct values."""
        alias = f"d{len(self.columns)}"
        self.columns[alias] = self.rows[column].nunique(where=where)
        return alias

    def persons(self, where: Any = None) -> str:
        """Set a bit for each person behind the rows where a condition holds; behind all without one."""
        import ibis

        asked = ("persons", None if where is None else where.op())
        if asked in self.known:
            return self.known[asked]
        alias = self.known[asked] = f"p{len(self.columns)}"
        bucket = (self.rows[self.person].cast("int64") % BUCKETS).abs()
        bit = ibis.literal(1, "int64") << bucket
        self.columns[alias] = bit.bit_or(where=where)
        return alias

    def expression(self) -> Any:
        """Return the aggregate."""
        return self.rows.aggregate(**self.columns)


def conditions(rows: Any, checks: Sequence[Check], today: date) -> dict[str, Condition]:
    """Return the conditions of the checks that have one, by the check's id."""
    return {check.id: condition(rows, check, today) for check in checks}
