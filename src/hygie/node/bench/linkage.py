"""`hygie bench linkage`: two sources hashed at their holders', linked, beside the join of the same files in clear."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from hygie.base.engine import Engine, Walls, literal
from hygie.base.keys import new_data_key
from hygie.intake.linkage import edge, index
from hygie.node.bench import linkage_encoded, linkage_truth
from hygie.node.bench.measure import interleave

Spent = dict[str, list[float]]
GOAL = 10.0
SHARED = 2  # every second person of a source is in the other too
LEFT_OUT = "the index's adoption: its row in the control database and its fact, which do not grow with the data"
IDENTITIES = """
SELECT '{source}-' || p AS patient, number || lpad((97 - number::BIGINT % 97)::VARCHAR, 2, '0') AS nir
FROM (SELECT p, (1 + p % 2) || lpad((p // 1000 % 100)::VARCHAR, 2, '0') || lpad((1 + p % 12)::VARCHAR, 2, '0')
             || '75' || lpad((p * 7919 % 1000000)::VARCHAR, 6, '0') AS number
      FROM (SELECT i * {step} + {start} AS p FROM range({persons}) t(i))) ORDER BY hash(p)
"""


def run(scale: int = 1_000_000, *, rounds: int = 3) -> dict[str, object]:
    """Return the figures of linkage by identifier, by encodings, and on the public sets.

    Parameters
    ----------
    scale : int    persons in each source, half of them in both; a tenth of it for encodings
    rounds : int   measured rounds
    """
    return {
        "deterministic": {
            f"{size:,} x {size:,}": deterministic(size, rounds) for size in (scale // 9, scale // 3, scale)
        },
        "encoded": linkage_encoded.sizes(scale // 10),
        "truth": known_sets(),
    }


def deterministic(scale: int, rounds: int) -> dict[str, object]:
    """Return the seconds of hashing, sealing and linking two sources, and the ratio to the bare join in clear.

    Parameters
    ----------
    scale : int    persons in each source, half of them in both
    rounds : int   measured rounds
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = {name: home / f"{name}.csv" for name in "ab"}
        expected = identities(files, scale)
        found: list[int] = []
        spent: Spent = {}
        candidates: dict[str, Callable[[], object]] = {
            "hygie": lambda: timed(spent, "in all", lambda: found.append(linked(home, files, spent))),
            "by hand": lambda: timed(spent, "by hand", lambda: joined(home, files)),
        }
        measured = interleave(candidates, rounds)
        if set(found) != {expected}:
            raise AssertionError(f"{expected} pairs are shared, {found} were linked")
    taken = measured.seconds["hygie"]
    return {
        "pairs": expected,
        **measured.document(),
        "least_processor_seconds": {step: round(min(values), 2) for step, values in spent.items()},
        "goal_seconds": GOAL,
        "met": taken <= GOAL,
        "left_out": LEFT_OUT,
    }


def known_sets() -> dict[str, object]:
    """Return the figures of the public sets of `HYGIE_TESTDATA`, where they are."""
    folder = Path(os.environ.get("HYGIE_TESTDATA", "")) / "linkage"
    found: dict[str, object] = {}
    for name in linkage_truth.SETS:
        if (folder / f"{name}.csv").is_file():
            with tempfile.TemporaryDirectory() as home:
                found[name] = linkage_truth.measure(Path(home), folder / f"{name}.csv", name)
    return found


def identities(files: dict[str, Path], scale: int) -> int:
    """Write the two sources and return how many persons are in both."""
    con = duckdb.connect()
    for source, step, start in (("a", 1, 0), ("b", SHARED, 0)):
        query = IDENTITIES.format(source=source, step=step, start=start, persons=scale)
        con.execute(f"COPY ({query}) TO {literal(str(files[source]))} (HEADER)")
    both = "SELECT count(*) FROM read_csv({}, all_varchar=true) JOIN read_csv({}, all_varchar=true) USING (nir)"
    pairs = con.execute(both.format(*(literal(str(file)) for file in files.values()))).fetchall()[0][0]
    con.close()
    return int(pairs)


def linked(home: Path, files: dict[str, Path], spent: Spent) -> int:
    """Hash each source under its share, take both, settle who is one person, write the index; return the pairs."""
    key, found = new_data_key(), []
    shares = {name: edge.Share("node-bench", name, key, new_data_key()) for name in files}
    for name, file in files.items():
        timed(spent, "a holder hashes", partial(hashed, home, file, shares[name]))
    timed(spent, "the node takes, links and writes", lambda: found.append(settled(home, shares)))
    return found[0]


def timed(spent: Spent, step: str, work: Callable[[], object]) -> None:
    """Do some work and note its processor seconds, those of all threads."""
    begun = time.process_time()
    work()
    spent.setdefault(step, []).append(time.process_time() - begun)


def hashed(home: Path, file: Path, share: edge.Share) -> None:
    """Hash and seal a source's identifiers as its holder does."""
    out = home / f"{share.dataset}.sealed"
    out.unlink(missing_ok=True)
    with Engine(Walls(home, readable=(file,), memory="1GB", threads=2)) as engine:
        edge.hash_identities(engine, share, file, out, id_column="patient", identifier_column="nir", system="INS-NIR")


def settled(home: Path, shares: dict[str, edge.Share]) -> int:
    """Take both sealed files, settle who is one person and write the index; return the pairs."""
    with Engine(Walls(home, memory="1GB", threads=2)) as engine:
        con = engine.con
        index.open_empty(engine)
        index.keep(engine, "given")
        con.execute("CREATE TEMP TABLE all_given (source BLOB, token BLOB, dataset VARCHAR)")
        for name, share in shares.items():
            edge.attach(engine, share, home / f"{name}.sealed")
            con.execute(f"INSERT INTO all_given SELECT source, token, {literal(name)} FROM taken")
        con.execute(
            "CREATE TEMP TABLE all_tokens AS SELECT source AS token, dataset, row_number() OVER () AS person_id, "
            "false AS links FROM all_given"
        )
        con.execute(
            "CREATE TEMP TABLE all_records AS SELECT dataset, person_id, NULL::BIGINT AS person_uid FROM all_tokens"
        )
        index.complete(engine, 1, "TIMESTAMP '2026-11-23'")
        for table, (query, order) in index.queries().items():
            file = home / f"{table}.parquet"
            file.unlink(missing_ok=True)
            engine.write_encrypted(query, file, new_data_key(), order_by=order, compressed=table not in index.HASHES)
        return int(engine.scalar("SELECT count(*) - count(DISTINCT person_uid) FROM all_persons"))


def joined(home: Path, files: dict[str, Path]) -> None:
    """Join the two files on the identifier in clear and write the pairs."""
    con = duckdb.connect(config={"memory_limit": "1GB", "threads": 2, "temp_directory": str(home / "plain-spill")})
    con.execute("SET enable_progress_bar = false")
    a, b = (f"read_csv({literal(str(file))}, all_varchar=true)" for file in files.values())
    pairs = f"SELECT a.patient AS a, b.patient AS b FROM {a} a JOIN {b} b ON a.nir = b.nir ORDER BY 1"
    con.execute(f"COPY ({pairs}) TO {literal(str(home / 'pairs.parquet'))} (FORMAT parquet, COMPRESSION zstd)")
    con.close()
