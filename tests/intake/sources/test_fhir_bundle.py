"""Bundles and vital signs: the rules that only a closer look at the line can judge."""

import copy

import pytest

from hygie.intake.sources.fhir import bundle, vitalsigns
from tests.intake.sources.fhir_files import OBSERVATION, PATIENT, but, folder, line, reading

ROOT = "http://h.example/fhir/"
CATEGORY = [{"coding": [{"system": vitalsigns.CATEGORY, "code": "vital-signs"}]}]
CORE_TEMPERATURE = {"system": "http://snomed.info/sct", "code": "276885007"}
TEMPERATURE = {"system": "http://loinc.org", "code": "8310-5"}


def entry(type_, id_, version=None, **elements):
    """An entry of a Bundle."""
    held = {"resourceType": type_, "id": id_, **elements}
    if version:
        held["meta"] = {"versionId": version}
    return {"fullUrl": f"{ROOT}{type_}/{id_}", "resource": held}


def document(*entries, **composition):
    """A document Bundle whose Composition comes first."""
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:s", "value": "1"},
        "timestamp": "2020-01-01T00:00:00Z",
        "entry": [entry("Composition", "c", **composition), *entries],
    }


def collection(*entries, type_="collection", **elements):
    """A Bundle of another kind."""
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries), **elements}


ONE = entry("Patient", "p")
REQUEST = {**ONE, "request": {"method": "POST", "url": "Patient"}}
RESPONSE = {"response": {"status": "201"}}
BROKEN = {
    "bdl-1": collection(ONE, total=1),
    "bdl-2": collection({**ONE, "search": {"mode": "match"}}),
    "bdl-3": collection(ONE, type_="transaction"),
    "bdl-4": collection(ONE, type_="batch-response"),
    "bdl-5": collection({"fullUrl": f"{ROOT}Patient/p"}),
    "bdl-7": collection(ONE, ONE),
    "bdl-8": collection({**ONE, "fullUrl": f"{ROOT}Patient/p/_history/1"}),
    "bdl-9": but(document(), identifier={"value": "1"}),
    "bdl-10": but(document(), "timestamp"),
    "bdl-11": but(document(), entry=[ONE]),
    "bdl-12": collection(ONE, type_="message"),
}
GOOD = [
    {"resourceType": "Bundle", "type": "collection"},
    collection(ONE),
    collection(REQUEST, type_="transaction"),
    collection(REQUEST | RESPONSE, REQUEST | RESPONSE, type_="history", total=2),
    collection(RESPONSE, type_="transaction-response"),
    collection({**ONE, "search": {"mode": "match"}}, type_="searchset", total=1),
    collection(entry("MessageHeader", "m"), ONE, type_="message"),
    collection(entry("Patient", "p", "1"), entry("Patient", "p", "2")),
    collection({"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": PATIENT}),
    collection({"resource": PATIENT}),
]


@pytest.mark.parametrize("name", list(BROKEN))
def test_each_invariant_of_a_bundle(tmp_path, name):
    assert bundle.fault(BROKEN[name]) == f"SRC-f14|{name}: Bundle"
    with reading(folder(tmp_path / "in", x=[BROKEN[name]]), tmp_path / "home") as found:
        assert found.rules == {1: "SRC-f14"}


def test_every_invariant_of_r4_is_there():
    assert set(bundle.INVARIANTS) == set(BROKEN)


def test_bundles_in_order_are_kept(tmp_path):
    with reading(folder(tmp_path / "in", x=GOOD), tmp_path / "home") as found:
        assert found.quarantine == []
        assert found.total == (len(GOOD), len(GOOD), 0)


@pytest.mark.parametrize("url", ["Patient/p", "", "//h/Patient/p", "Patient?x=1"])
def test_a_full_url_is_absolute(url):
    found = bundle.fault(collection({**ONE, "fullUrl": url}))
    assert found == "SRC-f18|Bundle.entry.fullUrl is not an absolute URL"


