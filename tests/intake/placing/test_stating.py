"""A statement on a dataset: what it says first, that it is signed and in the ledger, and that changes show offline."""

import json
import subprocess
import sys

import pytest

from hygie.base.kernel import Refusal, canonical, digest
from hygie.base.ledger import queries as ledger
from hygie.commons.sovereignty.answers import standalone_verifier as verifier
from hygie.commons.sovereignty.answers.telling import first_line, text
from hygie.intake.lake import actions as lake
from hygie.intake.placing.stating import state, verify
from hygie.node.cli.main import main
from tests.intake.sources.omop_files import PERSON, delivery, person
from tests.intake.sources.omop_files import text as csv

AZURE = """
schema = "hygie-placement/1"
[declared]
by = "data protection officer"
on = 2026-11-20
[data]
id = "hdh-data"
category = "health"
identifiability = "pseudonymised"
controller = "hdh"
classes = ["hdh"]
sensitivity = "particular"
national = true
[[placement]]
id = "azure"
what = "lake store"
service = "azure-eu"
keys = { reads = "provider" }
"""


@pytest.fixture
def azure(node):
    return state(node, "hdh-data", actor="operator", placement=AZURE.encode())


def key_of(made):
    return made.document["signature"]["key"]


def test_a_statement_says_all_that_a_citizen_asks(node, azure):
    said = azure.statement
    assert next(iter(json.loads(canonical(said)))) == "basis", "what it rests on comes first in canonical form"
    assert said["basis"] == {"indeterminate": ["azure"], "declared": []}
    assert first_line(said, "en").startswith("This statement rests on facts that are NOT SETTLED (INDETERMINATE)")
    assert first_line(said, "fr").startswith("Cet énoncé repose sur des faits NON ÉTABLIS")
    place = said["placements"][0]
    assert place["verdict"]["exposure"] == "DENY"
    assert {each["country"]["id"] for each in place["stored"]} <= {"FR", "IE", "NL", "DE"}
    microsoft = next(each for each in place["entities"] if each["operates"])
    assert [(up["id"], up["seat"]["id"]) for up in microsoft["parents"]] == [("microsoft-corp", "US")]
    strong = [law for law in place["laws"] if law["strength"] == "STRONG"]
    assert strong and all("microsoft-corp" in json.dumps(law) for law in strong)
    assert place["notice"] == "c" and place["certificates"] and place["keys"]["id"] == "keys.provider"
    assert said["open"] and {"rule", "en", "fr"} <= set(said["open"][0])
    assert (said["rules"]["sha256"], said["facts"], said["day"])[2] == "2026-11-21"
    assert "data protection officer" not in json.dumps(said), "no person, no office: only what is declared"
    for language, words in {"en": ("Ireland", "Lawful?", "Open questions:"), "fr": ("Licite ?", "Questions")}.items():
        told = text(json.loads(canonical(said)), language)
        assert told.startswith(first_line(said, language)) and all(word in told for word in words)


def test_the_ledger_holds_it_and_the_one_file_verifier_finds_every_change(node, azure, tmp_path):
    event = ledger.event(azure.index)
    assert (event.kind, event.subject) == ("sovereignty.stated", "hdh-data")
    assert event.body["sha256"] == digest(canonical(azure.statement))
    assert verify(azure.bytes, key_of(azure)) == json.loads(canonical(azure.statement))
    file, changed = tmp_path / "s.json", json.loads(azure.bytes)
    file.write_bytes(azure.bytes)
    done = subprocess.run(
        [sys.executable, verifier.__file__, str(file), "--key", key_of(azure)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "Not settled: azure" in done.stdout, done.stderr
    changed["statement"]["placements"][0]["verdict"]["exposure"] = "ALLOW"
    other = {**json.loads(azure.bytes), "proof": {**changed["proof"], "index": 1}}
    other_key = key_of(azure)[:-6] + "AAAAA="
    for damaged, key in [
        (canonical(changed), key_of(azure)),
        (canonical(other), key_of(azure)),
        (json.dumps(json.loads(azure.bytes)).encode(), key_of(azure)),
        (azure.bytes[:-40], key_of(azure)),
        (b"[]", key_of(azure)),
        (azure.bytes, other_key),
        (azure.bytes, "nothing"),
    ]:
        with pytest.raises(Refusal) as refused:
            verify(damaged, key)
        assert refused.value.code == "SOV-304"


def test_the_proof_holds_wherever_the_event_lies(node):
    made = [state(node, "hdh-data", actor="operator", placement=AZURE.encode()) for _ in range(5)]
    assert [each.index for each in made] == sorted({each.index for each in made})
    for each in made:
        verify(each.bytes, key_of(each))
    stolen = json.loads(made[0].bytes) | {"proof": json.loads(made[1].bytes)["proof"]}
    with pytest.raises(Refusal):
        verify(canonical(stolen), key_of(made[0]))


def test_own_premises_are_a_declaration_and_say_so_first(node, tmp_path, capsys):
    rows = csv(PERSON, *(person(number) for number in range(1, 13)))
    lake.ingest_omop(node, delivery(tmp_path / "in", {"person.csv": rows}), dataset="demo", actor="steward")
    made = state(node, "demo", actor="operator")
    assert made.statement["basis"] == {"indeterminate": [], "declared": ["own-premises"]}
    assert "DECLARATION" in first_line(made.statement, "en") and "DÉCLARATION" in first_line(made.statement, "fr")
    assert made.statement["placements"][0]["verdict"] == {"legality": "ALLOW", "exposure": "ALLOW", "whole": "ALLOW"}
    out = tmp_path / "out" / "demo.json"
    arguments = ["--node", str(node.home), "--language", "fr", "sovereignty", "statement", "demo", "--out", str(out)]
    assert main(arguments) == 0
    assert "DÉCLARATION" in capsys.readouterr().out.split("\n")[0]
    key = json.loads(out.read_bytes())["signature"]["key"]
    assert verifier.main([str(out), "--key", key]) == 0
    assert (out.parent / "demo.fr.txt").read_text("utf-8").startswith("Cet énoncé")
    assert (out.parent / "statement_verifier.py").is_file()


@pytest.mark.parametrize(
    ("dataset", "placement", "actor", "code"),
    [
        ("nothing-here", None, "operator", "LAK-101"),
        ("other", AZURE, "operator", "SOV-303"),
        ("hdh-data", "no toml [", "operator", "SOV-203"),
        ("hdh-data", AZURE, "user", "PPL-101"),
    ],
)
def test_what_cannot_be_stated_is_refused_and_leaves_no_fact(node, dataset, placement, actor, code):
    with pytest.raises(Refusal) as refused:
        state(node, dataset, actor=actor, placement=placement.encode() if placement else None)
    assert refused.value.code == code
    assert ledger.indexes(dataset) == []
