"""A process that forks workers, kills them with SIGKILL at given moments of an ingest, and looks at what is left.

Run as `python killing.py HOME DELIVERY_A DELIVERY_B KILLS SEED`; prints one JSON line for each kill. Everything heavy
is imported once, before the first fork; no database or engine is ever opened in this process itself. What a killed
process wrote is there whether or not it reached the disk, and the engine's own check has tests of its own: neither is
waited for.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ibis.backends.duckdb  # noqa: F401 - here once, not in each worker
import pandas  # noqa: F401 - Arrow imports it
import pyarrow.dataset  # noqa: F401

from hygie.base.engine import node as handle
from hygie.node.home import database, opening

database.start()
handle.check_engine = lambda scratch: None
os.fsync = lambda descriptor: None

from hygie.intake.lake import actions, queries  # noqa: E402 - after Django is ready
from hygie.intake.lake.models import Snapshot  # noqa: E402
from hygie.intake.linkage.models import VaultVersion  # noqa: E402


def fork(work: Callable[[], object]) -> tuple[int, int]:
    """Do work in a child; return its id and a descriptor that gives the JSON of what it returned."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    os.close(reader)
    status = 1
    try:
        os.write(writer, json.dumps(work()).encode())
        status = 0
    finally:
        os._exit(status)


def outcome(child: int, reader: int) -> object:
    """Wait for a child and return what it returned."""
    with os.fdopen(reader, "rb") as handle:
        data = handle.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"the worker ended with {status}")
    return json.loads(data)


def ingest(home: Path, path: Path, tell: int | None = None) -> float:
    """Ingest a delivery and return the seconds it took; a byte goes to `tell` when it was read and is to be linked."""

    def progress(step: str, done: int = 0, total: int = 0) -> None:
        if tell is not None and step == "read" and done == total:
            os.write(tell, b".")

    begun = time.monotonic()
    node = opening.open_node(home)
    actions.ingest_omop(node, path, dataset="demo", actor="operator", synthetic=True, progress=progress)
    return time.monotonic() - begun


def look(home: Path) -> dict[str, object]:
    """Return what is left: before the sweep what readers see, after it what lies about."""
    node = opening.open_node(home)
    current = queries.manifest("demo")
    actions.verify(node, "demo", actor="operator")
    with node.engine(memory="128MB", threads=1) as engine:
        views = queries.attach_snapshot(engine, node, "demo", tables=["person", "condition_occurrence"])
        persons, events = (engine.scalar(f"SELECT count(*) FROM {view}") for view in views.values())
    swept = actions.sweep(node)
    rows = set(Snapshot.objects.values_list("id", flat=True))
    versions = set(VaultVersion.objects.exclude(name="tokens").values_list("id", flat=True))
    states = sorted(set(VaultVersion.objects.values_list("state", flat=True)) | set(drafts()))
    keys = set(Snapshot.objects.values_list("key_id", flat=True)) | set(
        VaultVersion.objects.values_list("key_id", flat=True)
    )
    live = {path.stem for path in (home / "keys").rglob("key-*.json")}
    actions.verify(node, "demo", actor="operator")
    return {
        "persons": persons,
        "events": events,
        "manifest": current.persons,
        "swept": swept,
        "states": states,
        "folders": sorted({path.name for path in (home / "lake" / "demo").iterdir()} ^ rows),
        "vault": sorted({path.name for path in (home / "vault" / "persons").iterdir()} ^ versions),
        "lost": sorted(keys - live),
        "spare": len(live - keys),
        "drafts": sorted(path.name for path in (home / "drafts").glob("*")),
    }


def drafts() -> list[str]:
    """Return the states of snapshots that are neither current nor superseded."""
    return list(Snapshot.objects.exclude(state__in=("current", "superseded")).values_list("state", flat=True))


def main(home: Path, deliveries: tuple[Path, Path], kills: int, seed: int) -> None:
    """Kill nine in ten ingests, each of the delivery that is not the current one; half of them while they write."""
    chance = random.Random(seed)
    outcome(*fork(lambda: opening.init(home).id))
    spans = [float(str(outcome(*fork(lambda path=path: ingest(home, path))))) for path in deliveries * 3]
    spans = spans[2:]
    held = 1
    span = sorted(spans)[len(spans) // 2]
    for number in range(kills):
        heard, tell = os.pipe()
        child, reader = fork(lambda path=deliveries[1 - held], tell=tell: ingest(home, path, tell))
        os.close(tell)
        if number % 10 == 9:  # one in ten ends by itself
            while os.read(heard, 1):
                pass
        elif number % 2:  # in the second half of the work, whatever the machine's load
            os.read(heard, 1)
            time.sleep(chance.uniform(0, 0.6) * span)
        else:
            time.sleep(chance.uniform(0.05, 1.1) * span)
        os.close(heard)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(reader)
        left = outcome(*fork(lambda: look(home)))
        left["killed"] = os.WIFSIGNALED(status)
        print(json.dumps(left), flush=True)
        held = int(left["persons"] != 30)


if __name__ == "__main__":
    main(Path(sys.argv[1]), (Path(sys.argv[2]), Path(sys.argv[3])), int(sys.argv[4]), int(sys.argv[5]))
