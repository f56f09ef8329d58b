"""A process that forks workers, kills them with SIGKILL at given moments of a move, and looks at what is left.

Run as `python killing_moves.py FOLDER KILLS SEED`; FOLDER holds the two nodes. Prints one JSON line for each kill, then
one for the move as it ended. No database or engine is opened in this process itself.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import pandas  # noqa: F401 - Arrow imports it; here once, not in each worker
import pyarrow.dataset  # noqa: F401

from hygie.node.home import database

database.start()

from hygie.intake.lake import actions as lake  # noqa: E402 - after Django is ready
from hygie.intake.lake import queries as datasets  # noqa: E402
from hygie.node.moving import actions, leaving, proving  # noqa: E402
from hygie.node.moving.inventory import inventory  # noqa: E402
from hygie.node.moving.records import turn  # noqa: E402
from hygie.node.moving.values import roots  # noqa: E402
from tests.attacks.killing import fork, outcome  # noqa: E402
from tests.node.moving.story import copy, opened  # noqa: E402


def move(folder: Path, tell: int | None = None) -> float:
    """Run the whole move: carry, prove, cut over; a byte goes to `tell` when the first object is carried."""
    begun = time.monotonic()

    def progress(step: str, done: int = 0, total: int = 0) -> None:
        if tell is not None and step == "carry" and done == 1:
            os.write(tell, b".")

    ends = opened(folder)
    if not leaving.state(ends).cut_over:
        turn(ends.old)
        actions.run(ends, progress)
        proving.prove(ends)
        leaving.cut_over(ends)
    return time.monotonic() - begun


def plan(folder: Path) -> str:
    """Plan the move and return the root of what the old node holds."""
    ends = opened(folder)
    actions.plan(ends)
    turn(ends.old)
    return roots(inventory(ends.old).items).held


def look(folder: Path) -> dict[str, object]:
    """Return what is left: the old node whole as long as nothing is erased, the new one whole or not yet there."""
    ends = opened(folder)
    turn(ends.old)
    old = roots(inventory(ends.old).items).held
    for each in datasets.datasets():
        lake.verify(ends.old, each.id, actor="operator")
    turn(ends.new)
    found = datasets.datasets()
    for each in found:
        lake.verify(ends.new, each.id, actor="operator")
    state = leaving.state(ends)
    return {"old": old, "new": len(found), "received": state.received, "cut": state.cut_over, "proven": state.proven}


def final(folder: Path) -> dict[str, object]:
    """Return what the new node holds when the move has ended."""
    ends = opened(folder)
    turn(ends.new)
    held = inventory(ends.new)
    ends.new.store.sweep()
    drafts = [str(path) for path in ends.new.home.rglob("draft-*")]
    return {"new": roots(held.items).held, "objects": len(held.items), "drafts": drafts}


def main(made: Path, kills: int, seed: int) -> None:
    """Kill moves at random moments until `kills` were killed; each goes on from where it was until it has ended."""
    chance, done, number = random.Random(seed), 0, 0
    spare = made / "spare"
    spare.mkdir()
    copy(made, spare)
    outcome(*fork(lambda: plan(spare)))
    span = float(str(outcome(*fork(lambda: move(spare)))))
    while done < kills:
        number += 1
        folder = made / f"round-{number}"
        folder.mkdir()
        copy(made, folder)
        print(json.dumps({"held": outcome(*fork(lambda folder=folder: plan(folder)))}), flush=True)
        while done < kills and (left := killed(folder, chance, span, done % 3))["killed"]:
            done += 1
            print(json.dumps(left), flush=True)
        outcome(*fork(lambda folder=folder: move(folder)))
        left = outcome(*fork(lambda folder=folder: look(folder)))
        print(json.dumps({**left, "final": outcome(*fork(lambda folder=folder: final(folder)))}), flush=True)


def killed(folder: Path, chance: random.Random, span: float, way: int) -> dict[str, object]:
    """Begin or go on with a move, kill it, and return what is left.

    Parameters
    ----------
    way : int   0 as soon as one object is carried; 1 at any moment; 2 at any moment after the first object
    """
    heard, tell = os.pipe()
    child, reader = fork(lambda: move(folder, tell))
    os.close(tell)
    if way != 1:
        os.read(heard, 1)
    if way:
        time.sleep(chance.uniform(0, 0.8) * span)
    os.close(heard)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reader)
    return {**outcome(*fork(lambda: look(folder))), "killed": os.WIFSIGNALED(status)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
