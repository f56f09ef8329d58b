"""hygie permit, as a person types it."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest

from hygie.base.engine.node import Node
from hygie.node.cli.main import main
from tests.access.extracts.conftest import Once
from tests.access.permits.drafts import delivered


@pytest.fixture
def stocked(node: Node, once: Once, tmp_path: Path) -> Node:
    """A node with the dataset `chu-demo`."""
    once("chu-demo", lambda: delivered(node, tmp_path))
    return node


def run(node: Node, *words: str, actor: str = "officer") -> int:
    return main(["--node", str(node.home), "--as", actor, *words])


def granted(node: Node, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run(node, "permit", "example", "--dataset", "chu-demo") == 0
    draft = folder / "p.json"
    draft.write_text(capsys.readouterr().out)
    assert run(node, "permit", "grant", str(draft)) == 0
    return capsys.readouterr().out


def test_the_example_is_granted_as_it_is_and_only_the_id_is_printed(
    stocked: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = granted(stocked, tmp_path, capsys)
    assert printed.startswith("permit-")
    assert printed == printed.strip() + "\n"


def test_what_show_prints_verifies_with_the_nodes_key_and_with_no_other(
    stocked: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    permit = granted(stocked, tmp_path, capsys).strip()
    assert run(stocked, "permit", "show", permit) == 0
    shown = capsys.readouterr()
    file = tmp_path / "signed.json"
    file.write_text(shown.out)
    assert "granted" in shown.err
    assert run(stocked, "permit", "verify", str(file)) == 0
    key = json.loads(shown.out)["signature"]["key"]
    assert run(stocked, "permit", "verify", str(file), "--key", key) == 0
    other = base64.b64encode(bytes(32)).decode()
    assert run(stocked, "permit", "verify", str(file), "--key", other) == 31
    assert "PMT-203" in capsys.readouterr().err
    assert run(stocked, "permit", "verify", str(file), "--key", "short") == 31
    file.write_text(shown.out.replace("pseudonymised", "anonymised", 1))
    assert run(stocked, "permit", "verify", str(file)) == 31
    assert "PMT-202" in capsys.readouterr().err


def test_every_fault_is_printed_with_its_path_and_nothing_is_granted(
    stocked: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    run(stocked, "permit", "example", "--dataset", "chu-demo")
    draft = json.loads(capsys.readouterr().out)
    draft["purpose"]["basis"] = "53(1)(c)"
    draft["duration"]["to"] = "2099-12-31"
    file = tmp_path / "p.json"
    file.write_text(json.dumps(draft))
    assert run(stocked, "permit", "grant", str(file)) == 31
    told = capsys.readouterr()
    assert told.out == ""
    assert "PMT-111  $.user.mandate" in told.err
    assert "PMT-150  $.duration.to" in told.err
    assert run(stocked, "permit", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_revoked_permit_is_listed_as_such(stocked: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    permit = granted(stocked, tmp_path, capsys).strip()
    assert run(stocked, "permit", "revoke", permit, "--reason", "Data taken out.", actor="steward") == 16
    said = ("permit", "revoke", permit, "--reason", "The user took data out.")
    capsys.readouterr()
    assert run(stocked, *said) == 0
    shown = capsys.readouterr()
    assert "The […] took data out." in shown.out and "--confirm" in shown.err
    assert run(stocked, *said, "--published", "The user.") == run(stocked, *said, "--published", "A user.", "--confirm")
    assert "WEB-132" in capsys.readouterr().err
    doubted = (*said, "--published", "A user.")
    run(stocked, *doubted, "--json")
    shown = capsys.readouterr()
    seen = json.JSONDecoder().raw_decode(shown.out)[0]["seen"]
    assert f"--seen {seen} --no-person" in shown.err
    assert run(stocked, *doubted, "--confirm", "--seen", "0" * 64, "--no-person", "Whoever uses data.") != 0
    assert "WEB-134" in capsys.readouterr().err
    assert run(stocked, *doubted, "--confirm", "--seen", seen, "--no-person", "Whoever uses data.") == 0
    capsys.readouterr()
    assert run(stocked, "permit", "show", permit, "--json") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "revoked"


def test_what_show_prints_as_json_is_verified_too_and_a_refusal_names_the_file(
    stocked: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    permit = granted(stocked, tmp_path, capsys).strip()
    assert run(stocked, "permit", "show", permit, "--json") == 0
    shown = capsys.readouterr().out
    file = tmp_path / "shown.json"
    file.write_text(shown)
    assert run(stocked, "permit", "verify", str(file)) == 0
    assert capsys.readouterr().out.startswith(f"{permit}: the signature holds")
    for text in (shown.replace("pseudonymised", "anonymised", 1), "{", '{"permit": {}}', '{"permit": "x"}'):
        file.write_text(text)
        assert run(stocked, "permit", "verify", str(file)) == 31
        told = capsys.readouterr().err
        assert "PMT-202" in told
        assert "shown.json" in told


def test_a_draft_comes_from_standard_input_too(
    stocked: Node, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    run(stocked, "permit", "example", "--dataset", "chu-demo")
    draft = capsys.readouterr().out.encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(draft)))
    assert run(stocked, "permit", "grant", "-") == 0
    assert capsys.readouterr().out.startswith("permit-")


def test_a_file_that_cannot_be_read_is_refused(
    stocked: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (tmp_path, tmp_path / "nothing.json"):
        assert run(stocked, "permit", "grant", str(place)) == 31
        assert "PMT-211" in capsys.readouterr().err


def test_reasons_of_the_same_words_are_told_once_under_their_paths(
    stocked: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(stocked, "permit", "example", "--dataset", "chu-demo") == 0
    draft = {**json.loads(capsys.readouterr().out), "id": "permit-" + "0" * 20, "version": 1}
    (tmp_path / "p.json").write_text(json.dumps(draft))
    assert run(stocked, "permit", "grant", str(tmp_path / "p.json")) == 31
    told = capsys.readouterr().err
    assert "PMT-107  $.id, $.version\n" in told
    assert told.count("PMT-107") == told.count("so that nobody can date a decision back") == 1
