"""Rows of declared tables as OMOP events: what a schema's `hygie:omop` says is a diagnosis or a drug."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.cdm import EXTENDED, TABLES
from hygie.intake.sources.fhir.deliver import Vocabulary, concepts
from hygie.intake.sources.table.casts import own
from hygie.intake.sources.table.values import Event, Schema
from hygie.intake.sources.values import TableDraft

EVENTS = "table_event"
REGISTRY = 32879  # Source   OMOP vocabulary Type Concept, "Registry"


def drafts(
    engine: Engine, parts: Sequence[tuple[Schema, str]], vocabulary: Vocabulary | None
) -> tuple[list[TableDraft], dict[str, int], list[str]]:
    """Return the OMOP tables, by code system the events whose code no vocabulary maps, and notes on rows left out.

    Parameters
    ----------
    parts : Sequence          tables that have events, each with SQL -> (row_id, person_id, its columns)
    vocabulary : Vocabulary   what codes are mapped by; without it every concept_id of a code is 0
    """
    if not parts:
        return [], {}, []
    if vocabulary is not None:
        concepts(engine.con, vocabulary)
    none = "(SELECT '' AS system, '' AS code, 0 AS concept_id, 0 AS source_concept_id)"
    every = [(schema, event, rows) for schema, rows in parts for event in schema.events]
    told = " UNION ALL ".join(
        f"SELECT {at} AS place, row_id, person_id, {literal(event.table)} AS target, "
        f"{literal(event.system)} AS system, {when(schema, event)} FROM ({rows})"
        for at, (schema, event, rows) in enumerate(every)
    )
    engine.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {EVENTS} AS SELECT e.*, coalesce(k.concept_id, 0) AS concept_id, "
        f"coalesce(k.source_concept_id, 0) AS source_concept_id FROM ({told}) e "
        f"LEFT JOIN {'fhir_concept' if vocabulary else none} k USING (system, code)"
    )
    whole = "person_id IS NOT NULL AND code IS NOT NULL AND day IS NOT NULL"
    left = engine.rows(f"SELECT place, target, count(*) FROM {EVENTS} WHERE NOT ({whole}) GROUP BY ALL ORDER BY ALL")
    notes = [
        f"{every[at][0].name}: rows without a person, a code or a day, not in {target}: {count}"
        for at, target, count in left
    ]
    engine.con.execute(f"DELETE FROM {EVENTS} WHERE NOT ({whole})")
    targets = dict.fromkeys(event.table for _, event, _ in every)
    return [draft(each) for each in targets], unmapped(engine), notes


def when(schema: Schema, event: Event) -> str:
    """Return SQL: a row's code, and its day and time."""
    day = own(event.date)
    moment = day if schema.column(event.date).type == "datetime" else "NULL::TIMESTAMP"
    return f"nullif(trim({own(event.code)}::VARCHAR), '') AS code, {day}::DATE AS day, {moment} AS moment"


def draft(target: str) -> TableDraft:
    """Return an OMOP table of the events; its rows are numbered in the order of the tables and their rows."""
    stem, shape = EXTENDED[target], TABLES[target]
    start = next(field.name for field in shape.fields if field.name.endswith("start_date"))
    given = {
        f"{target}_id": "row_number() OVER (ORDER BY place, row_id)",
        "person_id": "person_id",
        f"{stem}_concept_id": "concept_id",
        start: "day",
        f"{start}time": "moment",
        "drug_exposure_end_date": "day",
        f"{stem}_type_concept_id": str(REGISTRY),
        f"{stem}_source_value": "code",
        f"{stem}_source_concept_id": "source_concept_id",
        "source_system": "system",
        "source_code": "code",
        "date_precision": "CASE WHEN moment IS NULL THEN 'day' ELSE 'time' END",
    }
    cells = ", ".join(
        f"({given.get(field.name, 'NULL')})::{field.sql_type} AS {name(field.name)}" for field in shape.columns
    )
    query = f"SELECT {cells} FROM {EVENTS} WHERE target = {literal(target)}"
    return TableDraft(target, query, "omop", ("person_id", f"{target}_id"), "person_id")


def unmapped(engine: Engine) -> dict[str, int]:
    """Return, by code system, how many events have a code that no vocabulary maps."""
    rows = engine.rows(f"SELECT system, count(*) FROM {EVENTS} WHERE concept_id = 0 GROUP BY 1 ORDER BY 1")
    return {str(system): int(count) for system, count in rows}
