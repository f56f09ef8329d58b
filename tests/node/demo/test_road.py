"""A synthetic delivery, taken in by the lake: exactly the broken lines go to quarantine."""

from __future__ import annotations

from pathlib import Path

from hygie.base.engine import Node
from hygie.intake.lake.actions import ingest_fhir, ingest_omop
from hygie.node.demo.generate import generate


def test_the_lake_quarantines_the_broken_fhir_lines_and_no_other(node: Node, tmp_path: Path) -> None:
    told = generate(tmp_path / "H", persons=500, seed=11)
    taken = ingest_fhir(node, tmp_path / "H", dataset="chu-demo", actor="operator").manifest
    tallies = {tally.name: tally for tally in taken.tallies}
    assert sum(tally.read for tally in taken.tallies) == told["lines"]
    assert sum(tally.quarantined for tally in taken.tallies) == told["quarantine"] > 10
    for type_, entry in told["files"].items():
        broken = entry["broken"]
        cut = broken.get("unparseable", 0)
        assert tallies[type_].read == entry["lines"] - cut, type_
        assert tallies[type_].quarantined == sum(broken.values()) - cut - broken.get("dangling reference", 0), type_


def test_the_lake_takes_the_omop_delivery_too(node: Node, tmp_path: Path) -> None:
    told = generate(tmp_path / "H", persons=500, seed=11, form="omop")
    taken = ingest_omop(node, tmp_path / "H", dataset="chu-omop", actor="operator").manifest
    files = {name.lower(): entry for name, entry in told["files"].items()}
    tallies = {tally.name: tally for tally in taken.tallies}
    for name, entry in files.items():
        assert tallies[name].read == entry["lines"], name
        assert tallies[name].quarantined >= sum(entry["broken"].values()), name
    assert tallies["concept"].quarantined == tallies["location"].quarantined == 0
    lost = sum(files["person"]["broken"].values())
    assert tallies["person"].quarantined == lost
