"""A plan as Ibis expressions: for each table one inner join with the pseudonyms, which selects, removes and replaces.

Nobody who is not in the map `persons` (id, pseudonym) can be in an extract, because every table that knows persons is
joined with it. A row's own key becomes its place in an order that is made of the extract's own cells, so it is a
function of what the permit shows and of nothing else; keys that several columns share are replaced through a map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from hygie.access.cohorts.compiler import compile_cohort
from hygie.access.cohorts.values import tables_read
from hygie.access.extracts.values import CUT, Column, Plan, TablePlan

if TYPE_CHECKING:
    import ibis.expr.types as ir

FINEST = {"day": ("time",), "month": ("time", "day"), "year": ("time", "day", "month")}
REGION = ("state", "country_concept_id", "country_source_value")


@dataclass(frozen=True)
class Source:
    """One dataset's tables as an engine offers them.

    Parameters
    ----------
    tables : Mapping[str, ibis.Table]   the snapshot's tables by name
    persons : ibis.Table                (id, pseudonym) of the dataset's persons who are in
    keys : Mapping[str, ibis.Table]     space -> (id, pseudonym)
    """

    tables: Mapping[str, Any]
    persons: Any
    keys: Mapping[str, Any] = field(default_factory=dict)


def everyone(index: ir.Table, people: Mapping[str, Any]) -> ir.Table:
    """Return (dataset, person_id, person_uid) of every person whom a snapshot holds.

    Parameters
    ----------
    index : ibis.Table                 the node's person index
    people : Mapping[str, ibis.Table]  dataset -> its `person` table
    """
    parts = []
    for dataset, person in people.items():
        known = index.filter(index.dataset == dataset).select("dataset", "person_id", "person_uid")
        parts.append(known.semi_join(person, "person_id"))
    return reduce(lambda one, two: one.union(two), parts)


def without(persons: ir.Table, opted_out: ir.Table | None) -> ir.Table:
    """Return the persons who have not opted out of the dataset that holds them; everybody when no list is given.

    Source   Reg. (EU) 2025/327 art. 71(3)
    """
    return persons if opted_out is None else persons.anti_join(opted_out, ["dataset", "person_uid"])


def cohort(plan: Plan, tables: Mapping[str, Mapping[str, Any]], remaining: ir.Table) -> ir.Table:
    """Return the persons (`person_uid`) among those who remain who meet the plan's criteria.

    A person whom several records describe is one person: all their events count together, and birth and sex are
    read from the first record (datasets by name, then the smallest id).

    Parameters
    ----------
    plan : Plan
    tables : Mapping[str, Mapping[str, ibis.Table]]   dataset -> table -> the snapshot's rows
    remaining : ibis.Table                            (dataset, person_id, person_uid) after opt-outs
    """
    joined: dict[str, Any] = {}
    for name in sorted(tables_read(plan.cohort)):
        known = first_records(plan, remaining) if name == "person" else remaining
        parts = [as_persons(held[name], dataset, known) for dataset, held in tables.items() if name in held]
        if parts:
            shared = [column for column in parts[0].columns if all(column in part.columns for part in parts)]
            joined[name] = reduce(lambda one, two: one.union(two), [part.select(shared) for part in parts])
    found = compile_cohort(plan.cohort, joined)
    return found.select(person_uid=found.person_id).distinct()


def first_records(plan: Plan, remaining: ir.Table) -> ir.Table:
    """Return one record (dataset, person_id, person_uid) for each person."""
    if len(plan.datasets) > 1:
        first = remaining.group_by("person_uid").agg(dataset=remaining.dataset.min())
        remaining = remaining.semi_join(first, ["person_uid", "dataset"])
    return remaining.group_by(["dataset", "person_uid"]).agg(person_id=remaining.person_id.min())


def as_persons(table: ir.Table, dataset: str, remaining: ir.Table) -> ir.Table:
    """Return a table's rows of the persons who remain, `person_id` being the node-wide person."""
    if "person_id" not in table.columns:
        return table
    known = remaining.filter(remaining.dataset == dataset).select(own="person_id", person_uid="person_uid")
    joined = table.inner_join(known, table.person_id == known.own)
    others = {name: joined[name] for name in table.columns if name != "person_id"}
    return joined.select(person_id=joined.person_uid, **others)


