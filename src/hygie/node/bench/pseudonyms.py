"""`hygie bench pseudonyms`: pseudonyms of persons beside the whole extract they are made for."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from hygie.access.extracts import pseudonyms
from hygie.base.engine import Engine, Walls
from hygie.base.keys import new_data_key
from hygie.node.bench import extract
from hygie.node.bench.lake import snapshot

GOAL = 0.03


def run(scale: int = 100_000, *, rounds: int = 5) -> dict[str, object]:
    """Return the time of the cohort's pseudonyms, of all persons', of the cipher alone, and the share of the extract.

    Parameters
    ----------
    scale : int    persons, 50 events each
    rounds : int   measured rounds
    """
    persons = scale
    key = new_data_key()
    seconds: dict[str, list[float]] = {"extract": [], "cohort": [], "everyone": [], "cipher": []}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = snapshot(home, persons)
        cohort = extract.ours(home, files, key, home / "ours").steps.cohort
        with Engine(Walls(home, memory=extract.MEMORY)) as engine:
            for _ in range(rounds):
                seconds["extract"].append(taken(lambda: extract.ours(home, files, key, home / "ours")))
                for name, count in (("cohort", cohort), ("everyone", persons)):
                    query = f"SELECT i * 7919 AS id FROM range({count}) t(i)"
                    seconds[name].append(
                        taken(lambda: pseudonyms.assign(engine.con, query, "numbers", key=key, kind="person"))  # noqa: B023
                    )
                ids = np.arange(persons, dtype=np.int64)
                seconds["cipher"].append(taken(lambda: pseudonyms.encrypt(ids, key=key, kind="person")))  # noqa: B023
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    share = medians["cohort"] / medians["extract"]
    return {
        "name": "pseudonyms",
        "persons": persons,
        "cohort": cohort,
        "seconds": {name: round(value, 4) for name, value in medians.items()},
        "ids_per_second": round(persons / medians["everyone"]),
        "ratio": round(share, 4),
        "goal": GOAL,
        "met": share <= GOAL,
    }


def taken(work: object) -> float:
    """Return how long a work takes, seconds."""
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begun
