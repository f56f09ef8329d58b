"""An increment of FHIR: resources take the places of held ones by type and id; what is kept for the next increment.

OMOP's rows do not tell from which resource they come, nor what it refers to. Beside them each type's staged resources
are kept, by which the whole is mapped again with what comes: a reference finds its target in whichever delivery it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from hygie.intake.sources.fhir import compiler
from hygie.intake.sources.fhir.expressions import quote, target_id
from hygie.intake.sources.fhir.model import Resource, mapping
from hygie.intake.sources.over import Change
from hygie.intake.sources.values import TableDraft

KEPT = "fhir_staged_"
WHOLE = "fhir_"
COMING = "fhir_coming"
PATIENT = r"(?i)(^|/)patient\b"
SEARCHED = r"(?i)[?|%]|identifier="  # a conditional reference, whatever its type and however it is written
IDENTIFIERS = "identifiers"  # linkage has their hashes


def columns(resource: Resource) -> list[str]:
    """Return what is kept of a type's staged resources."""
    values = [each for each in compiler.stage_columns(resource) if each != IDENTIFIERS]
    return ["file", "line", "keys", "person", "visit", *values]


def needed() -> Iterator[tuple[str, list[str]]]:
    """Yield each type's kept table and its columns."""
    for resource in mapping().values():
        yield f"{KEPT}{resource.type.lower()}", columns(resource)


def drafts(con: duckdb.DuckDBPyConnection, person_map: str) -> list[TableDraft]:
    """Return the staged resources as tables to be written; references to others, or by search, are left out."""
    found = []
    for resource in mapping().values():
        joined = f"FROM {resource.stage} s JOIN {person_map} p ON p.source_id = s.person"
        kept = f"{joined} WHERE rule IS NULL AND whole IS NULL"
        if not con.execute(f"SELECT 1 {kept} LIMIT 1").fetchall():
            continue
        others = {*resource.references.values(), "encounter"} - {resource.person}
        cells = ", ".join(own(each) if each in others else f"s.{each}" for each in columns(resource))
        query = f"SELECT p.person_id, {cells} {kept}"
        found.append(TableDraft(f"{KEPT}{resource.type.lower()}", query, "staged", ("person_id",), "person_id"))
    return found


def own(column: str) -> str:
    """Return SQL of a reference, NULL where it names another patient, or by a search, whose text is an identifier."""
    cell = f"s.{column}"
    searched = f"regexp_matches({cell}, {quote(SEARCHED)})"
    theirs = f"coalesce({target_id(cell, 'Patient')} = s.person, false)"
    other = f"regexp_matches({cell}, {quote(PATIENT)}) AND NOT {theirs}"
    return f"CASE WHEN NOT ({searched} OR {other}) THEN {cell} END AS {column}"


def first_file(con: duckdb.DuckDBPyConnection, held: Mapping[str, str]) -> int:
    """Return the number of an increment's first file: the rows of earlier ones keep their numbers."""
    files = [f"SELECT max(file) AS file FROM {view}" for table, view in held.items() if table.startswith(KEPT)]
    top = con.execute(f"SELECT max(file) FROM ({' UNION ALL '.join(files)})").fetchall()[0][0] if files else None
    return 0 if top is None else int(top) + 1


def carry(con: duckdb.DuckDBPyConnection, held: Mapping[str, str]) -> list[str]:
    """Add to the staged resources the held ones whose place none takes; return what changed by type, in words."""
    notes = []
    for resource in mapping().values():
        name = resource.type.lower()
        staged, whole = held.get(f"{KEPT}{name}"), held.get(f"{WHOLE}{name}")
        kept = ", ".join(columns(resource))
        notes += carry_type(
            con,
            resource.stage,
            resource.type,
            [staged, whole],
            [
                f"INSERT INTO {resource.stage} BY NAME SELECT {quote(resource.type)} AS type, false AS suspect, {kept} "
                f"FROM {staged} h WHERE {STAYS}",
                compiler.insert(resource, again(whole)),
            ],
        )
    mapped = {resource.type.lower() for resource in mapping().values()}
    for table, view in held.items():
        name = table.removeprefix(WHOLE)
        if not table.startswith(KEPT) and name not in mapped:
            notes += carry_type(
                con, compiler.WHOLE, name, [view], [compiler.insert_whole(again(view), list(mapping()))]
            )
    return notes


STAYS = f"(h.id IS NULL OR h.id NOT IN (SELECT id FROM {COMING}))"


def again(view: str | None) -> str:
    """Return the relation of lines that were kept whole, and stay, to be staged again."""
    return (
        f"(SELECT -1 AS file, row_number() OVER () AS line, h.resource AS raw, NULL::VARCHAR AS fault, "
        f"false AS closer FROM {view} h WHERE {STAYS})"
    )


def carry_type(
    con: duckdb.DuckDBPyConnection, table: str, kind: str, views: list[str | None], statements: list[str]
) -> list[str]:
    """Run what carries over one type's held resources, and return what changed, in words."""
    of = f"FROM {table} WHERE rule IS NULL AND lower(type) = {quote(kind.lower())}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {COMING} AS SELECT id {of} AND id IS NOT NULL")
    [(coming,)] = con.execute(f"SELECT count(*) {of}").fetchall()
    before = carried = 0
    for view, statement in zip(views, statements, strict=True):
        if view is not None:
            before += con.execute(f"SELECT count(*) FROM {view}").fetchall()[0][0]
            carried += con.execute(statement).fetchall()[0][0]
    changed = min(coming, before - carried)
    change = Change(coming - changed, changed, before - carried - changed, carried)
    return [change.words(kind)] if coming else []
