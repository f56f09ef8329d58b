"""Proofs from the stored tree are those of RFC 6962, and nothing else is accepted."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import actions, offline, rows, stored
from hygie.base.ledger.standalone_verifier import (
    Invalid,
    consistent,
    fold,
    included,
    leaf_hash,
    roots_at,
    verifier_key,
    verify_export,
    verify_proof,
)

ORIGIN = "hygie/node-test"
Grow = Callable[..., None]


def records(start: int, end: int) -> list[bytes]:
    return [record for record, _ in rows.events(start, end)]


def refused(proof: dict[str, object], key: str, against: str | None = None) -> str:
    with pytest.raises(Invalid) as invalid:
        verify_proof(proof, key, against)
    return invalid.value.code


@pytest.fixture
def key(node: Node) -> str:
    return verifier_key(ORIGIN, node.keys.public_key())


@pytest.fixture
def prove(node: Node) -> Callable[..., dict[str, object]]:
    def make(index: int, since: str | None = None) -> dict[str, object]:
        node.clock.advance(seconds=11)
        return actions.prove(index, node.keys, origin=ORIGIN, at=node.clock(), since=since)

    return make


def test_every_event_of_every_size_is_proven_and_no_other(grow: Grow) -> None:
    grow(70)
    leaves = [leaf_hash(record) for record in records(0, 70)]
    _, roots = roots_at(records(0, 70), range(71))
    for size in range(1, 71):
        assert stored.root(size) == roots[size]
        for index in range(size):
            proof = stored.inclusion(index, size)
            assert included(index, size, leaves[index], proof, roots[size])
            assert not included(index, size, leaves[index - 1] if size > 1 else bytes(32), proof, roots[size])


def test_every_size_continues_every_earlier_one(grow: Grow) -> None:
    grow(40)
    _, roots = roots_at(records(0, 40), range(41))
    for second in range(41):
        for first in range(second + 1):
            proof = stored.consistency(first, second)
            assert consistent(first, second, roots[first], roots[second], proof)
            if first not in (0, second):
                assert not consistent(first, second, bytes(32), roots[second], proof)
                assert not consistent(first, second, roots[first], bytes(32), proof)


def test_proofs_hold_across_stored_levels(grow: Grow) -> None:
    grow(66_000)
    root = actions.head().root
    assert stored.root(66_000) == root
    for index in (0, 255, 256, 511, 512, 65_535, 65_536, 65_999):
        leaf = leaf_hash(records(index, index + 1)[0])
        assert included(index, 66_000, leaf, stored.inclusion(index, 66_000), root)
        steps = stored.consistency(index + 1, 66_000)
        assert consistent(index + 1, 66_000, stored.root(index + 1), root, steps)


def test_a_proof_is_self_contained(grow: Grow, prove: Callable[..., dict[str, object]], key: str) -> None:
    grow(300)
    proof = json.loads(json.dumps(prove(17)))
    assert verify_proof(proof, key).size == 300


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"index": 18}, "LED-207"),
        ({"record": "{}"}, "LED-206"),
        ({"inclusion": []}, "LED-212"),
        ({"inclusion": ["short"]}, "LED-215"),
        ({"schema": "other/1"}, "LED-215"),
        ({"checkpoint": "nothing"}, "LED-201"),
        ({"index": "17"}, "LED-215"),
        ({"record": "\ud800"}, "LED-215"),
    ],
)
def test_an_altered_proof_is_refused(
    grow: Grow, prove: Callable[..., dict[str, object]], key: str, change: dict[str, object], code: str
) -> None:
    grow(300)
    assert refused(prove(17) | change, key) == code


def test_another_events_record_is_refused(grow: Grow, prove: Callable[..., dict[str, object]], key: str) -> None:
    grow(300)
    proof = prove(17)
    assert refused(proof | {"record": str(proof["record"]).replace("alice", "mallo")}, key) == "LED-212"


def test_a_proof_continues_a_kept_checkpoint(
    grow: Grow, prove: Callable[..., dict[str, object]], key: str, node: Node
) -> None:
    grow(300)
    kept = actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock())
    grow(77)
    proof = prove(17, since=kept)
    assert len(verify_proof(proof, key, kept).unproven) == 1
    assert refused(prove(17), key, kept) == "LED-214"
    part = proof["consistency"]
    assert isinstance(part, dict)
    wrong = {"size": 300, "proof": [base64.b64encode(bytes(32)).decode(), *part["proof"][1:]]}
    assert refused(proof | {"consistency": wrong}, key, kept) == "LED-213"
    older = prove(17) | {"checkpoint": kept}
    newer = actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock())
    assert refused(older | {"inclusion": encoded(17, 300)}, key, newer) == "LED-210"


def encoded(index: int, size: int) -> list[str]:
    return [base64.b64encode(node).decode() for node in stored.inclusion(index, size)]


def test_checkpoints_are_ten_seconds_apart_unless_asked(grow: Grow, node: Node) -> None:
    grow(1)
    first = actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock())
    grow(1)
    assert actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock()) == first
    assert actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock(), fresh=True) != first
    grow(1)
    node.clock.advance(seconds=10)
    assert "\n3\n" in actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock())


def test_an_event_newer_than_the_last_checkpoint_is_proven(grow: Grow, node: Node, key: str) -> None:
    grow(3)
    actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock())
    grow(1)
    proof = actions.prove(3, node.keys, origin=ORIGIN, at=node.clock())
    assert verify_proof(proof, key).size == 4


def test_an_event_that_is_not_there_has_no_proof(grow: Grow, node: Node) -> None:
    grow(3)
    with pytest.raises(Refusal) as refusal:
        actions.prove(3, node.keys, origin=ORIGIN, at=node.clock())
    assert refusal.value.code == "LED-103"


def test_an_empty_ledger_is_signed_and_verified(node: Node, export: Callable[[str], Path], key: str) -> None:
    note = actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock())
    assert f"\n0\n{base64.b64encode(fold([])).decode()}\n" in note
    assert actions.verify(node.keys, origin=ORIGIN).size == 0
    assert verify_export(export("empty"), key).size == 0


def test_the_text_form_holds_the_same_proof(grow: Grow, prove: Callable[..., dict[str, object]]) -> None:
    grow(5)
    proof = prove(3)
    first, extra, index, *rest = offline.tlog_proof(proof).split("\n")
    assert (first, index) == ("c2sp.org/tlog-proof@v1", "index 3")
    assert base64.b64decode(extra.removeprefix("extra ")).decode() == proof["record"]
    blank = rest.index("")
    assert rest[:blank] == proof["inclusion"]
    assert "\n".join(rest[blank + 1 :]) == proof["checkpoint"]


def test_an_export_does_not_overwrite(grow: Grow, export: Callable[[str], Path]) -> None:
    grow(1)
    export("once")
    with pytest.raises(Refusal) as refusal:
        export("once")
    assert refusal.value.code == "LED-105"
