"""Each rule of the standard: what breaks it is quarantined, what keeps it is kept."""

import pytest

from hygie.intake.sources.fhir.model import mapping, value_sets
from tests.intake.sources.fhir_files import CONDITION, ENCOUNTER, OBSERVATION, PATIENT, but, folder, reading

SUBJECT = {"reference": "Patient/p1"}
CODE = {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}
REQUEST = {
    "resourceType": "MedicationRequest",
    "id": "m1",
    "status": "active",
    "intent": "order",
    "subject": SUBJECT,
    "medicationCodeableConcept": CODE,
    "authoredOn": "2020-01-02",
}
GIVEN = {
    "resourceType": "MedicationAdministration",
    "id": "a1",
    "status": "completed",
    "subject": SUBJECT,
    "medicationCodeableConcept": CODE,
    "effectiveDateTime": "2020-01-02",
}
PROCEDURE = {
    "resourceType": "Procedure",
    "id": "r1",
    "status": "completed",
    "subject": SUBJECT,
    "code": CODE,
    "performedDateTime": "2020",
}
VACCINE = {
    "resourceType": "Immunization",
    "id": "i1",
    "status": "completed",
    "patient": SUBJECT,
    "vaccineCode": CODE,
    "occurrenceDateTime": "2020-01",
}
ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "id": "g1",
    "clinicalStatus": {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"},
        ]
    },
    "patient": SUBJECT,
    "code": CODE,
    "recordedDate": "2020",
}
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "d1",
    "status": "final",
    "code": CODE,
    "subject": SUBJECT,
    "issued": "2020-01-01T00:00:00Z",
}
DEVICE = {"resourceType": "Device", "id": "v1", "patient": SUBJECT, "type": CODE, "manufactureDate": "2019-01-01"}
DOCUMENT = {
    "resourceType": "DocumentReference",
    "id": "n1",
    "status": "current",
    "subject": SUBJECT,
    "date": "2020-01-01T00:00:00Z",
    "content": [{"attachment": {"contentType": "text/plain"}}],
}
SAMPLES = {
    each["resourceType"]: each
    for each in (
        PATIENT,
        ENCOUNTER,
        CONDITION,
        OBSERVATION,
        REQUEST,
        GIVEN,
        PROCEDURE,
        VACCINE,
        ALLERGY,
        REPORT,
        DEVICE,
        DOCUMENT,
    )
}


def status(*codes, system="condition-clinical"):
    """A CodeableConcept with one coding for each (system, code)."""
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code} for code in codes]}


BROKEN = [
    ("SRC-f07", but(resource, name))
    for resource in SAMPLES.values()
    for names in mapping()[resource["resourceType"]].required
    for name in names
    if name in resource
] + [
    ("SRC-f08", but(PATIENT, id="bad_id")),
    ("SRC-f08", but(PATIENT, id="x" * 65)),
    ("SRC-f08", but(CONDITION, id="")),
    ("SRC-f09", but(PATIENT, birthDate="1950-02-30")),
    ("SRC-f09", but(PATIENT, birthDate="1950-2-3")),
    ("SRC-f09", but(PATIENT, birthDate="1950-02-03T10:00:00Z")),
    ("SRC-f09", but(PATIENT, birthDate="0000")),
    ("SRC-f09", but(CONDITION, onsetDateTime="2020-05-06T10:00:00")),
    ("SRC-f09", but(CONDITION, onsetDateTime="2020-05-06T25:00:00Z")),
    ("SRC-f09", but(CONDITION, onsetDateTime="2020-05-06 10:00:00Z")),
    ("SRC-f09", but(CONDITION, onsetDateTime="yesterday")),
    ("SRC-f09", but(DOCUMENT, date="2020-01-01")),
    ("SRC-f10", but(PATIENT, gender="M")),
    ("SRC-f10", but(PATIENT, gender="Male")),
    ("SRC-f10", but(PATIENT, deceasedBoolean="yes")),
    ("SRC-f10", but(CONDITION, clinicalStatus=status("bogus"))),
    ("SRC-f10", but(CONDITION, clinicalStatus=status("active", system="elsewhere"))),
    ("SRC-f10", but(CONDITION, verificationStatus=status("sure", "certain", system="condition-ver-status"))),
    ("SRC-f12", but(PATIENT, nickname="x")),
    ("SRC-f14", but(CONDITION, clinicalStatus=status("active"), abatementDateTime="2021")),
    ("SRC-f14", but(OBSERVATION, dataAbsentReason=status("unknown"))),
    ("SRC-f14", but(ALLERGY, "clinicalStatus")),
    ("SRC-f15", but(OBSERVATION, valueQuantity={"value": "many"})),
    ("SRC-f15", but(OBSERVATION, "valueQuantity", valueInteger=1.5)),
]
BROKEN += [
    ("SRC-f10", but(SAMPLES[type_], **{each.element(name): ["bogus"] if each.paths[name].endswith("[0]") else "bogus"}))
    for type_, each in mapping().items()
    for name, bound in each.bindings.items()
    if value_sets()[bound].system is None and "." not in each.element(name) and bound != "boolean"
]


def test_every_broken_line_is_quarantined_by_its_rule(tmp_path):
    lines = [resource for _, resource in BROKEN]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        expected = {number: rule for number, (rule, _) in enumerate(BROKEN, 1)}
        assert found.rules == expected
        assert found.total == (len(BROKEN), 0, len(BROKEN))
        for row in found.quarantine:
            assert row[3].startswith(BROKEN[row[1] - 1][1]["resourceType"]) or row[2] in {
                "SRC-f08",
                "SRC-f12",
                "SRC-f14",
            }


