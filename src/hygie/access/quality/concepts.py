"""Checks that do not count the rows of one table: those of concepts, by group, and those of persons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hygie.access.quality.definitions import Check
from hygie.access.quality.plan import BUCKETS
from hygie.access.quality.values import Counts

SEXES = {"Male": 8507, "Female": 8532}
MOST = BUCKETS
Tables = Mapping[str, Any]
Rows = Callable[[Any], list[dict[str, Any]]]


def bits(persons: Any, where: Any = None) -> Any:
    """Return a bit set for each person, for counting them from below."""
    import ibis

    bucket = (persons.cast("int64") % BUCKETS).abs()
    return (ibis.literal(1, "int64") << bucket).bit_or(where=where)


def of_concepts(many: Rows, tables: Tables, name: str, asked: Sequence[Check]) -> dict[str, Counts]:
    """Count the checks of a table's concepts, all of a kind in one narrow scan."""
    found: dict[str, Counts] = {}
    kinds = {check.name for check in asked}
    if "plausibleGender" in kinds:
        found |= by_sex(many, tables, name, [each for each in asked if each.name == "plausibleGender"])
    if "plausibleGenderUseDescendants" in kinds:
        found |= by_sex(many, tables, name, [each for each in asked if each.name == "plausibleGenderUseDescendants"])
    if "plausibleUnitConceptIds" in kinds:
        found |= by_unit(many, tables, name, [each for each in asked if each.name == "plausibleUnitConceptIds"])
    return found


def by_sex(many: Rows, tables: Tables, name: str, asked: Sequence[Check]) -> dict[str, Counts]:
    """Count the records of concepts that belong to one sex: all, and those of persons of another."""
    field = asked[0].field
    wanted = sorted({concept for check in asked for concept in check.concepts})
    rows = tables[name]
    picked = rows.select(concept=rows[field], person_id=rows.person_id)
    if asked[0].name == "plausibleGenderUseDescendants":
        tree = tables["concept_ancestor"]
        tree = tree.filter(tree.ancestor_concept_id.isin(wanted)).select("ancestor_concept_id", "descendant_concept_id")
        both = picked.inner_join(tree, picked.concept == tree.descendant_concept_id)
        picked = both.select(concept=both.ancestor_concept_id, person_id=both.person_id)
    else:
        picked = picked.filter(picked.concept.isin(wanted))
    people = tables["person"]
    sexes = people.select(q_key=people.person_id, sex=people.gender_concept_id).group_by("q_key")
    known = sexes.aggregate(sex=lambda each: each.sex.min())
    keyed = picked.left_join(known, picked.person_id == known.q_key)
    grouped = keyed.group_by(["concept", "sex"]).aggregate(n=keyed.count(), who=bits(keyed.person_id))
    groups: dict[int, list[tuple[int | None, int, int]]] = {}
    for row in many(grouped):
        groups.setdefault(int(row["concept"]), []).append((row["sex"], int(row["n"]), int(row["who"] or 0)))
    found = {}
    for check in asked:
        sex = SEXES[check.value]
        mine = [each for concept in check.concepts for each in groups.get(concept, ())]
        wrong = [each for each in mine if each[0] is not None and each[0] != sex]
        found[check.id] = counted(mine, wrong)
    return found


def counted(mine: Sequence[tuple[Any, int, int]], wrong: Sequence[tuple[Any, int, int]]) -> Counts:
    """Return the counts of a check from groups of (value, rows, bits of persons)."""
    right = [each for each in mine if each not in wrong]
    return Counts(sum(n for _, n, _ in wrong), sum(n for _, n, _ in mine), together(wrong), together(right))


def together(groups: Sequence[tuple[Any, int, int]]) -> int:
    """Return how many persons at least are behind some groups."""
    every = 0
    for _, _, who in groups:
        every |= who
    return every.bit_count()


def by_unit(many: Rows, tables: Tables, name: str, asked: Sequence[Check]) -> dict[str, Counts]:
    """Count the measurements of a concept that have a value and a delivered unit, and those in an implausible unit."""
    field = asked[0].field
    wanted = sorted({concept for check in asked for concept in check.concepts})
    rows = tables[name]
    given = rows.filter(rows[field].isin(wanted) & rows.value_as_number.notnull() & rows.unit_source_value.notnull())
    aggregates = {"n": given.count()}
    if "person_id" in given.columns:
        aggregates["who"] = bits(given.person_id)
    grouped = given.group_by([field, "unit_concept_id"]).aggregate(**aggregates)
    groups: dict[int, list[tuple[int | None, int, int]]] = {}
    for row in many(grouped):
        groups.setdefault(int(row[field]), []).append((row["unit_concept_id"], int(row["n"]), int(row.get("who") or 0)))
    found = {}
    for check in asked:
        allowed = {int(each) for each in check.value.split(",") if each.strip().lstrip("-").isdigit()}
        mine = [each for concept in check.concepts for each in groups.get(concept, ())]
        wrong = [each for each in mine if each[0] is not None and each[0] not in allowed]
        found[check.id] = counted(mine, wrong)
    return found


def of_table(row: Callable[[Any], dict[str, Any]], parts: Iterable[Tables], check: Check) -> Counts:
    """Count the persons of a check of a table, part by part of the persons."""
    violated = every = 0
    for tables in parts:
        if check.name == "measurePersonCompleteness":
            found, without = absent(row, tables["person"][["person_id"]], tables[check.table])
        elif check.name == "measureConditionEraCompleteness":
            conditions = tables["condition_occurrence"]
            persons = conditions[["person_id"]].filter(conditions.person_id.notnull()).distinct()
            found, without = absent(row, persons, tables[check.table])
        else:
            told = row(overlapping(tables[check.table]))
            found, without = int(told["n"]), int(told["violated"] or 0)
        every, violated = every + found, violated + without
    return Counts(violated, every, min(violated, MOST), min(every - violated, MOST))


def absent(row: Callable[[Any], dict[str, Any]], persons: Any, rows: Any) -> tuple[int, int]:
    """Return how many persons there are, and how many without a row in another table."""
    there = persons.semi_join(rows, "person_id")
    every, present = (int(row(each.aggregate(n=each.count()))["n"]) for each in (persons, there))
    return every, every - present


def overlapping(periods: Any) -> Any:
    """Return how many persons have observation periods, and how many have two that overlap or follow one another."""
    import ibis

    one = periods.select(
        who=periods.person_id,
        period=periods.observation_period_id,
        begun=periods.observation_period_start_date.cast("date"),
        ended=periods.observation_period_end_date.cast("date"),
    )
    two = one.select(who2=one.who, period2=one.period, begun2=one.begun, ended2=one.ended)
    pairs = one.inner_join(two, [one.who == two.who2, one.period != two.period2])
    next_day = ibis.interval(days=1)
    touching = pairs.filter(
        ((pairs.begun <= pairs.ended2) & (pairs.ended >= pairs.begun2))
        | ((pairs.ended + next_day) == pairs.begun2)
        | ((pairs.ended2 + next_day) == pairs.begun)
    )
    wrong = touching[["who"]].distinct()
    marked = one[["who"]].distinct()
    marked = marked.mutate(q_in=marked.who.isin(wrong.who).fill_null(False))
    return marked.aggregate(n=marked.count(), violated=marked.count(where=marked.q_in))
