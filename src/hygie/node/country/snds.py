"""Writing a slice of the country in the table shapes of the SNDS, as Parquet, and hashing what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.snds.schema import Table as Shape
from hygie.intake.sources.snds.schema import edition
from hygie.node.country.people import listed

ROWS = 122_880
EVERY_64_BITS = 2**64
LISTS = "2020-12-lists"
ENUMERATED = frozenset({"BEN_RES_DPT", "BEN_RES_COM", "ORG_AFF_BEN", "ORG_CLE_NUM"})


@dataclass(frozen=True)
class Table:
    """One table of `snds.toml`: where its rows come from, which fields are filled, and all fields with their types."""

    title: str
    source: str
    filled: dict[str, str]
    fields: dict[str, str]
    once: bool

    def query(self) -> str:
        """Return the SELECT of the filled fields, in the order of the published schema."""
        columns = (
            f"{self.field(each, kind)} AS {name(each)}" for each, kind in self.fields.items() if each in self.filled
        )
        return f"SELECT {', '.join(columns)} FROM {self.source}"

    def blank(self) -> str:
        """Return a SELECT of no row with every field."""
        return f"SELECT {', '.join(f'NULL::{kind} AS {name(field)}' for field, kind in self.fields.items())} LIMIT 0"

    def field(self, field: str, kind: str) -> str:
        """Return the SQL of a field in its published type; enumerations stay, they are written as text."""
        sql = self.filled[field]
        return sql if field in ENUMERATED else f"CAST({sql} AS {kind})"


@cache
def shapes() -> dict[str, Shape]:
    """Return the published tables and code lists by name."""
    return {**edition().tables, **edition(LISTS).tables}


@cache
def catalogue() -> tuple[Table, ...]:
    """Return every table, in the order of `snds.toml`."""
    tables = shapes()
    return tuple(
        Table(
            title,
            entry["from"] + (f" WHERE {entry['where']}" if "where" in entry else ""),
            entry["columns"],
            {field.name: field.sql_type for field in tables[title].fields},
            entry.get("once", False),
        )
        for title, entry in listed("snds.toml").items()
    )


def write(engine: Engine, folder: Path, number: int, several: bool) -> list[Path]:
    """Write a slice's tables beside those of the slices before, and their rows and hashes into `written`.

    Parameters
    ----------
    engine : Engine   with the slice's tables
    folder : Path     receives `ER_PRS_F.parquet`, or `ER_PRS_F.000.parquet` and so on when there are several slices
    number : int      of the slice
    several : bool    whether there are several slices
    """
    engine.con.execute("CREATE OR REPLACE TABLE written (title VARCHAR, rows BIGINT, hash HUGEINT)")
    files = []
    for table in catalogue():
        if table.once and number:
            continue
        ending = f"{number:03d}.parquet" if several and not table.once else "parquet"
        files.append(path := folder / f"{table.title}.{ending}")
        write_file(engine, table, path)
        engine.con.execute(f"INSERT INTO written {hashed(table.title, list(table.filled), path)}")
    return files


def write_file(engine: Engine, table: Table, path: Path) -> None:
    """Write a table's rows with every published field; those that nothing fills are null."""
    whole = engine.con.execute(table.blank()).to_arrow_table().schema
    rows = engine.con.sql(table.query()).to_arrow_table()
    held = set(rows.column_names)
    schema = pa.schema([rows.schema.field(each.name) if each.name in held else each for each in whole])
    told = [each.name for each in schema if each.name not in held]  # that nothing fills them is what readers ask
    with pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, write_statistics=told, store_schema=False
    ) as writer:
        for start in range(0, rows.num_rows, ROWS):
            part = rows.slice(start, ROWS)
            columns = [part[each.name] if each.name in held else pa.nulls(part.num_rows, each.type) for each in schema]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=ROWS)


def hashed(title: str, columns: Sequence[str], path: Path) -> str:
    """Return the SELECT of a file's rows and of the sum of its rows' hashes, which does not depend on their order."""
    every = ", ".join(map(name, columns))
    return f"SELECT {literal(title)}, count(*), sum(hash({every})) FROM read_parquet({literal(str(path))})"


def tables_written(engine: Engine) -> Counter[tuple[str, str]]:
    """Return each table's rows and the sum of their hashes: under `(table, "rows")` and `(table, "hash")`."""
    found = Counter[tuple[str, str]]()
    for title, count, total in engine.rows("SELECT title, rows, hash FROM written"):
        found[title, "rows"], found[title, "hash"] = int(count), int(total or 0)
    return found


def hashes(found: Counter[tuple[str, str]]) -> dict[str, dict[str, object]]:
    """Return each table's rows and the order-free hash of its content, from what all slices wrote together."""
    return {
        title: {"rows": found[title, "rows"], "hash": f"{found[title, 'hash'] % EVERY_64_BITS:016x}"}
        for title in sorted({title for title, _ in found})
    }
