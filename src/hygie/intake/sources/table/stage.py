"""Reading every declared table into the engine, typed, with what breaks the schema set apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from hygie.base.engine import Engine, literal, name
from hygie.base.engine.engine import translate
from hygie.base.kernel import Progress, refuse, silent
from hygie.intake.sources.omop.records import Records, miscounted
from hygie.intake.sources.table import casts, increment
from hygie.intake.sources.table.casts import own
from hygie.intake.sources.table.headers import compare
from hygie.intake.sources.table.package import Package, Part, Resource
from hygie.intake.sources.table.reading import Bytes, Header, encoding_of, plain, read_header
from hygie.intake.sources.table.schema import Faults
from hygie.intake.sources.table.values import SOURCE, Schema

INCOMING = "table_records"
CUT = "SRC-t05|the gzip file is cut off or damaged here; what follows is not in the delivery"
AGAIN = "table_again"
ROW_NUMBER = "file_row_number"
BROKEN = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)


@dataclass
class Source:
    """One file while it is read: where its columns stand, and how it is written."""

    part: Part
    number: int
    columns: Mapping[str, str]
    headers: str
    bytes: Bytes | None = None
    separator: str = ","
    width: int = 0
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Staged:
    """A delivery in the engine: `stage_<table>` of (part, line, raw, fault, the table's columns) for each table."""

    dataset: str
    package: Package
    notes: tuple[str, ...]
    headers: Mapping[str, str]
    patient_ids: str


def stage(
    engine: Engine,
    package: Package,
    *,
    dataset: str,
    held: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Staged:
    """Read a delivery of declared tables; every record is kept, or has a fault with its line.

    Parameters
    ----------
    package : Package
    dataset : str
    held : Mapping     of an increment: table -> view of the rows that are held, which stand before those delivered

    Errors      SRC-108, SRC-111, SRC-114; SRC-401 a constraint that the engine cannot read; SRC-404 broken Parquet;
                SRC-118, SRC-119 the increment does not fit what is held
    """
    check_constants(engine, package)
    notes, headers, views = list(package.notes), {}, dict(held or {})
    increment.check_same(engine, package, views)
    for done, resource in enumerate(package.resources):
        progress("read", done, len(package.resources))
        schema = resource.schema
        fields = ", ".join(f"{own(column.name)} {column.sql_type}" for column in schema.columns)
        engine.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {staged(schema)} "
            f"(part INTEGER, line BIGINT, raw VARCHAR, fault VARCHAR, {fields})"
        )
        sources = []
        for number, part in enumerate(resource.parts):
            source = look(engine, resource, part, number, notes)
            headers[part.name] = source.headers
            read(engine, schema, source)
            sources.append(source)
        judge(engine, schema, views.get(schema.name))
        for source in sources:
            recover(engine, schema, source)
        if schema.name in views:
            notes.append(increment.carry(engine, schema, views[schema.name]))
    progress("read", len(package.resources), len(package.resources))
    return Staged(dataset, package, tuple(notes), headers, patient_ids(package))


def patient_ids(package: Package) -> str:
    """Return the query of the persons' ids, as text."""
    return " UNION ALL ".join(
        f"SELECT {own(each.schema.person.name)}::VARCHAR FROM {staged(each.schema)} WHERE fault IS NULL"
        for each in package.resources
        if each.schema.person
    )


def staged(schema: Schema) -> str:
    """Return the name of a table's staging table."""
    return name(f"stage_{schema.name}")


def check_constants(engine: Engine, package: Package) -> None:
    """Refuse patterns that are none and bounds that are not of their column's type: SRC-401."""
    faults = Faults()
    for resource in package.resources:
        for column in resource.schema.columns:
            path = f"{resource.schema.name}.{column.source}.constraints"
            for bound in (column.minimum, column.maximum, column.open_minimum, column.open_maximum, *column.enum):
                if bound and engine.scalar(f"SELECT {casts.constant(column, bound)}") is None:
                    faults.add(path, bound, f"values of the type {column.type}")
            if column.pattern:
                try:
                    engine.con.execute(f"SELECT regexp_full_match('', {literal(column.pattern)})").fetchall()
                except duckdb.Error:
                    faults.add(f"{path}.pattern", column.pattern, "a regular expression of RE2")
    faults.check()


def look(engine: Engine, resource: Resource, part: Part, number: int, notes: list[str]) -> Source:
    """Return where a file's columns stand; what its header lacks or has beyond the schema is told."""
    schema = resource.schema
    wanted = [column.source for column in schema.columns]
    if part.parquet:
        kinds = described(engine, part)
        header, data = Header(tuple(kinds), ","), None
    else:
        data = Bytes(part.path, part.name)
        data.encoding = resource.encoding or encoding_of(data.unpacked())
        if data.encoding == "western" and not resource.encoding:
            notes.append(f"{part.name}: read as Windows-1252 (Latin-1), since its accents are not UTF-8")
        header, kinds = read_header(data, part.name, wanted, resource.separator), {}
    places = {plain(each): at for at, each in enumerate(header.names)}
    columns = {}
    for column in schema.columns:
        at = places.get(plain(column.source))
        if at is not None:
            columns[column.name] = name(header.names[at]) if part.parquet else f"c[{at + 1}]"
    read_at = {places.get(plain(each)) for each in wanted}
    other = [each for at, each in enumerate(header.names) if at not in read_at]
    notes += compare(engine, schema, (number, part.name), columns, other)
    person = schema.person
    told = [
        "person_id"
        if person and plain(each) == plain(person.source)
        else re.sub(r"[,;|\t]", " ", f"{SOURCE}{each}" if plain(each) == "person_id" else each)
        for each in header.names
    ]
    if part.parquet:
        told = ["person_id" if person and each.name == person.name else each.name for each in schema.columns]
    return Source(part, number, columns, header.separator.join(told), data, header.separator, len(header.names), kinds)


def described(engine: Engine, part: Part) -> dict[str, str]:
    """Return a Parquet file's columns with their types: SRC-404 when it is none."""
    try:
        rows = engine.con.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(part.path))})").fetchall()
    except BROKEN:
        raise refuse("SRC-404", file=part.name) from None
    return {str(row[0]): str(row[1]) for row in rows}


