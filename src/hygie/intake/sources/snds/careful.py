"""The careful way to read a file in which something is wrong: line by line, with each bad line's number and reason."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from hygie.base.engine import Engine, literal, name
from hygie.base.engine.engine import translate
from hygie.intake.sources.omop.records import Records, miscounted
from hygie.intake.sources.snds import relations
from hygie.intake.sources.snds.folder import Part
from hygie.intake.sources.snds.head import Header
from hygie.intake.sources.snds.schema import Table

RECORDS = "csv_records"
UNDEFINED = "surrogateescape"
CODES = {"SRC-o01": "SRC-s01", "SRC-o07": "SRC-s13"}


@dataclass
class Lines:
    """A CSV file's lines for the engine: in UTF-8 whatever they are in, to the point where gzip is cut off.

    Parameters
    ----------
    joined : int   lines that a record begun before them took, when the file was last read
    """

    part: Part
    header: Header
    latin: bool
    cut: list[bool] = field(default_factory=list)
    joined: int = 0

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes as UTF-8; those that Windows-1252 leaves undefined stay as they are and fault their line."""
        self.cut.clear()
        for data in self.part.bytes(self.cut):
            yield data.decode("cp1252", UNDEFINED).encode(errors=UNDEFINED) if self.latin else data


def texts(header: Header, records: str = RECORDS) -> str:
    """Return SQL -> (line, told, raw, width, t_<column>): the cells of a file's records, as text.

    Parameters
    ----------
    header : Header
    records : str   SQL of what holds (line, raw, cells, fault)
    """
    split = f"coalesce(cells, string_split(rtrim(raw, chr(10)), {literal(header.separator)})) AS c"
    cells = (
        f"SELECT line, fault AS told, raw, {split} FROM {records} WHERE raw NOT IN ('', chr(10)) OR fault IS NOT NULL"
    )
    each = "".join(f", nullif(c[{place}], '') AS {name('t_' + column)}" for place, column in enumerate(header.names, 1))
    return f"SELECT line, told, raw, len(c) AS width{each} FROM ({cells})"


def query(table: Table, header: Header, whole: str | None, listed: dict[str, str], records: str = RECORDS) -> str:
    """Return SQL -> (line, raw, fault, the fields) of a file's records.

    Parameters
    ----------
    table : Table
    header : Header
    whole : str or None   the fault of every line, where the file is not the table's
    listed : dict         column -> SQL: whether its list lacks the code
    records : str         SQL of what holds the records
    """
    source = texts(header, records)
    first = "CASE WHEN told IS NOT NULL THEN told "
    raw = "rtrim(raw, chr(10)) AS raw"
    if whole:
        return f"SELECT line, {raw}, {literal(whole)} AS fault, {nothing(table)} FROM ({source})"
    typed = relations.typed(table, header.names, source, {}, "line, told, raw, width, ")
    torn = miscounted("SRC-s09", "width", len(header.names), header.separator)
    code = f"{first}{torn} {relations.fault(table, header.names, {}, listed)} END"
    fields = ", ".join(name(each.column) for each in table.fields)
    return f"SELECT line, {raw}, {code} AS fault, {fields} FROM ({typed})"


def nothing(table: Table) -> str:
    """Return SQL: the fields of a line that cannot be read."""
    return ", ".join(f"NULL::{each.sql_type} AS {name(each.column)}" for each in table.fields)


@contextlib.contextmanager
def opened(engine: Engine, files: Mapping[str, Lines]) -> Iterator[None]:
    """Let one query read files' records by their names; what a file is refused for is raised as it is."""
    found = {each: Records(lines.chunks, lines.header.separator) for each, lines in files.items()}
    for each, records in found.items():
        engine.con.register(each, records.reader().__arrow_c_stream__())
    try:
        yield
    except duckdb.Error as error:
        raise next((each.refused for each in found.values() if each.refused), None) or translate(error) from None
    finally:
        for each in found:
            engine.con.unregister(each)
            files[each].joined = found[each].joined


def scan(engine: Engine, lines: Lines, run: str, params: list[object] | None = None) -> None:
    """Run SQL over `csv_records`, a file's records."""
    with opened(engine, {RECORDS: lines}):
        engine.con.execute(run, params)


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
