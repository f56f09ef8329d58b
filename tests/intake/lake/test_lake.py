"""Snapshots are immutable, verified byte by byte, superseded, and erased with their keys."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.base.engine import EncryptedFile, Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from hygie.intake.lake import actions, queries, tables
from hygie.intake.lake.models import Snapshot
from hygie.intake.lake.snapshots import encrypted, folder_of, manifest_of
from hygie.intake.linkage import queries as linkage
from tests.intake.sources.omop_files import CONDITION, PERSON, condition, delivery, person, text
from tests.intake.sources.table_files import case, register, schema

NOTE = ",".join(
    [
        "note_id,person_id,note_date,note_type_concept_id,note_class_concept_id",
        "note_text,encoding_concept_id,language_concept_id",
    ]
)
NLP = "note_nlp_id,note_id,lexical_variant,nlp_date"
COST = "cost_id,cost_event_id,cost_domain_id,cost_type_concept_id"
FACTS = "domain_concept_id_1,fact_id_1,domain_concept_id_2,fact_id_2,relationship_concept_id"


def files(folder: Path, persons: int = 3) -> Path:
    """Persons 1…n with two conditions each (11, 12 for person 1), a note, a cost and a fact each; a faulty line."""
    everyone = range(1, persons + 1)
    return delivery(
        folder,
        {
            "person.csv": text(PERSON, *(person(number, f"mrn{number}") for number in everyone)),
            "condition_occurrence.csv": text(
                CONDITION,
                *(condition(10 * number + k, number) for number in everyone for k in (1, 2)),
                "x,2,0,2020-01-01,0,I10,",
            ),
            "note.csv": text(NOTE, *(f"{n},{n},2020-01-01,0,0,words,0,0" for n in everyone)),
            "note_nlp.csv": text(NLP, *(f"{n},{n},word,2020-01-01" for n in everyone)),
            "cost.csv": text(COST, *(f"{n},{10 * n + 1},Condition,0" for n in everyone)),
            "fact_relationship.csv": text(FACTS, *(f"19,{10 * n + 1},19,{10 * n + 2},0" for n in everyone)),
        },
    )


def ingest(node: Node, path: Path, dataset: str = "demo") -> str:
    return actions.ingest_omop(node, path, dataset=dataset, actor="steward", synthetic=True).manifest.snapshot


def codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refusal) as caught:
        act()
    return [reason.code for reason in caught.value.verdict.reasons]


def test_a_new_delivery_supersedes_and_the_same_files_are_recognised(node: Node, tmp_path: Path) -> None:
    first = ingest(node, files(tmp_path / "a"))
    assert ingest(node, files(tmp_path / "a")) == first
    second = ingest(node, files(tmp_path / "b", persons=4))
    assert queries.manifest("demo").snapshot == second
    assert queries.manifest("demo", first).persons == 3
    assert queries.datasets()[0].snapshots == {first: "superseded", second: "current"}
    facts = [ledger.event(index) for index in ledger.indexes("demo", "dataset.ingested")]
    assert [fact.body["snapshot"] for fact in facts] == [first, second]
    assert actions.verify(node, "demo", actor="auditor").snapshots == (first, second)


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_whole_delivery_under_another_flag_is_refused(node: Node, tmp_path: Path, synthetic: bool) -> None:
    path = files(tmp_path / "a")
    actions.ingest_omop(node, path, dataset="demo", actor="steward", synthetic=synthetic)
    for given in (path, files(tmp_path / "b", persons=4)):
        with pytest.raises(Refusal) as refused:
            actions.ingest_omop(node, given, dataset="demo", actor="steward", synthetic=not synthetic)
        assert refused.value.code == "LAK-114"
    assert queries.manifest("demo").synthetic is synthetic and queries.manifest("demo").version == 1


def test_a_whole_delivery_of_another_standard_is_refused(node: Node, tmp_path: Path) -> None:
    held = ingest(node, files(tmp_path / "a"))
    with pytest.raises(Refusal) as refused:
        tables.ingest_table(
            node, register(tmp_path / "b", case(1)), schema=schema(tmp_path), dataset="demo", actor="steward"
        )
    assert refused.value.code == "LAK-113" and queries.manifest("demo").snapshot == held


def test_a_delivery_of_which_nobody_is_left_says_why(node: Node, tmp_path: Path) -> None:
    path = register(tmp_path / "b", "1;1", header="a;b")
    with pytest.raises(Refusal) as refused:
        tables.ingest_table(node, path, schema=schema(tmp_path), dataset="cancer", actor="steward")
    (reason,) = refused.value.verdict.reasons
    assert reason.code == "LAK-112" and "the header lacks Patient" in str(reason.facts["rules"])
    assert "case.csv" in str(reason.facts["rules"]) and not queries.names()


def test_ids_stay_when_a_person_comes_again(node: Node, tmp_path: Path) -> None:
    ingest(node, files(tmp_path / "a"))
    before = linkage.find(node, "urn:hygie:dataset:demo", "2")
    ingest(node, files(tmp_path / "b", persons=5))
    assert before is not None
    assert linkage.find(node, "urn:hygie:dataset:demo", "2") == before


def table_file(node: Node, table: str = "condition_occurrence") -> Path:
    row = Snapshot.objects.get(state="current")
    return node.store.path(f"{folder_of(row)}/{manifest_of(row).tables[table].file}")


def test_verify_names_a_changed_file(node: Node, tmp_path: Path) -> None:
    ingest(node, files(tmp_path / "a"))
    path = table_file(node)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(Refusal) as caught:
        actions.verify(node, "demo", actor="auditor")
    [reason] = caught.value.verdict.reasons
    assert reason.code == "LAK-106"
    assert "condition_occurrence" in str(reason.facts["file"])
    fact = ledger.event(ledger.indexes("demo", "dataset.verified")[-1])
    assert fact.body["wrong"] == 1


def test_verify_names_missing_and_extra_files_and_a_changed_manifest(node: Node, tmp_path: Path) -> None:
    ingest(node, files(tmp_path / "a"))
    path = table_file(node)
    path.unlink()
    (path.parent / "note.txt").write_text("x")
    (path.parent / "manifest.json").write_text("{}")
    assert sorted(codes(lambda: actions.verify(node, "demo", actor="auditor"))) == ["LAK-106", "LAK-107", "LAK-108"]


def test_verify_finds_a_row_edited_together_with_its_manifest_file(node: Node, tmp_path: Path) -> None:
    """Whoever edits database and folder alike does not reach the ledger's hash."""
    from hygie.base.kernel import digest

    ingest(node, files(tmp_path / "a"))
    row = Snapshot.objects.get()
    row.manifest = row.manifest.replace('"synthetic":true', '"synthetic":false')
    row.manifest_sha256 = digest(row.manifest.encode())
    row.save()
    (node.store.path(folder_of(row)) / "manifest.json").write_text(row.manifest)
    assert codes(lambda: actions.verify(node, "demo", actor="auditor")) == ["LAK-109"]


