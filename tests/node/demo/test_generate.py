"""What a synthetic delivery holds, and that its truth is true."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hygie.base.kernel import Refusal, hash_file
from hygie.intake.sources.cdm import TABLES
from hygie.node.demo.generate import generate

PERSONS = 600
ID = re.compile('"id":"([^"]+)"')


@pytest.fixture(scope="module")
def fhir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fhir") / "delivery"
    generate(folder, persons=PERSONS, seed=7)
    return folder


@pytest.fixture(scope="module")
def omop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("omop") / "delivery"
    generate(folder, persons=PERSONS, seed=7, form="omop")
    return folder


def truth(folder: Path) -> dict:
    return json.loads((folder / "truth.json").read_text("utf-8"))


def lines(folder: Path, type_: str) -> Iterator[str]:
    for path in sorted(folder.glob(f"{type_}.*.ndjson*")):
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as handle:
            yield from handle


def sound(folder: Path, type_: str) -> Iterator[dict]:
    for line in lines(folder, type_):
        try:
            yield json.loads(line)
        except ValueError:
            continue


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("form", ["fhir", "omop"])
def test_the_same_seed_gives_the_same_files_and_another_does_not(
    tmp_path: Path, fhir: Path, omop: Path, form: str
) -> None:
    first = {"fhir": fhir, "omop": omop}[form]
    generate(tmp_path / "again", persons=PERSONS, seed=7, form=form)
    generate(tmp_path / "other", persons=PERSONS, seed=8, form=form)
    hashes = [
        {path.name: hash_file(path) for path in sorted(folder.iterdir())}
        for folder in (first, tmp_path / "again", tmp_path / "other")
    ]
    assert hashes[0] == hashes[1]
    changed = {name for name in hashes[0] if hashes[0][name] != hashes[2].get(name)}
    assert changed >= ({"Patient.000.ndjson", "truth.json"} if form == "fhir" else {"PERSON.csv", "truth.json"})


def test_the_truth_counts_every_line_and_every_fault(fhir: Path) -> None:
    told = truth(fhir)
    assert len(told["files"]) == 15
    total = faults = 0
    for type_, entry in told["files"].items():
        found: Counter[str] = Counter()
        count = 0
        for line in lines(fhir, type_):
            count += 1
            try:
                resource = json.loads(line)
            except ValueError:
                found["unparseable"] += 1
                continue
            assert resource["resourceType"] == type_
            if "2023-02-30" in line:
                found["invalid date"] += 1
            if "absent-" in line:
                found["dangling reference"] += 1
        assert count == entry["lines"], type_
        for kind in ("unparseable", "invalid date", "dangling reference"):
            assert found[kind] == entry["broken"].get(kind, 0), (type_, kind)
        total += count
        faults += sum(entry["broken"].values())
    assert total == told["lines"]
    assert faults == told["quarantine"] + told["dangling"]
    assert 0.0015 < faults / total < 0.0045
    assert len({kind for entry in told["files"].values() for kind in entry["broken"]}) == 5


def test_every_person_is_visibly_made_up_and_has_a_well_formed_test_identity(fhir: Path) -> None:
    patients = list(sound(fhir, "Patient"))
    names = [(patient["name"][0]["family"], patient["name"][0]["given"][0]) for patient in patients]
    assert len(set(names)) == len(patients) > PERSONS * 0.95
    assert all(family[-6:].isdigit() for family, _ in names)
    numbers = [
        each["value"]
        for patient in patients
        for each in patient["identifier"]
        if each["system"] == "urn:oid:1.2.250.1.213.1.4.10"
    ]
    assert 0.9 < len(numbers) / len(patients) < 0.99
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert len(number) == 15
        assert number[5:7] == "99"
        assert int(number[13:]) == 97 - int(number[:13]) % 97


def test_references_of_sound_lines_point_to_what_is_delivered(fhir: Path) -> None:
    delivered = {f"{type_}/{line['id']}" for type_ in truth(fhir)["files"] for line in sound(fhir, type_)}
    cut = {
        f"{type_}/{ID.search(line)[1]}"
        for type_ in ("Patient", "Encounter", "Observation", "MedicationRequest")
        for line in lines(fhir, type_)
    }

    known = delivered | cut

    def references(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("reference"), str):
                yield value["reference"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    dangling = Counter(
        reference.partition("/absent-")[1]
        for type_ in truth(fhir)["files"]
        for line in sound(fhir, type_)
        for reference in references(line)
        if reference not in known
    )
    assert dangling == {"/absent-": truth(fhir)["dangling"]}


def test_the_planted_counts_are_found_in_the_files(fhir: Path) -> None:
    told = truth(fhir)
    effect = told["effect"]
    sexes = {
        patient["id"]: patient["gender"]
        for patient in sound(fhir, "Patient")
        if patient["gender"] != "inconnu" and patient["birthDate"] not in ("2023-02-30",)
    }
    old = {patient["id"] for patient in sound(fhir, "Patient") if patient["birthDate"] <= "2000-01-01"}

    def persons(type_: str, element: str, code: str) -> set[str]:
        return {
            line["subject"]["reference"].partition("/")[2]
            for line in sound(fhir, type_)
            if code in [coding["code"] for coding in line.get(element, {}).get("coding", [])]
        }

    exposed = persons("MedicationRequest", "medicationCodeableConcept", effect["exposure"]["code"])
    outcome = persons("Condition", "code", effect["outcome"]["code"])
    rare = persons("MedicationRequest", "medicationCodeableConcept", told["rare"]["code"])
    found = Counter((person in exposed, sex, person in outcome) for person, sex in sexes.items() if person in old)
    assert found == {(each["exposed"], each["sex"], each["outcome"]): each["persons"] for each in told["counts"]}
    assert len(rare) == told["rare"]["persons"] == 4


def test_omop_files_follow_the_model_and_their_truth(omop: Path) -> None:
    told = truth(omop)
    for name, entry in told["files"].items():
        rows = table(omop, name)
        assert len(rows) == entry["lines"], name
        assert list(rows[0]) == [field.name for field in TABLES[name.lower()].fields]
        assert sum("2023-02-30" in row.values() for row in rows) == entry["broken"].get("invalid date", 0)
        keys = [field.name for field in TABLES[name.lower()].fields if field.is_primary]
        assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows) or not keys, name
    concepts = {row["concept_id"] for row in table(omop, "CONCEPT")}
    used = {row["condition_concept_id"] for row in table(omop, "CONDITION_OCCURRENCE")} - {""}
    used |= {row["measurement_concept_id"] for row in table(omop, "MEASUREMENT")} - {""}
    assert used <= concepts
    assert {row["measurement_source_value"] for row in table(omop, "MEASUREMENT")} >= {"8480-6", "8462-4"}
    assert sum("dangling reference" in entry["broken"] for entry in told["files"].values()) > 0


def test_the_delivery_says_that_it_is_synthetic(fhir: Path) -> None:
    marker = json.loads((fhir / "hygie-delivery.json").read_text("utf-8"))
    assert marker == {"synthetic": True, "persons": PERSONS, "seed": 7, "format": "fhir"}
    assert not (fhir / "spill").exists()


def test_one_person_is_a_hospital_too(tmp_path: Path) -> None:
    for form in ("fhir", "omop"):
        told = generate(tmp_path / form, persons=1, seed=3, form=form)
        assert told["persons"] == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [({"persons": 0}, "GEN-102"), ({"persons": 10**9}, "GEN-102"), ({"persons": 5, "form": "xml"}, "GEN-103")],
)
def test_what_cannot_be_generated_is_refused(tmp_path: Path, given: dict, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        generate(tmp_path / "new", **given)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    for folder in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(Refusal, match="GEN-101"):
            generate(folder, persons=5)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
