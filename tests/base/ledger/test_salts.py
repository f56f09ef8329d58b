"""What concerns a person is a salted commitment; its salt can be destroyed and the tree stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Refusal
from hygie.base.ledger import actions, queries
from hygie.base.ledger.rows import salt

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
PERSON = "urn:oid:1.2.250.1.213.1.4.8|187127512345678"


@pytest.fixture
def shown(node: Node) -> str:
    with transaction.atomic():
        (index,) = actions.append(
            [Fact("optout.recorded", "optout-1", "alice", AT, {"person": actions.committed(PERSON)})]
        )
    return str(queries.event(index).body["person"])


def bytes_on_disk(node: Node) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(node.home.glob("control.sqlite3*")))


def test_the_record_holds_the_commitment_and_not_the_person(node: Node, shown: str) -> None:
    assert PERSON.encode() not in bytes_on_disk(node)
    assert queries.opens(shown, PERSON) is True
    assert queries.opens(shown, "somebody else") is False
    assert json.loads(queries.event(0).record)["body"] == {"person": shown}


def test_the_same_person_is_not_recognised_from_one_event_to_the_next() -> None:
    first, second = actions.committed(PERSON), actions.committed(PERSON)
    assert first.commitment != second.commitment


def test_a_destroyed_salt_leaves_the_tree_and_no_bytes(node: Node, shown: str, export: Callable[[str], Path]) -> None:
    held, before = salt(shown), actions.head()
    assert held is not None
    assert held in bytes_on_disk(node)
    with transaction.atomic():
        assert actions.forget(shown)
    assert held not in bytes_on_disk(node)
    assert queries.opens(shown, PERSON) is None
    assert actions.head() == before
    assert actions.verify(node.keys, origin="hygie/node-test").size == 1
    with transaction.atomic():
        assert not actions.forget(shown)


def test_a_salt_is_destroyed_only_in_a_transaction(shown: str) -> None:
    with pytest.raises(Refusal) as refusal:
        actions.forget(shown)
    assert refusal.value.code == "LED-101"
    assert queries.opens(shown, PERSON) is True