def selected(plan: Plan, table: TablePlan, source: Source) -> ir.Table:
    """Return a table's rows that the plan lets in, `person` replaced by the pseudonym, all else still as stored."""
    rows = source.tables[table.name]
    if table.reach == "all":
        return rows.select(table.names)
    if table.reach == "referenced":
        key = next((column.name for column in table.columns if column.space == table.name), None)
        home = "location_id" if table.name == "location" else f"{table.name}_id"
        seen = referenced(plan, table.name, source)
        kept = rows.semi_join(seen, rows[home] == seen.id)
        return kept.select(table.names) if key else kept.select(table.names).distinct()
    if table.start:
        rows = rows.filter(rows[table.start].cast("date").between(ibis.date(plan.start), ibis.date(plan.end)))
    persons = source.persons
    joined = rows.inner_join(persons, rows[table.person] == persons.id)
    cells = {name: joined.pseudonym if name == table.person else joined[name] for name in table.names}
    return joined.select(**cells)


def referenced(plan: Plan, space: str, source: Source) -> ir.Table:
    """Return the distinct ids of a space that permitted columns of selected rows point at."""
    parts = []
    for table in plan.tables:
        if table.name not in source.tables:
            continue
        pointing = [column.name for column in table.columns if column.space == space and table.name != space]
        rows = selected(plan, table, source) if pointing else None
        parts += [rows.filter(rows[name].notnull()).select(id=rows[name]) for name in pointing if rows is not None]
    if not parts:
        return source.persons.filter(ibis.literal(False)).select("id")
    return reduce(lambda one, two: one.union(two), parts).distinct()


def ids(plan: Plan, space: str, source: Source) -> ir.Table:
    """Return the distinct ids (`id`) of a space that get a number of their own.

    Where the space's own table knows persons, they are the cohort's rows of it, so that a reference to another
    person's row comes to nothing; otherwise they are what permitted columns point at.
    """
    home = source.tables.get(space)
    if home is None or "person_id" not in home.columns:
        return referenced(plan, space, source)
    rows = home.semi_join(source.persons, home.person_id == source.persons.id)
    return rows.select(id=rows[f"{space}_id"]).distinct()


def regions(location: ir.Table, seen: ir.Table) -> ir.Table:
    """Return (id, region): for each location the smallest one of the same region, which stands for all of them."""
    known = [name for name in REGION if name in location.columns]
    rows = location.semi_join(seen, location.location_id == seen.id)
    window = ibis.window(group_by=known) if known else ibis.window()
    return rows.select(id=rows.location_id, region=rows.location_id.min().over(window))


def rekeyed(plan: Plan, table: TablePlan, source: Source) -> ir.Table:
    """Return a table's rows as the extract shows them, but for their own numbers and their order."""
    rows = selected(plan, table, source)
    for column in table.columns:
        if column.treatment == "key":
            keys = source.keys[column.space].select(**{f"{column.name}_old": "id", f"{column.name}_new": "pseudonym"})
            rows = rows.left_join(keys, rows[column.name] == keys[f"{column.name}_old"])
    cells = {column.name: cell(plan, column, rows) for column in table.columns if column.treatment != "number"}
    shown = rows.select(**cells)
    return shown.distinct() if table.name == "location" and plan.location == "region" else shown


def cell(plan: Plan, column: Column, rows: ir.Table) -> Any:
    """Return the expression of one column's cells."""
    value = rows[f"{column.name}_new"] if column.treatment == "key" else rows[column.name]
    match column.treatment:
        case "day" | "month" | "year" as grain if column.role == "datetime":
            return value.truncate(grain[0].upper()).cast("timestamp")
        case "month" | "year" as grain:
            return value.cast("timestamp").truncate(grain[0].upper()).cast("date")
        case "precision":
            return ibis.ifelse(value.isin(FINEST[plan.dates]), plan.dates, value)
        case "cut":
            return value.substr(0, CUT)
    return value


def extracted(plan: Plan, table: TablePlan, source: Source) -> ir.Table:
    """Return a table as the extract holds it: ordered by pseudonym and cells, own keys numbered so."""
    rows = rekeyed(plan, table, source)
    first = [table.person] if table.person else []
    own = [column.name for column in table.columns if column.treatment == "key" and column.space == table.name]
    rest = [name for name in rows.columns if name not in {*first, *own}]
    rows = rows.order_by([*first, *own, *rest])
    number = ibis.row_number() + 1
    return rows.select(
        **{column.name: number if column.treatment == "number" else rows[column.name] for column in table.columns}
    )
