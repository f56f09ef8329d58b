"""hygie answer, as a person types it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from hygie.base import law
from hygie.base.engine.node import Node
from hygie.node.cli.main import main


@pytest.fixture
def due(node: Node) -> str:
    """A request that was granted and waits for its answer; its id."""
    from hygie.access.applications.models import ApplicationRow, EventRow, MemberRow

    at = node.clock()
    row = ApplicationRow.objects.create(
        id="app-" + "0" * 20, kind="request", track="statistical", state="decided", outcome="granted", author="user",
        template=law.form("request", on=date(2026, 11, 22)).template, title="How many?", created_at=at, changed_at=at,
        submitted_at=at, decided_at=at, complete_at=at,
    )  # fmt: skip
    MemberRow.objects.create(application=row, account="user")
    for index, kind in enumerate(("application.submitted", "application.complete", "application.decided")):
        EventRow.objects.create(application=row, kind=kind, at=at, actor="officer", body={}, index=index)
    return row.id


def run(node: Node, *words: str, actor: str = "officer") -> int:
    return main(["--node", str(node.home), "--as", actor, *words])


def test_an_answer_is_prepared_given_and_taken(
    node: Node, due: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, statement = tmp_path / "t.csv", tmp_path / "t.json"
    table.write_text("sex,n\nfemale,43\nmale,37\nother,3\n")
    statement.write_text(json.dumps({"title": "By sex", "groups": ["sex"], "persons": "n"}))
    assert run(node, "answer", "keep", due, str(table), str(statement)) == 33
    assert "APP-287" in capsys.readouterr().err
    assert run(node, "answer", "keep", due, str(table), str(statement), "--mend", actor="operator") == 0
    made = capsys.readouterr().out.strip()
    assert run(node, "answer", "take", due, made, actor="user") == 33
    assert run(node, "answer", "keep", due, str(table), str(statement), "--mend") == 0
    other = capsys.readouterr().out.strip()
    assert run(node, "answer", "drop", due, other) == 0
    assert run(node, "answer", "give", due, actor="operator") == 16
    assert run(node, "answer", "give", due) == 0
    capsys.readouterr()
    assert run(node, "answer", "list", due, actor="user") == 0
    listed = capsys.readouterr().out
    assert made in listed and other not in listed
    assert run(node, "answer", "take", due, made, actor="user") == 0
    assert capsys.readouterr().out == "sex,n\nfemale,45\nmale,35\nother,[hidden]\n"
    assert run(node, "answer", "take", due, made, actor="operator") == 16


def test_a_statement_that_cannot_be_read_names_its_places(
    node: Node, due: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, statement = tmp_path / "t.csv", tmp_path / "t.json"
    table.write_text("sex,n\nfemale,40\n")
    for text, place in (
        ('{"title": "x", "groups": [], "persons": "n"}', "groups"),
        ('{"title": "x", "groups": ["sex"], "persons": "n", "sha256": "0"}', "sha256"),
        ("[", "$"),
    ):
        statement.write_text(text)
        assert run(node, "answer", "keep", due, str(table), str(statement)) == 33
        told = capsys.readouterr().err
        assert "APP-283" in told and place in told
