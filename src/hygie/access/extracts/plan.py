"""From a permit and what the snapshots hold to a plan: pure, and every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hygie.access.extracts.values import Column, Left, Plan, Reach, TablePlan, Treatment
from hygie.access.permits.data_rules import NEVER, REFERENCED
from hygie.base.kernel import Reason, Verdict
from hygie.intake.lake.values import declared
from hygie.intake.sources.cdm import EXTENDED, IDENTIFIER_ROLES, OFFSETS, PRECISIONS, TABLES, Field, Table

if TYPE_CHECKING:
    from hygie.access.permits.values import Minimisation, Permit
    from hygie.intake.lake.values import Manifest, SnapshotTable

    Tables = Mapping[str, SnapshotTable]

# Concepts that say how a record came about or in which unit, never what a person has.
GENERAL = (
    "_type_concept_id",
    "unit_concept_id",
    "operator_concept_id",
    "route_concept_id",
    "visit_concept_id",
    "visit_detail_concept_id",
)
BIRTH_PARTS = {"month_of_birth": ("year",), "day_of_birth": ("year", "month")}
CODED = frozenset(EXTENDED) - {"visit_occurrence"} | {
    "death",
    "specimen",
    "episode",
    "drug_era",
    "dose_era",
    "condition_era",
}


def plan(permit: Permit, manifests: Mapping[str, Manifest]) -> Plan:
    """Return the plan of a permit over the snapshots of its datasets.

    Parameters
    ----------
    permit : Permit
    manifests : Mapping[str, Manifest]   the current snapshot's manifest of each of the permit's datasets

    Errors      EXT-101 to EXT-107, every one that holds, by path

    Source      Reg. (EU) 2025/327 art. 66 (minimisation), art. 68(10)
    """
    held = {dataset: dict(manifests[dataset].tables) for dataset in manifests}
    shapes = {**TABLES, **declared(manifests.values())}
    reasons: list[Reason] = []
    left: list[Left] = []
    tables: list[TablePlan] = []
    if permit.data.format != "pseudonymised":
        reasons.append(Reason("EXT-107", {"found": permit.data.format}, "$.data.format"))
    wanted = {name: set(columns) for name, columns in permit.data.tables.items()}
    for name, columns in wanted.items():
        path = f"$.data.tables.{name}"
        faults = table_faults(name, held, path, shapes)
        table = shapes.get(name)
        if faults or table is None:
            reasons += faults
            continue
        reasons += column_faults(table, columns, held, path)
        made = table_plan(table, columns, wanted, permit.minimisation, left, shapes)
        if made is not None:
            tables.append(made)
    Verdict(tuple(reasons)).check()
    return Plan(
        datasets=tuple(permit.data.datasets),
        tables=tuple(sorted(tables, key=lambda one: one.name)),
        start=permit.data.period.start,
        end=permit.data.period.end,
        cohort=permit.data.cohort,
        opt_outs=permit.opt_out_exception is None,
        decided_at=permit.decided_at,
        left=tuple(left),
        birth=permit.minimisation.birth,
        dates=permit.minimisation.dates,
        location=permit.minimisation.location,
        codes=permit.minimisation.codes,
        see=permit.snapshots.see if permit.snapshots else "",
    )


def table_faults(name: str, held: Mapping[str, Tables], path: str, shapes: Mapping[str, Table]) -> list[Reason]:
    """Return why a table cannot be extracted."""
    holders = [dataset for dataset, tables in held.items() if name in tables]
    if not holders:
        known = sorted({table for tables in held.values() for table in tables if table in shapes})
        return [Reason("EXT-101", {"table": name, "accepted": ", ".join(known)}, path)]
    if name not in shapes:
        return [Reason("EXT-104", {"table": name}, path)]
    if reach(shapes[name]) is None:
        return [Reason("EXT-105", {"table": name}, path)]
    return []


def reach(table: Table) -> Reach | None:
    """Return which rows of a table an extract may hold, None when it holds none of it."""
    if table.person_column:
        return "persons"
    if table.vocabulary:
        return "all"
    return "referenced" if table.name in REFERENCED else None


def column_faults(table: Table, columns: set[str], held: Mapping[str, Tables], path: str) -> list[Reason]:
    """Return why some columns of a table cannot be extracted."""
    reasons = []
    for column in sorted(columns):
        field = table.field(column)
        here = f"{path}.{column}"
        if field is None or not everywhere(table.name, column, held):
            reasons.append(Reason("EXT-102", {"table": table.name, "column": column[:64]}, here))
        elif field.role in NEVER:
            reasons.append(Reason("EXT-103", {"table": table.name, "column": column}, here))
        elif field.role in IDENTIFIER_ROLES - {"person"} and not space_of(table, field):
            reasons.append(Reason("EXT-106", {"table": table.name, "column": column}, here))
    return reasons


def everywhere(table: str, column: str, held: Mapping[str, Tables]) -> bool:
    """Return whether every dataset that holds a table holds a column of it."""
    return all(any(name == column for name, _ in tables[table].columns) for tables in held.values() if table in tables)


def space_of(table: Table, field: Field) -> str:
    """Return the table whose keys an identifier column holds, empty when the CDM does not say."""
    return table.name if field.is_primary else field.foreign_table or ""


def table_plan(
    table: Table,
    columns: set[str],
    wanted: Mapping[str, set[str]],
    settings: Minimisation,
    left: list[Left],
    shapes: Mapping[str, Table] = TABLES,
) -> TablePlan | None:
    """Return a table's plan, noting in `left` what minimisation takes away; None when nothing remains."""
    if table.name == "location" and settings.location == "none":
        left += [Left(table.name, column, "location") for column in sorted(columns)]
        return None
    person = table.person_column or ""
    planned = []
    for field in table.columns:
        if field.name not in columns and field.name != person:
            continue
        setting = taken_away(table, field, settings)
        if setting:
            left.append(Left(table.name, field.name, setting))
        else:
            planned.append(column_plan(table, field, wanted, settings, shapes))
    if not planned:
        return None
    start = start_of(table) if person else ""
    found = reach(table)
    assert found is not None
    return TablePlan(table.name, found, tuple(planned), person, start)