def test_a_snapshot_without_its_key_is_named(node: Node, tmp_path: Path) -> None:
    ingest(node, files(tmp_path / "a"))
    node.keys.destroy(queries.manifest("demo").key_id)
    assert codes(lambda: actions.verify(node, "demo", actor="auditor")) == ["LAK-110"]


def test_keys_are_bound_to_the_dataset(node: Node, tmp_path: Path) -> None:
    ingest(node, files(tmp_path / "a"), "one")
    table = queries.manifest("one").tables["person"]
    wrapped = base64.b64decode(table.wrapped_key)
    assert codes(lambda: node.keys.unwrap(queries.manifest("one").key_id, wrapped, "dataset:two"))[0].startswith("KEY")


def test_unknown_things_are_refused(node: Node, tmp_path: Path) -> None:
    path = files(tmp_path / "a")
    assert codes(lambda: queries.manifest("demo")) == ["LAK-101"]
    ingest(node, path)
    assert codes(lambda: queries.manifest("demo", "snapshot-no")) == ["LAK-102"]
    with node.engine() as engine:
        assert codes(lambda: queries.attach_snapshot(engine, node, "demo", tables=["nope"])) == ["LAK-104"]
    assert codes(lambda: actions.ingest_omop(node, path, dataset="../x", actor="steward")) == ["KER-103"]
    assert codes(lambda: actions.ingest_omop(node, path, dataset="x", actor="auditor")) == ["PPL-101"]
    assert codes(lambda: actions.erase(node, "demo", person="99", actor="steward")) == ["LAK-111"]
    with pytest.raises(Refusal):
        actions.ingest_omop(node, path, dataset="x", actor="steward", identifier_system="a b'; --")


def held(node: Node, snapshot: str | None = None) -> dict[str, set[int]]:
    """Which persons, notes, costs and facts a snapshot holds."""
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "demo", snapshot)
        first = {
            "person": "person_id", "condition_occurrence": "person_id", "note": "person_id", "note_nlp": "note_id",
            "cost": "cost_event_id // 10", "fact_relationship": "fact_id_1 // 10",
        }  # fmt: skip
        return {
            table: {row[0] for row in engine.rows(f"SELECT {column} FROM {views[table]}")}
            for table, column in first.items()
        }


