"""`hygie bench pseudonyms`: the cohort's pseudonyms and their map beside the whole extract they are made for."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from hygie.access.extracts import making, pseudonyms
from hygie.base.keys import new_data_key
from hygie.node.bench import extract
from hygie.node.bench.lake import snapshot
from hygie.node.bench.measure import interleave

GOAL = 0.03


def run(scale: int = 100_000, *, rounds: int = 5) -> dict[str, object]:
    """Return medians of the cohort's pseudonyms with the writing of their map, of the extract, and of the cipher alone.

    Parameters
    ----------
    scale : int    persons, 50 events each
    rounds : int   measured rounds
    """
    persons = scale
    key = new_data_key()
    ids = np.arange(persons, dtype=np.int64)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = snapshot(home, persons)
        with extract.opened(home, files) as engine:
            inputs = extract.inputs_of(files)
            cohort = making.count_steps(engine, extract.permit_plan(), inputs).cohort
            vault = extract.emptied(home / "vault")

            def mapped() -> None:
                making.map_persons(engine, key)
                making.write_map(engine, vault)

            work = {
                "pseudonyms and map": mapped,
                "extract": lambda: extract.ours(home, files, key, home / "ours"),
                "cipher, all persons": lambda: pseudonyms.encrypt(ids, key=key, kind="person"),
            }
            measured = interleave(work, rounds)
            numbered = int(engine.scalar(f"SELECT count(*) FROM {making.MAP}"))
    return {
        "name": "pseudonyms",
        "persons": persons,
        "cohort": cohort,
        "mapped": numbered,
        **measured.document(),
        "goal": GOAL,
        "met": measured.ratio <= GOAL,
    }
