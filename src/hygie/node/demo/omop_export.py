"""Writing a synthetic hospital as OMOP CDM 5.4: CSV files with upper-case names, a few rows of them broken."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from hygie.base.engine import Engine, literal, name
from hygie.base.kernel import Progress, silent
from hygie.intake.sources.cdm import TABLES
from hygie.node.demo.breaking import faulty, tally

KINDS = ("missing required field", "invalid date", "not a number", "dangling reference")


@dataclass(frozen=True)
class Part:
    """One table of `omop_tables.toml`, whose head says what each part is for."""

    query: str
    columns: dict[str, str]
    required: str = ""
    day: str = ""


@cache
def catalogue() -> dict[str, Part]:
    """Return the tables of `omop_tables.toml`, in the order they are written."""
    table = tomllib.loads(resources.files("hygie.node.demo").joinpath("omop_tables.toml").read_text("utf-8"))
    return {file: Part(**entry) for file, entry in table.items()}


def export(engine: Engine, folder: Path, progress: Progress = silent) -> dict[str, dict[str, object]]:
    """Write every table of a hospital and return, for each, its lines and how many of them are broken in which way.

    Parameters
    ----------
    engine : Engine   with the hospital's tables
    folder : Path     receives `PERSON.csv` and the others
    """
    parts = catalogue()
    written = {}
    for done, (table, part) in enumerate(parts.items()):
        progress("files", done, len(parts))
        written[table] = write(engine, folder, table, part)
    progress("files", len(parts), len(parts))
    return written


def write(engine: Engine, folder: Path, table: str, part: Part) -> dict[str, object]:
    """Write one table's file."""
    kinds = () if not part.required else KINDS[:3] if table == "PERSON" else KINDS
    source = faulty(part.query, table, kinds)
    if table == "PERSON":
        engine.con.execute(f"CREATE TABLE lost AS SELECT n AS person FROM ({source}) WHERE fault > 0")
    fields = TABLES[table.lower()].fields
    columns = ", ".join(f"{spoilt(table, part, field.name)} AS {name(field.name)}" for field in fields)
    path = literal(str(folder / f"{table}.csv"))
    engine.con.execute(f"COPY (SELECT {columns} FROM ({source}) ORDER BY n) TO {path} (FORMAT csv, HEADER true)")
    return tally(engine, source, kinds)


def spoilt(table: str, part: Part, column: str) -> str:
    """Return the SQL of a column as text, spoilt in the rows that are broken in it."""
    sql = f"CAST({part.columns.get(column, 'NULL')} AS VARCHAR)"
    if not part.required:
        return sql
    if column == "person_id" and table != "PERSON":
        return f"CASE fault WHEN 3 THEN 'x' || {sql} WHEN 4 THEN '9' || lpad({sql}, 12, '0') ELSE {sql} END"
    if column == "year_of_birth":
        return f"CASE fault WHEN 3 THEN 'x' || {sql} ELSE {sql} END"
    if column == part.required:
        return f"CASE fault WHEN 1 THEN NULL ELSE {sql} END"
    return f"CASE fault WHEN 2 THEN '2023-02-30' ELSE {sql} END" if column == part.day else sql
