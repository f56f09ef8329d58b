"""A holder's table of identities, CSV or Parquet, as a query whose columns are all text."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb

from hygie.base.engine import Engine, literal
from hygie.base.engine.text import name
from hygie.base.kernel import refuse, visible

DELIMITERS = (",", ";", "\t", "|")
HEADER = 1 << 16
NAME = r"[^\W\d]\D*\d?\d?\D*"
SHOWN = 30  # names of columns in a refusal


def attach(engine: Engine, path: Path, view: str, wanted: Mapping[str, str]) -> int:
    """Make a table of the wanted columns of a file, trimmed, empty text as NULL, and return its rows.

    Parameters
    ----------
    path : Path        CSV in UTF-8 with a header (comma, semicolon, tab or bar; plain or gzip), or Parquet
    view : str         the table's name
    wanted : Mapping   column of the table -> column of the file

    Errors      LNK-103 the file cannot be read; LNK-104 a column is not in it
    """
    source, held = relation(engine, path)
    missing = sorted({column for column in wanted.values() if column not in held})
    if missing:
        raise refuse("LNK-104", file=path.name, column=missing[0], found=told(held, wanted.values()))
    fields = ", ".join(f"nullif(trim({name(held_as)}::VARCHAR), '') AS {name(own)}" for own, held_as in wanted.items())
    try:
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {name(view)} AS SELECT {fields} FROM {source}")
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        raise refuse("LNK-103", file=path.name) from None
    return int(engine.scalar(f"SELECT count(*) FROM {name(view)}"))


def told(held: Sequence[str], wanted: Collection[str]) -> str:
    """Return what a refusal says of a file's columns: their names, or how many there are.

    Where no column that was asked for is among them, or one has figures as a name has not, the file may have no header
    and its first line be a person's.
    """
    if not set(wanted) & set(held) or not all(re.fullmatch(NAME, each) for each in held):
        return str(len(held))
    return ", ".join(visible(each, 40) for each in held[:SHOWN]) + (", …" if len(held) > SHOWN else "")


def columns(engine: Engine, path: Path) -> tuple[str, ...]:
    """Return the names of a file's columns: LNK-103."""
    return relation(engine, path)[1]


def relation(engine: Engine, path: Path) -> tuple[str, tuple[str, ...]]:
    """Return SQL that reads a file, and the names of its columns: LNK-103."""
    place = literal(str(path.resolve()))
    if path.suffix == ".parquet":
        try:
            described = engine.con.execute(f"DESCRIBE SELECT * FROM read_parquet({place})").fetchall()
        except duckdb.Error:
            raise refuse("LNK-103", file=path.name) from None
        return f"read_parquet({place})", tuple(str(row[0]) for row in described)
    line = first_line(path)
    delimiter = max(DELIMITERS, key=line.count)
    try:
        named = [each.strip() for each in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        raise refuse("LNK-103", file=path.name) from None
    if not all(named) or not named or len({each.lower() for each in named}) != len(named):
        raise refuse("LNK-103", file=path.name)
    typed = ", ".join(f"{literal(each)}: 'VARCHAR'" for each in named)
    return (
        f"read_csv({place}, auto_detect=false, header=true, delim={literal(delimiter)}, quote='\"', escape='\"', "
        f"columns={{{typed}}}, strict_mode=true, null_padding=false)"
    ), tuple(named)


def first_line(path: Path) -> str:
    """Return a text file's first line without its end: LNK-103 when it is no UTF-8 text or not there."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
            line = handle.readline(HEADER)
        return line.decode("utf-8-sig").rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError):
        raise refuse("LNK-103", file=path.name) from None
