"""JSON types: a mapped element of a wrong type is quarantined, and nothing that is in order is."""

import copy

import pytest

from hygie.intake.sources.fhir.model import mapping
from hygie.intake.sources.fhir.shapes import fault, leaves, shapes
from tests.intake.sources.fhir_files import CONDITION, ENCOUNTER, OBSERVATION, PATIENT, but, folder, line, reading

SNOMED = {"system": "http://snomed.info/sct", "code": "44054006"}
COMPONENT = {"code": {"coding": [SNOMED]}, "valueQuantity": {"value": 80, "unit": "mmHg"}}


def components(*given):
    return but(OBSERVATION, "valueQuantity", component=list(given))


VALUE = "Observation.component.valueQuantity.value is not a number"
WRONG = [
    (but(CONDITION, code={"coding": "44054006"}), "Condition.code.coding is not an array"),
    (but(CONDITION, code={"coding": SNOMED}), "Condition.code.coding is not an array"),
    (but(CONDITION, code={"coding": ["44054006"]}), "Condition.code.coding holds what is no object"),
    (but(CONDITION, code={"coding": [SNOMED, "x"]}), "Condition.code.coding holds what is no object"),
    (but(CONDITION, code={"coding": [SNOMED, SNOMED, 3]}), "Condition.code.coding holds what is no object"),
    (but(CONDITION, code={"coding": [{"code": 5}]}), "Condition.code.coding.code is not a string"),
    (but(CONDITION, code={"coding": [{"code": True}]}), "Condition.code.coding.code is not a string"),
    (but(CONDITION, code={"coding": [{"code": {"x": 1}}]}), "Condition.code.coding.code is not a string"),
    (but(CONDITION, code={"coding": [SNOMED, {"code": 5}]}), "Condition.code.coding.code is not a string"),
    (but(CONDITION, code={"coding": [{"system": 5, "code": "x"}]}), "Condition.code.coding.system is not a string"),
    (but(CONDITION, code="44054006"), "Condition.code is not an object"),
    (but(CONDITION, code=[{"coding": [SNOMED]}]), "Condition.code is not an object"),
    (but(CONDITION, id=5), "Condition.id is not a string"),
    (but(CONDITION, subject="Patient/p1"), "Condition.subject is not an object"),
    (but(CONDITION, subject={"reference": 5}), "Condition.subject.reference is not a string"),
    (but(CONDITION, onsetDateTime=2020), "Condition.onsetDateTime is not a string"),
    (but(ENCOUNTER, period="2020-05-01"), "Encounter.period is not an object"),
    (but(ENCOUNTER, period=["2020-05-01"]), "Encounter.period is not an object"),
    (but(ENCOUNTER, type={"coding": [SNOMED]}), "Encounter.type is not an array"),
    (but(ENCOUNTER, type=["x"]), "Encounter.type holds what is no object"),
    (
        but(ENCOUNTER, hospitalization={"admitSource": "x", "dischargeDisposition": {"coding": [SNOMED]}}),
        "Encounter.hospitalization.admitSource is not an object",
    ),
    (
        but(OBSERVATION, valueQuantity=but(OBSERVATION["valueQuantity"], value="12")),
        "Observation.valueQuantity.value is not a number",
    ),
    (but(OBSERVATION, valueQuantity=12), "Observation.valueQuantity is not an object"),
    (but(OBSERVATION, "valueQuantity", valueInteger="12"), "Observation.valueInteger is not a number"),
    (but(OBSERVATION, "valueQuantity", valueBoolean="true"), "Observation.valueBoolean is not a boolean"),
    (but(OBSERVATION, "valueQuantity", valueString=12), "Observation.valueString is not a string"),
    (components(COMPONENT, "x"), "Observation.component holds what is no object"),
    (but(OBSERVATION, "valueQuantity", component=COMPONENT), "Observation.component is not an array"),
    (components(COMPONENT, but(COMPONENT, code="x")), "Observation.component.code is not an object"),
    (components(but(COMPONENT, code={"coding": "x"})), "Observation.component.code.coding is not an array"),
    (
        components(but(COMPONENT, valueQuantity={"value": "80"})),
        "Observation.component.valueQuantity.value is not a number",
    ),
    (components(but(COMPONENT, valueQuantity="80")), "Observation.component.valueQuantity is not an object"),
    (but(PATIENT, identifier={"system": "urn:x", "value": "1"}), "Patient.identifier is not an array"),
    (but(PATIENT, identifier=[{"system": "urn:x", "value": 1}]), "Patient.identifier.value is not a string"),
    (but(PATIENT, identifier=["1"]), "Patient.identifier holds what is no object"),
    (but(PATIENT, address={"city": "Lyon"}), "Patient.address is not an array"),
    (but(PATIENT, address=["Lyon"]), "Patient.address holds what is no object"),
    (but(CONDITION, asserter="Practitioner/1"), "Condition.asserter is not an object"),
    (but(ENCOUNTER, period="2020", location=[{"period": {"start": "2020"}}]), "Encounter.period is not an object"),
    (but(PATIENT, active="true"), "Patient.active is not a boolean"),
    ({"resourceType": "Location", "id": 5}, "Location.id is not a string"),
]
RIGHT = [
    but(CONDITION, code={"text": "no coding"}),
    but(CONDITION, code={"coding": [SNOMED, but(SNOMED, "code", display="44054006"), SNOMED]}),
    but(CONDITION, id="5", onsetDateTime="2020"),
    but(CONDITION, asserter={"display": "a ward"}),
    but(CONDITION, contained=[{"resourceType": "SearchParameter", "code": "x"}]),
    but(ENCOUNTER, hospitalization={"dischargeDisposition": {"text": "home"}}),
    but(OBSERVATION, identifier=[{"value": "120"}]),
    but(OBSERVATION, "valueQuantity", valueString="12"),
    but(OBSERVATION, "valueQuantity", valueBoolean=True, note=[{"text": "true"}]),
    components(COMPONENT, but(COMPONENT, "valueQuantity"), but(COMPONENT, code={"text": "x"})),
    but(PATIENT, active=True, identifier=[{"system": "urn:x", "value": "5"}, {"value": "x"}], address=[{"text": "x"}]),
]


