"""Criteria to one Ibis expression: who is in the cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any

from hygie.access.cohorts.systems import EVENTS, SEXES, VOCABULARIES, nested
from hygie.access.cohorts.values import (
    Age,
    AgeBody,
    All,
    AnyOf,
    Code,
    Codes,
    CodesBody,
    Criterion,
    Everyone,
    NoneOf,
    Sex,
    SexBody,
)
from hygie.base.kernel import refuse

if TYPE_CHECKING:
    import ibis.expr.types as ir

Tables = Mapping[str, Any]


def compile_cohort(criterion: Criterion, tables: Tables) -> ir.Table:
    """Return the persons who meet a criterion, as an expression with the one column `person_id`, without repeats.

    Parameters
    ----------
    criterion : Criterion
    tables : Mapping[str, ibis.Table]   CDM tables by name; `person` and those the criterion reads

    Errors     COH-101 a table is not there; COH-102 descendants that neither codes nor a vocabulary tell; COH-103 the
               table keeps neither the codes nor the concepts that are asked for; COH-104 a column that the criterion
               reads is not there
    Source     design, extracts; OMOP CDM 5.4
    """
    people = table(tables, "person")
    people = people.filter(column(people, "person", "person_id").notnull())
    return restrict(people, criterion, people, tables).select("person_id").distinct()


def restrict(rows: ir.Table, criterion: Criterion, people: ir.Table, tables: Tables) -> ir.Table:
    """Return the rows of persons who meet a criterion."""
    match criterion:
        case Everyone():
            return rows
        case Age(age=body):
            return rows.filter(aged(rows, body))
        case Sex(sex=body):
            return rows.filter(of_sex(rows, body))
        case Codes(codes=body):
            return rows.semi_join(persons_with(body, tables), "person_id")
        case All(all=inside):
            return reduce(lambda kept, member: restrict(kept, member, people, tables), inside, rows)
        case NoneOf(none=inside):
            return reduce(lambda kept, member: kept.anti_join(ids(member, people, tables), "person_id"), inside, rows)
        case AnyOf(any=inside):
            found = reduce(lambda one, two: one.union(two), (ids(member, people, tables) for member in inside))
            return rows.semi_join(found, "person_id")
    raise AssertionError(criterion)


def ids(criterion: Criterion, people: ir.Table, tables: Tables) -> ir.Table:
    """Return the ids of persons who meet a criterion; repeats are harmless where it is used."""
    if isinstance(criterion, Codes):
        return persons_with(criterion.codes, tables)
    return restrict(people, criterion, people, tables).select("person_id")


def persons_with(body: CodesBody, tables: Tables) -> ir.Table:
    """Return the ids of persons with enough matching records."""
    events = table(tables, body.table)
    day = EVENTS[body.table][1]
    column(events, body.table, "person_id")
    kept = events.filter(matches(events, body, tables))
    if body.start is not None:
        kept = kept.filter(column(kept, body.table, day).cast("date") >= body.start)
    if body.end is not None:
        kept = kept.filter(column(kept, body.table, day).cast("date") <= body.end)
    if body.at_least == 1:
        return kept.select("person_id")
    counted = kept.group_by("person_id").aggregate(records=kept.count())
    return counted.filter(counted.records >= body.at_least).select("person_id")


def matches(events: ir.Table, body: CodesBody, tables: Tables) -> ir.BooleanValue:
    """Return the condition that a record carries one of the codes, by source code or by concept."""
    conditions = []
    if {"source_system", "source_code"} <= set(events.columns):
        for system, codes in by_system(body.codes).items():
            named = events.source_system.isin(names_of(system)) & events.source_code.isin(sorted(codes))
            conditions.append(named)
        conditions += [begins(events, code) for code in body.codes if code.opens]
    concept = EVENTS[body.table][0]
    if concept in events.columns:
        if body.concept_ids:
            conditions.append(events[concept].isin(list(body.concept_ids)))
        if body.codes and "concept" in tables:
            conditions.append(events[concept].isin(concepts_of(body.codes, tables).concept_id))
    if any(code.descendants and not nested(code.system) for code in body.codes):
        check_vocabulary(tables)
    if not conditions or (body.concept_ids and concept not in events.columns):
        raise refuse("COH-103", found=body.table, accepted=f"source_system + source_code, {concept}")
    return reduce(lambda one, two: one | two, conditions)


def begins(events: ir.Table, code: Code) -> ir.BooleanValue:
    """Return the condition that a record's source code begins with a code, dots aside."""
    plain = events.source_code.replace(".", "")
    return events.source_system.isin(names_of(code.system)) & plain.startswith(code.stem)


