"""Who is erased and who is not; what a cut-off erasure leaves; who does not come back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.base.ledger import queries as ledger
from hygie.intake.lake import actions, queries, snapshots
from hygie.intake.lake.models import Snapshot
from hygie.intake.linkage import queries as linkage
from tests.intake.lake.test_lake import codes, files, held, ingest
from tests.intake.sources.fhir_files import CONDITION as FHIR_CONDITION
from tests.intake.sources.fhir_files import PATIENT, but
from tests.intake.sources.omop_files import CONDITION, PERSON, condition, delivery, person, text

NIR = "urn:oid:1.2.250.1.213.1.4.8"


def quarantined(node: Node) -> list[str]:
    with node.engine() as engine:
        queries.attach_quarantine(engine, node, "demo")
        return [row[0] for row in engine.rows("SELECT raw FROM quarantine ORDER BY file, line")]


def adds_up(node: Node) -> None:
    """Every table's rows and those removed are the rows delivered; so for the quarantine."""
    manifest = queries.manifest("demo")
    for tally in manifest.tallies:
        assert tally.kept == manifest.tables[tally.name].rows + manifest.removed.get(tally.name, 0)
    assert manifest.quarantined == manifest.quarantine.rows + manifest.removed.get("quarantine", 0)
    assert manifest.read == manifest.kept + manifest.quarantined


def broken(folder: Path) -> Path:
    """Persons 1 and 3; 2 and 20 set apart, and lines that merely hold 2, 3 or 2020."""
    return delivery(
        folder,
        {
            "person.csv": text(PERSON, person(1), person(3), person(2).replace("1980", "x", 1), "20,x,1980,0,0,2,"),
            "condition_occurrence.csv": text(
                CONDITION,
                condition(10, 1),
                condition(30, 3),
                "2,1,x,2020-01-01,32817,2,2",
                'x,"2.0",0,2020-01-01,32817,"an ""I10""",',
                "3,1,x,2020-01-01,32817,3,3",
            ),
        },
    )


def test_nobody_is_erased_by_a_number_that_lines_merely_hold(node: Node, tmp_path: Path) -> None:
    snapshot = ingest(node, broken(tmp_path / "a"))
    before = quarantined(node)
    for stranger in ("2020", "32817", "10", "x", "I10", "1980"):
        assert codes(lambda stranger=stranger: actions.erase(node, "demo", person=stranger, actor="steward")) == [
            "LAK-111"
        ]
    assert queries.manifest("demo").snapshot == snapshot
    assert quarantined(node) == before
    assert ledger.indexes("demo", "dataset.erasure_decided") == []


def test_a_person_in_the_quarantine_alone_takes_their_own_lines(node: Node, tmp_path: Path) -> None:
    ingest(node, broken(tmp_path / "a"))
    outcome = actions.erase(node, "demo", person="2", actor="steward")
    assert outcome.quarantine == 2
    assert not outcome.rows
    assert [line.split(",")[0] for line in quarantined(node)] == ["2", "3", "20"]
    adds_up(node)
    actions.erase(node, "demo", person="3", actor="steward")
    assert [line.split(",")[0] for line in quarantined(node)] == ["2", "3", "20"]
    adds_up(node)
    assert queries.manifest("demo").removed == {"quarantine": 2, "person": 1, "condition_occurrence": 1}


def fhir(folder: Path, **more: object) -> Path:
    claims = [
        {"resourceType": "Claim", "id": "1", "patient": {"reference": "Patient/22"}, "note": "1 of 22"},
        {"resourceType": "Claim", "id": "22", "patient": {"reference": "http://x/fhir/Patient/1/_history/2"}},
    ]
    resources = [
        but(PATIENT, id="1", **more),
        but(PATIENT, id="22"),
        but(PATIENT, id="3", gender="?"),
        but(FHIR_CONDITION, id="1", subject={"reference": "Patient/22"}),
        but(FHIR_CONDITION, id="22", subject={"reference": "Patient/1"}),
        but(FHIR_CONDITION, "code", id="a", subject={"reference": "Patient/1"}, clinicalStatus="1"),
        *claims,
    ]
    lines = "\n".join([*(json.dumps(each) for each in resources), '{"resourceType": "Condition", "id": "1", 22'])
    return delivery(folder, {"all.ndjson": lines.encode()})


def whole(node: Node) -> set[str]:
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "demo", tables=["fhir_claim"])
        return {row[0] for row in engine.rows(f"SELECT id FROM {views['fhir_claim']}")}


