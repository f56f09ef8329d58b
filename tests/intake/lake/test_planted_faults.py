"""A generated hospital is taken in: what was planted broken is quarantined, line by line and for its own reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.intake.lake import actions, queries
from hygie.node.bench import fhir as bench
from hygie.node.bench.measure import watched
from hygie.node.demo.generate import generate

pytestmark = pytest.mark.django_db(transaction=True)
RULES = {
    "unparseable": "SRC-f04",
    "missing required element": "SRC-f07",
    "invalid date": "SRC-f09",
    "code outside value set": "SRC-f10",
}
KEPT = "dangling reference"


@pytest.mark.parametrize("seed", [1, 2])
def test_exactly_the_planted_faults_are_quarantined(node: Node, tmp_path: Path, seed: int) -> None:
    truth = generate(tmp_path / "hospital", persons=300, seed=seed)
    files: dict[str, dict[str, dict[str, int]]] = truth["files"]
    manifest = actions.ingest_fhir(node, tmp_path / "hospital", dataset="demo", actor="steward").manifest
    planted = {
        (name, RULES[kind]): count
        for name, each in files.items()
        for kind, count in each["broken"].items()
        if kind != KEPT
    }
    with node.engine() as engine:
        queries.attach_quarantine(engine, node, "demo")
        found = Counter((file.split(".")[0], rule) for file, rule in engine.rows("SELECT file, rule FROM quarantine"))
    assert found == planted
    assert sum(planted.values()) == truth["quarantine"] == manifest.quarantined > 10
    assert manifest.read == truth["lines"]
    read = {tally.name: tally.read for tally in manifest.tallies if not tally.name.startswith("(")}
    unreadable = {name: each["broken"].get("unparseable", 0) for name, each in files.items()}
    assert read == {name: each["lines"] - unreadable[name] for name, each in files.items()}
    assert sum(manifest.dangling.values()) >= truth["dangling"] > 0


@pytest.mark.slow
def test_a_delivery_larger_than_the_engines_memory_is_taken_whole(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MEMORY", "256MB")
    (tmp_path / "in").mkdir()
    counts = {"Patient": 20_000, "Condition": 120_000, "Observation": 210_000}
    size = sum(bench.write(tmp_path / "in", name, count, 20_000) for name, count in counts.items())
    assert size > 400e6

    def take() -> None:
        actions.ingest_fhir(node, tmp_path / "in", dataset="big", actor="steward", synthetic=True)

    _, highest, start = watched(take)
    assert highest - start < 500, "MiB"
    manifest = queries.manifest("big")
    assert {tally.name: tally.kept for tally in manifest.tallies} == counts
    assert manifest.quarantined == 0
    assert not list(node.store.path("spill").glob("*"))
