"""Traits of persons in their one form, from a table or from FHIR patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hygie.base.engine import Engine
from hygie.base.engine.text import name
from hygie.base.kernel import refuse
from hygie.intake.linkage import reading
from hygie.intake.linkage.scoring import model, normal
from hygie.intake.sources.fhir.folder import delivered
from hygie.intake.sources.fhir.stage import INCOMING, with_lines

FHIR = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
FORMER = "'old', 'maiden', 'temp', 'nickname', 'anonymous'"


@dataclass(frozen=True)
class Staged:
    """What was read: lines, the traits they have, and the file's columns that are neither own id nor trait."""

    read: int
    traits: tuple[str, ...]
    unused: tuple[str, ...] = ()


def stage(engine: Engine, path: Path, id_column: str, *, more: Mapping[str, str] | None = None) -> Staged:
    """Make the table `people(own, trait...)` of a table or of FHIR patients, in normal form.

    Parameters
    ----------
    engine : Engine
    path : Path        CSV or Parquet; a folder or a file of FHIR R4 NDJSON
    id_column : str    a table's column of own ids; a FHIR patient's is its `id`
    more : Mapping     further columns of a table, as they are: own name -> the file's

    Errors      LNK-103, LNK-104; LNK-110 the table has no trait that the model knows; SRC codes of a FHIR delivery
    """
    if path.is_dir() or path.name.endswith(FHIR):
        read = patients(engine, path)
        found: Mapping[str, str] = dict.fromkeys(PATIENT, "")
        unused: tuple[str, ...] = ()
    else:
        columns = reading.columns(engine, path)
        found = named(columns)
        if not found:
            raise refuse("LNK-110", file=path.name, accepted=", ".join(model()["traits"]))
        read = reading.attach(engine, path, "raw_people", {"own": id_column, **found, **(more or {})})
        used = {id_column, *found.values(), *(more or {}).values()}
        unused = tuple(each for each in columns if each not in used)
    kept = "".join(f", {name(each)}" for each in more or {})
    forms = ", ".join(f"{normal(model()['traits'][trait]['kind'], name(trait))} AS {trait}" for trait in found)
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE people AS SELECT own, {forms}{kept} FROM raw_people")
    engine.con.execute("DROP TABLE raw_people")
    return Staged(read, tuple(found), unused)


def named(columns: tuple[str, ...]) -> dict[str, str]:
    """Return the column of each trait that a table has."""
    held = {column.strip().lower(): column for column in reversed(columns)}
    return {
        trait: next(held[each] for each in body["names"] if each in held)
        for trait, body in model()["traits"].items()
        if set(body["names"]) & set(held)
    }


def current(path: str, preferred: str) -> str:
    """Return SQL: of a patient's several names or addresses the preferred one, or the first that is not a former one.

    Parameters
    ----------
    path : str        of the list in the resource
    preferred : str   its `use`
    """
    listed = f"json_extract(raw, '$.{path}[*]')"
    return (
        f"coalesce(list_filter({listed}, lambda x: (x ->> '$.use') = '{preferred}')[1], "
        f"list_filter({listed}, lambda x: coalesce(x ->> '$.use', '') NOT IN ({FORMER}) "
        "AND (x ->> '$.period.end') IS NULL)[1])"
    )


def telecom(system: str) -> str:
    """Return SQL: a patient's first telecommunication value of a system that is not a former one."""
    return (
        f"(list_filter(json_extract(raw, '$.telecom[*]'), lambda x: (x ->> '$.system') = '{system}' "
        f"AND coalesce(x ->> '$.use', '') NOT IN ({FORMER}))[1] ->> '$.value')"
    )


PATIENT = {
    "given_name": "(person ->> '$.given[0]')",
    "family_name": "(person ->> '$.family')",
    "birth_date": "(raw ->> '$.birthDate')",
    "sex": "(raw ->> '$.gender')",
    "street": "(home ->> '$.line[0]')",
    "city": "(home ->> '$.city')",
    "postcode": "(home ->> '$.postalCode')",
    "region": "(home ->> '$.state')",
    "email": telecom("email"),
    "phone": telecom("phone"),
}


def patients(engine: Engine, path: Path) -> int:
    """Make `raw_people` of the patients of a FHIR delivery, and return how many lines were read as theirs.

    These are all lines of files that begin with a patient, and the patients of the others. A line that is no whole
    resource is left out.

    Source     FHIR R4, Patient: name, birthDate, gender, address, telecom
    """
    fields = ", ".join(f"nullif(trim({value}), '') AS {trait}" for trait, value in PATIENT.items())
    columns = ", ".join(f"{trait} VARCHAR" for trait in PATIENT)
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE raw_people (own VARCHAR, {columns})")
    read = 0
    for lines in delivered(path)[0]:
        before = int(engine.scalar("SELECT count(*) FROM raw_people"))
        says = """coalesce(fault, '') = '' AND contains(raw, '"Patient"') AND json_valid(raw)"""
        whole = f"SELECT CASE WHEN {says} THEN raw END AS raw FROM {INCOMING}"
        with_lines(
            engine.con,
            lines,
            f"INSERT INTO raw_people SELECT raw ->> '$.id', {fields} FROM (SELECT raw, "
            f"{current('name', 'official')} AS person, {current('address', 'home')} AS home FROM ({whole})) "
            "WHERE (raw ->> '$.resourceType') = 'Patient'",
        )
        found = int(engine.scalar("SELECT count(*) FROM raw_people")) - before
        read += lines.read if lines.kind == "Patient" else found
    return read
