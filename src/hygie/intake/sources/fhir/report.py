"""The counts of a delivery: read, kept, quarantined, kept whole, unmapped codes and elements, dangling references."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from hygie.intake.sources.fhir import compiler
from hygie.intake.sources.fhir import expressions as sql
from hygie.intake.sources.fhir.expressions import ID, listed, quote
from hygie.intake.sources.fhir.model import Resource, common, mapping
from hygie.intake.sources.fhir.stage import tables
from hygie.intake.sources.values import Tally

LITERAL = f"^(?:.*/)?([A-Za-z]+)/({ID})(?:/_history/{ID})?$"
SEARCH = r"^([A-Za-z]+)\?identifier=(.+)$"
UNREADABLE = "(no resource type)"


def tallies(con: duckdb.DuckDBPyConnection, first: int = 0) -> tuple[Tally, ...]:
    """Return a tally for each resource type that was read, of the files from the first on; what is no type is one."""
    rows = con.execute(
        f"SELECT CASE WHEN type IN ({listed(compiler.types())}) THEN type ELSE {quote(UNREADABLE)} END AS kind, "
        "sum(n)::BIGINT, sum(kept)::BIGINT, sum(n - kept)::BIGINT FROM ("
        + " UNION ALL ".join(
            f"SELECT type, count(*) AS n, count(*) FILTER (WHERE rule IS NULL) AS kept FROM {table} "
            f"WHERE file >= {first} GROUP BY type"
            for table in tables()
        )
        + ") GROUP BY kind ORDER BY kind"
    ).fetchall()
    return tuple(Tally(*row) for row in rows)


def kept_whole(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return a note for each reason why valid resources of a mapped type gave no row of OMOP."""
    return [
        f"{resource.type}: {number} kept whole in fhir_{resource.type.lower()}: {reason}"
        for resource in mapping().values()
        for reason, number in con.execute(
            f"SELECT whole, count(*) FROM {resource.stage} WHERE rule IS NULL AND whole IS NOT NULL "
            "GROUP BY whole ORDER BY whole"
        ).fetchall()
    ]


