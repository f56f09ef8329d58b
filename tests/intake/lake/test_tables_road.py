"""A register from its files to a snapshot: linked, measured, erasable; the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, queries, tables
from hygie.intake.lake.values import Ingested
from hygie.node.cli.main import main
from tests.intake.sources.table_files import HEADER, case, register, schema


def ingest(node: Node, capsys: pytest.CaptureFixture[str], path: Path, declared: Path) -> tuple[int, dict[str, object]]:
    """Run the command and return its exit code and what it printed as JSON."""
    words = ["ingest", "table", str(path), "--schema", str(declared), "--dataset", "cancer", "--synthetic"]
    code = main(["--node", str(node.home), "--as", "steward", "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def test_the_exit_code_says_what_was_set_apart(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declared = schema(tmp_path / "declared")
    code, told = ingest(node, capsys, register(tmp_path / "a", *(case(number) for number in range(20))), declared)
    assert (code, told["read"], told["kept"], told["measured"]) == (0, 20, 20, True)
    broken = [case(number, sex="7" if number % 10 == 0 else "1") for number in range(20)]
    code, told = ingest(node, capsys, register(tmp_path / "b", *broken), declared)
    assert (code, told["read"], told["kept"], told["quarantined"]) == (3, 20, 18, 2)
    main(["--node", str(node.home), "--as", "steward", "--json", "dataset", "quarantine", "cancer"])
    [apart] = told["set_apart"]
    assert json.loads(capsys.readouterr().out) == [apart]
    assert (apart["lines"], apart["first"], apart["rule"]) == (2, 2, "SRC-t01") and apart["file"].endswith(".csv")
    code, told = ingest(node, capsys, tmp_path / "b", declared)
    assert (code, told["recognised"]) == (3, True)
    code, told = ingest(node, capsys, register(tmp_path / "c", *(case(1, sex="7"),)), declared)
    assert code == 23 and told["refused"][0]["code"] == "LAK-112"
    code, told = ingest(node, capsys, register(tmp_path / "d"), declared)
    assert code == 23 and told["refused"][0]["code"] == "LAK-112"
    assert queries.manifest("cancer").kept == 18


def test_a_column_too_many_or_missing_ends_with_3(
    node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = schema(tmp_path / "declared")
    for folder, header, line, rule in (
        ("many", f"{HEADER};extra", f"{case(1)};x", "SRC-t06"),
        ("few", HEADER.rpartition(";")[0], case(1).rpartition(";")[0], "SRC-t07"),
    ):
        code, told = ingest(node, capsys, register(tmp_path / folder, line, header=header), declared)
        assert (code, told["read"], told["kept"], told["quarantined"]) == (3, 2, 1, 1)
        assert [each["rule"] for each in told["set_apart"]] == [rule]
    code, _ = ingest(node, capsys, register(tmp_path / "good", case(1)), declared)
    assert code == 0


def test_a_delivery_that_keeps_far_less_than_the_one_before_says_so(
    node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = schema(tmp_path / "declared")
    for at, (folder, count) in enumerate({"a": 20, "b": 16, "c": 9}.items()):
        delivered = register(tmp_path / folder, *(case(number) for number in range(count)))
        _, told = ingest(node, capsys, delivered, declared)
        said = ["far fewer rows than version 2, is the delivery whole: person 9 of 16, register_case 9 of 16"]
        assert [each for each in told["notes"] if "far fewer" in each] == (said if at == 2 else [])


def test_another_schema_makes_another_delivery(node: Node, tmp_path: Path) -> None:
    path = register(tmp_path / "a", case(1), case(2))
    first = tables.ingest_table(node, path, schema=schema(tmp_path), dataset="cancer", actor="steward")
    again = tables.ingest_table(node, path, schema=schema(tmp_path), dataset="cancer", actor="steward")
    assert again.recognised and again.manifest == first.manifest
    fields = [{"name": "Patient", "hygie:role": "person"}, {"name": "stage", "hygie:role": "code"}]
    declared = schema(tmp_path, {"name": "cases", "fields": fields})
    other = tables.ingest_table(node, path, schema=declared, dataset="cancer", actor="steward")
    assert not other.recognised and set(other.manifest.tables) == {"person", "cases"}
    assert "tables of the delivery before that this one has not: register_case" in other.manifest.notes


def test_a_person_keeps_their_number_is_linked_and_can_be_erased(node: Node, tmp_path: Path) -> None:
    declared = schema(tmp_path / "declared")
    lines = [case(1), case(2), case(2, topography="C01"), case(3), case(2, sex="7")]
    before = tables.ingest_table(
        node, register(tmp_path / "a", *lines), schema=declared, dataset="cancer", actor="steward"
    ).manifest
    assert before.persons == 3 and before.quarantined == 1
    again = tables.ingest_table(
        node, register(tmp_path / "b", *reversed(lines)), schema=declared, dataset="cancer", actor="steward"
    ).manifest
    other = tables.ingest_table(
        node, register(tmp_path / "c", case(2, Patient="other")), schema=declared, dataset="second", actor="steward"
    ).manifest
    assert other.linkage == {"new": 1, "linked": 1}
    with node.engine() as engine:
        for held in (before, again):
            views = queries.attach_snapshot(engine, node, "cancer", held.snapshot, prefix=f"v{held.version}_")
            engine.con.execute(
                f"CREATE TEMP TABLE t{held.version} AS SELECT * EXCLUDE (register_case_id) "
                f"FROM {views['register_case']}"
            )
        assert engine.rows("SELECT * FROM t1 EXCEPT SELECT * FROM t2") == []
    gone = actions.erase(node, "cancer", person="0002", actor="steward")
    assert gone.rows == {"person": 1, "register_case": 2} and gone.quarantine == 1
    held = queries.manifest("cancer")
    assert held.tables["register_case"].fields == again.tables["register_case"].fields
    late = tables.ingest_table(
        node, register(tmp_path / "d", *lines), schema=declared, dataset="cancer", actor="steward"
    ).manifest
    assert late.erased == 1 and late.tables["register_case"].rows == 2 and late.removed["quarantine"] == 1


def test_only_a_steward_takes_a_register(node: Node, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        tables.ingest_table(node, tmp_path, schema=schema(tmp_path), dataset="cancer", actor="auditor")
    assert refused.value.code.startswith("PPL")


def linked_register(folder: Path) -> Path:
    """Patients, their cases, and the laboratory values of cases; some lines of each break a rule."""
    folder.mkdir()
    (folder / "patients.csv").write_text("id;sex\nP1;F\nP2;M\n")
    (folder / "cases.csv").write_text(
        "case;patient;seen\nC1;P1;2020-01-01\nC2;P2;2020-01-02\nC3;P1;31 fevrier\nC4;P2;31 fevrier\nC5;P9;2020-01-03\n"
    )
    (folder / "labs.csv").write_text("n;case;value\nL1;C1;bad\nL2;C2;bad\nL3;C4;1.5\nL4;C2;2.5\nL5;C1;2.5\nL6;C2;1;2\n")

    def resource(name: str, key: str, *fields: dict[str, object], to: tuple[str, str, str] | None = None) -> object:
        body: dict[str, object] = {"fields": [{"name": key}, *fields], "primaryKey": key}
        if to:
            body["foreignKeys"] = [{"fields": to[0], "reference": {"resource": to[1], "fields": to[2]}}]
        return {"name": name, "path": f"{name}.csv", "schema": body}

    seen, value = {"name": "seen", "type": "date"}, {"name": "value", "type": "number"}
    listed = [
        resource("patients", "id", {"name": "sex", "hygie:role": "sex"}),
        resource("cases", "case", {"name": "patient"}, seen, to=("patient", "patients", "id")),
        resource("labs", "n", {"name": "case"}, value, to=("case", "cases", "case")),
    ]
    text = json.dumps({"resources": listed}).replace('{"name": "id"}', '{"name": "id", "hygie:role": "person"}')
    (folder / "datapackage.json").write_text(text)
    return folder


def left_apart(node: Node) -> list[str]:
    """Return the quarantined lines that are kept."""
    with node.engine() as engine:
        queries.attach_quarantine(engine, node, "cancer")
        return [row[0] for row in engine.rows("SELECT raw FROM quarantine ORDER BY file, line")]


def test_an_erasure_takes_the_lines_set_apart_that_reach_the_person_through_other_tables(
    node: Node, tmp_path: Path
) -> None:
    first, again = linked_register(tmp_path / "a"), linked_register(tmp_path / "b")
    before = tables.ingest_table(node, first, dataset="cancer", actor="steward").manifest
    lines = ["C3;P1;31 fevrier", "C4;P2;31 fevrier", "C5;P9;2020-01-03"]
    lines += ["L1;C1;bad", "L2;C2;bad", "L3;C4;1.5", "L6;C2;1;2"]
    assert left_apart(node) == lines and before.quarantined == 7
    gone = actions.erase(node, "cancer", person="P2", actor="steward")
    assert gone.quarantine == 4 and gone.rows == {"person": 1, "patients": 1, "cases": 1, "labs": 1}
    others = ["C3;P1;31 fevrier", "C5;P9;2020-01-03", "L1;C1;bad"]
    assert left_apart(node) == others
    (again / "patients.csv").write_text("id;sex\nP1;F\nP2;M\nP3;F\n")
    late = tables.ingest_table(node, again, dataset="cancer", actor="steward").manifest
    assert late.removed["quarantine"] == 4 and left_apart(node) == others
    assert actions.erase(node, "cancer", person="P9", actor="steward").quarantine == 1
    assert left_apart(node) == [others[0], others[2]]


def test_an_increment_comes_to_the_whole_and_the_erased_stay_away(node: Node, tmp_path: Path) -> None:
    declared, how = schema(tmp_path / "declared"), {"dataset": "cancer", "actor": "steward"}

    def take(folder: str, *lines: str, increment: bool = True, **more: object) -> Ingested:
        path = register(tmp_path / folder, *lines)
        return tables.ingest_table(node, path, schema=declared, increment=increment, **{**how, **more})

    with pytest.raises(Refusal, match="LAK-101"):
        take("nothing", case(1))
    first = take("a", case(1), case(2), case(3), increment=False).manifest
    gone = actions.erase(node, "cancer", person="0002", actor="steward")
    assert gone.rows["register_case"] == 1
    with pytest.raises(Refusal, match="LAK-114"):
        take("b", case(4), synthetic=True)
    made = take("c", case(2), case(2, topography="C01"), case(3, stage="IV"), case(4)).manifest
    assert (made.version, made.persons, made.erased, made.removed["register_case"]) == (3, 3, 1, 2)
    assert len(made.sources) == 2 and made.read == 4 and made.mapping == first.mapping + "/increment"
    assert take("c", case(2), case(2, topography="C01"), case(3, stage="IV"), case(4)).recognised
    other = take("d", case(1), case(3, stage="IV"), case(4), increment=False, dataset="whole").manifest
    assert other.linkage == {"new": 3, "linked": 3}
    with node.engine() as engine:
        found = [queries.attach_snapshot(engine, node, each, prefix=each) for each in ("cancer", "whole")]
        rows = [
            engine.rows(f"SELECT * EXCLUDE (person_id) FROM {each['register_case']} ORDER BY patient") for each in found
        ]
    assert [row[1:] for row in rows[0]] == [row[1:] for row in rows[1]] and len(rows[0]) == 3
    with pytest.raises(Refusal, match="LAK-113"):
        actions.ingest_omop(node, tmp_path / "c", increment=True, **how)
