"""Which of several codings is taken, against plain Python written from the page."""

import itertools

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hygie.base.engine import Engine, Walls
from hygie.intake.sources.fhir import Vocabulary
from tests.intake.sources.fhir_files import (
    CONDITION,
    ENCOUNTER,
    OBSERVATION,
    PATIENT,
    PREFERRED,
    Read,
    but,
    chosen,
    folder,
    reading,
)
from tests.intake.sources.test_fhir_rules import ALLERGY, DEVICE, DOCUMENT, PROCEDURE, REPORT, REQUEST, VACCINE

LOCAL, ICD10, SNOMED = "urn:local", "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct"
LOINC, RXNORM, ATC = "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"


def coded(*codings):
    """A CodeableConcept of (system, code) or (system, code, selected)."""
    names = ("system", "code", "userSelected")
    made = [dict(zip(names, each, strict=False)) for each in codings]
    return {"coding": [{name: value for name, value in each.items() if value is not None} for each in made]}


TAKEN = [
    ([(LOCAL, "L1"), (ICD10, "E11")], (ICD10, "E11")),
    ([(ICD10, "E11"), (SNOMED, "44054006")], (SNOMED, "44054006")),
    ([(LOCAL, "L1"), (ICD10, "E11"), (SNOMED, "44054006")], (SNOMED, "44054006")),
    ([(LOCAL, "L1"), ("urn:other", "O1", True)], ("urn:other", "O1")),
    ([(LOCAL, "L1", True), (ICD10, "E11")], (ICD10, "E11")),
    ([(SNOMED, "1"), (SNOMED, "2", True), (SNOMED, "3", True)], (SNOMED, "2")),
    ([(SNOMED, "1"), (SNOMED, "2")], (SNOMED, "1")),
    ([(SNOMED, None), (LOCAL, "L1")], (LOCAL, "L1")),
    ([(LOCAL, "L1"), (SNOMED, None)], (LOCAL, "L1")),
    ([(LOCAL, None), ("urn:other", None)], (LOCAL, None)),
    ([(None, "x"), (None, "y")], (None, "x")),
    ([(LOCAL, None), (None, "y"), (LOCAL, "z")], (None, "y")),
]


def test_the_coding_taken_and_the_note(tmp_path):
    lines = [but(CONDITION, id=f"c{number}", code=coded(*codings)) for number, (codings, _) in enumerate(TAKEN)]
    lines.append(but(CONDITION, id="one"))
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        rows = found.table("condition_occurrence")
        assert [(row["source_system"], row["source_code"]) for row in rows[:-1]] == [each for _, each in TAKEN]
        assert [row["condition_source_value"] for row in rows[:-1]] == [each[1] for _, each in TAKEN]
        assert f"Condition.code: {len(TAKEN)} with further codings, not taken" in found.delivery.notes
        assert found.delivery.unmapped[SNOMED] == 5
        assert [chosen(codings) for codings, _ in TAKEN] == [each for _, each in TAKEN]


def test_a_code_of_very_many_codings_costs_no_more_than_its_line(tmp_path):
    many = [(LOCAL, f"L{number}") for number in range(20_000)]
    line = but(CONDITION, code=coded(*many, (SNOMED, "44054006")))
    with reading(folder(tmp_path / "in", x=[line]), tmp_path / "home") as found:
        [row] = found.table("condition_occurrence")
        assert row["source_code"] == "44054006"


CODINGS = st.lists(
    st.tuples(
        st.sampled_from([*PREFERRED, LOCAL, "urn:other", None]),
        st.sampled_from(["a", "b", None]),
        st.sampled_from([None, True, False]),
    ).filter(lambda each: each[0] or each[1]),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.lists(CODINGS, min_size=1, max_size=60), loaded=st.booleans())
def test_any_codings_are_chosen_from_as_plain_python_chooses(tmp_path, drawn, loaded):
    lines = [but(CONDITION, id=f"c{number}", code=coded(*codings)) for number, codings in enumerate(drawn)]
    mapped = {(ICD10, "a"), (ATC, "b")} if loaded else ()
    (tmp_path / "home").mkdir(exist_ok=True)
    with Engine(Walls(tmp_path / "home")) as engine:
        engine.con.execute(
            "CREATE TEMP TABLE concept AS FROM (VALUES (1, 'ICD10', 'a', 'S'), (2, 'ATC', 'b', 'S'), "
            "(3, 'SNOMED', 'a', NULL)) t(concept_id, vocabulary_id, concept_code, standard_concept)"
        )
        how = {"vocabulary": Vocabulary("concept")} if loaded else {}
        rows = Read(engine, folder(tmp_path / "in", x=lines), **how).table("condition_occurrence")
    assert [(row["source_system"], row["source_code"]) for row in rows] == [chosen(each, mapped) for each in drawn]


