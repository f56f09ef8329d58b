"""Edit, delete, reorder, truncate, roll back, fork, re-sign: each is found, by the code that names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import actions, offline
from hygie.base.ledger.standalone_verifier import (
    Checkpoint,
    Invalid,
    open_checkpoint,
    roots_at,
    verifier_key,
    verify_export,
)

ORIGIN = "hygie/node-test"
Export = Callable[[str], Path]
Grow = Callable[..., None]
Owner = Callable[..., None]


class Forger:
    """A key that is not the node's."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(b"f" * 32)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)

    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()


def lines(folder: Path) -> list[bytes]:
    return (folder / "events.ndjson").read_bytes().splitlines(keepends=True)


def rewrite(folder: Path, events: list[bytes]) -> None:
    (folder / "events.ndjson").write_bytes(b"".join(events))


def resign(folder: Path, signer: object, origin: str = ORIGIN) -> None:
    """Sign what the folder's events now give."""
    tree, _ = roots_at((line[:-1] for line in lines(folder)), ())
    note = offline.sign_checkpoint(Checkpoint(origin, tree.size, tree.root()), signer)
    (folder / "checkpoint").write_text(note, "utf-8")


def refused(folder: Path, key: str, against: str | None = None) -> str:
    with pytest.raises(Invalid) as invalid:
        verify_export(folder, key, against)
    return invalid.value.code


@pytest.fixture
def exported(node: Node, grow: Grow, export: Export) -> tuple[Path, str]:
    grow(600)
    return export("export"), verifier_key(ORIGIN, node.keys.public_key())


def test_an_untouched_export_holds_and_says_what_it_leaves_unproven(exported: tuple[Path, str]) -> None:
    folder, key = exported
    alone = verify_export(folder, key)
    against = verify_export(folder, key, (folder / "checkpoint").read_text("utf-8"))
    assert alone.size == 600
    assert any("--against" in text for text in alone.unproven)
    assert not any("--against" in text for text in against.unproven)


def test_an_edited_event_is_found(exported: tuple[Path, str]) -> None:
    folder, key = exported
    events = lines(folder)
    events[300] = events[300].replace(b"alice", b"mallo")
    rewrite(folder, events)
    assert refused(folder, key) == "LED-208"


@pytest.mark.parametrize("respaced", [b'{"actor": ', b'{"actor":"bob","actor":'])
def test_an_event_has_one_form_only(exported: tuple[Path, str], respaced: bytes) -> None:
    folder, key = exported
    events = lines(folder)
    events[3] = events[3].replace(b'{"actor":', respaced)
    rewrite(folder, events)
    assert refused(folder, key) == "LED-206"


def test_a_deleted_event_is_found(exported: tuple[Path, str]) -> None:
    folder, key = exported
    events = lines(folder)
    rewrite(folder, events[:300] + events[301:])
    assert refused(folder, key) == "LED-207"


def test_reordered_events_are_found(exported: tuple[Path, str]) -> None:
    folder, key = exported
    events = lines(folder)
    events[10], events[11] = events[11], events[10]
    rewrite(folder, events)
    assert refused(folder, key) == "LED-207"


def test_a_reorder_that_renumbers_is_found_by_the_root(exported: tuple[Path, str]) -> None:
    folder, key = exported
    events = lines(folder)
    eleven, ten = events[11].replace(b'"index":11', b'"index":10'), events[10].replace(b'"index":10', b'"index":11')
    rewrite(folder, [*events[:10], eleven, ten, *events[12:]])
    assert refused(folder, key) == "LED-208"


@pytest.mark.parametrize("cut", [1, 88, 599])
def test_a_truncated_export_is_found(exported: tuple[Path, str], cut: int) -> None:
    folder, key = exported
    rewrite(folder, lines(folder)[:-cut])
    assert refused(folder, key) == "LED-209"


def test_an_added_event_is_found(exported: tuple[Path, str]) -> None:
    folder, key = exported
    events = lines(folder)
    rewrite(folder, [*events, events[-1].replace(b'"index":599', b'"index":600')])
    assert refused(folder, key) == "LED-209"


def test_an_export_signed_by_another_key_is_found(exported: tuple[Path, str]) -> None:
    folder, key = exported
    rewrite(folder, lines(folder)[:-1])
    resign(folder, Forger())
    assert refused(folder, key) == "LED-202"


def test_another_keys_signature_under_the_keys_own_id_is_found(exported: tuple[Path, str], node: Node) -> None:
    folder, key = exported

    class Masked(Forger):
        def public_key(self) -> bytes:
            return node.keys.public_key()

    rewrite(folder, lines(folder)[:-1])
    resign(folder, Masked())
    assert refused(folder, key) == "LED-203"


def test_a_checkpoint_whose_text_was_changed_is_found(exported: tuple[Path, str]) -> None:
    folder, key = exported
    note = (folder / "checkpoint").read_text("utf-8")
    (folder / "checkpoint").write_text(note.replace("\n600\n", "\n599\n"), "utf-8")
    assert refused(folder, key) == "LED-203"


