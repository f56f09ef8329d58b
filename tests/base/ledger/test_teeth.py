"""Each check of the one-file verifier is taken out in turn, and the tampering it is there for goes unnoticed."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from hygie.base.engine.node import Node
from hygie.base.ledger import actions, offline
from hygie.base.ledger import standalone_verifier as verifier
from hygie.base.ledger.standalone_verifier import Checkpoint, Tree, leaf_hash

ORIGIN = "hygie/node-test"
SOURCE = Path(verifier.__file__).read_text("utf-8")
Scene = Callable[[ModuleType], object]


class Stage:
    """A ledger of 40 events, its key and its lines, to tamper with."""

    def __init__(self, node: Node, records: list[bytes], proof: dict[str, object], kept: str) -> None:
        self.keys, self.records, self.proof, self.kept = node.keys, records, proof, kept
        self.key = verifier.verifier_key(ORIGIN, node.keys.public_key())

    def sign(self, records: list[bytes], origin: str = ORIGIN) -> str:
        tree = Tree()
        for record in records:
            tree.append(leaf_hash(record))
        return offline.sign_checkpoint(Checkpoint(origin, tree.size, tree.root()), self.keys)

    def strange(self) -> str:
        """A checkpoint of another log under this log's name and key."""
        text = self.sign(self.records, "hygie/node-else").rpartition("\n\n")[0] + "\n"
        signature = verifier.key_id(ORIGIN, self.keys.public_key()) + self.keys.sign(text.encode())
        return f"{text}\n— {ORIGIN} {base64.b64encode(signature).decode()}\n"

    def check(self, module: ModuleType, records: list[bytes], note: str, against: str | None = None) -> object:
        return module.verify_records(iter(records), note, self.key, against)


@pytest.fixture
def stage(node: Node, grow: Callable[..., None]) -> Stage:
    grow(25)
    kept = actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock(), fresh=True)
    grow(15)
    proof = actions.prove(30, node.keys, origin=ORIGIN, at=node.clock(), since=kept)
    return Stage(node, [record for record, _ in actions.rows.events(0, 40)], proof, kept)


@pytest.fixture
def without() -> Iterator[Callable[[str, str], ModuleType]]:
    """Load the verifier with one text replaced."""

    def load(found: str, put: str) -> ModuleType:
        assert SOURCE.count(found) == 1, f"the check is no longer written as {found!r}"
        module = ModuleType("toothless")
        sys.modules["toothless"] = module
        exec(compile(SOURCE.replace(found, put), "toothless", "exec"), module.__dict__)
        return module

    yield load
    sys.modules.pop("toothless", None)


def edited(records: list[bytes]) -> list[bytes]:
    return [records[0].replace(b"alice", b"mallo"), *records[1:]]


def grafted(note: str, other: str) -> str:
    """One note's text with another note's signature."""
    return note.rpartition("\n\n")[0] + "\n\n" + other.rpartition("\n\n")[2]


def renamed(note: str) -> str:
    return note.replace(f"— {ORIGIN}", "— hygie/node-else")


ZERO = base64.b64encode(bytes(32)).decode()
DOUBLE = b'{"actor":"bob","actor":'
SCENES: dict[str, tuple[str, str, Callable[[Stage], Scene]]] = {
    "LED-202 no signature of the key": (
        "    if not own:\n",
        "    if False:\n",
        lambda s: lambda m: s.check(m, s.records, renamed(s.sign(s.records))),
    ),
    "LED-203 signature": (
        ".verify(signature, signed)",
        ".public_bytes_raw()",
        lambda s: lambda m: s.check(m, s.records[:30], grafted(s.sign(s.records[:30]), s.sign(s.records))),
    ),
    "LED-204 another log": (
        "    if checkpoint.origin != name:\n",
        "    if False:\n",
        lambda s: lambda m: m.open_checkpoint(s.strange(), s.key),
    ),
    "LED-206 one form": (
        "    if not known:\n",
        "    if False:\n",
        lambda s: lambda m: s.check(m, (r := [s.records[0].replace(b'{"actor":', DOUBLE), *s.records[1:]]), s.sign(r)),
    ),
    "LED-207 order": (
        '    if type(record["index"]) is not int or record["index"] != index:\n',
        "    if False:\n",
        lambda s: lambda m: s.check(m, (r := [s.records[1], s.records[0], *s.records[2:]]), s.sign(r)),
    ),
    "LED-208 root": (
        "    if roots[head.size] != head.root:\n",
        "    if False:\n",
        lambda s: lambda m: s.check(m, edited(s.records), s.sign(s.records)),
    ),
    "LED-209 number": (
        "    if tree.size != head.size:\n",
        "    if False:\n",
        lambda s: lambda m: s.check(m, s.records, s.sign(s.records[:39])),
    ),
    "LED-211 fork": (
        "        if roots[kept.size] != kept.root:\n",
        "        if False:\n",
        lambda s: lambda m: s.check(m, edited(s.records), s.sign(edited(s.records)), s.kept),
    ),
    "LED-212 inclusion": (
        "    if not included(index, head.size, leaf_hash(record), path, head.root):\n",
        "    if False:\n",
        lambda s: lambda m: m.verify_proof(s.proof | {"inclusion": [ZERO]}, s.key),
    ),
    "LED-213 consistency": (
        "    if not consistent(kept.size, head.size, kept.root, head.root, steps):\n",
        "    if False:\n",
        lambda s: lambda m: m.verify_proof(s.proof | {"consistency": {"size": 25, "proof": [ZERO]}}, s.key, s.kept),
    ),
}


@pytest.mark.attack
@pytest.mark.parametrize("name", SCENES)
def test_a_check_refuses_and_its_absence_lets_pass(
    stage: Stage, without: Callable[[str, str], ModuleType], name: str
) -> None:
    found, put, make = SCENES[name]
    scene = make(stage)
    with pytest.raises(verifier.Invalid) as invalid:
        scene(verifier)
    assert invalid.value.code == name.split()[0]
    scene(without(found, put))


@pytest.mark.attack
def test_a_shorter_log_is_told_from_a_broken_one(stage: Stage, without: Callable[[str, str], ModuleType]) -> None:
    """Without its check, a cut log still fails, but as a fault and not as the finding that it is."""
    note, newer = stage.sign(stage.records[:39]), stage.sign(stage.records)
    with pytest.raises(verifier.Invalid, match="LED-210"):
        stage.check(verifier, stage.records[:39], note, newer)
    toothless = without("        if kept.size > head.size:\n", "        if False:\n")
    with pytest.raises(KeyError):
        stage.check(toothless, stage.records[:39], note, newer)
