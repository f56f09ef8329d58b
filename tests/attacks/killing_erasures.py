"""A process that forks workers and kills them with SIGKILL at given moments of an erasure; then it reads as anybody.

Run as `python killing_erasures.py HOME DELIVERY KILLS SEED`; prints one JSON line for each kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from hygie.node.home import database, opening

database.start()

from hygie.base.ledger import queries as ledger  # noqa: E402 - after Django is ready
from hygie.intake.lake import actions, queries  # noqa: E402
from hygie.intake.lake.models import Snapshot  # noqa: E402
from tests.attacks.killing import fork, ingest, outcome  # noqa: E402


def erase(home: Path, person: int, tell: int | None = None) -> float:
    """Erase a person and return the seconds it took; a byte goes to `tell` when the tables are written."""

    def progress(step: str, done: int = 0, total: int = 0) -> None:
        if tell is not None and step == "write" and done == total:
            os.write(tell, b".")

    begun = time.monotonic()
    actions.erase(opening.open_node(home), "demo", person=str(person), actor="operator", progress=progress)
    return time.monotonic() - begun


def look(home: Path, person: int) -> dict[str, object]:
    """Return what readers see after a kill: attaching comes first, as any reader does."""
    node = opening.open_node(home)
    with node.engine(memory="128MB", threads=1) as engine:
        views = queries.attach_snapshot(engine, node, "demo", tables=["person"])
        present = engine.scalar(f"SELECT count(*) FROM {views['person']} WHERE person_id = {person}")
    decided = ledger.indexes("demo", "dataset.erasure_decided")
    done = ledger.indexes("demo", "dataset.person_erased")
    said = [name for index in done for name in ledger.event(index).body["destroyed"]]
    readable = [
        row.id
        for row in Snapshot.objects.all()
        if row.id in said and (node.keys.exists(row.key_id) or (home / "lake" / "demo" / row.id).exists())
    ]
    alive = [row.id for row in Snapshot.objects.exclude(state="current") if node.keys.exists(row.key_id)]
    gone = [index for index in decided if ledger.event(index).body["person"] is not None]
    actions.verify(node, "demo", actor="operator")
    return {
        "present": present,
        "decided": len(gone),
        "done": len(done),
        "readable": readable,
        "alive": len(alive) if not present else 0,
        "states": sorted(set(Snapshot.objects.exclude(state="draft").values_list("state", flat=True))),
    }


def main(home: Path, path: Path, kills: int, seed: int) -> None:
    """Kill `kills` erasures, each of another person; every second one after its tables are written."""
    chance = random.Random(seed)
    outcome(*fork(lambda: opening.init(home).id))
    outcome(*fork(lambda: ingest(home, path)))
    span = float(str(outcome(*fork(lambda: erase(home, 1)))))
    for number in range(kills):
        person = number + 2
        heard, tell = os.pipe()
        child, reader = fork(lambda person=person, tell=tell: erase(home, person, tell))
        os.close(tell)
        if number % 2:
            os.read(heard, 1)
            time.sleep(chance.uniform(0, 0.3) * span)
        else:
            time.sleep(chance.uniform(0.05, 0.8) * span)
        os.close(heard)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(reader)
        left = outcome(*fork(lambda person=person: look(home, person)))
        left["killed"] = os.WIFSIGNALED(status)
        print(json.dumps(left), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
