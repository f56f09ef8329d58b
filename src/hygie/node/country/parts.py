"""What only the whole country can be told from, written slice by slice, so that memory holds one slice of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from hygie.base.engine import Engine, literal

TABLES = ("refusing", "insured", "who_is_who", "patient", "admission", "laboratory")
FOLDER = "parts"


def write(engine: Engine, folder: Path, number: int) -> None:
    """Write a slice's part of each table.

    Parameters
    ----------
    engine : Engine   with the slice's tables
    folder : Path     the country's
    number : int      of the slice
    """
    (folder / FOLDER).mkdir(exist_ok=True)
    for table in TABLES:
        path = literal(str(folder / FOLDER / f"{table}.{number:03d}.parquet"))
        engine.con.execute(f"COPY {table} TO {path} (FORMAT parquet, COMPRESSION lz4_raw)")


def gather(engine: Engine, folder: Path) -> None:
    """Put all slices' parts in place of the last slice's tables.

    Parameters
    ----------
    engine : Engine
    folder : Path     the country's
    """
    for table in TABLES:
        files = literal(str(folder / FOLDER / f"{table}.*.parquet"))
        engine.con.execute(f"DROP TABLE IF EXISTS {table}")
        engine.con.execute(f"CREATE VIEW {table} AS FROM read_parquet({files})")


def remove(folder: Path) -> None:
    """Remove the parts."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
