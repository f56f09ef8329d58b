"""The Eunomia sample, a zip with macOS junk, from the file to a snapshot that is read back."""

from __future__ import annotations

from pathlib import Path

from hygie.base.engine import Node
from hygie.intake.lake import actions, queries

COUNTS = {
    "person": 28,
    "condition_occurrence": 470,
    "drug_exposure": 883,
    "measurement": 10_040,
    "observation": 8_099,
    "procedure_occurrence": 1_649,
    "visit_occurrence": 1_791,
    "death": 3,
    "concept": 2_294,
    "concept_relationship": 266_588,
}


def test_the_sample_gives_its_counts(node: Node, testdata: Path) -> None:
    path = testdata / "omop-synthea27nj" / "Synthea27Nj_5.4.zip"
    outcome = actions.ingest_omop(node, path, dataset="nj", actor="steward", synthetic=True)
    manifest = outcome.manifest
    assert not outcome.recognised
    assert {name: manifest.tables[name].rows for name in COUNTS} == COUNTS
    assert manifest.quarantined == 0
    assert manifest.persons == 28
    assert "files left by operating systems, ignored: 1" in manifest.notes
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "nj")
        for name, count in COUNTS.items():
            assert engine.scalar(f"SELECT count(*) FROM {views[name]}") == count
        person_order = engine.rows("SELECT person_id FROM condition_occurrence")
        assert person_order == sorted(person_order)
        coded = engine.scalar("SELECT count(*) FROM condition_occurrence WHERE source_system = 'SNOMED'")
        assert coded == 470
    again = actions.ingest_omop(node, path, dataset="nj", actor="steward", synthetic=True)
    assert again.recognised
    assert again.manifest == manifest
