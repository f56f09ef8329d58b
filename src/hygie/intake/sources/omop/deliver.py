"""A staged delivery as the lake takes it: tables, quarantine, identifiers, and every count."""

from __future__ import annotations

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.cdm import EXTENDED, Table
from hygie.intake.sources.omop.members import Member
from hygie.intake.sources.omop.stage import Staged, staged
from hygie.intake.sources.values import Delivery, TableDraft, Tally, dataset_system

STANDARD = "OMOP CDM 5.4"


def deliver(engine: Engine, delivery: Staged) -> Delivery:
    """Return what a staged delivery gives the lake.

    Parameters
    ----------
    engine : Engine     the one that staged it
    delivery : Staged
    """
    return Delivery(
        standard=STANDARD,
        files=(),
        tables=tuple(draft(member.table, delivery) for member in delivery.members),
        quarantine=" UNION ALL ".join(quarantine(member) for member in delivery.members),
        identifiers=identifiers(delivery),
        tallies=tuple(tally(engine, member.table) for member in delivery.members),
        notes=delivery.notes,
        unmapped=unmapped(engine, delivery),
        dangling=dangling(engine, delivery),
        synthetic=delivery.synthetic,
        headers=delivery.headers,
    )


def draft(table: Table, delivery: Staged) -> TableDraft:
    """Return a table to be written: kept records, in the CDM's columns and the extension columns."""
    fields = [f"e.{name(field.name)}" for field in table.fields]
    known, joined = extended(table, concepts=delivery.table("concept")) if table.name in EXTENDED else ({}, "")
    fields += [f"{known.get(field.name, 'NULL::VARCHAR')} AS {field.name}" for field in table.extensions]
    query = f"SELECT {', '.join(fields)} FROM {staged(table)} e{joined} WHERE e.fault IS NULL"
    return TableDraft(
        table.name, query, "vocabulary" if table.vocabulary else "omop", order(table), table.person_column
    )


def order(table: Table) -> tuple[str, ...]:
    """Return the columns a table is sorted by: the person, then its key, or its first columns."""
    keys = tuple(key for key in (table.person_column, table.primary_key) if key)
    return tuple(dict.fromkeys(keys)) or tuple(field.name for field in table.fields[:2])


def extended(table: Table, *, concepts: bool) -> tuple[dict[str, str], str]:
    """Return the extension columns that an event's record tells of, and the join that they need.

    The code is that of the source concept where CONCEPT is delivered and holds it; otherwise the source value.
    """
    stem = EXTENDED[table.name]
    source, value = name(f"{stem}_source_concept_id"), name(f"{stem}_source_value")
    moment = next((field.name for field in table.fields if field.type == "datetime"), None)
    precision = f"CASE WHEN e.{name(moment)}::TIME > TIME '00:00:00' THEN 'time' ELSE 'day' END" if moment else "'day'"
    system, code, joined = "NULL::VARCHAR", f"e.{value}", ""
    if concepts:
        system, code = "k.vocabulary_id", f"coalesce(k.concept_code, e.{value})"
        joined = (
            f" LEFT JOIN (SELECT concept_id, vocabulary_id, concept_code FROM stage_concept "
            f"WHERE fault IS NULL AND concept_id <> 0) k ON k.concept_id = e.{source}"
        )
    return {"source_system": system, "source_code": code, "date_precision": precision}, joined


def quarantine(member: Member) -> str:
    """Return the quarantined records of one file."""
    return (
        f"SELECT {literal(member.file)} AS file, line, split_part(fault, '|', 1) AS rule, "
        f"split_part(fault, '|', 2) AS reason, raw FROM {staged(member.table)} WHERE fault IS NOT NULL"
    )


def identifiers(delivery: Staged) -> str:
    """Return the identifiers of persons: the dataset's own ids, and the source values of a declared system."""
    own = f"SELECT person_id, {literal(dataset_system(delivery.dataset))} AS system, person_id::VARCHAR AS value"
    query = f"{own} FROM stage_person WHERE fault IS NULL"
    if delivery.identifier_system:
        query += (
            f" UNION ALL SELECT person_id, {literal(delivery.identifier_system)}, person_source_value "
            f"FROM stage_person WHERE fault IS NULL AND person_source_value IS NOT NULL"
        )
    return query


def tally(engine: Engine, table: Table) -> Tally:
    """Return how many records of a table's file were read, kept and quarantined."""
    of_file = f"FROM {staged(table)} WHERE line IS NOT NULL"
    read, kept = engine.rows(f"SELECT count(*), count(*) FILTER (WHERE fault IS NULL) {of_file}")[0]
    return Tally(table.name, read, kept, read - kept)


def unmapped(engine: Engine, delivery: Staged) -> dict[str, int]:
    """Return, for each event table, how many events have the standard concept 0: no vocabulary mapped their code."""
    counts = {}
    for table_name, stem in EXTENDED.items():
        if delivery.table(table_name):
            counts[table_name] = engine.scalar(
                f"SELECT count(*) FROM stage_{table_name} WHERE fault IS NULL AND {name(f'{stem}_concept_id')} = 0"
            )
    return {table: count for table, count in counts.items() if count}


def dangling(engine: Engine, delivery: Staged) -> dict[str, int]:
    """Return, for each table and field, how many references name a record that was not kept."""
    counts: dict[str, int] = {}
    for member in delivery.members:
        table = member.table
        links = [
            (field.name, field.foreign_table)
            for field in table.fields
            if field.foreign_table and field.foreign_table not in ("person", "concept") and not table.vocabulary
        ]
        for field_name, target in links:
            count = missing(engine, delivery, table, field_name, str(target))
            if count:
                counts[f"{table.name}.{field_name}"] = count
    return counts


def missing(engine: Engine, delivery: Staged, table: Table, field: str, target: str) -> int:
    """Return how many values of a field name no kept record of the target."""
    there = f"{staged(table)} e WHERE e.fault IS NULL AND e.{name(field)} IS NOT NULL"
    if not delivery.table(target):
        return int(engine.scalar(f"SELECT count(*) FROM {there}"))
    key = next(member.table.primary_key for member in delivery.members if member.table.name == target)
    return int(
        engine.scalar(
            f"SELECT count(*) FROM {there} AND NOT EXISTS (SELECT 1 FROM {name('stage_' + target)} t "
            f"WHERE t.fault IS NULL AND t.{name(str(key))} = e.{name(field)})"
        )
    )
