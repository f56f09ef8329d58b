"""Traits of FHIR patients: the name and address in use, one form of sex, and links with a register's table."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from hygie.base.engine import Engine, Node, Walls
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions as lake
from hygie.intake.linkage import index, linking, proposing, queries, traits, vault
from hygie.node.cli.main import main
from tests.intake.linkage.test_linkage import deliver
from tests.intake.linkage.test_links import ACTOR, table

ANNA: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [
        {"use": "maiden", "family": "Durand", "given": ["Anna"]},
        {"use": "official", "family": "Lefèvre", "given": ["Anaïs", "Marie"]},
    ],
    "gender": "female",
    "birthDate": "1984-12-03",
    "address": [
        {"use": "old", "line": ["9 rue Basse"], "city": "Lille", "postalCode": "59000"},
        {"use": "home", "line": ["1 rue Haute"], "city": "Lyon", "postalCode": "69001", "state": "Rhône"},
    ],
    "telecom": [{"system": "phone", "value": "+33 1 23", "use": "old"}, {"system": "email", "value": "a@example.org"}],
}
PAUL = {"resourceType": "Patient", "id": "p2", "name": [{"given": ["Paul"]}], "gender": "unknown"}
FORMER = {"resourceType": "Patient", "id": "p3", "name": [{"use": "old", "family": "Gone"}], "gender": "male"}


def export(folder: Path, *patients: object, extra: str = "") -> Path:
    """A bulk export: patients, gzip, beside a file of another type."""
    folder.mkdir()
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in patients)
    (folder / "Patient.ndjson.gz").write_bytes(gzip.compress((text + extra).encode()))
    other = {"resourceType": "Organization", "id": "o", "name": "Hospital"}
    (folder / "Organization.ndjson").write_text(json.dumps(other) + "\n", "utf-8")
    return folder


def staged(home: Path, path: Path) -> tuple[traits.Staged, list[dict[str, object]]]:
    with Engine(Walls(home, readable=(path,), memory="256MB")) as engine:
        found = traits.stage(engine, path, "id")
        rows = engine.con.execute("SELECT * FROM people ORDER BY own").fetch_arrow_table().to_pylist()
    return found, [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_the_name_and_address_in_use_are_taken_in_their_one_form(tmp_path: Path) -> None:
    broken = '{"resourceType":"Patient","id":"p4"\n[]\n{"resourceType":"Group","id":"g"}\n'
    found, rows = staged(tmp_path, export(tmp_path / "bulk", ANNA, PAUL, FORMER, extra=broken))
    assert found.read == 6 and found.unused == () and "birth_date" in found.traits
    assert rows == [
        {
            "own": "p1", "given_name": "anais", "family_name": "lefevre", "birth_date": "19841203", "sex": "f",
            "street": "1 rue haute", "city": "lyon", "postcode": "69001", "region": "rhone", "email": "a@example.org",
        },
        {"own": "p2", "given_name": "paul"},
        {"own": "p3", "sex": "m"},
    ]  # fmt: skip


def test_patients_of_a_mixed_file_are_read_whatever_it_begins_with(tmp_path: Path) -> None:
    organization = {"resourceType": "Organization", "id": "o", "name": "Hospital"}
    observation = {"resourceType": "Observation", "id": "x", "subject": {"reference": "Patient/p2", "type": "Patient"}}
    mixed = tmp_path / "all.ndjson"
    mixed.write_text("".join(json.dumps(each) + "\n" for each in (organization, PAUL, observation, FORMER)) + "{\n")
    found, rows = staged(tmp_path, mixed)
    assert found.read == 2
    assert rows == [{"own": "p2", "given_name": "paul"}, {"own": "p3", "sex": "m"}]


@pytest.mark.parametrize(
    ("written", "one"), [("2", "f"), ("F", "f"), ("Femme", "f"), ("1", "m"), ("H", "m"), ("9", None)]
)
def test_sex_has_one_form_however_a_table_writes_it(tmp_path: Path, written: str, one: str | None) -> None:
    (tmp_path / "t.csv").write_text(f"id,sexe,nom\n1,{written},x\n", "utf-8")
    assert staged(tmp_path, tmp_path / "t.csv")[1][0].get("sex") == one


def test_a_delivery_without_patients_has_no_traits(node: Node, tmp_path: Path) -> None:
    deliver(node, "a", [], people=["p1"])
    folder = export(tmp_path / "bulk")
    with pytest.raises(Refusal) as caught:
        linking.take_traits(node, "a", folder, actor=ACTOR)
    assert caught.value.code == "LNK-115"
    with pytest.raises(Refusal) as caught:
        linking.take_traits(node, "a", tmp_path / "none.ndjson", actor=ACTOR)
    assert caught.value.code == "SRC-101"


def test_a_hospitals_patients_are_linked_with_a_register_on_traits(node: Node, tmp_path: Path) -> None:
    names = [(f"Giv{chr(122 - n)}", f"Fam{chr(97 + n)}il{n}", f"19{40 + n}-01-0{1 + n % 9}") for n in range(25)]
    patients = [
        {**ANNA, "id": f"p{n}", "name": [{"family": family, "given": [given]}], "birthDate": born}
        for n, (given, family, born) in enumerate(names)
    ]
    folder = export(tmp_path / "bulk", *patients)
    lake.ingest_fhir(node, folder, dataset="chu", actor=ACTOR, synthetic=True)
    words = ["--node", str(node.home), "--as", ACTOR, "linkage", "traits", str(folder), "--dataset", "chu"]
    assert main(words) == 0
    rows = [(f"r{n}", *names[n], "69001") for n in range(3)]
    rows += [(f"s{n}", f"Zo{chr(97 + n)}", f"Quix{chr(97 + n)}", f"20{10 + n}-07-14", "33000") for n in range(9)]
    deliver(node, "register", [], people=[row[0] for row in rows])
    linking.take_traits(node, "register", table(tmp_path / "r.csv", rows), id_column="id", actor=ACTOR)
    assert proposing.propose(node, ("chu", "register"), actor=ACTOR).linked == 3
    for n in range(3):
        assert queries.find(node, "urn:hygie:dataset:chu", f"p{n}") == queries.find(
            node, "urn:hygie:dataset:register", f"r{n}"
        )
    lake.erase(node, "chu", person="p0", actor=ACTOR)
    with node.engine(memory="256MB") as engine:
        version = index.open_index(engine, node)
        assert engine.scalar("SELECT count(*) FROM index_traits WHERE dataset = 'chu'") == 24
    assert version == vault.current("persons")
    clear = b"".join(path.read_bytes() for path in node.home.rglob("*") if path.is_file())
    assert b"Famail0" not in clear and b"famail" not in clear
