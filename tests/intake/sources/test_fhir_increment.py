"""An increment of FHIR is the state delivered whole, whichever delivery the target of a reference is in."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, increments, queries
from hygie.intake.linkage import queries as linkage
from hygie.intake.sources import fhir
from tests.intake.sources.fhir_files import CONDITION, ENCOUNTER, OBSERVATION, PATIENT, but, folder

INS = "urn:oid:1.2.250.1.213.1.4.11"
State = dict[tuple[str, str], dict[str, Any]]


def patient(name: str, **changes: Any) -> dict[str, Any]:
    return but(PATIENT, id=name, **changes)


def resource(kind: str, name: str, of: str, to: str, day: int) -> dict[str, Any]:
    """A resource of a patient that refers to another resource, which may come before, with or after it."""
    who, when = {"reference": f"Patient/{of}"}, f"2020-05-0{day}"
    if kind == "Encounter":
        start = f"2020-0{1 + int(name[1:])}-01"
        return but(ENCOUNTER, id=name, subject=who, period={"start": start, "end": f"2021-01-0{day}"})
    if kind == "Condition":
        return but(CONDITION, id=name, subject=who, onsetDateTime=when, encounter={"reference": f"Encounter/{to}"})
    if kind == "Observation":
        part = {"code": OBSERVATION["code"], "valueQuantity": {**OBSERVATION["valueQuantity"], "value": day}}
        return but(OBSERVATION, "valueQuantity", id=name, subject=who, component=[part, part])
    if kind == "Medication":
        coding = {"system": "http://www.whocc.no/atc", "code": f"A0{day}"}
        return {"resourceType": "Medication", "id": name, "code": {"coding": [coding]}}
    if kind == "MedicationRequest":
        return {
            "resourceType": kind,
            "id": name,
            "status": "active",
            "intent": "order",
            "subject": who,
            "authoredOn": when,
            "medicationReference": {"reference": f"Medication/{to}"},
        }
    return but(CONDITION, "onsetDateTime", id=name, subject=who)  # kept whole: it has no date


KINDS = ("Encounter", "Condition", "Observation", "Medication", "MedicationRequest", "Undated")


@st.composite
def parts(draw: st.DrawFn) -> tuple[State, State]:
    """What a first delivery and an increment bring, by type and id."""
    made = []
    for first in (True, False):
        state: State = {}
        for name in draw(st.sets(st.sampled_from(["p1", "p2", "p3"]), min_size=1 if first else 0)):
            state["Patient", name] = patient(name, gender=draw(st.sampled_from(["male", "female"])))
        for kind, number in draw(st.sets(st.tuples(st.sampled_from(KINDS), st.integers(1, 2)), max_size=6)):
            of, to = draw(st.sampled_from(["p1", "p2", "p3"])), f"x{draw(st.integers(1, 2))}"
            told = resource(kind, f"x{number}", of, to, draw(st.integers(1, 3)))
            state[told["resourceType"], f"x{number}"] = told
        made.append(state)
    return made[0], made[1]


def content(engine: Engine, path: Path, held: dict[str, str] | None = None) -> tuple[Any, dict[str, Counter[Any]]]:
    """A delivery, and every table's rows without the numbers they get; a visit is told by the day it began."""
    staged = fhir.stage(engine, path, dataset="test", held=held)
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE person_map AS SELECT source_id, substr(source_id, 2)::BIGINT AS person_id "
        f"FROM ({staged.patient_ids})"
    )
    taken = fhir.deliver(engine, staged)
    queries_ = {draft.name: draft.query for draft in taken.tables}
    visits = queries_.get("visit_occurrence", "SELECT 0 AS visit_occurrence_id, NULL::DATE AS visit_start_date")
    found = {}
    for name, query in queries_.items():
        columns = [str(row[0]) for row in engine.rows(f"DESCRIBE {query}")]
        numbers = [each for each in (f"{name}_id", "visit_occurrence_id", "file", "line") if each in columns]
        kept = ", ".join(f"q.{each}" for each in columns if each not in numbers or each == "person_id")
        visit = "v.visit_start_date AS visit_day" if "visit_occurrence_id" in columns else "NULL AS visit_day"
        join = f"LEFT JOIN ({visits}) v USING (visit_occurrence_id)" if "visit_occurrence_id" in columns else ""
        found[name] = Counter(engine.rows(f"SELECT {kept}, {visit} FROM ({query}) q {join}"))
    return taken, {name: rows for name, rows in found.items() if rows}


