"""Which of several codings a code is taken from, chosen once for each combination that a delivery holds."""

from __future__ import annotations

import duckdb

from hygie.intake.sources.fhir import compiler
from hygie.intake.sources.fhir.expressions import all_codings, quote
from hygie.intake.sources.fhir.model import Resource, mapping, vocabularies

FIRST = "$.code.coding[0]"


def make(con: duckdb.DuckDBPyConnection, vocabulary: bool) -> dict[str, int]:
    """Make the choices and the views of what goes to OMOP; return by `Type.element` how many codes have several.

    Parameters
    ----------
    con : DuckDBPyConnection   of a staged delivery
    vocabulary : bool          a coding that `fhir_concept` maps is preferred
    """
    medications(con)
    counts = {
        resource.type: several(con, compiler.unfolded(resource), resource.several) for resource in mapping().values()
    }
    texts = [
        f"SELECT {name}_several AS codings FROM ({compiler.unfolded(mapping()[type_])})"
        for type_, found in counts.items()
        for name in found
    ]
    texts.append(f"SELECT code_several AS codings FROM {compiler.MEDICATION}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {compiler.CHOICE} AS {choices(' UNION ALL '.join(texts), vocabulary)}")
    for resource in mapping().values():
        rows = compiler.source(resource, list(counts[resource.type]))
        con.execute(f"CREATE OR REPLACE TEMP VIEW {resource.events} AS {rows}")
    named = {
        f"{type_}.{element(mapping()[type_], name)}": number
        for type_, found in counts.items()
        for name, number in found.items()
    }
    referred = several(con, f"FROM {compiler.MEDICATION}", ("code",))
    return named | {f"Medication.{name}": number for name, number in referred.items()}


def element(resource: Resource, name: str) -> str:
    """Return the element that a coding is read from."""
    return resource.element(f"{name}_several").removesuffix(".coding[1]")


def medications(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table of delivered medications' codes, by id."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {compiler.MEDICATION} AS SELECT id, c[1] AS code_system, c[2] AS code_code, "
        f"{all_codings('c[3]', 'raw', FIRST)} AS code_several FROM (SELECT id, raw, json_extract_string(raw, "
        "['$.code.coding[0].system', '$.code.coding[0].code', '$.code.coding[1]']) AS c "
        f"FROM {compiler.WHOLE} WHERE rule IS NULL AND type = 'Medication' AND id IS NOT NULL)"
    )


def several(con: duckdb.DuckDBPyConnection, rows: str, names: tuple[str, ...]) -> dict[str, int]:
    """Return by coding how many rows have several, without those of which none has."""
    if not names:
        return {}
    counts = ", ".join(f"count({name}_several)" for name in names)
    [found] = con.execute(f"SELECT {counts} FROM ({rows})").fetchall()
    return {name: number for name, number in zip(names, found, strict=True) if number}


def choices(texts: str, vocabulary: bool) -> str:
    """Return the query of the coding chosen of each combination of codings: (codings, system, code).

    One that the vocabulary maps comes first, then one of a known system in the order of preference, then one that a
    user selected, then the first; codings without a code never. A combination may be long, so that only its number
    goes with each of its codings.
    """
    known = ", ".join(f"({quote(system)}, {rank})" for rank, system in enumerate(vocabularies()))
    join = "LEFT JOIN fhir_concept m ON m.system = c.system AND m.code = c.code" if vocabulary else ""
    mapped = "coalesce(m.concept_id, 0) = 0, " if vocabulary else ""
    return f"""WITH combination AS MATERIALIZED (
SELECT row_number() OVER () AS number, codings FROM (SELECT DISTINCT codings FROM ({texts}) WHERE codings IS NOT NULL)
), part AS (SELECT number, unnest(each) AS c, generate_subscripts(each, 1) AS position FROM (SELECT number,
json_transform(codings, '[{{"system": "VARCHAR", "code": "VARCHAR", "selected": "BOOLEAN"}}]') AS each FROM combination)
), taken AS (SELECT number, c.system AS system, c.code AS code FROM part
LEFT JOIN (VALUES {known}) k(system, rank) ON k.system = c.system {join} WHERE c.code IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY number
ORDER BY {mapped}rank NULLS LAST, coalesce(c.selected, false) DESC, position) = 1
) SELECT codings, system, code FROM taken JOIN combination USING (number)"""
