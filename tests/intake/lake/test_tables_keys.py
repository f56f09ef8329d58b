"""Tables whose keys are called as most are, `person_id` and `visit_id`, keep them beside the lake's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hygie.base.engine import Node
from hygie.intake.lake import erasure, queries, tables

PATIENT: dict[str, Any] = {
    "name": "patient",
    "fields": [
        {"name": "person_id", "hygie:role": "person"},
        {"name": "patient_id", "hygie:role": "text"},
        {"name": "sex", "type": "integer", "hygie:role": "sex"},
    ],
    "primaryKey": "patient_id",
}
VISIT: dict[str, Any] = {
    "name": "visit",
    "fields": [
        {"name": "visit_id", "hygie:role": "text"},
        {"name": "patient_id", "hygie:role": "text"},
        {"name": "note", "hygie:role": "text"},
    ],
    "primaryKey": "visit_id",
    "foreignKeys": [{"fields": "patient_id", "reference": {"resource": "patient", "fields": "patient_id"}}],
}
ACT: dict[str, Any] = {
    "name": "act",
    "fields": [{"name": "visit_id", "hygie:role": "text"}, {"name": "patient_id", "hygie:role": "text"}],
    "foreignKeys": [{"fields": "patient_id", "reference": {"resource": "visit", "fields": "patient_id"}}],
}


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    """Twenty patients with two visits and two acts each, as a Data Package."""
    folder = tmp_path / "in"
    folder.mkdir()
    rows = {
        "patient": [f"P{n};K{n};{1 + n % 2}" for n in range(20)],
        "visit": [f"V{n};K{n % 20};note {n}" for n in range(40)],
        "act": [f"V{n};K{n % 20}" for n in range(40)],
    }
    resources = []
    for body in (PATIENT, VISIT, ACT):
        header = ";".join(each["name"] for each in body["fields"])
        (folder / f"{body['name']}.csv").write_text("\n".join([header, *rows[body["name"]], ""]))
        resources.append({"name": body["name"], "path": f"{body['name']}.csv", "schema": body})
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))
    return folder


def held(node: Node, table: str, columns: str) -> list[tuple[Any, ...]]:
    """Return a table's rows as they lie in the lake."""
    with node.engine() as engine:
        view = queries.attach_snapshot(engine, node, "keyed")[table]
        return engine.rows(f"SELECT {columns} FROM {view} ORDER BY ALL")


def test_a_source_s_own_keys_stand_beside_the_lake_s(node: Node, delivered: Path) -> None:
    for increment in (False, True):
        if increment:
            (delivered / "visit.csv").write_text("visit_id;patient_id;note\nV3;K3;changed\nV99;K4;new\n")
        taken = tables.ingest_table(
            node, delivered, dataset="keyed", actor="steward", synthetic=True, increment=increment
        )
        assert taken.manifest.quarantined == 0
    people = dict(held(node, "patient", "source_patient_id, person_id"))
    assert len(people) == 20 and {int(each) for each in people.values()} == set(people.values())
    assert [row[0] for row in held(node, "patient", "source_person_id")] == sorted(f"P{n}" for n in range(20))
    visits = held(node, "visit", "source_visit_id, source_patient_id, note, person_id")
    assert len(visits) == 41 and ("V3", "K3", "changed", people["K3"]) in visits
    assert all(person == people[key] for _, key, _, person in visits)
    acts = held(node, "act", "source_visit_id, patient_id, person_id")
    assert sorted(acts) == sorted((f"V{n}", f"K{n % 20}", people[f"K{n % 20}"]) for n in range(40))
    erasure.erase(node, "keyed", person="P3", actor="steward")
    for table, key in (("patient", "source_patient_id"), ("visit", "source_patient_id"), ("act", "patient_id")):
        assert ("K3",) not in held(node, table, key) and ("K4",) in held(node, table, key)


def test_a_key_of_rows_of_several_persons_names_nobody(node: Node, delivered: Path) -> None:
    package = json.loads((delivered / "datapackage.json").read_text())
    package["resources"][2]["schema"] = {
        "fields": [{"name": "note", "hygie:role": "text"}],
        "foreignKeys": [{"fields": "note", "reference": {"resource": "visit", "fields": "note"}}],
    }
    (delivered / "datapackage.json").write_text(json.dumps(package))
    visits = (delivered / "visit.csv").read_text()
    (delivered / "visit.csv").write_text(visits.replace("note 7\n", "both\n").replace("note 8\n", "both\n"))
    (delivered / "act.csv").write_text("note\nboth\nnote 1\nnote 21\n")
    tables.ingest_table(node, delivered, dataset="keyed", actor="steward", synthetic=True)
    people = dict(held(node, "patient", "source_patient_id, person_id"))
    assert held(node, "act", "note, person_id") == [
        ("both", None),
        ("note 1", people["K1"]),
        ("note 21", people["K1"]),
    ]