def read(engine: Engine, schema: Schema, source: Source) -> None:
    """Add a file's records to the staging table."""
    fields = ", ".join(own(column.name) for column in schema.columns)
    scan(
        engine, schema, source, f"INSERT INTO {staged(schema)} SELECT {source.number}, line, raw, fault, {fields} FROM"
    )
    lost = [column.source for column in schema.columns if column.required and column.name not in source.columns]
    if lost or not source.columns:
        reason = f"the header lacks {', '.join(lost)}" if lost else "the header has none of the table's fields"
        engine.con.execute(
            f"UPDATE {staged(schema)} SET fault = ? WHERE part = {source.number}",
            ["SRC-t02|another table: " + reason.replace("|", " ")],
        )
    if source.bytes is not None and source.bytes.cut:
        cut_off(engine, schema, source)


def cut_off(engine: Engine, schema: Schema, source: Source) -> None:
    """Set apart what a cut-off file ends with: its last line begun, or the place after it."""
    table = staged(schema)
    last = int(engine.scalar(f"SELECT coalesce(max(line), 1) FROM {table} WHERE part = {source.number}"))
    assert source.bytes is not None
    if source.bytes.whole:
        engine.con.execute(
            f"INSERT INTO {table} (part, line, raw, fault) VALUES ({source.number}, {last + 1}, '', {literal(CUT)})"
        )
    else:
        engine.con.execute(f"UPDATE {table} SET fault = {literal(CUT)} WHERE part = {source.number} AND line = {last}")


