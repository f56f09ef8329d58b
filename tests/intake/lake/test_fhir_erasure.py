"""Erasing a patient of a real FHIR export: nothing of the snapshot names them any more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.intake.lake import actions, queries

pytestmark = pytest.mark.django_db(transaction=True)


def mentions(node: Node, patient: str) -> dict[str, int]:
    """How many rows of each table hold a patient's id in any text column."""
    manifest = queries.manifest("ten")
    found = {}
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "ten")
        for name, table in manifest.tables.items():
            texts = [f'contains("{column}", ?)' for column, kind in table.columns if kind == "VARCHAR"]
            if texts:
                query = f"SELECT count(*) FROM {views[name]} WHERE {' OR '.join(texts)}"
                found[name] = engine.scalar(query, [patient] * len(texts))
    return {name: count for name, count in found.items() if count}


def test_a_patient_is_gone_from_every_table(node: Node, testdata: Path) -> None:
    folder = testdata / "fhir-bulk-synthea10"
    file = next(path for path in sorted(folder.rglob("*")) if path.name.lower().startswith("patient"))
    patient = json.loads(file.read_text("utf-8").splitlines()[0])["id"]
    before = actions.ingest_fhir(node, folder, dataset="ten", actor="steward", synthetic=True).manifest
    assert mentions(node, patient)
    outcome = actions.erase(node, "ten", person=patient, actor="steward")
    after = queries.manifest("ten")
    assert mentions(node, patient) == {}
    assert after.tables["person"].rows == before.tables["person"].rows - 1
    assert after.tables["location"].rows == before.tables["location"].rows - 1, "their address goes with them"
    assert outcome.rows["condition_occurrence"] > 0
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "ten")
        for name, table in after.tables.items():
            if table.person:
                held = f'SELECT count(*) FROM {views[name]} WHERE "{table.person}" = {outcome.person_id}'
                assert engine.scalar(held) == 0, name
    assert actions.verify(node, "ten", actor="auditor").snapshots == (outcome.snapshot,)
