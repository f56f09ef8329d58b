"""Real deliveries with known truth: a bulk export of 13 patients, HL7's examples, the official validator's cases."""

import csv
import gzip
import json
from collections import Counter

import pytest

from hygie.intake.sources.fhir.model import mapping
from tests.intake.sources.fhir_files import folder, reading

SYNTHEA = {
    "AllergyIntolerance": 11,
    "Condition": 555,
    "Device": 16,
    "DocumentReference": 1215,
    "Encounter": 1215,
    "Immunization": 161,
    "Location": 44,
    "MedicationRequest": 1745,
    "Organization": 43,
    "Patient": 13,
    "Practitioner": 43,
    "PractitionerRole": 43,
    "Procedure": 2056,
}
ROWS = {
    "condition_occurrence": 555,
    "death": 3,
    "device_exposure": 16,
    "drug_exposure": 1745 + 161,
    "fhir_location": 44,
    "fhir_organization": 43,
    "fhir_practitioner": 43,
    "fhir_practitionerrole": 43,
    "location": 13,
    "note": 1215,
    "observation": 11,
    "person": 13,
    "procedure_occurrence": 2056,
    "visit_occurrence": 1215,
}
# The official validator's invalid cases, and the rule that catches each.
CAUGHT = {
    "ai3": "SRC-f12",
    "ai4": "SRC-f09",
    "attachment-with-invalid-binary": "SRC-f16",
    "attachment-with-wrong-size": "SRC-f14",
    "bad-json-close-2": "SRC-f04",
    "bad-json-close-3": "SRC-f04",
    "bundle-document-versioned-references-bad": "SRC-f18",
    "bundle-duplicate-ids-not": "SRC-f18",
    "empty-array": "SRC-f13",
    "obs-quantity-us": "SRC-f07",
    "obs-temp-bad": "SRC-f19",
    "patient-id-bad-1 / R4": "SRC-f08",
    "resource-invalid-id-1": "SRC-f08",
    "xml-bad-entities-json": "SRC-f17",
}
# Those whose every error takes a terminology server: displays of codes, and codes of one edition of SNOMED CT.
TERMINOLOGY = {"ips-nz-pj", "uk-msg"}
# Those that base R4 accepts, and where it says so.
ACCEPTED = {
    "bad-markdown-no-html": "datatypes.html#markdown forbids control characters alone; an option of the validator",
    "dr-example-org": "nothing in R4 forbids example.org; an option of the validator",
    "pat-dob-ext": "extensibility.html 2.5.0: a resource is not rejected merely because it contains extensions",
}
# Valid cases whose bytes are those of an accepted one: no reading of the line can tell them apart.
TWINS = {"bad-markdown-no-html": "bad-markdown", "dr-example-org": "dr-example-org-2"}


def one_line(data):
    """A JSON file as one NDJSON line; one that does not parse with its line ends as spaces."""
    try:
        return json.dumps(json.loads(data.decode("utf-8-sig"))).encode()
    except ValueError:
        return data.replace(b"\n", b" ")


def test_thirteen_patients_exactly(testdata, tmp_path):
    with reading(testdata / "fhir-bulk-synthea10", tmp_path / "home") as found:
        assert {tally.name: tally.read for tally in found.delivery.tallies} == SYNTHEA
        assert found.total == (sum(SYNTHEA.values()), sum(SYNTHEA.values()), 0)
        assert found.staged.read == sum(SYNTHEA.values())
        assert found.tables == ROWS
        assert "file passed over: log.ndjson (export log)" in found.delivery.notes
        people = {row["person_id"] for row in found.table("condition_occurrence")}
        assert people == {row["person_id"] for row in found.table("person")} == set(range(1, 14))
        assert dict(found.delivery.unmapped) == {
            "http://hl7.org/fhir/sid/cvx": 161,
            "http://loinc.org": 1215,
            "http://snomed.info/sct": 3851,
            "http://www.nlm.nih.gov/research/umls/rxnorm": 1747,
        }
        systems = Counter(row[1] for row in found.engine.rows(found.delivery.identifiers))
        assert systems["urn:hygie:dataset:test"] == systems["http://hl7.org/fhir/sid/us-ssn"] == 13


def test_references_that_dangle_when_files_are_missing(testdata, tmp_path):
    source = testdata / "fhir-bulk-synthea10"
    missing = ("Encounter", "Location", "Condition")
    kept = {
        path.name.split(".")[0]: path.read_bytes()
        for path in source.glob("*.000.ndjson")
        if not path.name.startswith(missing)
    }
    expected = Counter()
    for type_, data in kept.items():
        if type_ not in mapping():
            continue
        for text in data.splitlines():
            expected.update(references(type_, json.loads(text), missing))
    with reading(folder(tmp_path / "in", **kept), tmp_path / "home") as found:
        assert dict(found.delivery.dangling) == dict(expected)
        assert sum(expected.values()) > 9000
        assert {row["visit_occurrence_id"] for row in found.table("drug_exposure")} == {None}