def scan(engine: Engine, schema: Schema, source: Source, before: str) -> None:
    """Run SQL that ends in FROM over a file's typed records."""
    if source.bytes is None:
        run(engine, source, f"{before} ({parquet_records(schema, source)})")
        return
    records = Records(source.bytes, source.separator)
    engine.con.register(INCOMING, records.reader().__arrow_c_stream__())
    try:
        engine.con.execute(f"{before} ({csv_records(schema, source)})")
    except duckdb.Error as error:
        raise (records.refused or translate(error)) from None
    finally:
        engine.con.unregister(INCOMING)


def run(engine: Engine, source: Source, sql: str) -> None:
    """Run SQL over a Parquet file: SRC-404 when the file breaks meanwhile."""
    try:
        engine.con.execute(sql)
    except BROKEN:
        raise refuse("SRC-404", file=source.part.name) from None


def csv_records(schema: Schema, source: Source) -> str:
    """Return SQL -> (line, raw, fault, the table's columns) of a CSV file."""
    cells = (
        f"SELECT line, fault, raw, coalesce(cells, string_split(raw, {literal(source.separator)})) AS c FROM "
        f"(SELECT line, fault, rtrim(raw, chr(10)) AS raw, cells FROM {INCOMING})"
    )
    counted = (
        f"SELECT line, raw, c, CASE WHEN fault IS NOT NULL THEN fault "
        f"{miscounted('SRC-o02', 'len(c)', source.width, source.separator)} END AS fault FROM ({cells}) "
        "WHERE raw <> '' OR fault IS NOT NULL"
    )
    return typed(schema, source, counted, dict.fromkeys(source.columns, "VARCHAR"))


def parquet_records(schema: Schema, source: Source) -> str:
    """Return SQL -> (line, raw, fault, the table's columns) of a Parquet file; a row stands for the line below it."""
    cells = ", ".join(
        f"coalesce('\"' || replace({source.columns[column.name]}::VARCHAR, '\"', '\"\"') || '\"', '')"
        if column.name in source.columns
        else "''"
        for column in schema.columns
    )
    given = ", ".join(f"{cell} AS {name('#' + column)}" for column, cell in source.columns.items()) or "1 AS none"
    numbered = ROW_NUMBER not in map(str.lower, source.kinds)
    number, option = (ROW_NUMBER, f", {ROW_NUMBER} = true") if numbered else ("row_number() OVER () - 1", "")
    rows = (
        f"SELECT {number} + 2 AS line, concat_ws(',', {cells}) AS raw, NULL::VARCHAR AS fault, {given} "
        f"FROM read_parquet({literal(str(source.part.path))}{option})"
    )
    kinds = {each: source.kinds[cell[1:-1].replace('""', '"')] for each, cell in source.columns.items()}
    moved = Source(source.part, source.number, {each: name(f"#{each}") for each in source.columns}, source.headers)
    return typed(schema, moved, rows, kinds)


def typed(schema: Schema, source: Source, relation: str, kinds: Mapping[str, str]) -> str:
    """Return SQL -> (line, raw, fault, the table's columns) of records of (line, raw, fault, cells)."""
    texts, values = [], []
    for column in schema.columns:
        cell, value = source.columns.get(column.name), own(column.name)
        if cell is None:
            values.append(f"NULL::{column.sql_type} AS {value}")
            continue
        kind, text = kinds[column.name], casts.written(column.name)
        texts.append(f"{casts.text_of(column, cell, kind, schema.missing)} AS {text}")
        typed_cell = casts.cast(column, text) if kind == "VARCHAR" else casts.native(column, cell, kind)
        values.append(f"{typed_cell} AS {value}")
    fields = ", ".join(own(column.name) for column in schema.columns)
    texted = f"SELECT *, {', '.join(texts) or '1 AS none'} FROM ({relation})"
    valued = f"SELECT *, {', '.join(values)} FROM ({texted})"
    judged = f"SELECT line, raw, {casts.faults(schema, source.columns)} AS fault, {fields} FROM ({valued})"
    return f"SELECT line, CASE WHEN fault IS NOT NULL THEN raw END AS raw, fault, {fields} FROM ({judged})"


