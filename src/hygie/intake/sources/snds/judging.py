"""Lines that are set apart as of other lines, and the table of all that are set apart."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.snds import careful, relations
from hygie.intake.sources.snds.schema import Table
from hygie.intake.sources.snds.ways import Read


def doubles(engine: Engine, table: Table, reads: Sequence[Read]) -> None:
    """Give the later lines of a primary key that occurs twice their fault, with their text."""
    columns = [each.lower() for each in table.primary_key]
    key = ", ".join(map(name, [*columns, *(["snds_year"] if "aa" in table.name else [])]))
    said = f"SRC-s07|the key of {table.name} ({', '.join(table.primary_key)}) is that of an earlier line"
    chosen = (
        "SELECT place, line FROM (SELECT place, line, "
        f"row_number() OVER (PARTITION BY {key} ORDER BY place, line) AS n "
        f"FROM ({lines(reads, columns)}) WHERE fault IS NULL) WHERE n > 1"
    )
    set_apart(engine, table, reads, chosen, said)


def claims(engine: Engine, table: Table, key: Sequence[str], reads: Sequence[Read]) -> None:
    """Give sound lines the fault of the broken ones of their claim or stay, so that what is held of it stays.

    A broken line whose claim or stay cannot be read takes no other with it.
    """
    same = " AND ".join(f"g.{name(each)} = b.{name(each)}" for each in key)
    every = lines(reads, key)
    chosen = (
        f"SELECT g.place, g.line FROM (SELECT * FROM ({every}) WHERE fault IS NULL) g "
        f"SEMI JOIN (SELECT * FROM ({every}) WHERE fault IS NOT NULL) b "
        f"ON {same} AND coalesce(g.snds_year, 0) = coalesce(b.snds_year, 0)"
    )
    set_apart(engine, table, reads, chosen, "SRC-s16|another line of its claim or stay is set apart")


def lines(reads: Sequence[Read], columns: Sequence[str]) -> str:
    """Return SQL -> (place, line, fault, snds_year, some columns) of all lines of files that were read with care."""
    listed = ", ".join(map(name, columns))
    return " UNION ALL ".join(
        f"SELECT {place} AS place, line, fault, snds_year, {listed} FROM {each.view}"
        for place, each in enumerate(reads)
    )


def set_apart(engine: Engine, table: Table, reads: Sequence[Read], chosen: str, said: str) -> None:
    """Give lines a fault, with their text.

    Parameters
    ----------
    reads : Sequence   files that were read with care
    chosen : str       SQL -> (place, line)
    said : str         rule and reason
    """
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE snds_chosen AS {chosen}")
    for place, each in enumerate(reads):
        recover(engine, table, each, f"SELECT line FROM snds_chosen WHERE place = {place}")
        engine.con.execute(
            f"CREATE OR REPLACE TEMP VIEW {each.view} AS "
            "SELECT f.* REPLACE (coalesce(f.fault, CASE WHEN d.line IS NOT NULL "
            f"THEN {literal(said)} END) AS fault, coalesce(f.raw, d.raw) AS raw) FROM {each.view}_base f "
            f"LEFT JOIN {each.view}_raw d USING (line)"
        )


def recover(engine: Engine, table: Table, read: Read, wanted: str) -> None:
    """Make `<view>_raw(line, raw)` of the lines of a file that a query asks for."""
    target = f"CREATE OR REPLACE TEMP TABLE {read.view}_raw AS SELECT line, raw FROM "
    if read.part.kind == "parquet":
        texts, types = relations.texts_of_parquet(engine, read.part.path)
        source = careful.parquet(table, texts, types, "–", {})
        engine.con.execute(f"{target}({source}) WHERE line IN ({wanted})")
    else:
        assert read.lines is not None
        source = f"(SELECT line, rtrim(raw, chr(10)) AS raw FROM {careful.RECORDS})"
        careful.scan(engine, read.lines, f"{target}{source} WHERE line IN ({wanted})")


def collect(engine: Engine, read: Read) -> int:
    """Put a file's bad lines into `snds_faults`, and one for a file of which no line is left: return 1 for such."""
    into = "INSERT INTO snds_faults SELECT {file}, {line}, split_part({fault}, '|', 1), split_part({fault}, '|', 2)"
    file = literal(read.part.name)
    rows = f", raw FROM {read.view} WHERE fault IS NOT NULL"
    engine.con.execute(into.format(file=file, line="line", fault="fault") + rows)
    if read.lost and not read.records:
        engine.con.execute(into.format(file=file, line="1", fault=literal(read.lost)) + ", ''")
        return 1
    return 0