def test_a_mapped_element_of_a_wrong_type_is_quarantined(tmp_path):
    given = [each if each["id"] == 5 else but(each, id=f"r{number}") for number, (each, _) in enumerate(WRONG)]
    with reading(folder(tmp_path / "in", x=[*given, PATIENT]), tmp_path / "home") as found:
        assert found.total == (len(WRONG) + 1, 1, len(WRONG))
        for (_, reason), resource, (_, _, rule, said, raw) in zip(WRONG, given, found.quarantine, strict=True):
            assert (rule, said) == ("SRC-f20", reason)
            assert raw.encode() == line(resource)


def test_what_is_in_order_is_kept(tmp_path):
    given = [but(each, id=f"r{number}") for number, each in enumerate(RIGHT)]
    with reading(folder(tmp_path / "in", x=given), tmp_path / "home") as found:
        assert found.quarantine == []
        assert found.total == (len(RIGHT), len(RIGHT), 0)


def test_usual_lines_are_not_looked_at_closer(tmp_path):
    several = but(CONDITION, id="c2", code={"coding": [SNOMED, but(SNOMED, code="250.00")]})
    given = [PATIENT, CONDITION, several, OBSERVATION, but(components(COMPONENT), id="o2"), ENCOUNTER]
    with reading(folder(tmp_path / "in", x=given), tmp_path / "home") as found:
        for resource in mapping().values():
            assert found.engine.scalar(f"SELECT count(*) FROM {resource.stage} WHERE suspect") == 0


@pytest.mark.parametrize("type_", sorted(mapping()))
def test_each_value_of_the_mapping_has_its_kind(type_):
    good = {"object": {}, "string": "x", "number": 1, "boolean": True}
    for path, kind in leaves(mapping()[type_]):
        parts = path.removeprefix("$.").split(".")
        if path == "$.resourceType":
            continue
        for wrong in (None, *({"object", "string", "number", "boolean"} - {kind})):
            value = copy.deepcopy(good[wrong or kind])
            for part in reversed(parts):
                value = {part.removesuffix("[0]"): [value] if part.endswith("[0]") else value}
            for entry in value.get("contained", []):
                entry["resourceType"] = "Medication"
            resource = {"resourceType": type_} | value
            assert (fault(resource) is None) == (wrong is None), path
    assert shapes(type_).elements["id"].kind == "string"


@pytest.mark.parametrize("name", ["code subject", "code\x1fsubject"])
def test_a_name_made_of_known_ones_is_no_element(tmp_path, name):
    given = [but(CONDITION, "code") | {name: {"text": "x"}}, but(CONDITION, id="c2")]
    with reading(folder(tmp_path / "in", x=given), tmp_path / "home") as found:
        assert found.rules == {1: "SRC-f12"}
