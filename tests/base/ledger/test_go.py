"""Go's checksum-database packages accept our checkpoints and proofs, and refuse them once altered."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.base.engine.node import Node
from hygie.base.ledger import actions
from hygie.base.ledger.standalone_verifier import verifier_key

ORIGIN = "hygie/node-test"
GOPATH = Path("/usr/share/gocode")
SOURCE = Path(__file__).parent / "go" / "verify.go"
Verify = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the Go verifier; it is an error in CI, and a skip elsewhere, when Go's packages are missing."""
    go = shutil.which("go")
    if not go or not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir():
        missing = "apt install golang-go golang-golang-x-mod-dev"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI verifies the ledger with Go: {missing}")
        pytest.skip(f"no Go verifier: {missing}")
    folder = tmp_path_factory.mktemp("go")
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    subprocess.run([go, "build", "-o", folder / "verify", SOURCE], check=True, env=environment, timeout=300)
    return folder / "verify"


@pytest.fixture
def verify(binary: Path, node: Node, tmp_path: Path) -> Verify:
    """Run the Go verifier on a proof and perhaps a kept checkpoint."""

    def run(proof: object, kept: str | None = None) -> tuple[int, str]:
        files = [tmp_path / "key", tmp_path / "proof", tmp_path / "kept"]
        files[0].write_text(verifier_key(ORIGIN, node.keys.public_key()), "utf-8")
        files[1].write_text(json.dumps(proof), "utf-8")
        files[2].write_text(kept or "", "utf-8")
        ended = subprocess.run(
            [binary, *files[: 3 if kept else 2]], capture_output=True, text=True, check=False, timeout=60
        )
        return ended.returncode, ended.stdout

    return run


@pytest.fixture
def proven(node: Node, grow: Callable[..., None]) -> tuple[dict[str, object], str]:
    """A proof in a ledger of 700 events that continues a kept checkpoint of 300."""
    grow(300)
    kept = actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock(), fresh=True)
    grow(400)
    actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock(), fresh=True)
    return actions.prove(417, node.keys, origin=ORIGIN, at=node.clock(), since=kept), kept


def test_go_accepts_inclusion_and_consistency(proven: tuple[dict[str, object], str], verify: Verify) -> None:
    proof, kept = proven
    assert verify(proof) == (0, "HOLDS\n")
    assert verify(proof, kept) == (0, "HOLDS\n")


@pytest.mark.parametrize("index", [0, 255, 256, 299, 512, 699])
def test_go_accepts_events_at_every_edge(
    node: Node, proven: tuple[dict[str, object], str], verify: Verify, index: int
) -> None:
    assert verify(actions.prove(index, node.keys, origin=ORIGIN, at=node.clock())) == (0, "HOLDS\n")


def test_go_refuses_what_was_altered(proven: tuple[dict[str, object], str], verify: Verify) -> None:
    proof, kept = proven
    note, path = str(proof["checkpoint"]), proof["inclusion"]
    assert isinstance(path, list)
    zero = base64.b64encode(bytes(32)).decode()
    altered: list[dict[str, object]] = [
        {"record": str(proof["record"]).replace("alice", "mallo")},
        {"index": 418},
        {"inclusion": path[1:]},
        {"inclusion": [zero, *path[1:]]},
        {"checkpoint": note.replace("\n700\n", "\n701\n")},
        {"checkpoint": note.replace("node-test", "node-else")},
    ]
    for change in altered:
        code, said = verify(proof | change)
        assert (code, said.split()[0]) == (1, "REFUSED"), change
    assert verify(proof | {"consistency": {"size": 300, "proof": [zero]}}, kept)[0] == 1
    assert verify(proof, kept.replace("\n300\n", "\n299\n"))[0] == 1