def test_fhir_goes_by_references_and_not_by_words(node: Node, tmp_path: Path) -> None:
    actions.ingest_fhir(node, fhir(tmp_path / "a"), dataset="demo", actor="steward", synthetic=True)
    lines = len(quarantined(node))
    assert lines >= 2
    assert codes(lambda: actions.erase(node, "demo", person="a", actor="steward")) == ["LAK-111"]
    actions.erase(node, "demo", person="1", actor="steward")
    assert whole(node) == {"1"}, "22's claim is numbered 1 and says 1; it stays"
    assert all("Patient/1" not in line for line in quarantined(node))
    assert any(line.endswith("22") for line in quarantined(node))
    outcome = actions.erase(node, "demo", person="3", actor="steward")
    assert outcome.quarantine == 1, "a patient who was set apart goes by their own id"


def test_an_erasure_cut_off_before_its_end_is_ended_by_the_next_reader(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ingest(node, files(tmp_path / "a"))
    old = Snapshot.objects.get()
    real, calls = snapshots.clean, iter([False, True])

    def killed(of: Node) -> int:
        if next(calls):
            raise KeyboardInterrupt
        return real(of)

    monkeypatch.setattr(snapshots, "clean", killed)
    with pytest.raises(KeyboardInterrupt):
        actions.erase(node, "demo", person="2", actor="steward", holding=lambda uid: [f"permit-of-{uid > 0}"])
    monkeypatch.undo()
    assert ledger.indexes("demo", "dataset.person_erased") == [], "nothing is said to be destroyed that is not"
    [decided] = ledger.indexes("demo", "dataset.erasure_decided")
    assert ledger.event(decided).body["to_destroy"] == [first]
    assert ledger.event(decided).body["permits"] == ["permit-of-True"]
    assert node.keys.exists(old.key_id)
    assert held(node)["person"] == {1, 3}
    assert not node.keys.exists(old.key_id)
    assert not node.store.path(snapshots.folder_of(old)).exists()
    [done] = ledger.indexes("demo", "dataset.person_erased")
    assert ledger.event(done).body["destroyed"] == [first]
    assert ledger.event(done).body["decided"] == decided
    assert len(list((node.home / "vault" / "persons").iterdir())) == 1
    actions.sweep(node)
    assert len(ledger.indexes("demo", "dataset.person_erased")) == 1


def test_the_erased_do_not_come_back_with_a_later_delivery(node: Node, tmp_path: Path) -> None:
    ingest(node, files(tmp_path / "a"))
    actions.erase(node, "demo", person="2", actor="steward")
    later = ingest(node, files(tmp_path / "b", persons=5))
    manifest = queries.manifest("demo")
    assert manifest.snapshot == later
    assert all(persons == {1, 3, 4, 5} for persons in held(node).values())
    assert quarantined(node) == []
    assert (manifest.persons, manifest.erased) == (4, 1)
    assert any(note.endswith("left out: 1") for note in manifest.notes)
    assert linkage.find(node, "urn:hygie:dataset:demo", "2") is None
    adds_up(node)
    assert actions.verify(node, "demo", actor="auditor").snapshots


def test_the_erased_are_known_by_their_number_under_another_id(node: Node, tmp_path: Path) -> None:
    numbered = {"identifier": [{"system": NIR, "value": "1841276451089"}]}
    for name in ("demo", "other"):
        actions.ingest_fhir(node, fhir(tmp_path / "a", **numbered), dataset=name, actor="steward", synthetic=True)
    outcome = actions.erase(node, "demo", person="1", actor="steward")
    assert outcome.linked == {"other": 1}
    renamed = but(PATIENT, id="new", **numbered)
    event = but(FHIR_CONDITION, id="n", subject={"reference": "Patient/new"})
    path = delivery(
        tmp_path / "b", {"all.ndjson": "\n".join(json.dumps(each) for each in (renamed, event, PATIENT)).encode()}
    )
    manifest = actions.ingest_fhir(node, path, dataset="demo", actor="steward", synthetic=True).manifest
    assert manifest.persons == 1
    assert manifest.removed == {
        "person": 1,
        "condition_occurrence": 1,
        **dict.fromkeys(("fhir_staged_patient", "fhir_staged_condition"), 1),
    }
    assert linkage.find(node, "urn:hygie:dataset:other", "1") is not None


@pytest.mark.parametrize("wrong", [b"x,8507,1980,0,0,,", b"1,8507"])
def test_a_delivery_of_nobody_does_not_become_current(node: Node, tmp_path: Path, wrong: bytes) -> None:
    snapshot = ingest(node, files(tmp_path / "a"))
    path = delivery(tmp_path / "b", {"person.csv": text(PERSON) + wrong + b"\n"})
    with pytest.raises(Exception, match="LAK-112") as caught:
        ingest(node, path)
    [reason] = caught.value.verdict.reasons
    assert reason.facts["read"] == 1
    assert re.fullmatch(r"SRC-o0\d 1 \(.+; person\.csv\)", str(reason.facts["rules"]))
    assert queries.manifest("demo").snapshot == snapshot
    assert Snapshot.objects.count() == 1
    assert len(list((node.home / "vault" / "persons").iterdir())) == 1
    assert len(list((node.home / "lake" / "demo").iterdir())) == 1
