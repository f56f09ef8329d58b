"""Hostile FHIR deliveries: names, ids, codes and shapes made to break the reading."""

import json
import time

import pytest

from tests.intake.sources.fhir_files import CONDITION, PATIENT, but, folder, line, reading

pytestmark = pytest.mark.attack
INJECTIONS = [
    "'; DROP TABLE fhir_stage_patient; --",
    "x') UNION ALL SELECT getvariable('key') --",
    "\"; ATTACH '/etc/passwd' AS x; --",
    "$1 ? {0} %s |",
    "SRC-f01|Patient/x",
]


def test_sql_in_values_stays_text(tmp_path):
    lines = [PATIENT]
    for number, text in enumerate(INJECTIONS):
        code = {"coding": [{"system": text, "code": text}]}
        lines.append(but(CONDITION, id=f"c{number}", code=code, encounter={"reference": f"Encounter/{text}"}))
        lines.append(but(CONDITION, id=text))
        lines.append({"resourceType": text, "id": "x"})
        lines.append(but(PATIENT, id=f"q{number}", identifier=[{"system": text, "value": text}]))
        lines.append(but(CONDITION, id=f"s{number}", subject={"reference": f"Patient/{text}"}))
    with reading(folder(tmp_path / "in", x=lines), tmp_path / "home") as found:
        count = len(INJECTIONS)
        assert found.total == (1 + 5 * count, 1 + 3 * count, 2 * count)
        codes = [row["source_code"] for row in found.table("condition_occurrence") if row["source_code"] in INJECTIONS]
        assert codes == INJECTIONS
        systems = {row[1] for row in found.engine.rows(found.delivery.identifiers)}
        assert set(INJECTIONS) < systems
        assert found.delivery.unmapped["x') UNION ALL SELECT getvariable('key') --"] == 1


@pytest.mark.parametrize("name", ["a'b", "x'; DROP TABLE fhir_file; --", 'q"u', "é\u202e", "a\nb", "* ?[x]", "$(id)"])
def test_file_names_stay_names(tmp_path, name):
    place = tmp_path / "in"
    place.mkdir()
    (place / f"{name}.ndjson").write_bytes(line(PATIENT) + b"\nbroken\n")
    with reading(place, tmp_path / "home") as found:
        assert found.total == (2, 1, 1)
        shown = found.quarantine[0][0]
        assert shown.isprintable()
        assert shown.endswith(".ndjson")


def test_a_name_that_is_not_text(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    (place / "n\udcff.ndjson").write_bytes(line(PATIENT))
    with reading(place, tmp_path / "home") as found:
        assert found.total == (1, 1, 0)
        assert found.delivery.files[0].name.isprintable()


@pytest.mark.parametrize("depth", [10_000, 1_000_000])
@pytest.mark.parametrize("core", [b"1", b""])
def test_deep_nesting_neither_crashes_nor_spreads(tmp_path, depth, core):
    deep = b'{"resourceType":"Patient","id":"d","name":' + b"[" * depth + core + b"]" * depth + b"}"
    with reading(folder(tmp_path / "in", x=deep + b"\n" + line(PATIENT) + b"\n"), tmp_path / "home") as found:
        assert found.total[0] == 2
        assert 2 not in found.rules
        if not core:
            assert found.rules == {1: "SRC-f04"}


def test_a_bomb_of_keys(tmp_path):
    many = json.dumps({**PATIENT, **{f"k{number}": number for number in range(200_000)}}).encode()
    begun = time.monotonic()
    with reading(folder(tmp_path / "in", x=many + b"\n" + line(but(PATIENT, id="p2"))), tmp_path / "home") as found:
        assert found.rules == {1: "SRC-f12"}
    assert time.monotonic() - begun < 60


def test_hostile_unicode_is_kept_as_it_is(tmp_path):
    text = "\u202e\u0000"[:1] + "é\u0301\U0001f9ec\ufeff\u2028\uffff"
    code = {"coding": [{"system": "urn:x", "code": text}]}
    with reading(folder(tmp_path / "in", x=[PATIENT, but(CONDITION, code=code)]), tmp_path / "home") as found:
        assert [row["source_code"] for row in found.table("condition_occurrence")] == [text]
        assert found.total == (2, 2, 0)
