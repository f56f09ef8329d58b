"""The commands: ingest, dataset and optout, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.node.cli.main import main
from tests.intake.lake.test_lake import files


def run(node: Node, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, object]:
    """Run a command with --json and return its exit code and what it printed."""
    code = main(["--node", str(node.home), "--as", "operator", "--json", *map(str, words)])
    text = capsys.readouterr().out
    return code, json.loads(text) if text else None


def test_from_delivery_to_erasure(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = files(tmp_path / "in")
    code, taken = run(node, capsys, "ingest", "omop", path, "--dataset", "demo", "--synthetic")
    assert code == 3, taken
    assert (taken["read"], taken["kept"], taken["quarantined"]) == (22, 21, 1)
    assert taken["tables"]["condition_occurrence"] == {"read": 7, "kept": 6, "quarantined": 1}
    assert run(node, capsys, "ingest", "omop", path, "--dataset", "demo", "--synthetic")[1]["recognised"]
    code, listed = run(node, capsys, "dataset", "list")
    assert [entry["id"] for entry in listed] == ["demo"]
    assert run(node, capsys, "dataset", "show", "demo")[1]["persons"] == 3
    assert run(node, capsys, "dataset", "verify", "demo")[0] == 0
    code, gone = run(node, capsys, "dataset", "erase", "demo", "--person", "2")
    assert code == 0
    assert gone["permits"] == []
    assert gone["destroyed"] == [taken["snapshot"]]
    for path in (node.home / "lake").rglob("*.parquet"):
        path.write_bytes(b"x")
    code, refused = run(node, capsys, "dataset", "verify", "demo")
    assert code == 23
    assert {reason["code"] for reason in refused["refused"]} == {"LAK-106"}


def test_wishes(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(node, capsys, "ingest", "omop", files(tmp_path / "in"), "--dataset", "demo", "--synthetic")
    assert run(node, capsys, "optout", "add", "p1", "--dataset", "demo")[1]["known"] == 0
    assert run(node, capsys, "optout", "add", "1", "--dataset", "demo")[1]["known"] == 1
    assert run(node, capsys, "optout", "add", "1", "--dataset", "nowhere")[0] == 22
    assert run(node, capsys, "optout", "withdraw", "p1", "--dataset", "demo")[0] == 0
    (tmp_path / "wishes.csv").write_text("dataset,value\ndemo,p2\n")
    assert run(node, capsys, "optout", "import", tmp_path / "wishes.csv") == (0, {"recorded": 1, "known": 0})
    _, wishes = run(node, capsys, "optout", "list")
    assert [wish["wish"] for wish in wishes] == ["add", "add", "withdraw", "add"]
    assert "p1" not in json.dumps(wishes)
    assert run(node, capsys, "optout", "add", "p1")[0] == 22
    assert run(node, capsys, "optout", "add", "p1", "--dataset", "demo", "--from", "soon")[0] == 22


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ingest", "omop", "nowhere", "--dataset", "demo"], 20),
        (["ingest", "fhir", "nowhere", "--dataset", "demo"], 20),
        (["dataset", "show", "nothing"], 23),
        (["dataset", "erase", "nothing", "--person", "1"], 23),
        (["optout", "import", "nowhere.csv"], 22),
    ],
)
def test_refusals_have_their_exit_codes(
    node: Node, capsys: pytest.CaptureFixture[str], words: list[str], code: int
) -> None:
    assert run(node, capsys, *words)[0] == code
