"""What codes no data can hold: by how each system writes them, without refusing one that data hold."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from hygie.access.cohorts.rules import MOST_TOLD, categories, check_codes
from hygie.access.cohorts.values import Criterion
from hygie.access.cohorts.words import hint
from hygie.base.kernel.catalogue import explain

READ = TypeAdapter(Criterion)
ICD, FRENCH = "http://hl7.org/fhir/sid/icd-10", "https://smt.esante.gouv.fr/terminologie-cim-10"
ATC, CCAM = "http://www.whocc.no/atc", "https://smt.esante.gouv.fr/terminologie-ccam"
SNDS = "urn:hygie:snds:"
LISTS = [
    ("IR_CIM_V", "CIM_COD", ICD),
    ("IR_CCAM_V63", "CAM_PRS_IDE_COD", SNDS + "ccam"),
    ("IR_CIP_V", "PHA_ATC_CLA", ATC),
    ("IR_CIP_V", "PHA_PRS_IDE", SNDS + "cip7"),
    ("NU_UCD_R", "UCD_UCD_COD", SNDS + "ucd"),
    ("IR_BIO_R", "BIO_PRS_IDE", SNDS + "nabm"),
    ("IR_NAT_V", "PRS_NAT", SNDS + "prs-nat"),
]


def codes(*asked: tuple[str, str], **more: object) -> dict[str, object]:
    named = [{"system": system, "code": code, **more} for system, code in asked]
    return {"codes": {"table": "condition_occurrence", "codes": named}}


def faults(body: object) -> list[tuple[str, str]]:
    verdict = check_codes(READ.validate_json(json.dumps(body)))
    return [(str(each.facts["code"]), each.path) for each in verdict.reasons]


@pytest.mark.parametrize(
    ("system", "written"),
    [
        (ICD, "I50 I500 I50.0 B24+1 B24.+1 J96.+0 M62890 E725B U07.10 A39.1+ I50.- I20-I25 IX ZZZ S72.001A C7A.0"),
        (FRENCH, "I50 T81.0"),
        ("ICD10CM", "E11.9"),
        (ATC, "C C07 C07A C07AB C07AB03 INC"),
        ("ATC", "C07AB03"),
        (CCAM, "DEQP003 DEQP0031 DEQP003-1-0 06.01.02"),
        ("http://loinc.org", "2160-0 LP14635-4 LG33055-1 MTHU000001"),
        ("SNOMED", "138875005 84114007 128045006:{363698007=56459004}"),
        ("RxNorm", "161 1000001"),
        (SNDS + "cip13", "3400930000120"),
        (SNDS + "ucd", "9231824 3400892318240"),
        (SNDS + "nabm", "1104 126"),
        ("urn:of-our-own", "BANANA"),
        ("http://unitsofmeasure.org", "BANANA"),
        ("http://terminology.hl7.org/CodeSystem/icd-o-3", "8500/3-C50.9"),
    ],
)
def test_a_code_that_data_may_hold_is_asked(system: str, written: str) -> None:
    assert faults(codes(*((system, each) for each in written.split()))) == []


@pytest.mark.parametrize(
    ("system", "written"),
    [
        (ICD, "BANANA 50 I I5 i500 I50_0 44054006 I50012345678"),
        ("ICD10", "BANANA"),
        (FRENCH, "BANANA"),
        (ATC, "BANANA C0 C07AB0 C07AB033 I500 3400930000120"),
        (CCAM, "BANANA DEQP DEQP03 I500"),
        ("http://loinc.org", "BANANA 2160 2160-0-1"),
        ("http://snomed.info/sct", "BANANA I50 12345"),
        (SNDS + "cip13", "BANANA 3173882"),
        (SNDS + "cip7", "C07AB03 3400930000120"),
        (SNDS + "nabm", "BANANA 11045"),
    ],
)
def test_a_code_that_no_data_can_hold_is_refused(system: str, written: str) -> None:
    wanted = [each for each in written.split() if (system, each) != (ICD, "I")]  # a chapter
    assert [code for code, _ in faults(codes(*((system, each) for each in written.split())))] == wanted


def test_what_codes_begin_with_is_asked_with_the_codes_under_it() -> None:
    begun = [(ICD, each) for each in ("I", "I5", "I50", "I50.")] + [(ATC, each) for each in ("C", "C0", "C07AB0")]
    assert faults(codes(*begun, descendants=True)) == []
    assert [code for code, _ in faults(codes((ICD, "BANANA"), (ATC, "BANANA"), descendants=True))] == ["BANANA"] * 2
    grouped = codes(("http://loinc.org", "CHEM"), descendants=True)
    assert faults(grouped) == [], "the vocabulary tells what a group is"


def test_every_code_is_told_once_with_its_place_and_what_would_be_accepted() -> None:
    body = {"all": [codes((ICD, "I50"), (ICD, "BANANA")), {"none": [codes((ICD, "BANANA"), (ATC, "x\\y"))]}]}
    assert faults(body) == [
        ("BANANA", "$.all[0].codes.codes[1].code"),
        ("x\\y", "$.all[1].none[0].codes.codes[1].code"),
    ]
    (reason,) = check_codes(READ.validate_json(json.dumps(codes((ICD, "BANANA"))))).reasons
    english, french = explain(reason, "en"), explain(reason, "fr")
    assert reason.code == "COH-105" and "“BANANA” of ICD-10" in english.asked and "I500" in english.accepted
    assert "« BANANA » de CIM-10" in french.asked and "I500" in french.accepted
    many = codes(*((ICD, f"BANANA{each}") for each in range(100)))
    assert len(faults(many)) == MOST_TOLD


def test_a_category_asked_for_alone_is_told_by_its_form() -> None:
    listed = [(ICD, "I50"), (ICD, "I500"), (ICD, "I50"), (ATC, "C07"), (ATC, "C07AB03"), ("SNOMED", "138875005")]
    criterion = READ.validate_json(json.dumps({"none": [codes(*listed)]}))
    assert [each.code for each in categories(criterion)] == ["I50", "C07"]
    assert "I50 (CIM-10), C07 (ATC)." in hint(criterion, "fr") and "I50 (ICD-10), C07 (ATC)." in hint(criterion, "en")
    below = READ.validate_json(json.dumps(codes((ICD, "I50"), (ATC, "C"), descendants=True)))
    assert categories(below) == () and hint(below, "en") == ""


@pytest.mark.parametrize(("name", "column", "system"), LISTS)
def test_no_code_of_a_published_list_is_refused(testdata: Path, name: str, column: str, system: str) -> None:
    (file,) = (testdata / "snds-schema" / "nomenclatures").rglob(f"{name}.csv")
    with file.open(encoding="utf-8") as lines:
        held = [line[column] for line in csv.DictReader(lines, delimiter=";")]
    said = sorted({code for code in held if "\n" not in code and code != "NT_09"})  # notes in the margin of CCAM's list
    assert len(said) > 90
    for at in range(0, len(said), 2000):
        assert faults(codes(*((system, code) for code in said[at : at + 2000]))) == []
