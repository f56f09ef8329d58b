"""Second half of reading a delivery: the staged lines as OMOP tables, the source's own tables, and every count."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from hygie.base.engine import Engine
from hygie.base.kernel import refuse
from hygie.intake.sources import cdm
from hygie.intake.sources.fhir import choice, compiler, increment, report
from hygie.intake.sources.fhir.expressions import quote
from hygie.intake.sources.fhir.model import mapping, vocabularies
from hygie.intake.sources.fhir.stage import Staged, people, tables
from hygie.intake.sources.values import Delivery, TableDraft, dataset_system

STANDARD = "FHIR R4 bulk NDJSON"
MAP = "fhir_person_map"


@dataclass(frozen=True)
class Vocabulary:
    """A loaded OMOP vocabulary.

    Parameters
    ----------
    concept : str                       relation with the CDM's columns of `concept`
    concept_relationship : str or None  relation of `concept_relationship`, for what `Maps to` a standard concept
    """

    concept: str
    concept_relationship: str | None = None


def deliver(
    engine: Engine, staged: Staged, person_map: str = "person_map", *, vocabulary: Vocabulary | None = None
) -> Delivery:
    """Return what a staged delivery gives: queries over the engine's temporary tables, and counts.

    Parameters
    ----------
    engine : Engine            the one that staged
    staged : Staged
    person_map : str           relation (source_id VARCHAR, person_id BIGINT), one row for each of `patient_ids`
    vocabulary : Vocabulary    what codes are mapped by; without it every concept_id of a code is 0

    Errors     SRC-207 the person map lacks a patient, or names one twice
    """
    con = engine.con
    con.execute(f"CREATE OR REPLACE TEMP TABLE {MAP} AS SELECT source_id, person_id FROM {person_map}")
    check_map(con, staged)
    helpers(con)
    if vocabulary is not None:
        concepts(con, vocabulary)
    loaded = vocabulary is not None
    further = choice.make(con, loaded)
    return Delivery(
        standard=STANDARD,
        files=staged.files,
        tables=(*omop_tables(con, loaded), *source_tables(con), *increment.drafts(con, MAP)),
        quarantine=quarantine(),
        identifiers=identifiers(staged.dataset),
        tallies=report.tallies(con, staged.first),
        notes=(
            *staged.notes,
            *report.kept_whole(con),
            *report.deaths(con),
            *report.reversed_events(con),
            *report.further_codings(further),
            *report.unmapped_elements(con),
        ),
        unmapped=report.unmapped_codes(con, loaded),
        dangling=report.dangling(con),
        synthetic=staged.synthetic,
        long_lines=staged.long_lines,
        carried=carried(staged) if staged.first else "",
    )


def check_map(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Refuse a person map by which a row would be lost or doubled."""
    missing = con.execute(
        f"SELECT count(*) FROM ({staged.patient_ids}) WHERE source_id NOT IN "
        f"(SELECT source_id FROM {MAP} WHERE source_id IS NOT NULL AND person_id IS NOT NULL)"
    ).fetchall()[0][0]
    rows, distinct = con.execute(f"SELECT count(*), count(DISTINCT source_id) FROM {MAP}").fetchall()[0]
    if missing or rows != distinct:
        raise refuse("SRC-207", missing=missing, doubled=rows - distinct)


def helpers(con: duckdb.DuckDBPyConnection) -> None:
    """Make the relation of visits by encounter id, which the tables' queries join."""
    encounter = mapping()["Encounter"].stage
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW fhir_visit AS SELECT s.id AS source_id, "
        f"{compiler.sql.event_id()} AS visit_occurrence_id FROM (SELECT *, 0 AS part FROM {encounter}) s "
        "WHERE s.rule IS NULL AND s.whole IS NULL AND s.id IS NOT NULL"
    )


def concepts(con: duckdb.DuckDBPyConnection, vocabulary: Vocabulary) -> None:
    """Make `fhir_concept`: for each (system, code) the concept that is the code, and the standard one it maps to."""
    known = ", ".join(f"({quote(system)}, {quote(name)})" for system, name in vocabularies().items())
    standard = "CASE WHEN c.standard_concept = 'S' THEN c.concept_id END"
    join = ""
    if vocabulary.concept_relationship:
        standard = f"coalesce({standard}, r.concept_id_2)"
        join = (
            f"LEFT JOIN {vocabulary.concept_relationship} r ON r.concept_id_1 = c.concept_id "
            "AND r.relationship_id = 'Maps to' AND r.invalid_reason IS NULL"
        )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE fhir_concept AS SELECT v.system, c.concept_code AS code, "
        f"min(c.concept_id) AS source_concept_id, coalesce(min({standard}), 0) AS concept_id "
        f"FROM {vocabulary.concept} c JOIN (VALUES {known}) v(system, name) ON c.vocabulary_id = v.name {join} "
        "GROUP BY v.system, c.concept_code"
    )