def references(type_, resource, missing):
    """`Type.element -> Target` of each reference to a missing type, read by hand from the mapped elements."""
    elements = {
        "subject": [resource.get("subject")],
        "patient": [resource.get("patient")],
        "encounter": [resource.get("encounter")],
        "context.encounter": resource.get("context", {}).get("encounter", []),
        "location": [resource.get("location")],
        "reasonReference": resource.get("reasonReference", [])[:1],
    }
    for element, values in elements.items():
        for value in values:
            target = (value or {}).get("reference", "").replace("?", "/").split("/")[0]
            if target in missing:
                yield f"{type_}.{element} -> {target}"


def test_gzip_gives_the_same_tables(testdata, tmp_path):
    source = testdata / "fhir-bulk-synthea10"
    packed = {path.name.removesuffix(".ndjson"): gzip.compress(path.read_bytes()) for path in source.glob("*.ndjson")}
    with (
        reading(source, tmp_path / "one") as plain,
        reading(folder(tmp_path / "in", **packed), tmp_path / "two") as unpacked,
    ):
        assert {tally.name: tally.read for tally in unpacked.delivery.tallies} == SYNTHEA
        assert unpacked.table("condition_occurrence") == plain.table("condition_occurrence")


def test_every_official_example_is_kept(testdata, tmp_path):
    files = sorted((testdata / "fhir-r4-examples").glob("*.json"))
    lines = {path.name: one_line(path.read_bytes()) for path in files}
    assert len(lines) == 72
    assert lines["organization-1.json"] == lines["organization-example.json"]
    del lines["organization-example.json"]
    with reading(folder(tmp_path / "in", x=b"\n".join(lines.values())), tmp_path / "home") as found:
        assert found.quarantine == []
        assert found.total == (71, 71, 0)
    with reading(
        folder(tmp_path / "again", x=one_line((files[0].parent / "organization-example.json").read_bytes())),
        tmp_path / "other",
    ) as found:
        assert found.total == (1, 1, 0)


def cases(testdata):
    """(name, line, whether the official validator found an error) of each case."""
    place = testdata / "fhir-validator-cases"
    with (place / "index.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            data = (place / "resources" / row["resource_file"]).read_bytes()
            yield row["name"], one_line(data), row["n_errors"] != "0"


def test_the_official_validators_cases(testdata, tmp_path):
    found_rules, invalid = {}, set()
    for number, (name, text, wrong) in enumerate(cases(testdata)):
        with reading(folder(tmp_path / f"in{number}", x=text), tmp_path / "home") as found:
            assert found.total[0] == 1
            if found.rules:
                found_rules[name] = found.rules[1]
        invalid |= {name} if wrong else set()
    assert len(invalid) == 19
    assert invalid == set(CAUGHT) | TERMINOLOGY | set(ACCEPTED)
    assert found_rules == CAUGHT


def test_what_the_terminology_cases_are_wrong_in(testdata):
    outcomes = (testdata / "fhir-validator-cases" / "outcomes.ndjson").read_text("utf-8").splitlines()
    for case in map(json.loads, outcomes):
        issues = case["outcome"].get("issue", [])
        errors = [each["details"]["text"] for each in issues if each["severity"] in {"error", "fatal"}]
        needs = bool(errors) and all(text.startswith(("Wrong Display Name", "Unknown code")) for text in errors)
        assert needs == (case["name"] in TERMINOLOGY)


def test_accepted_cases_have_valid_twins_or_are_noted(testdata, tmp_path):
    lines = {name: text for name, text, _ in cases(testdata)}
    assert {name for name in ACCEPTED if lines[name] == lines.get(TWINS.get(name))} == set(TWINS)
    with reading(folder(tmp_path / "in", x=lines["pat-dob-ext"]), tmp_path / "home") as found:
        [note] = [note for note in found.delivery.notes if note.startswith("Patient: elements not mapped")]
        assert "_birthDate 1" in note


@pytest.mark.parametrize("name", ["Condition.000", "Patient.000"])
def test_a_single_file(testdata, tmp_path, name):
    path = testdata / "fhir-bulk-synthea10" / f"{name}.ndjson"
    with reading(path, tmp_path / "home") as found:
        assert [file.name for file in found.delivery.files] == [path.name]
        assert found.total[0] == SYNTHEA[name.split(".")[0]]
