"""A process that forks workers, kills them with SIGKILL at given moments of an extract, and looks at what is left.

Run as `python killing_extracts.py HOME DELIVERY KILLS SEED`; prints one JSON line for each kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from killing import fork, outcome  # starts Django

from hygie.access.extracts import actions, queries
from hygie.access.extracts.models import Extract
from hygie.access.permits import actions as permits
from hygie.access.permits.queries import example
from hygie.commons.people import actions as people
from hygie.commons.people.course import course
from hygie.intake.lake import actions as lake
from hygie.node.home import opening


def set_up(home: Path, delivery: Path, count: int) -> list[str]:
    """Make a node with a dataset and some permits on it; return the permits' ids."""
    node = opening.init(home)
    people.add_account(node, "olga", ["officer"], actor="operator")
    people.add_account(node, "researcher", ["user"], actor="operator")
    people.attest(node, {question.id: question.right for question in course().questions}, actor="operator")
    lake.ingest_omop(node, delivery, dataset="demo", actor="operator", synthetic=True)
    draft = example(node, "demo")
    draft["data"]["cohort"] = {"everyone": {}}
    return [permits.grant(node, draft, actor="olga").id for _ in range(count)]


def extract(home: Path, permit: str) -> float:
    """Prepare an extract and return the seconds it took."""
    begun = time.monotonic()
    actions.extract(opening.open_node(home), permit, actor="operator")
    return time.monotonic() - begun


def look(home: Path, permit: str) -> dict[str, object]:
    """Return what is left of a killed extract: what readers see, what is swept, and that it can be made again."""
    node = opening.open_node(home)
    seen = queries.find(permit)
    before = rows(node, permit) if seen else None
    swept = lake.sweep(node) + actions.sweep(node)
    ready = set(Extract.objects.values_list("id", flat=True))
    folders = {path.name for path in home.glob("extracts/*/*")} ^ ready
    vaults = {path.name for path in home.glob("vault/pseudonyms/*")} ^ ready
    states = sorted(set(Extract.objects.values_list("state", flat=True)))
    missing = [row.id for row in Extract.objects.all() if not node.keys.exists(row.key_id)]
    actions.extract(node, permit, actor="operator")
    return {
        "before": before,
        "after": rows(node, permit),
        "swept": swept,
        "folders": sorted(folders),
        "vaults": sorted(vaults),
        "states": states,
        "missing": missing,
        "drafts": sorted(path.name for path in (home / "drafts").glob("*")),
        "spill": sorted(path.name for path in (home / "spill").glob("*/*")),
    }


def rows(node: object, permit: str) -> list[int]:
    """Return the number of rows of two tables, read back whole."""
    with node.engine(memory="128MB", threads=1) as engine:
        views = queries.attach_extract(engine, node, permit, tables=["person", "condition_occurrence"])
        return [len(engine.rows(f"SELECT * FROM {views[name]}")) for name in ("person", "condition_occurrence")]


def main(home: Path, delivery: Path, kills: int, seed: int) -> None:
    """Kill `kills` extracts at random moments."""
    chance = random.Random(seed)
    made = outcome(*fork(lambda: set_up(home, delivery, kills + 3)))
    spans = sorted(float(str(outcome(*fork(lambda one=one: extract(home, one))))) for one in made[:3])
    for permit in made[3:]:
        child, reader = fork(lambda permit=permit: extract(home, permit))
        time.sleep(chance.uniform(0.1, 1.1) * spans[1])
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(reader)
        left = outcome(*fork(lambda permit=permit: look(home, permit)))
        left["killed"] = os.WIFSIGNALED(status)
        print(json.dumps(left), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