@settings(max_examples=12, deadline=None)
@given(parts())
def test_an_increment_is_the_state_delivered_whole(case: tuple[State, State]) -> None:
    first, then = case
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        (home / "home").mkdir()
        with Engine(Walls(home / "home", (home,), "256MB", 1)) as engine:
            taken, _ = content(engine, folder(home / "a", all=list(first.values())))
            held = {}
            for draft in taken.tables:
                if draft.name.startswith("fhir_"):
                    held[draft.name] = f"held_{draft.name}"
                    engine.con.execute(f"CREATE TEMP TABLE held_{draft.name} AS {draft.query}")
            over, found = content(engine, folder(home / "b", all=[*then.values(), patient("p1")]), held)
            assert sum(each.read for each in over.tallies) == len(then) + 1
            assert sum(each.quarantined for each in over.tallies) == (("Patient", "p1") in then)
            last = {("Patient", "p1"): patient("p1")} if ("Patient", "p1") not in then else {}
            whole, expected = content(engine, folder(home / "c", all=list({**first, **then, **last}.values())))
            assert found == expected
            assert (over.unmapped, over.dangling) == (whole.unmapped, whole.dangling)


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        ("Patient/p1", True),
        ("https://chu.example/fhir/Patient/p1/_history/2", True),
        ("Practitioner/d1", True),
        ("Patient/p2", False),
        ("https://chu.example/fhir/Patient/p2", False),
        (f"Patient?identifier={INS}|184127645108123", False),
        (f"https://chu.example/fhir/Patient?identifier={INS}%7C184127645108123", False),
        (f"Practitioner?identifier:of-type={INS}|184127645108123", False),
    ],
)
def test_no_reference_that_is_kept_names_another_patient_or_an_identifier(
    tmp_path: Path, reference: str, kept: bool
) -> None:
    (tmp_path / "home").mkdir()
    with Engine(Walls(tmp_path / "home", (tmp_path,), "256MB", 1)) as engine:
        stated = but(CONDITION, asserter={"reference": reference})
        taken, _ = content(engine, folder(tmp_path / "a", all=[patient("p1"), stated]))
        [draft] = [each for each in taken.tables if each.name == "fhir_staged_condition"]
        assert engine.rows(f"SELECT ref_asserter FROM ({draft.query})") == [(reference if kept else None,)]


def held_rows(node, column: str, table: str) -> list[Any]:
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "chu", tables=[table])
        return [row[0] for row in engine.rows(f"SELECT {column} FROM {views[table]} ORDER BY 1")]


def test_increments_through_the_lake(node, tmp_path):
    how = {"dataset": "chu", "actor": "steward", "synthetic": True}
    numbered = {name: [{"system": INS, "value": f"1{n:012}"}] for n, name in enumerate(("p1", "p2", "p3"), 1)}
    people = [patient(name, identifier=given) for name, given in numbered.items()]
    with pytest.raises(Refusal, match="LAK-101"):
        actions.ingest_fhir(node, folder(tmp_path / "a", all=people), increment=True, **how)
    actions.ingest_fhir(node, folder(tmp_path / "a", all=[*people, CONDITION]), **how)
    other = folder(tmp_path / "o", all=[patient("q1", identifier=numbered["p1"])])
    actions.ingest_fhir(node, other, dataset="other", actor="steward", synthetic=True)
    assert linkage.count_persons() == 3
    actions.erase(node, "chu", person="p3", actor="steward", holding=None)
    late = folder(
        tmp_path / "b",
        all=[
            but(CONDITION, id="c2", onsetDateTime="2021-05-06"),
            but(CONDITION, id="c3", subject={"reference": "Patient/p3"}),
            but(CONDITION, id="c1", onsetDateTime="2019-05-06"),
            but(CONDITION, id="c4", subject={"reference": "Patient/p3"}, onsetDateTime="yesterday"),
            patient("p4"),
        ],
    )
    made = actions.ingest_fhir(node, late, increment=True, **how).manifest
    assert (made.version, made.persons, made.erased, made.read, made.quarantined) == (3, 3, 1, 5, 1)
    assert "increment, Condition: 2 added, 1 changed, 0 deleted, 0 carried over" in made.notes
    days = held_rows(node, "condition_start_date::VARCHAR", "condition_occurrence")
    assert days == ["2019-05-06", "2021-05-06"] and len(held_rows(node, "person_id", "person")) == 3
    assert linkage.count_persons() == 3, "p1 is known by the number that an earlier delivery brought"
    assert not {"p3"} & set(held_rows(node, "person", "fhir_staged_condition"))
    with node.engine() as engine:
        assert engine.rows(f"SELECT raw FROM {queries.attach_quarantine(engine, node, 'chu')}") in ([], [("",)])
    kept = queries.manifest("chu").tables["fhir_staged_patient"]
    assert kept.kind == "staged" and "identifiers" not in dict(kept.columns) and kept.shape("x") is None
    assert actions.ingest_fhir(node, late, increment=True, **how).recognised
    with pytest.raises(Refusal, match="LAK-114"):
        actions.ingest_fhir(node, late, increment=True, dataset="chu", actor="steward")


def test_a_snapshot_without_staged_resources_takes_no_increment(node, tmp_path):
    how = {"dataset": "chu", "actor": "steward", "synthetic": True}
    made = actions.ingest_fhir(node, folder(tmp_path / "a", all=[PATIENT, CONDITION]), **how).manifest
    increments.check_staged(made, fhir.needed())
    older = {name: table for name, table in made.tables.items() if table.kind != "staged"}
    with pytest.raises(Refusal, match="LAK-115"):
        increments.check_staged(replace(made, tables=older), fhir.needed())