def test_with_a_vocabulary_the_coding_that_maps_is_preferred(tmp_path):
    (tmp_path / "home").mkdir()
    lines = [PATIENT, but(CONDITION, code=coded((LOCAL, "L1"), (SNOMED, "unknown"), (ICD10, "E11")))]
    with Engine(Walls(tmp_path / "home")) as engine:
        engine.con.execute(
            "CREATE TEMP TABLE concept AS FROM (VALUES (45, 'ICD10', 'E11', NULL), (7, 'SNOMED', '44054006', 'S')) "
            "t(concept_id, vocabulary_id, concept_code, standard_concept)"
        )
        engine.con.execute(
            "CREATE TEMP TABLE related AS FROM (VALUES (45, 7, 'Maps to', NULL)) "
            "t(concept_id_1, concept_id_2, relationship_id, invalid_reason)"
        )
        found = Read(engine, folder(tmp_path / "in", x=lines), vocabulary=Vocabulary("concept", "related"))
        [row] = found.table("condition_occurrence")
        assert (row["condition_concept_id"], row["condition_source_concept_id"]) == (7, 45)
        assert (row["source_system"], row["source_code"]) == (ICD10, "E11")
        assert not found.delivery.unmapped


SEVERAL = coded((LOCAL, "L1"), (SNOMED, "1"))
PLACES = [
    (but(OBSERVATION, code=SEVERAL), "measurement", "source_code"),
    (but(PROCEDURE, code=SEVERAL), "procedure_occurrence", "source_code"),
    (but(REQUEST, medicationCodeableConcept=SEVERAL), "drug_exposure", "source_code"),
    (but(REQUEST, dosageInstruction=[{"route": SEVERAL}]), "drug_exposure", "route_source_value"),
    (but(VACCINE, vaccineCode=SEVERAL), "drug_exposure", "source_code"),
    (but(ALLERGY, code=SEVERAL), "observation", "source_code"),
    (but(DEVICE, type=SEVERAL), "device_exposure", "source_code"),
    (but(ENCOUNTER, type=[SEVERAL]), "visit_occurrence", "source_code"),
    (but(ENCOUNTER, hospitalization={"admitSource": SEVERAL}), "visit_occurrence", "admitted_from_source_value"),
    (but(OBSERVATION, "valueQuantity", valueCodeableConcept=SEVERAL), "observation", "value_source_value"),
    (but(REPORT, code=SEVERAL), "note", "note_source_value"),
    (but(DOCUMENT, type=SEVERAL), "note", "note_source_value"),
]


@pytest.mark.parametrize(("resource", "table", "column"), PLACES)
def test_every_code_of_a_table_is_chosen_so(tmp_path, resource, table, column):
    with reading(folder(tmp_path / "in", x=[resource]), tmp_path / "home") as found:
        [row] = found.table(table)
        assert row[column] == "1"
        assert [note for note in found.delivery.notes if note.endswith(": 1 with further codings, not taken")]


def test_components_and_their_values_are_chosen_so(tmp_path):
    parts = [
        {"code": coded((LOCAL, "L1"), (LOINC, "8480-6")), "valueQuantity": {"value": 120}},
        {"code": coded((LOINC, "8462-4")), "valueCodeableConcept": SEVERAL},
    ]
    with reading(
        folder(tmp_path / "in", x=[but(OBSERVATION, "valueQuantity", code=SEVERAL, component=parts)]), tmp_path / "home"
    ) as found:
        assert [row["source_code"] for row in found.table("measurement")] == ["8480-6"]
        assert [(row["source_code"], row["value_source_value"]) for row in found.table("observation")] == [
            ("8462-4", "1")
        ]
        assert "Observation.code: 2 with further codings, not taken" in found.delivery.notes
        assert "Observation.valueCodeableConcept: 1 with further codings, not taken" in found.delivery.notes


def test_medications_given_by_reference_are_chosen_so(tmp_path):
    drug = coded((LOCAL, "L1"), (ATC, "A10BA02"), (RXNORM, "6809", False))
    order = but(REQUEST, "medicationCodeableConcept")
    inside = {"resourceType": "Medication", "id": "in", "code": coded((LOCAL, "L1"), (ATC, "A10BA02"))}
    lines = [
        {"resourceType": "Medication", "id": "m", "code": drug},
        but(order, id="1", medicationReference={"reference": "Medication/m"}),
        but(order, id="2", medicationReference={"reference": "#in"}, contained=[inside]),
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        rows = found.table("drug_exposure")
        assert [(row["source_system"], row["source_code"]) for row in rows] == [(RXNORM, "6809"), (ATC, "A10BA02")]
        assert "Medication.code: 1 with further codings, not taken" in found.delivery.notes
        assert "MedicationRequest.contained.code: 1 with further codings, not taken" in found.delivery.notes


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_required_set_is_read_from_the_coding_that_is_of_it(tmp_path, order):
    system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    three = [(LOCAL, "sure"), (system, "refuted"), ("urn:other", "confirmed")]
    refuted = but(CONDITION, verificationStatus=coded(*(three[place] for place in order)))
    unknown = but(CONDITION, id="c2", verificationStatus=coded((LOCAL, "refuted"), ("urn:other", "refuted")))
    with reading(folder(tmp_path / "in", x=[refuted, unknown]), tmp_path / "home") as found:
        assert found.tables == {"fhir_condition": 1}
        assert found.rules == {2: "SRC-f10"}