def omop_tables(con: duckdb.DuckDBPyConnection, vocabulary: bool) -> list[TableDraft]:
    """Return a draft for each OMOP table that a delivered type gives rows to."""
    parts: dict[str, list[str]] = {}
    for resource in mapping().values():
        given = con.execute(f"SELECT 1 FROM {resource.stage} WHERE rule IS NULL AND whole IS NULL LIMIT 1").fetchall()
        if given:
            for target in resource.targets:
                parts.setdefault(target.name, []).append(compiler.table(resource, target, MAP, vocabulary))
    return [
        TableDraft(name, " UNION ALL ".join(queries), "omop", order(name), cdm.TABLES[name].person_column)
        for name, queries in parts.items()
    ]


def order(name: str) -> tuple[str, ...]:
    """Return what a table's rows are sorted by: the person, or its own key."""
    table = cdm.TABLES[name]
    return (table.person_column or str(table.primary_key),)


def source_tables(con: duckdb.DuckDBPyConnection) -> list[TableDraft]:
    """Return a draft `fhir_<type>` for each type of which resources are kept whole."""
    kept = {
        row[0]: f"SELECT id, person, raw FROM {compiler.WHOLE} WHERE rule IS NULL AND type = {quote(row[0])}"
        for row in con.execute(f"SELECT DISTINCT type FROM {compiler.WHOLE} WHERE rule IS NULL ORDER BY 1").fetchall()
    }
    for resource in mapping().values():
        where = f"FROM {resource.stage} WHERE rule IS NULL AND whole IS NOT NULL"
        if con.execute(f"SELECT 1 {where} LIMIT 1").fetchall():
            kept[resource.type] = f"SELECT id, person, raw {where}"
    return [
        TableDraft(
            f"fhir_{kind.lower()}",
            f"SELECT s.id, p.person_id, s.raw AS resource FROM ({query}) s LEFT JOIN {MAP} p ON p.source_id = s.person",
            "source",
            ("person_id",),
            "person_id",
        )
        for kind, query in sorted(kept.items())
    ]


def quarantine() -> str:
    """Return the query of every line that broke the standard: file, line, rule, reason and the line itself."""
    broken = " UNION ALL ".join(
        f"SELECT file, line, rule, raw FROM {table} WHERE rule IS NOT NULL" for table in tables()
    )
    return (
        "SELECT f.name AS file, q.line, split_part(q.rule, '|', 1) AS rule, "
        f"substr(q.rule, strpos(q.rule, '|') + 1) AS reason, q.raw FROM ({broken}) q JOIN fhir_file f USING (file)"
    )


def carried(staged: Staged) -> str:
    """Return the query of the persons whose Patient an increment does not bring: linkage knows their identifiers."""
    patient = mapping()["Patient"].stage
    came = f"SELECT person FROM {patient} WHERE rule IS NULL AND person IS NOT NULL AND file >= {staged.first}"
    return f"SELECT person_id FROM {MAP} WHERE source_id NOT IN ({came})"


def identifiers(dataset: str) -> str:
    """Return the query of what linkage may go by: each patient's own identifiers, and its id in this dataset."""
    patient = mapping()["Patient"].stage
    system = quote(dataset_system(dataset))
    return (
        f"SELECT p.person_id, i.system, i.value FROM (SELECT s.person, unnest(list_transform("
        "json_extract(s.identifiers, '$[*]'), lambda c: {'system': c ->> '$.system', 'value': c ->> '$.value'})) AS i "
        f"FROM {patient} s WHERE s.rule IS NULL AND s.person IS NOT NULL AND s.identifiers IS NOT NULL) "
        f"JOIN {MAP} p ON p.source_id = person WHERE i.system IS NOT NULL AND i.value IS NOT NULL "
        f"UNION ALL SELECT person_id, {system}, source_id FROM {MAP} "
        f"WHERE source_id IN (SELECT person FROM ({people()}))"
    )
