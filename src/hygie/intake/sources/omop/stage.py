"""Reading every table of a delivery into the engine, typed, with what breaks the CDM set apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from hygie.base.engine import Engine, literal, name
from hygie.base.engine.engine import translate
from hygie.base.kernel import Progress, refuse, silent
from hygie.intake.sources.cdm import Table
from hygie.intake.sources.omop.casts import typed
from hygie.intake.sources.omop.members import Member, find
from hygie.intake.sources.omop.parquet import BROKEN, columns, records
from hygie.intake.sources.omop.records import NOT_UTF8, Header, Records, read_header


@dataclass(frozen=True)
class Staged:
    """A delivery in the engine: `stage_<table>` of (line, raw, fault, fields) for each table."""

    dataset: str
    identifier_system: str | None
    members: tuple[Member, ...]
    notes: tuple[str, ...]
    synthetic: bool
    patient_ids: str
    headers: Mapping[str, str]

    def table(self, wanted: str) -> bool:
        """Return whether the delivery holds a table."""
        return any(member.table.name == wanted for member in self.members)


def stage(
    engine: Engine,
    path: Path,
    *,
    dataset: str,
    identifier_system: str | None = None,
    progress: Progress = silent,
) -> Staged:
    """Read a delivery of OMOP CDM 5.4, CSV or Parquet; every record is kept, or has a fault with its line.

    Parameters
    ----------
    path : Path               a folder, a zip, or one file
    dataset : str
    identifier_system : str   what `person_source_value` is an identifier of

    Errors      SRC-101 to SRC-114, SRC-404
    """
    members = find(path)
    notes = list(members.notes)
    headers = {}
    ordered = sorted(members.tables, key=lambda member: member.table.name != "person")
    for done, member in enumerate(ordered):
        progress("read", done, len(ordered))
        header = header_of(engine, member)
        notes += check_header(member, header)
        headers[member.file] = header.separator.join(header.names)
        read(engine, member, header)
        check_encoding(engine, member)
        judge(engine, member.table)
        recover(engine, member, header)
    progress("read", len(ordered), len(ordered))
    ids = "SELECT person_id::VARCHAR FROM stage_person WHERE fault IS NULL"
    return Staged(dataset, identifier_system, tuple(ordered), tuple(notes), members.synthetic, ids, headers)


def header_of(engine: Engine, member: Member) -> Header:
    """Return a file's field names in lower case: SRC-108, SRC-114 for CSV, SRC-404 for Parquet."""
    if member.parquet is None:
        return read_header(member.chunks(), member.file)
    try:
        return Header(tuple(each.strip().lower() for each in columns(engine, member.parquet)), ",")
    except BROKEN:
        raise refuse("SRC-404", file=member.file) from None


def check_header(member: Member, header: Header) -> list[str]:
    """Return notes on the header: SRC-107 when a required field is not in it."""
    missing = [field.name for field in member.table.fields if field.required and field.name not in header.names]
    if missing:
        raise refuse("SRC-107", file=member.file, found=", ".join(missing))
    known = {field.name for field in member.table.fields}
    other = [column for column in header.names if column not in known]
    return [f"{member.table.name}: {len(other)} columns that CDM 5.4 has not, ignored"] if other else []


def check_encoding(engine: Engine, member: Member) -> None:
    """Refuse a PERSON file of another encoding, of which half the lines or more are not UTF-8: SRC-114."""
    if member.table.name == "person":
        lines, broken = engine.rows(
            f"SELECT count(*), count(*) FILTER (WHERE fault = {literal(NOT_UTF8)}) FROM {staged(member.table)}"
        )[0]
        if broken and 2 * broken >= lines:
            raise refuse("SRC-114", file=member.file, found="Latin-1, Windows-1252")


def read(engine: Engine, member: Member, header: Header) -> None:
    """Make `stage_<table>` from a file."""
    query = typed(member.table, header, "csv_records", header.separator)
    scan(engine, member, header, f"CREATE OR REPLACE TEMP TABLE {staged(member.table)} AS {query}")


def scan(engine: Engine, member: Member, header: Header, sql: str) -> None:
    """Run SQL over `csv_records`, a file's records; what the file is refused for is raised as it is."""
    if member.parquet is not None:
        scan_parquet(engine, member, member.parquet, sql)
        return
    lines = Records(member.chunks, header.separator)
    engine.con.register("csv_records", lines.reader().__arrow_c_stream__())
    try:
        engine.con.execute(sql)
    except duckdb.Error as error:
        raise (lines.refused or translate(error)) from None
    finally:
        engine.con.unregister("csv_records")


def scan_parquet(engine: Engine, member: Member, path: Path, sql: str) -> None:
    """Run SQL over `csv_records`, a Parquet file's rows as the records that a CSV file of them would have."""
    try:
        engine.con.execute(f"CREATE OR REPLACE TEMP VIEW csv_records AS {records(engine, path)}")
        engine.con.execute(sql)
    except BROKEN:
        raise refuse("SRC-404", file=member.file) from None
    finally:
        engine.con.execute("DROP VIEW IF EXISTS csv_records")


def staged(table: Table) -> str:
    """Return the name of a table's staging table."""
    return name(f"stage_{table.name}")


def judge(engine: Engine, table: Table) -> None:
    """Set the faults that take other records to see: a primary key twice, a person who is not there."""
    stage_ = staged(table)
    if table.primary_key:
        key = name(table.primary_key)
        rows, keys = engine.rows(f"SELECT count({key}), count(DISTINCT {key}) FROM {stage_} WHERE fault IS NULL")[0]
        if rows != keys:
            engine.con.execute(
                f"UPDATE {stage_} SET fault = 'SRC-o05|{table.primary_key} is that of an earlier line' "
                f"WHERE line IN (SELECT line FROM (SELECT line, row_number() OVER (PARTITION BY {key} ORDER BY line) "
                f"AS place FROM {stage_} WHERE fault IS NULL) WHERE place > 1)"
            )
    if any(field.foreign_table == "person" for field in table.fields):
        engine.con.execute(
            f"UPDATE {stage_} SET fault = 'SRC-o06|person_id names no person that was kept' WHERE fault IS NULL "
            f"AND NOT EXISTS (SELECT 1 FROM stage_person p WHERE p.person_id = {stage_}.person_id AND p.fault IS NULL)"
        )


def recover(engine: Engine, member: Member, header: Header) -> None:
    """Read the file again for the raw lines of records that were found faulty by other records."""
    stage_ = staged(member.table)
    lost = "raw IS NULL AND fault IS NOT NULL"
    if not engine.scalar(f"SELECT count(*) FROM {stage_} WHERE {lost}"):
        return
    scan(
        engine,
        member,
        header,
        f"CREATE OR REPLACE TEMP TABLE raw_again AS SELECT line, rtrim(raw, chr(10)) AS raw FROM csv_records "
        f"WHERE line IN (SELECT line FROM {stage_} WHERE {lost})",
    )
    engine.con.execute(
        f"UPDATE {stage_} SET raw = a.raw FROM raw_again a WHERE a.line = {stage_}.line AND {stage_}.raw IS NULL"
    )
    engine.con.execute("DROP TABLE raw_again")