@pytest.mark.parametrize("type_", list(SAMPLES))
def test_a_sample_of_each_type_gives_a_row_of_its_table(tmp_path, type_):
    with reading(folder(tmp_path / "in", x=[SAMPLES[type_]]), tmp_path / "home") as found:
        assert found.total == (1, 1, 0)
        assert set(found.tables) == {mapping()[type_].targets[0].name}


def test_one_coding_of_a_required_set_is_enough(tmp_path):
    clinical = status("active")
    clinical["coding"].insert(0, {"system": "urn:local", "code": "A"})
    with reading(folder(tmp_path / "in", x=[but(CONDITION, clinicalStatus=clinical)]), tmp_path / "home") as found:
        assert found.total == (1, 1, 0)


def test_every_code_of_every_value_set_is_accepted(tmp_path):
    lines = []
    for type_, each in mapping().items():
        for name, bound in each.bindings.items():
            element = each.element(name)
            if value_sets()[bound].system is None and "." not in element:
                values = [code == "true" if bound == "boolean" else code for code in value_sets()[bound].codes]
                lines += [but(SAMPLES[type_], id=f"x{len(lines) + n}", **{element: v}) for n, v in enumerate(values)]
    lines = [{**row, "category": [row["category"]]} if isinstance(row.get("category"), str) else row for row in lines]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert found.quarantine == []
        assert found.total == (len(lines), len(lines), 0)


def test_the_same_id_twice_keeps_the_first_and_shows_the_second_whole(tmp_path):
    second = but(PATIENT, gender="male")
    place = folder(tmp_path / "in", a=[PATIENT, but(PATIENT, id="p2")], b=[CONDITION, second])
    with reading(place, tmp_path / "home") as found:
        [(file, number, rule, _, raw)] = found.quarantine
        assert (file, number, rule) == ("b.ndjson", 2, "SRC-f11")
        assert '"gender":"male"' in raw
        assert [row["gender_concept_id"] for row in found.table("person")] == [8532, 8532]


def test_the_same_id_of_two_types_is_no_repetition(tmp_path):
    place = folder(tmp_path / "in", x=[PATIENT, but(CONDITION, id="p1"), {"resourceType": "Location", "id": "p1"}])
    with reading(place, tmp_path / "home") as found:
        assert found.total == (3, 3, 0)


def test_what_is_valid_but_no_event_is_kept_whole(tmp_path):
    lines = [
        but(PATIENT, "birthDate"),
        but(PROCEDURE, status="not-done"),
        but(CONDITION, "onsetDateTime"),
        but(OBSERVATION, subject={"reference": "Group/g"}),
        but(REQUEST, doNotPerform=True),
        but(REQUEST, id="m2", intent="plan"),
        but(OBSERVATION, id="o2", status="entered-in-error"),
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert found.total == (7, 7, 0)
        expected = {"patient": 1, "procedure": 1, "condition": 1, "observation": 2, "medicationrequest": 2}
        assert found.tables == {f"fhir_{name}": count for name, count in expected.items()}
        [row] = found.table("fhir_procedure")
        assert row["person_id"] == 1
        assert row["resource"].startswith('{"resourceType":"Procedure"')
        assert {draft.kind for draft in found.delivery.tables if draft.name.startswith("fhir_")} == {"source"}


def test_dangling_references_are_kept_and_counted(tmp_path):
    lines = [
        CONDITION,
        but(CONDITION, id="c2", encounter={"reference": "Encounter/none"}, asserter={"reference": "Practitioner/x"}),
        but(REPORT, result=[{"reference": "Observation/gone"}]),
        but(PROCEDURE, location={"reference": "Location?identifier=urn:s|1"}),
        but(PROCEDURE, id="r2", location={"reference": "Location?identifier=urn:s|2"}),
        {"resourceType": "Location", "id": "l", "identifier": [{"system": "urn:s", "value": "1"}]},
        but(PROCEDURE, id="r3", location={"reference": "urn:uuid:0-0"}, subject={"reference": "#p"}),
        but(PROCEDURE, id="r4", subject={"reference": "https://h.example/fhir/Patient/p1/_history/3"}),
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert dict(found.delivery.dangling) == {
            "Condition.asserter -> Practitioner": 1,
            "Condition.encounter -> Encounter": 1,
            "Condition.subject -> Patient": 2,
            "DiagnosticReport.result -> Observation": 1,
            "DiagnosticReport.subject -> Patient": 1,
            "Procedure.location -> (elsewhere)": 1,
            "Procedure.location -> Location": 1,
            "Procedure.subject -> Patient": 3,
        }
        assert {row["person_id"] for row in found.table("procedure_occurrence")} == {1}
        assert found.total == (8, 8, 0)


def test_codes_with_more_than_one_coding_are_counted(tmp_path):
    system = "http://hl7.org/fhir/sid/icd-10"
    several = {"coding": [{"system": "urn:local", "code": "L1"}, {"system": system, "code": "E11"}]}
    lines = [PATIENT, but(CONDITION, id="c1", code=several), but(CONDITION, id="c2")]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert "Condition.code: 1 with further codings, not taken" in found.delivery.notes
