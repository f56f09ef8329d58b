"""`hygie bench feasibility`: a count with its noise beside hand-written SQL of the same count on the same files."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from hygie.access.catalogue import counting, sameness
from hygie.access.catalogue.rules import EPSILON, told
from hygie.base.disclosure import noise
from hygie.base.engine import EncryptedFile, Engine, Walls
from hygie.base.engine.node import CATALOGUE_PRESET
from hygie.base.law import preset
from hygie.node.bench.lake import EVENTS, snapshot
from hygie.node.bench.measure import interleave

GOALS = {1_000_000: 2.0, 10_000_000: 5.0}
CONDITIONS = [*range(100_000, 100_050)]
ASKED: dict[str, Any] = {
    "all": [
        {"any": [
            {"codes": {"table": "condition_occurrence", "concept_ids": CONDITIONS, "from": "2018-01-01"}},
            {"codes": {"table": "drug_exposure", "concept_ids": [*range(200_000, 200_050)], "at_least": 2}},
        ]},
        {"age": {"at": "2024-12-31", "min": 40, "max": 79}},
        {"none": [{"sex": {"in": ["male"]}}]},
    ]
}  # fmt: skip
BY_HAND = """
SELECT count(DISTINCT i.person_uid) FROM person p JOIN person_index i USING (person_id)
WHERE i.dataset = 'bench' AND p.year_of_birth BETWEEN 1945 AND 1984 AND p.gender_concept_id <> 8507 AND person_id IN (
  SELECT person_id FROM condition_occurrence WHERE condition_concept_id BETWEEN 100000 AND 100049
  AND condition_start_date >= DATE '2018-01-01'
  UNION ALL SELECT person_id FROM drug_exposure WHERE drug_concept_id BETWEEN 200000 AND 200049
  GROUP BY person_id HAVING count(*) >= 2)
"""
TABLES = ("person", "person_index", "condition_occurrence", "drug_exposure")
LEFT_OUT = (
    "imports (a round before is not counted); of ours: the policy, the accounts, the list of opt-outs, the row and the "
    "ledger's fact, which do not grow with the data. Counted: the question's one form, building and compiling the "
    "plan, opening the engine and the encrypted files on both sides, OpenDP's draw."
)


def run(scale: int = 1_000_000, *, rounds: int = 5) -> dict[str, object]:
    """Return medians and the ratio of ours to the hand-written SQL.

    Parameters
    ----------
    scale : int    persons, 15 diagnoses and 15 medicines each
    rounds : int   measured rounds
    """
    for module in ("ibis", "opendp.prelude", "hygie.base.engine.ibis"):
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = snapshot(home, scale, TABLES)
        if opened(home, files, exact) != opened(home, files, by_hand):
            raise AssertionError("the two do not count the same persons")
        works = {"hygie": ours, "by hand": by_hand}
        measured = interleave({name: at(home, files, work) for name, work in works.items()}, rounds)
    seconds = measured.seconds["hygie"]
    goal = next((limit for most, limit in GOALS.items() if scale <= most), None)
    return {
        "name": "feasibility",
        "persons": scale,
        "events": scale * sum(EVENTS[name][0] for name in TABLES if name in EVENTS),
        **measured.document(),
        "left_out": LEFT_OUT,
        "goal": goal,
        "met": goal is not None and seconds <= goal,
    }


def at(home: Path, files: Mapping[str, EncryptedFile], work: Callable[[Engine], int]) -> Callable[[], int]:
    """Return the work on a fresh engine, to be called."""
    return lambda: opened(home, files, work)


def opened(home: Path, files: Mapping[str, EncryptedFile], work: Callable[[Engine], int]) -> int:
    """Do the work on a fresh engine with the files attached."""
    with Engine(Walls(home, memory=counting.MEMORY, threads=2)) as engine:
        for name in TABLES:
            engine.attach(name, [files[name]])
        return work(engine)


def exact(engine: Engine) -> int:
    """Count through the plan."""
    tables = {name: engine.backend().table(name) for name in TABLES if name != "person_index"}
    return counting.persons(engine, "bench", tables, counting.read(ASKED))


def ours(engine: Engine) -> int:
    """Count through the plan, and answer with noise."""
    sameness.form(counting.read(ASKED))
    noisy = noise.draw(exact(engine), EPSILON)
    return told(noisy, preset(CATALOGUE_PRESET, on=date(2026, 11, 21))).shown or 0


def by_hand(engine: Engine) -> int:
    """Count in one statement."""
    return int(engine.scalar(BY_HAND))