def test_erasure_leaves_no_row_no_line_and_no_key(node: Node, tmp_path: Path) -> None:
    first = ingest(node, files(tmp_path / "a"))
    second = ingest(node, files(tmp_path / "b", persons=4))
    old_rows = {row.id: row for row in Snapshot.objects.all()}
    old = [encrypted(node, row, manifest_of(row).tables["person"]) for row in old_rows.values()]
    copies = [file.path.read_bytes() for file in old]
    outcome = actions.erase(node, "demo", person="2", actor="steward")
    assert outcome.destroyed == (first, second)
    assert all(persons == {1, 3, 4} for persons in held(node).values())
    assert outcome.quarantine == 1
    assert queries.manifest("demo").quarantine.rows == 0
    assert linkage.find(node, "urn:hygie:dataset:demo", "2") is None
    assert linkage.find(node, "urn:hygie:dataset:demo", "3") is not None
    assert codes(lambda: queries.manifest("demo", first)) == ["LAK-103"]
    for row, file, copy in zip(old_rows.values(), old, copies, strict=True):
        assert not file.path.exists()
        assert not node.keys.exists(row.key_id)
        wrapped = base64.b64decode(manifest_of(row).tables["person"].wrapped_key)
        restored = tmp_path / "restored.parquet"
        restored.write_bytes(copy)
        assert codes(lambda row=row, wrapped=wrapped: node.keys.unwrap(row.key_id, wrapped, "dataset:demo"))
    fact = ledger.event(ledger.indexes("demo", "dataset.person_erased")[0])
    assert ledger.opens(str(fact.body["person"]), "2") is True
    assert "rows" not in fact.body
    assert actions.verify(node, "demo", actor="auditor").snapshots == (outcome.snapshot,)
    assert codes(lambda: actions.erase(node, "demo", person="2", actor="steward")) == ["LAK-111"]


def test_the_same_files_after_an_erasure_do_not_bring_the_person_back(node: Node, tmp_path: Path) -> None:
    path = files(tmp_path / "a")
    ingest(node, path)
    outcome = actions.erase(node, "demo", person="2", actor="steward")
    assert ingest(node, path) == outcome.snapshot
    assert held(node)["person"] == {1, 3}


def test_no_identity_is_in_the_control_database(node: Node, tmp_path: Path) -> None:
    ingest(node, files(tmp_path / "a"))
    dump = "\n".join(sqlite3.connect(node.home / "control.sqlite3").iterdump())
    assert "snapshot-" in dump
    assert "mrn" not in dump


def test_a_wrong_key_opens_no_file(node: Node, tmp_path: Path) -> None:
    ingest(node, files(tmp_path / "a"))
    with node.engine() as engine:
        with pytest.raises(Refusal) as caught:
            engine.attach("x", [EncryptedFile(table_file(node, "person"), b"k" * 32)])
            engine.scalar("SELECT count(*) FROM x")
        assert caught.value.code == "ENG-124"


def test_files_that_change_while_they_are_read_are_refused(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files(tmp_path / "a")
    real = actions.omop.deliver

    def slow(*arguments: object) -> object:
        (path / "note.csv").write_bytes(b"other")
        return real(*arguments)

    monkeypatch.setattr(actions.omop, "deliver", slow)
    assert codes(lambda: ingest(node, path)) == ["LAK-105"]
    assert not Snapshot.objects.exists()


def test_a_fault_in_the_last_moment_leaves_nothing(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger refuses the fact: no snapshot, no index, no key, no folder."""
    ingest(node, files(tmp_path / "a"))
    keys = sorted(path.name for path in (node.home / "keys").rglob("key-*.json"))

    def broken(facts: object) -> list[int]:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("hygie.intake.lake.snapshots.ledger.append", broken)
    before = queries.manifest("demo")
    with pytest.raises(RuntimeError, match="disk"):
        ingest(node, files(tmp_path / "b", persons=4))
    monkeypatch.undo()
    assert queries.manifest("demo") == before
    assert sorted(path.name for path in (node.home / "keys").rglob("key-*.json")) == keys
    assert len(list((node.home / "lake" / "demo").iterdir())) == 1
    assert len(list((node.home / "vault" / "persons").iterdir())) == 1
    assert actions.verify(node, "demo", actor="auditor").files