def judge(engine: Engine, schema: Schema, held: str | None = None) -> None:
    """Set the faults that take other records to see: a key or a unique value twice, a reference to nothing.

    `held` is the view of the rows that an increment is taken over: what stays of them is seen too.
    """
    table = staged(schema)
    rules = [(schema.key, "SRC-o05", "the primary key is that of an earlier line")] if schema.key else []
    rules += [
        ((column.name,), "SRC-t03", f"{column.name} is that of an earlier line")
        for column in schema.columns
        if column.unique and (column.name,) != schema.key
    ]
    for columns, rule, reason in rules:
        key = ", ".join(map(own, columns))
        given = " AND ".join(f"{own(each)} IS NOT NULL" for each in columns)
        engine.con.execute(
            f"UPDATE {table} SET fault = '{rule}|{reason}' FROM (SELECT part AS p, line AS l FROM {table} "
            f"WHERE fault IS NULL AND {given} QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY part, line) > 1) "
            f"WHERE part = p AND line = l"
        )
    if held:
        increment.doubles(engine, schema, held)
    for link in schema.links:
        pairs = list(zip(link.columns, link.targets, strict=True))
        same = " AND ".join(f"t.{own(theirs)}::VARCHAR = {table}.{own(ours)}::VARCHAR" for ours, theirs in pairs)
        given = " AND ".join(f"{own(each)} IS NOT NULL" for each in link.columns)
        reason = f"{', '.join(link.columns)} names no row of {link.table} that was kept"
        beside = ""
        if held and link.table == schema.name:
            kept = " AND ".join(f"t.{name(theirs)}::VARCHAR = {table}.{own(ours)}::VARCHAR" for ours, theirs in pairs)
            beside = f" AND NOT EXISTS (SELECT 1 FROM {name(held)} t WHERE {kept})"
        engine.con.execute(
            f"UPDATE {table} SET fault = {literal('SRC-t04|' + reason)} WHERE fault IS NULL AND {given} AND NOT EXISTS "
            f"(SELECT 1 FROM {name('stage_' + link.table)} t WHERE t.fault IS NULL AND {same}){beside}"
        )


def recover(engine: Engine, schema: Schema, source: Source) -> None:
    """Read a file again for the lines of records that were found faulty by other records."""
    table = staged(schema)
    lost = f"part = {source.number} AND raw IS NULL AND fault IS NOT NULL"
    if not engine.scalar(f"SELECT count(*) FROM {table} WHERE {lost}"):
        return
    wanted = f"line IN (SELECT line FROM {table} WHERE {lost})"
    if source.bytes is None:
        run(
            engine,
            source,
            f"CREATE OR REPLACE TEMP TABLE {AGAIN} AS SELECT line, raw FROM "
            f"({raw_of(parquet_records(schema, source))}) WHERE {wanted}",
        )
    else:
        records = Records(source.bytes, source.separator)
        engine.con.register(INCOMING, records.reader().__arrow_c_stream__())
        try:
            engine.con.execute(
                f"CREATE OR REPLACE TEMP TABLE {AGAIN} AS SELECT line, rtrim(raw, chr(10)) AS raw FROM {INCOMING} "
                f"WHERE {wanted}"
            )
        except duckdb.Error as error:
            raise (records.refused or translate(error)) from None
        finally:
            engine.con.unregister(INCOMING)
    engine.con.execute(
        f"UPDATE {table} SET raw = a.raw FROM {AGAIN} a WHERE {lost.replace('raw IS', f'{table}.raw IS')} "
        f"AND a.line = {table}.line"
    )
    engine.con.execute(f"DROP TABLE {AGAIN}")


def raw_of(records: str) -> str:
    """Return SQL -> (line, raw) of Parquet records, each with its text."""
    return records.replace("CASE WHEN fault IS NOT NULL THEN raw END AS raw", "raw", 1)