def test_a_checkpoint_of_another_log_is_found(exported: tuple[Path, str], node: Node) -> None:
    folder, key = exported
    resign(folder, node.keys, "hygie/node-other")
    assert refused(folder, key) == "LED-204"


def test_what_even_the_key_cuts_off_shows_against_a_kept_checkpoint(exported: tuple[Path, str], node: Node) -> None:
    folder, key = exported
    kept = (folder / "checkpoint").read_text("utf-8")
    rewrite(folder, lines(folder)[:-88])
    resign(folder, node.keys)
    assert verify_export(folder, key).size == 512
    assert refused(folder, key, kept) == "LED-210"


def test_a_fork_by_the_key_itself_shows_against_a_kept_checkpoint(exported: tuple[Path, str], node: Node) -> None:
    folder, key = exported
    kept = (folder / "checkpoint").read_text("utf-8")
    events = lines(folder)
    events[5] = events[5].replace(b"alice", b"mallo")
    rewrite(folder, [*events, events[-1].replace(b'"index":599', b'"index":600')])
    resign(folder, node.keys)
    assert verify_export(folder, key).size == 601
    assert refused(folder, key, kept) == "LED-211"


def test_an_older_backup_brought_back_shows_against_a_kept_checkpoint(
    exported: tuple[Path, str], grow: Grow, export: Export
) -> None:
    old, key = exported
    grow(1)
    kept = (export("later") / "checkpoint").read_text("utf-8")
    assert verify_export(old, key).size == 600
    assert refused(old, key, kept) == "LED-210"


def test_a_log_that_grew_continues_what_was_kept(exported: tuple[Path, str], grow: Grow, export: Export) -> None:
    old, key = exported
    grow(1000)
    found = verify_export(export("later"), key, (old / "checkpoint").read_text("utf-8"))
    assert (found.size, len(found.unproven)) == (1600, 1)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE ledger_event SET record = replace(record, 'alice', 'mallo') WHERE idx = 300", "LED-106"),
        ("UPDATE ledger_event SET record = replace(record, 'alice', 'mallo') WHERE idx = 599", "LED-106"),
        ("DELETE FROM ledger_event WHERE idx = 300", "LED-209"),
        ("UPDATE ledger_event SET idx = 1000 WHERE idx = 599", "LED-209"),
        ("DELETE FROM ledger_subject WHERE block = 1", "LED-106"),
        ("UPDATE ledger_subject SET checksums = zeroblob(1024) WHERE block = 1", "LED-106"),
        ("UPDATE ledger_event SET node = zeroblob(32) WHERE idx = 300", "LED-106"),
    ],
)
def test_a_changed_database_is_found(grow: Grow, node: Node, owner: Owner, statement: str, code: str) -> None:
    grow(600)
    assert actions.verify(node.keys, origin=ORIGIN).size == 600
    owner(statement)
    with pytest.raises(Refusal) as refusal:
        actions.verify(node.keys, origin=ORIGIN)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE ledger_event SET record = replace(record, 'alice', 'mallo') WHERE idx = 300", "LED-211"),
        ("DELETE FROM ledger_event WHERE idx > 500", "LED-210"),
    ],
)
def test_a_careful_forger_without_the_key_meets_the_last_checkpoint(
    exported: tuple[Path, str], node: Node, owner: Owner, rebuild: Callable[[], None], statement: str, code: str
) -> None:
    owner(statement)
    rebuild()
    with pytest.raises(Refusal) as refusal:
        actions.verify(node.keys, origin=ORIGIN)
    assert refusal.value.code == code


def test_a_forger_who_also_drops_the_checkpoints_meets_the_one_kept_outside(
    exported: tuple[Path, str], node: Node, owner: Owner, rebuild: Callable[[], None]
) -> None:
    kept = (exported[0] / "checkpoint").read_text("utf-8")
    owner("DELETE FROM ledger_event WHERE idx > 500", "DELETE FROM ledger_checkpoint")
    rebuild()
    assert any("--against" in text for text in actions.verify(node.keys, origin=ORIGIN).unproven)
    with pytest.raises(Refusal) as refusal:
        actions.verify(node.keys, origin=ORIGIN, against=kept)
    assert refusal.value.code == "LED-210"


def test_the_node_does_not_sign_a_ledger_that_lost_its_past(
    exported: tuple[Path, str], node: Node, owner: Owner, rebuild: Callable[[], None], grow: Grow
) -> None:
    owner("UPDATE ledger_event SET record = replace(record, 'alice', 'mallo') WHERE idx = 300")
    rebuild()
    grow(1)
    with pytest.raises(Refusal) as refusal:
        actions.checkpoint(node.keys, origin=ORIGIN, at=node.clock(), fresh=True)
    assert refusal.value.code == "LED-104"


def test_the_exported_key_opens_the_exported_checkpoint(exported: tuple[Path, str]) -> None:
    folder, key = exported
    assert (folder / "public-key").read_text("ascii").strip() == key
    assert open_checkpoint((folder / "checkpoint").read_text("utf-8"), key).size == 600