def concepts_of(codes: tuple[Code, ...], tables: Tables) -> ir.Table:
    """Return the concepts of some codes, and what the vocabulary places under those that ask for it."""
    found = named_concepts(codes, tables)
    under = tuple(code for code in codes if code.descendants)
    if under and "concept_ancestor" in tables:
        ancestors = tables["concept_ancestor"]
        top = named_concepts(under, tables)
        below = ancestors.filter(ancestors.ancestor_concept_id.isin(top.concept_id))
        found = found.union(below.select(concept_id=below.descendant_concept_id))
    return found.filter(found.concept_id != 0)


def named_concepts(codes: tuple[Code, ...], tables: Tables) -> ir.Table:
    """Return the concepts that carry exactly these codes in these systems' vocabularies, dots aside in what opens."""
    concept = tables["concept"]
    plain = concept.concept_code.replace(".", "")
    conditions = [
        concept.vocabulary_id.isin(names_of(system)) & written.isin(sorted(those))
        for written, some in (
            (concept.concept_code, [code for code in codes if not code.opens]),
            (plain, [code for code in codes if code.opens]),
        )
        for system, those in by_system(some).items()
    ]
    kept = concept.filter(reduce(lambda one, two: one | two, conditions))
    return kept.select(concept_id=kept.concept_id.cast("int64"))


def check_vocabulary(tables: Tables) -> None:
    """Refuse descendants when nothing says what lies under a code."""
    missing = [name for name in ("concept", "concept_ancestor") if name not in tables]
    if missing:
        raise refuse("COH-102", found=", ".join(missing))


def by_system(codes: Sequence[Code]) -> dict[str, set[str]]:
    """Return the codes of each system, as they are compared."""
    found: dict[str, set[str]] = {}
    for code in codes:
        found.setdefault(code.system, set()).add(code.stem)
    return found


def names_of(system: str) -> list[str]:
    """Return every name a system goes by: as asked, its OMOP vocabulary, each URI of that vocabulary."""
    vocabulary = VOCABULARIES.get(system, system)
    return sorted({system, vocabulary} | {uri for uri, each in VOCABULARIES.items() if each == vocabulary})


def aged(rows: ir.Table, body: AgeBody) -> ir.BooleanValue:
    """Return the condition on completed years; never NULL."""
    import ibis

    year = column(rows, "person", "year_of_birth")
    month = rows.month_of_birth if "month_of_birth" in rows.columns else ibis.null("int64")
    day = rows.day_of_birth if "day_of_birth" in rows.columns else ibis.null("int64")
    day = ibis.ifelse(month.isnull(), 1, day.fill_null(1))
    birth = year.cast("int64") * 10_000 + month.fill_null(1).cast("int64") * 100 + day.cast("int64")
    condition = birth <= number(body.at, years_back=body.min)
    if body.max is not None:
        condition = condition & (birth > number(body.at, years_back=body.max + 1))
    return condition.fill_null(False)


def number(day: date, *, years_back: int) -> int:
    """Return a day some years earlier as the number YYYYMMDD, so that ages compare without a calendar."""
    return (day.year - years_back) * 10_000 + day.month * 100 + day.day


def of_sex(rows: ir.Table, body: SexBody) -> ir.BooleanValue:
    """Return the condition on sex; never NULL."""
    gender = column(rows, "person", "gender_concept_id")
    known = [SEXES[word] for word in body.among if word in SEXES]
    condition = gender.isin(known).fill_null(False)
    if "unknown" in body.among:
        condition = condition | ~gender.isin(list(SEXES.values())).fill_null(False)
    return condition


def table(tables: Tables, name: str) -> ir.Table:
    """Return a table, or refuse."""
    if name not in tables:
        raise refuse("COH-101", found=name, accepted=", ".join(sorted(tables)))
    return tables[name]


def column(rows: ir.Table, name: str, wanted: str) -> Any:
    """Return a column, or refuse."""
    if wanted not in rows.columns:
        raise refuse("COH-104", found=f"{name}.{wanted}", accepted=", ".join(rows.columns))
    return rows[wanted]
