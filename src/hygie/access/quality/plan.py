"""The checks of a table as one aggregate expression: pure functions of the tables, run by whoever holds an engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from hygie.access.quality.conditions import (
    AFTER_DEATH,
    AROUND_VISIT,
    DEATHS,
    PERSONS,
    SETS,
    VISITS,
    Condition,
    condition,
    day,
    later,
    marker,
)
from hygie.access.quality.definitions import Check

Tables = Mapping[str, Any]
SPREAD = 1_000_003  # a prime: keys that are all multiples of a number fall into all parts
FEW = 100_000  # rows in which persons are looked for first
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


def sought(check: Check) -> tuple[str, str, str]:
    """Return the field by which a check of rows looks up another's rows, their table and its key; empty for none.

    Example
    -------
    >>> from hygie.access.quality.definitions import checks
    >>> {sought(each) for each in checks() if each.name == "withinVisitDates"}
    {('visit_occurrence_id', 'visit_occurrence', 'visit_occurrence_id')}
    """
    if check.name == "isForeignKey":
        return check.field, check.other_table, check.other_field
    if check.name in SETS:
        return check.field, "concept", "concept_id"
    if check.name in VISITS:
        return "visit_occurrence_id", "visit_occurrence", "visit_occurrence_id"
    if check.name in DEATHS:
        return "person_id", "death", "person_id"
    if check.name in PERSONS and elsewhere(check) == "person":
        return "person_id", "person", "person_id"
    return "", "", ""


def by_field(checks: Sequence[Check]) -> dict[str, list[Check]]:
    """Return checks of rows by the field that they look something up by; first those that look nothing up."""
    found: dict[str, list[Check]] = {"": []}
    for check in checks:
        found.setdefault(sought(check)[0], []).append(check)
    return {field: group for field, group in found.items() if group}


def part(rows: Any, key: str, number: int, of: int) -> Any:
    """Return the rows whose key falls into one of so many parts; those without a key are in the first."""
    if of == 1:
        return rows
    place = ((rows[key] % SPREAD).abs() % of).fill_null(0)
    return rows.filter(place == number)


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
        q_person=("min", people.person_id),
        q_born=("min", ibis.coalesce(dated, first.try_cast("date"))),
        q_midyear=("min", ibis.coalesce(dated, middle.try_cast("date"))),
    )


def prepared(tables: Tables, rows: Any, checks: Sequence[Check], unique: Collection[str]) -> Any:
    """Return a table's rows with the helper columns that checks of them ask for."""
    names = {check.name for check in checks}
    told = {}  # foreign keys that a join tells of besides
    if any(check.name in PERSONS and elsewhere(check) == "person" for check in checks):
        rows = joined(rows, births(tables, unique), "person_id")
        told["person_id", "person"] = "q_person"
    if names & DEATHS:
        rows = joined(rows, deaths(tables, unique), "person_id")
    if names & VISITS:
        rows = joined(rows, visits(tables, unique), "visit_occurrence_id")
        told["visit_occurrence_id", "visit_occurrence"] = "q_visit"
    own = {}
    for check in checks:
        if check.name not in SETS:
            continue
        known = told.get((check.field, check.other_table)) if check.name == "isForeignKey" else None
        if known:
            own[marker(check)] = rows[known].notnull()
            continue
        found = members(tables, rows, check)
        column = rows[check.field]
        same = found.type().is_integer() == column.type().is_integer()
        own[marker(check)] = (column if same else column.cast("string")).isin(found).fill_null(False)
    return rows.mutate(**own) if own else rows


def deaths(tables: Tables, unique: Collection[str]) -> Any:
    """Return by person the last day on which a record after death is plausible."""
    death = tables["death"]
    until = later(day(death, "death_date"), AFTER_DEATH)
    return keyed(tables, "death", "person_id", unique, q_until=("min", until), q_dead=("min", death.person_id))


def visits(tables: Tables, unique: Collection[str]) -> Any:
    """Return by visit the first and the last day on which a record of it is plausible."""
    held = tables["visit_occurrence"]
    return keyed(
        tables,
        "visit_occurrence",
        "visit_occurrence_id",
        unique,
        q_earliest=("min", later(day(held, "visit_start_date"), -AROUND_VISIT)),
        q_latest=("max", later(day(held, "visit_end_date"), AROUND_VISIT)),
        q_visit=("min", held.visit_occurrence_id),
    )


def joined(rows: Any, found: Any, key: str) -> Any:
    """Return rows with what is looked up for each; every row stays once."""
    return rows.left_join(found, rows[key] == found.q_key).drop("q_key")


class Aggregate:
    """One aggregate over a table's rows; a count that two checks need is taken once.

    Parameters
    ----------
    rows : ibis Table
    person : str   the column of persons
    times : str    the column that tells how many rows a row stands for; empty for one
    """

    def __init__(self, rows: Any, person: str = "person_id", times: str = "") -> None:
        self.rows, self.person, self.times = rows, person, times
        self.columns: dict[str, Any] = {"n": self.counted(None)}
        self.known: dict[Any, str] = {}

    def counted(self, where: Any) -> Any:
        """Return the count of rows where a condition holds."""
        return self.rows[self.times].sum(where=where) if self.times else self.rows.count(where=where)

    def count(self, where: Any) -> str:
        """Count the rows where a condition holds, and return the column's name; None counts all."""
        if where is None:
            return "n"
        asked = where.op()
        if asked not in self.known:
            self.known[asked] = f"c{len(self.known)}"
            self.columns[self.known[asked]] = self.counted(where)
        return self.known[asked]

    def given(self, column: str) -> str:
        """Count the rows that have a value in a column."""
        alias = f"g{len(self.columns)}"
        self.columns[alias] = self.rows[column].count()
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
