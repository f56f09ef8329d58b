"""The start-up checks: an engine whose encryption does not work as proven is not used."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Mapping
from pathlib import Path

from hygie.base.engine.engine import EncryptedFile, Engine
from hygie.base.engine.walls import Walls, check_held
from hygie.base.engine.wheel import httpfs_file, versions
from hygie.base.kernel import Refusal, new_id, refuse
from hygie.base.keys import new_data_key

DUCKDB = "1.5.5"
SQLGLOT = "30.17.0"
ROWS = 50_000
MAGIC = b"PARE"


def check_engine(scratch: Path) -> None:
    """Refuse unless encrypted writing and reading hold, with the versions that were proven together.

    Parameters
    ----------
    scratch : Path   a folder to try in; left as it was

    Errors     ENG-101 to ENG-110
    """
    check_versions(versions())
    check_sqlglot(importlib.metadata.version("sqlglot"))
    httpfs_file()
    folder = scratch / new_id("check")
    try:
        with Engine(Walls(home=folder, memory="256MB", threads=1)) as engine:
            check_held(engine.con)
            check_encryption(engine, folder / "check.parquet")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_versions(found: Mapping[str, str]) -> None:
    """Refuse DuckDB packages of any version but the one whose encryption was proven.

    Errors     ENG-101
    """
    if set(found.values()) != {DUCKDB}:
        shown = ", ".join(f"{package} {version}" for package, version in found.items())
        raise refuse("ENG-101", found=shown, accepted=DUCKDB)


def check_sqlglot(version: str) -> None:
    """Refuse any sqlglot but the one that was proven with Ibis.

    Errors     ENG-107
    """
    if version != SQLGLOT:
        raise refuse("ENG-107", found=version, accepted=SQLGLOT)


def check_encryption(engine: Engine, path: Path) -> None:
    """Write more rows than one page holds, encrypted; read them with a filter; try another key.

    Errors     ENG-104, ENG-105
    """
    key = new_data_key()
    query = f"SELECT range AS id, hash(range) AS value, 'text ' || range AS words FROM range({ROWS})"
    engine.write_encrypted(query, path, key)
    with path.open("rb") as handle:
        if handle.read(len(MAGIC)) != MAGIC:
            raise refuse("ENG-104")
    try:
        engine.attach("check_right", [EncryptedFile(path, key)])
        found = engine.rows("SELECT id, words FROM check_right WHERE id = 30001 AND value = hash(30001)")
    except Refusal as refusal:
        raise refuse("ENG-104") from refusal
    if found != [(30_001, "text 30001")]:
        raise refuse("ENG-104")
    try:
        engine.attach("check_wrong", [EncryptedFile(path, new_data_key())])
        engine.rows("SELECT count(*) FROM check_wrong WHERE id = 30001")
    except Refusal:
        return
    raise refuse("ENG-105")
