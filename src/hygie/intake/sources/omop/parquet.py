"""A Parquet file's rows as the records of a CSV file: a cell is the text of its value, null is an empty one."""

from __future__ import annotations

from pathlib import Path

import duckdb

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.omop.records import LONGEST

BROKEN = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
FIRST = 2  # the line of the first row, as if a header were above it


def columns(engine: Engine, path: Path) -> list[str]:
    """Return the names of a Parquet file's columns, in order; what DuckDB says of one that is none is in BROKEN."""
    described = engine.con.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()
    return [str(row[0]) for row in described]


def records(engine: Engine, path: Path) -> str:
    """Return SQL -> (line, raw, cells, fault), as `Records` gives them: raw is the row written as CSV."""
    held = [f"{name(each)}::VARCHAR" for each in columns(engine, path)]
    raw = ", ".join(f"coalesce('\"' || replace({each}, '\"', '\"\"') || '\"', '')" for each in held)
    rows = (
        f"SELECT file_row_number + {FIRST} AS line, concat_ws(',', {raw}) AS raw, [{', '.join(held)}] AS cells "
        f"FROM read_parquet({literal(str(path))}, file_row_number = true)"
    )
    return (
        "SELECT line, raw, cells, CASE WHEN contains(raw, chr(0)) THEN 'SRC-o01|a NUL byte' "
        f"WHEN strlen(raw) > {LONGEST} THEN 'SRC-o07|' || strlen(raw) || ' bytes, more than {LONGEST}' END AS fault "
        f"FROM ({rows})"
    )
