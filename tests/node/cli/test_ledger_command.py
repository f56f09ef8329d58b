"""hygie ledger and hygie register as typed, and the exported verifier as a single file far from Hygie."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact
from hygie.base.ledger import actions
from hygie.node.cli.main import main

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
ALONE = (
    "import sys, runpy; sys.modules['hygie'] = None; sys.argv = sys.argv[1:]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(node: Node, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command against the node."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main([*map(str, words), "--node", str(node.home)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def grown(node: Node) -> Node:
    """A node with 299 events; the first command adds the verdict on where the data are."""
    with transaction.atomic():
        actions.append([Fact("thing.made", f"thing-{n}", "alice", AT, {"n": n}) for n in range(299)])
    return node


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Callable[..., tuple[int, str]]]:
    """Run the exported verifier alone: isolated Python, another folder, Hygie not importable."""

    def run(folder: Path, *words: object) -> tuple[int, str]:
        alone = tmp_path / "elsewhere"
        alone.mkdir(exist_ok=True)
        shutil.copy(folder / "verifier.py", alone / "v.py")
        ended = subprocess.run(
            [sys.executable, "-I", "-c", ALONE, "v.py", *map(str, words)],
            cwd=alone,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return ended.returncode, ended.stdout + ended.stderr

    yield run


def test_head_says_size_root_and_key(grown: Node, typed: Typed) -> None:
    code, out, _ = typed("ledger", "head", "--json")
    assert code == 0
    assert json.loads(out)["size"] == 300


def test_an_outsider_verifies_an_export_and_a_proof(
    grown: Node, typed: Typed, tmp_path: Path, copied: Callable[..., tuple[int, str]]
) -> None:
    folder, proof = tmp_path / "export", tmp_path / "event.json"
    assert typed("ledger", "export", folder)[0] == 0
    key, kept = folder / "public-key", folder / "checkpoint"
    assert typed("ledger", "prove", 17, "--out", proof, "--since", kept)[0] == 0
    for words in (("--export", folder), ("--proof", proof)):
        assert typed("ledger", "verify", *words, "--key", key)[0] == 0
        code, out, _ = typed("ledger", "verify", *words, "--key", key, "--against", kept)
        assert (code, "kept outside" in out) == (0, True)
    assert copied(folder, folder, "--key", key)[0] == 0
    code, said = copied(folder, "--proof", proof, "--key", key, "--against", kept)
    assert (code, said.startswith("HOLDS hygie/node-test: 300 events")) == (0, True)
    proof.write_text(proof.read_text("utf-8").replace("alice", "mallo"), "utf-8")
    assert copied(folder, "--proof", proof, "--key", key) == (
        12,
        "REFUSED LED-212 The proof does not lead from the event to the root that was signed. (index 17, events 300)\n",
    )
    events = (folder / "events.ndjson").read_bytes()
    (folder / "events.ndjson").write_bytes(events.replace(b"alice", b"mallo", 1))
    assert copied(folder, folder, "--key", key)[0] == 12
    code, out, said = typed("ledger", "verify", "--export", folder, "--key", key)
    assert (code, "LED-208" in said) == (12, True)


def test_the_node_verifies_itself_and_says_what_that_leaves_unproven(grown: Node, typed: Typed) -> None:
    code, out, _ = typed("ledger", "verify")
    assert code == 0
    assert "All 300 events" in out
    assert "Not proven: That nothing was cut off" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("ledger", "prove", 300), 12, "LED-103"),
        (("ledger", "verify", "--export", "nowhere", "--key", "nokey"), 12, "LED-216"),
        (("ledger", "verify", "--export", "nowhere"), 51, "CLI-101"),
        (("ledger", "verify", "--against", "nowhere"), 12, "LED-216"),
        (("register", "verify", "nowhere"), 12, "LED-216"),
    ],
)
def test_wrong_arguments_are_refused(
    grown: Node, typed: Typed, words: tuple[object, ...], code: int, said: str
) -> None:
    found, _, errors = typed(*words)
    assert (found, said in errors) == (code, True)


def test_the_register_is_written_and_verified_offline(grown: Node, typed: Typed, tmp_path: Path) -> None:
    file, folder = tmp_path / "register.json", tmp_path / "export"
    assert typed("register", "export", file)[0] == 0
    assert json.loads(typed("register", "export", "-")[1])["schema"] == "hygie-register/2"
    assert typed("ledger", "export", folder)[0] == 0
    assert typed("register", "verify", file)[0] == 0
    code, out, _ = typed("register", "verify", file, "--export", folder, "--key", folder / "public-key")
    assert (code, out.startswith("HOLDS every field of 0 entries against 300 events")) == (0, True)


def test_the_operator_has_the_index_of_readings_made_again(typed: Typed, node: Node) -> None:
    with transaction.atomic():
        actions.append([Fact("dummy.taken", "permit-1", "alice", AT, {}), Fact("session.began", "s", "alice", AT, {})])
    code, out, _ = typed("ledger", "index", "--as", "operator")
    assert (code, out) == (0, "1 readings are listed again from the events.\n")
    assert typed("ledger", "index", "--as", "user")[0] == 16
