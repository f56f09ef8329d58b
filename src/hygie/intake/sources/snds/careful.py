"""The careful way to read a file in which something is wrong: line by line, with each bad line's number and reason."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from hygie.base.engine import Engine, literal, name
from hygie.base.engine.engine import translate
from hygie.intake.sources.omop.records import Records
from hygie.intake.sources.snds import relations
from hygie.intake.sources.snds.folder import Part
from hygie.intake.sources.snds.head import Header
from hygie.intake.sources.snds.schema import Table

UNDEFINED = "surrogateescape"
CODES = {"SRC-o01": "SRC-s01", "SRC-o07": "SRC-s13"}


@dataclass
class Lines:
    """A CSV file's lines for the engine: in UTF-8 whatever they are in, to the point where gzip is cut off."""

    part: Part
    latin: bool
    cut: list[bool] = field(default_factory=list)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes as UTF-8; those that Windows-1252 leaves undefined stay as they are and fault their line."""
        self.cut.clear()
        for data in self.part.bytes(self.cut):
            yield data.decode("cp1252", UNDEFINED).encode(errors=UNDEFINED) if self.latin else data


def query(table: Table, header: Header, whole: str | None, listed: dict[str, str]) -> str:
    """Return SQL -> (line, raw, fault, the fields) of `csv_records`.

    Parameters
    ----------
    table : Table
    header : Header
    whole : str or None   the fault of every line, where the file is not the table's
    listed : dict         column -> SQL of the codes that it may hold
    """
    width = len(header.names)
    cells = "SELECT line, fault AS told, rtrim(raw, chr(10)) AS raw, cells FROM csv_records"
    split = (
        f"SELECT line, told, raw, coalesce(cells, string_split(raw, {literal(header.separator)})) AS c FROM ({cells})"
    )
    texts = ", ".join(
        f"nullif(c[{place + 1}], '') AS {name('t_' + column)}" for place, column in enumerate(header.names)
    )
    source = (
        f"SELECT line, told, raw, len(c) AS width{', ' + texts if texts else ''} FROM ({split}) "
        "WHERE raw <> '' OR told IS NOT NULL"
    )
    first = "CASE WHEN told IS NOT NULL THEN told "
    if whole:
        return f"SELECT line, raw, {literal(whole)} AS fault, {nothing(table)} FROM ({source})"
    typed = relations.typed(table, header.names, source, {}, "line, told, raw, width, ")
    code = (
        f"{first}WHEN width <> {width} THEN 'SRC-s09|' || width || ' cells where the header has {width}' "
        f"{relations.fault(table, header.names, {}, listed)} END"
    )
    fields = ", ".join(name(each.column) for each in table.fields)
    return f"SELECT line, raw, {code} AS fault, {fields} FROM ({typed})"


def nothing(table: Table) -> str:
    """Return SQL: the fields of a line that cannot be read."""
    return ", ".join(f"NULL::{each.sql_type} AS {name(each.column)}" for each in table.fields)


def scan(engine: Engine, lines: Lines, header: Header, run: str, params: list[object] | None = None) -> None:
    """Run SQL over `csv_records`, a file's records; what the file is refused for is raised as it is."""
    records = Records(lines.chunks, header.separator)
    engine.con.register("csv_records", records.reader().__arrow_c_stream__())
    try:
        engine.con.execute(run, params)
    except duckdb.Error as error:
        raise (records.refused or translate(error)) from None
    finally:
        engine.con.unregister("csv_records")


def parquet(table: Table, source: str, types: dict[str, str], whole: str | None, listed: dict[str, str]) -> str:
    """Return SQL -> (line, raw, fault, the fields) of a Parquet file; a bad row's raw text is its cells as JSON.

    Parameters
    ----------
    source : str   SQL -> (line, t_<column>)
    types : dict   column -> type
    """
    names = tuple(types)
    cells = ", ".join(f"{literal(column)}: {name('t_' + column)}" for column in names)
    raw = f"SELECT *, to_json({{{cells}}})::VARCHAR AS raw FROM ({source})"
    if whole:
        return f"SELECT line, raw, {literal(whole)} AS fault, {nothing(table)} FROM ({raw})"
    typed = relations.typed(table, names, raw, types, "line, raw, ")
    clauses = relations.fault(table, names, types, listed)
    code = f"CASE {clauses} END" if clauses else "NULL::VARCHAR"
    fields = ", ".join(name(each.column) for each in table.fields)
    return f"SELECT line, raw, {code} AS fault, {fields} FROM ({typed})"


def own_codes(fault: str) -> str:
    """Return SQL: a fault with this source's rule where the reader of lines gave it."""
    for theirs, ours in CODES.items():
        fault = f"replace({fault}, {literal(theirs + '|')}, {literal(ours + '|')})"
    return fault


def limit() -> None:
    """Let CSV cells be as long as lines may."""
    csv.field_size_limit(16 << 20)