REFERRED = [
    ("subject", lambda to: {"subject": to}),
    ("author", lambda to: {"author": [to]}),
    ("attester.party", lambda to: {"attester": [{"mode": "legal", "party": to}]}),
    ("event.detail", lambda to: {"event": [{"detail": [to]}]}),
    ("section.entry", lambda to: {"section": [{"section": [{"entry": [to]}]}]}),
]


@pytest.mark.parametrize(("element", "place"), REFERRED, ids=[name for name, _ in REFERRED])
def test_a_document_includes_what_its_composition_refers_to(element, place):
    def fault(reference, *entries):
        return bundle.fault(document(*entries, **place({"reference": reference})))

    left_out = f"SRC-f18|the document leaves out what its Composition.{element} refers to"
    for reference in ("Patient/p", f"{ROOT}Patient/p"):
        assert fault(reference) == left_out
        assert fault(reference, ONE) is None
        assert fault(f"{reference}/_history/3", ONE) is None
        two = entry("Patient", "p", "1"), entry("Patient", "p", "2")
        assert fault(reference, *two) is None
        assert fault(f"{reference}/_history/2", *two) is None
        assert fault(f"{reference}/_history/3", *two) == left_out
    assert fault("#p") is None
    assert bundle.fault(document(**place({"identifier": {"value": "1"}}))) is None


def test_references_of_other_bundles_may_lead_elsewhere():
    assert bundle.fault(collection(entry("Observation", "o", subject={"reference": "Patient/none"}))) is None


def test_shapes_that_no_bundle_has_are_no_accident():
    for wrong in (5, "x", [5, None], {"resource": 5}, [{"fullUrl": 5, "resource": [1]}], [[{}]]):
        for kind in ("document", "collection", "history", 7):
            bundle.fault({"resourceType": "Bundle", "type": kind, "entry": copy.deepcopy(wrong)})


def sign(*codings, **changes):
    """An observation of the category vital-signs."""
    return but(OBSERVATION, category=CATEGORY, code={"coding": list(codings)}, **changes)


def test_a_vital_sign_carries_its_loinc_code(tmp_path):
    pulse = {"system": "http://snomed.info/sct", "code": "444981005"}
    lines = [
        sign(TEMPERATURE, id="a"),
        sign(TEMPERATURE, CORE_TEMPERATURE, id="b"),
        sign({"system": "urn:local", "code": "T"}, id="c"),
        sign({"system": "urn:local", "code": "276885007"}, id="d"),
        sign({"system": "http://loinc.org", "code": "8331-1"}, id="e"),
        but(sign(CORE_TEMPERATURE, id="f"), "category"),
        but(sign(CORE_TEMPERATURE, id="g"), category=[{"coding": [{"system": "urn:local", "code": "vital-signs"}]}]),
        sign(CORE_TEMPERATURE, id="h"),
        sign({"system": "urn:local", "code": "T"}, CORE_TEMPERATURE, id="i"),
        sign(TEMPERATURE, pulse, id="j"),
    ]
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        assert found.rules == {8: "SRC-f19", 9: "SRC-f19", 10: "SRC-f19"}
        assert {row[3].split()[3] for row in found.quarantine} == {"8310-5,", "8867-4,"}


def test_a_vital_sign_is_judged_alike_with_escaped_slashes(tmp_path):
    escaped = line(sign(CORE_TEMPERATURE)).replace(b"http://snomed.info/sct", rb"http:\/\/snomed.info\/sct") + b"\n"
    with reading(folder(tmp_path / "in", x=escaped), tmp_path / "home") as found:
        assert found.rules == {1: "SRC-f19"}


def test_no_code_stands_for_two_vital_signs():
    table = vitalsigns.read("vitalsigns.toml")["loinc"]
    assert len(vitalsigns.required()) == sum(len(codes) for codes in table.values())
