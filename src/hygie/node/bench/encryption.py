"""`hygie bench encryption`: writing and reading encrypted Parquet beside the same in clear."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from hygie.base.engine import EncryptedFile, Engine, Walls, literal
from hygie.base.kernel import hash_file
from hygie.base.keys import new_data_key
from hygie.node.bench.measure import interleave

ROWS = 2_000_000
LEAST = 20_001  # one more than a page holds
GOAL = 1.10
EVENTS = """
SELECT range AS event_id, (range * 7919) % {persons} AS person_id, CAST(range % 20000 AS INTEGER) AS concept_id,
       DATE '2015-01-01' + CAST(hash(range) % 4000 AS INTEGER) AS day,
       CAST(hash(range + 1) % 100000 AS DOUBLE) / 7 AS value,
       'code-' || range % 5000 AS source_code
FROM range({rows})
"""
SCAN = "SELECT count(*), sum(event_id), sum(concept_id), sum(value), max(source_code), max(day) FROM {table}"
FILTER = "SELECT count(*), sum(value) FROM {table} WHERE concept_id = 4711 AND day >= DATE '2020-01-01'"


def run(scale: int = ROWS, *, rounds: int = 5) -> dict[str, object]:
    """Return medians and the ratio of encrypted to plain: the same rows, order, row groups, threads, hash and caching.

    Parameters
    ----------
    scale : int    rows of six columns
    rounds : int   measured rounds
    """
    rows = max(LEAST, scale)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Engine(Walls(home, memory="2GB", threads=2)) as engine, by_hand(home) as plain:
            query = EVENTS.format(rows=rows, persons=max(1, rows // 50))
            source = "SELECT * FROM events ORDER BY person_id, day"
            for con in (engine.con, plain):
                con.execute(f"CREATE TABLE events AS {query}")
            return measured(engine, plain, home, source, rows, rounds)


def by_hand(home: Path) -> duckdb.DuckDBPyConnection:
    """Return a plain DuckDB of the same memory and threads, and like it without a file cache."""
    spill = str(home / "plain-spill")
    con = duckdb.connect(config={"memory_limit": "2GB", "threads": 2, "temp_directory": spill})
    con.execute("SET enable_external_file_cache = false")
    con.execute("SET enable_progress_bar = false")
    return con


def measured(
    engine: Engine, plain: duckdb.DuckDBPyConnection, home: Path, source: str, rows: int, rounds: int
) -> dict[str, object]:
    """Measure the write, then the reads of what was written."""
    key, secret, clear = new_data_key(), home / "secret.parquet", home / "clear.parquet"

    def write_secret() -> None:
        secret.unlink(missing_ok=True)
        engine.write_encrypted(source, secret, key)

    def write_clear() -> None:
        clear.unlink(missing_ok=True)
        plain.execute(
            f"COPY ({source}) TO {literal(str(clear))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )
        hash_file(clear)

    write = interleave({"encrypted": write_secret, "plain": write_clear}, rounds)
    engine.attach("secret", [EncryptedFile(secret, key)])
    table = f"read_parquet({literal(str(clear))})"
    engine_rows, plain_rows = (
        engine.rows(SCAN.format(table="secret")),
        plain.execute(SCAN.format(table=table)).fetchall(),
    )
    if [round(float(value), 3) for value in engine_rows[0][:4]] != [
        round(float(value), 3) for value in plain_rows[0][:4]
    ]:
        raise AssertionError("the two files do not hold the same rows")
    scan = interleave(pair(engine, plain, SCAN, table), rounds)
    filtered = interleave(pair(engine, plain, FILTER, table), rounds)
    ours = write.seconds["encrypted"] + scan.seconds["encrypted"] + filtered.seconds["encrypted"]
    hand = write.seconds["plain"] + scan.seconds["plain"] + filtered.seconds["plain"]
    return {
        "name": "encryption",
        "rows": rows,
        "bytes": {"encrypted": secret.stat().st_size, "plain": clear.stat().st_size},
        "write": write.document(),
        "scan": scan.document(),
        "filter": filtered.document(),
        "ratio": round(ours / hand, 3),
        "goal": GOAL,
        "met": ours / hand <= GOAL,
    }


def pair(engine: Engine, plain: duckdb.DuckDBPyConnection, query: str, table: str) -> dict[str, Callable[[], object]]:
    """Return one query on both files, as two works."""
    return {
        "encrypted": lambda: engine.rows(query.format(table="secret")),
        "plain": lambda: plain.execute(query.format(table=table)).fetchall(),
    }