def start_of(table: Table) -> str:
    """Return the column that the period is held against: the first day, or of a source's own table the first time."""
    roles = ("date",) if table.name in TABLES else ("date", "datetime")
    return next((field.name for role in roles for field in table.fields if field.role == role), "")


def taken_away(table: Table, field: Field, settings: Minimisation) -> str:
    """Return the minimisation setting that takes a column away, empty when none does."""
    if table.name == "person" and settings.birth in BIRTH_PARTS.get(field.name, ()):
        return "birth"
    if field.name in OFFSETS:
        return "dates"
    if field.role == "location" and settings.location == "none":
        return "location"
    if field.role == "place" and settings.location != "full":
        return "location"
    if field.role == "day" and settings.dates != "day":
        return "dates"
    if (field.role, "year") in (("month", settings.dates), ("birth_month", settings.birth)):
        return "dates" if field.role == "month" else "birth"
    if settings.codes == "3-characters" and table.name in CODED:
        fine = field.role == "concept" and not field.name.endswith(GENERAL)
        raw = field.role == "source_value" and field.name != "source_code"
        return "codes" if fine or raw else ""
    return ""


def column_plan(
    table: Table,
    field: Field,
    wanted: Mapping[str, set[str]],
    settings: Minimisation,
    shapes: Mapping[str, Table] = TABLES,
) -> Column:
    """Return what is done to a column that stays."""
    if field.role == "person":
        return Column(field.name, field.role, "pseudonym")
    if field.role in IDENTIFIER_ROLES:
        space = space_of(table, field)
        if field.is_primary and table.person_column and not pointed_at(table.name, wanted, shapes):
            return Column(field.name, field.role, "number")
        return Column(field.name, field.role, "key", space)
    return Column(field.name, field.role, treatment(table, field, settings))


def treatment(table: Table, field: Field, settings: Minimisation) -> Treatment:
    """Return what is done to a column that is no identifier."""
    grains: dict[str, Treatment] = {"day": "day", "month": "month", "year": "year"}
    if table.name == "person" and field.role in {"date", "datetime"}:
        return grains[settings.birth]
    if field.role in {"date", "datetime"}:
        return grains[settings.dates]
    if field.name in PRECISIONS:
        return "precision"
    coded = field.name == "source_code" and table.name in CODED
    if settings.codes == "3-characters" and (coded or (field.role == "source_value" and table.name not in TABLES)):
        return "cut"
    return "keep"


def pointed_at(space: str, wanted: Mapping[str, set[str]], shapes: Mapping[str, Table] = TABLES) -> bool:
    """Return whether a permitted column, other than the table's own key, holds keys of a table."""
    return any(
        field.foreign_table == space and field.role in IDENTIFIER_ROLES and field.name in columns
        for name, columns in wanted.items()
        if name in shapes
        for field in shapes[name].columns
    )
