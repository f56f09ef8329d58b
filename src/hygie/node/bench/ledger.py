"""`hygie bench ledger`: a durable append beside a bare insert, groups of 100, and proofs at three sizes."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from hygie.base.kernel import Fact
from hygie.base.ledger import actions, rows, stored
from hygie.base.ledger.standalone_verifier import included, leaf_hash
from hygie.node.bench.measure import interleave
from hygie.node.home import database

GROUP = 100
GOAL, GOAL_GROUPS = 1.25, 80_000
BODY = {"permit": "permit-0123456789abcdef0123", "dataset": "chu-demo", "rows": 12_345, "version": 1}
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
TABLE = "CREATE TABLE bare_event (idx INTEGER PRIMARY KEY, record TEXT NOT NULL, node BLOB NOT NULL)"
INSERT = "INSERT INTO bare_event (idx, record, node) VALUES (?, ?, ?)"


def run(scale: int = 20_000, *, rounds: int = 7) -> dict[str, object]:
    """Return medians and ratios of the ledger to an insert of the same row by hand, each commit flushed to the disk.

    Parameters
    ----------
    scale : int    events: a twentieth of it in each round of appends; proofs among a tenth, once and ten times as many
    rounds : int   measured rounds
    """
    numbers, times = count(), max(GROUP, scale // 20)
    with tempfile.TemporaryDirectory() as folder, aside(Path(folder)):
        single = singles(times, numbers, Path(folder), rounds)
        grouped = groups(max(5, times // GROUP), numbers, rounds)
    with tempfile.TemporaryDirectory() as folder, aside(Path(folder)):
        proven = [proofs(size, numbers) for size in (scale // 10, scale, scale * 10)]
    return {
        "single": single,
        "ratio": single["ratio"],
        "goal": GOAL,
        "met": single["ratio"] <= GOAL,
        "groups_of_100": grouped,
        "proofs": proven,
    }


class aside:  # noqa: N801 - reads as the statement it is
    """Work on a control database of its own, and go back to the one before."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __enter__(self) -> None:
        """Open and migrate the other database."""
        database.start()
        self.before = connection.settings_dict["NAME"]
        connection.close()
        database.use(self.home)
        database.migrate()

    def __exit__(self, *raised: object) -> None:
        """Close it and point back."""
        database.close()
        connection.settings_dict["NAME"] = self.before


def fact(number: int) -> Fact:
    """Return a fact of the usual size; the record has about 250 bytes."""
    return Fact("permit.granted", f"permit-{number:020x}", "access-officer", AT, BODY)


def bare(folder: Path) -> sqlite3.Connection:
    """Return SQLite with the settings of the control database and one table of the event's columns."""
    con = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        con.execute(f"PRAGMA {pragma}")
    con.execute(TABLE)
    return con


def singles(times: int, numbers: Iterator[int], folder: Path, rounds: int) -> dict[str, Any]:
    """Measure one fact a transaction: ours, the bare insert by sqlite3, and the bare insert through Django."""
    con, keys = bare(folder), count()
    payload = ("x" * 250, bytes(32))
    with connection.cursor() as cursor:
        cursor.execute(TABLE)

    def ours() -> None:
        for _ in range(times):
            with transaction.atomic():
                actions.append([fact(next(numbers))])

    def by_hand() -> None:
        for _ in range(times):
            con.execute("BEGIN IMMEDIATE")
            con.execute(INSERT, (next(keys), *payload))
            con.execute("COMMIT")

    def by_django() -> None:
        for _ in range(times):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(INSERT.replace("?", "%s"), (next(keys), *payload))

    found = interleave({"ledger": ours, "bare": by_hand, "bare through Django": by_django}, rounds)
    con.close()
    micro = {name: round(value / times * 1e6, 1) for name, value in found.seconds.items()}
    through = found.seconds["ledger"] / found.seconds["bare through Django"]
    return {"microseconds": micro, "ratio": round(found.ratio, 3), "ratio_through_django": round(through, 3)}


def groups(times: int, numbers: Iterator[int], rounds: int) -> dict[str, object]:
    """Measure a hundred facts a transaction."""

    def ours() -> None:
        for _ in range(times):
            facts = [fact(next(numbers)) for _ in range(GROUP)]
            with transaction.atomic():
                actions.append(facts)

    found = interleave({"ledger": ours}, rounds)
    rate = {"median": times * GROUP / found.seconds["ledger"], "best": times * GROUP / found.best["ledger"]}
    return {
        "per_second": {name: round(value) for name, value in rate.items()},
        "goal": GOAL_GROUPS,
        "met": rate["median"] >= GOAL_GROUPS,
    }


def proofs(size: int, numbers: Iterator[int]) -> dict[str, object]:
    """Grow the ledger to a size, then measure inclusion proofs spread over it, and check each."""
    started, begun = actions.head().size, time.perf_counter()
    while (left := size - actions.head().size) > 0:
        with transaction.atomic():
            actions.append([fact(next(numbers)) for _ in range(min(left, 10_000))])
    grown = time.perf_counter() - begun
    head, taken = actions.head(), []
    for index in range(0, head.size, max(1, head.size // 50)):
        begun = time.perf_counter()
        path = stored.inclusion(index, head.size)
        taken.append(time.perf_counter() - begun)
        record = rows.record(index) or ""
        if not included(index, head.size, leaf_hash(record.encode()), path, head.root):
            raise AssertionError(f"no proof for event {index}")
    return {
        "events": head.size,
        "append_microseconds": round(grown / max(1, head.size - started) * 1e6, 2),
        "proof_milliseconds": round(statistics.median(taken) * 1e3, 2),
        "proof_milliseconds_worst": round(max(taken) * 1e3, 2),
    }