def deaths(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return a note on the patients known to be dead without a date, whom OMOP's death table cannot hold."""
    patient = mapping()["Patient"].stage
    [(number,)] = con.execute(
        f"SELECT count(*) FROM {patient} WHERE rule IS NULL AND whole IS NULL AND deceased = 'true'"
    ).fetchall()
    return [f"Patient: {number} dead without a date, not in the death table"] if number else []


def reversed_events(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return a note for each type on the events that end before they begin, which no rule of the standard forbids."""
    notes = []
    for resource in mapping().values():
        for target in (each for each in resource.targets if each.end):
            early = sql.reversed_(sql.first(target.start), sql.first(target.end))
            query = f"SELECT count(*) FROM {resource.stage} WHERE rule IS NULL AND whole IS NULL AND {early}"
            [(number,)] = con.execute(query).fetchall()
            if number:
                notes.append(f"{resource.type}: {number} end before they begin, kept as they are")
    return notes


def further_codings(several: Mapping[str, int]) -> list[str]:
    """Return a note for each element on its codes that have more than one coding, of which one was taken."""
    return [f"{element}: {number} with further codings, not taken" for element, number in several.items()]


def unmapped_elements(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return a note for each type on the elements that its resources hold and the mapping leaves out."""
    notes = []
    for resource in mapping().values():
        rows = con.execute(
            f"SELECT name, sum(n)::BIGINT FROM "
            f"(SELECT unnest(string_split(keys, {compiler.BETWEEN})) AS name, n FROM (SELECT keys, "
            f"count(*) AS n FROM {resource.stage} WHERE rule IS NULL GROUP BY keys)) "
            f"WHERE name NOT IN ({listed(resource.mapped | {'resourceType'})}) GROUP BY name ORDER BY name"
        ).fetchall()
        known = common() | resource.elements
        found = [f"{name} {number}" for name, number in rows if name.removeprefix("_") in known]
        if found:
            notes.append(f"{resource.type}: elements not mapped: {', '.join(found)}")
    return notes


def unmapped_codes(con: duckdb.DuckDBPyConnection, vocabulary: bool) -> dict[str, int]:
    """Return by code system how many events have a code that no loaded vocabulary maps."""
    found: dict[str, int] = {}
    for resource in mapping().values():
        for code in dict.fromkeys(target.code for target in resource.targets if target.code):
            lookup = f"LEFT JOIN fhir_concept c ON c.system = s.{code}_system AND c.code = s.{code}_code"
            rows = con.execute(
                f"SELECT coalesce(s.{code}_system, '(no system)'), count(*) FROM {resource.events} s "
                f"{lookup if vocabulary else ''} WHERE s.{code}_code IS NOT NULL "
                f"{'AND coalesce(c.concept_id, 0) = 0' if vocabulary else ''} GROUP BY 1"
            ).fetchall()
            for system, number in rows:
                name = system if system.isprintable() and len(system) <= 200 else "(another system)"
                found[name] = found.get(name, 0) + number
    return dict(sorted(found.items()))


def references(resource: Resource) -> dict[str, str]:
    """Return the columns that hold a type's references, by the element they are read from."""
    found = {}
    if resource.person != "id":
        found[resource.element(resource.person).removesuffix(".reference")] = resource.person
    if "encounter" in resource.paths:
        found[resource.element("encounter").removesuffix(".reference")] = "encounter"
    return found | dict(resource.references)


def dangling(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return by `Type.element -> Target` how many references name a resource that was not delivered.

    Contained resources (`#id`) are left out; what is neither `Type/id` nor a search by identifier is `(elsewhere)`.
    """
    parts = [
        f"SELECT {quote(f'{resource.type}.{element}')} AS source, {column} AS reference FROM {resource.stage} "
        f"WHERE rule IS NULL AND {column} IS NOT NULL AND {column}[1] <> '#'"
        for resource in mapping().values()
        for element, column in references(resource).items()
    ]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE fhir_reference AS SELECT source, reference, count(*) AS n FROM "
        f"({' UNION ALL '.join(parts)}) ANTI JOIN ({delivered_ids()}) d ON d.key = reference GROUP BY ALL"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE fhir_reference AS SELECT source, n, CASE WHEN contains(reference, '?') "
        f"THEN regexp_extract(reference, {quote(SEARCH)}, ['type', 'key']) "
        f"ELSE regexp_extract(reference, {quote(LITERAL)}, ['type', 'key']) END AS to_ FROM fhir_reference"
    )
    rows = con.execute(
        f"SELECT source || ' -> ' || CASE WHEN to_.type IN ({listed(compiler.types())}) THEN to_.type "
        f"ELSE '(elsewhere)' END AS kind, sum(n)::BIGINT FROM fhir_reference ANTI JOIN ({delivered_ids()} UNION ALL "
        f"{delivered_identifiers()}) d ON d.key = to_.type || '/' || to_.key GROUP BY kind ORDER BY kind"
    ).fetchall()
    con.execute("DROP TABLE fhir_reference")
    return {str(kind): int(number) for kind, number in rows}


def delivered_ids() -> str:
    """Return the query of what literal references may name: `Type/id`."""
    return " UNION ALL ".join(
        f"SELECT type || '/' || id AS key FROM {table} WHERE rule IS NULL AND id IS NOT NULL" for table in tables()
    )


def delivered_identifiers() -> str:
    """Return the query of what searches may name, `Type/system|value`, of the whole resources that are searched for."""
    return (
        "SELECT type || '/' || (i ->> '$.system') || '|' || (i ->> '$.value') FROM (SELECT type, "
        f"unnest(json_extract(raw, '$.identifier[*]')) AS i FROM {compiler.WHOLE} "
        "WHERE rule IS NULL AND type IN (SELECT to_.type FROM fhir_reference))"
    )
