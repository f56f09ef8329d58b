"""Facts are appended inside a transaction, in order, and nowhere else."""

from __future__ import annotations

import hashlib
import importlib
import json
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from hygie.base.kernel import Fact, Refusal, canonical
from hygie.base.ledger import actions, queries, rows

pytestmark = pytest.mark.usefixtures("node")
AT = datetime(2026, 11, 21, 10, 0, 0, 250_000, tzinfo=UTC)


def facts(count: int, **body: object) -> list[Fact]:
    return [Fact("thing.made", f"thing-{number}", "alice", AT, {"number": number, **body}) for number in range(count)]


def append(facts: list[Fact]) -> list[int]:
    with transaction.atomic():
        return actions.append(facts)


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


def test_a_fact_outside_a_transaction_is_refused() -> None:
    before = actions.head()
    with pytest.raises(Refusal) as refusal:
        actions.append(facts(1))
    assert refusal.value.code == "LED-101"
    assert actions.head() == before


def test_the_record_is_canonical_json_of_the_fact() -> None:
    (index,) = append(facts(1, name="é"))
    event = queries.event(index)
    assert json.loads(event.record) == {
        "actor": "alice",
        "at": "2026-11-21T10:00:00.250000Z",
        "body": {"name": "é", "number": 0},
        "index": index,
        "kind": "thing.made",
        "subject": "thing-0",
    }
    assert event.record.encode() == canonical(json.loads(event.record))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 255, 256, 257, 600])
def test_the_root_is_the_plain_recursive_one(count: int) -> None:
    start = actions.head().size
    earlier = [queries.event(index).record.encode() for index in range(start)]
    added = append(facts(count))
    assert added == list(range(start, start + count))
    leaves = earlier + [queries.event(index).record.encode() for index in added]
    assert actions.head().size == len(leaves)
    assert actions.head().root == plain_root(leaves)


def test_groups_and_single_appends_give_the_same_tree() -> None:
    with transaction.atomic():
        actions.append(facts(300))
        together = actions.head()
        transaction.set_rollback(True)
    for fact in facts(300):
        append([fact])
    assert actions.head() == together


def test_what_rolls_back_leaves_no_trace() -> None:
    before = actions.head()
    with pytest.raises(RuntimeError, match="later"), transaction.atomic():
        actions.append(facts(3))
        raise RuntimeError("later")
    assert actions.head() == before


@pytest.mark.parametrize("value", [float("nan"), object(), "\ud800", b"bytes", "x" * (1 << 20)])
def test_a_body_that_a_record_cannot_hold_is_refused(value: object) -> None:
    before = actions.head()
    with pytest.raises(Refusal) as refusal:
        append(facts(1, value=value))
    assert refusal.value.code == "LED-102"
    assert actions.head() == before


@pytest.mark.parametrize("statement", ["UPDATE ledger_event SET record = 'x'", "DELETE FROM ledger_event"])
def test_the_database_refuses_to_change_an_event(statement: str) -> None:
    append(facts(1))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_event_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        queries.event(actions.head().size)
    assert refusal.value.code == "LED-103"


def test_events_are_found_by_subject() -> None:
    (index,) = append([Fact("permit.granted", "permit-x", "alice", AT)])
    append([Fact("permit.revoked", "permit-x", "alice", AT)])
    assert queries.indexes("permit-x") == [index, index + 1]
    assert queries.indexes("permit-x", "permit.granted") == [index]


@pytest.mark.parametrize("group", [1, 7, 256, 300, 1000])
def test_every_event_is_found_by_its_subject_across_blocks(group: int) -> None:
    for start in range(0, 1000, group):
        append([Fact("thing.made", f"thing-{n % 10}", "alice", AT) for n in range(start, min(1000, start + group))])
    for n in range(10):
        assert queries.indexes(f"thing-{n}") == list(range(n, 1000, 10))
    some = queries.about(["thing-3", "thing-9", "nothing"])
    assert {subject: [index for index, _, _ in found] for subject, found in some.items()} == {
        "thing-3": list(range(3, 1000, 10)),
        "thing-9": list(range(9, 1000, 10)),
        "nothing": [],
    }
    assert queries.last_of(["thing-3", "nothing"], "thing.made") == {"thing-3": 993}
    assert queries.last_of(["thing-3"], "thing.lost") == queries.about([]) == {}


def test_a_database_of_the_former_form_gets_its_index_of_subjects() -> None:
    start = actions.head().size
    append(facts(600))
    change = importlib.import_module("hygie.base.ledger.migrations.0002_subject_blocks").change
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE ledger_subject")
        cursor.execute("CREATE TABLE ledger_subject (hash BIGINT NOT NULL, idx BIGINT NOT NULL)")
    with connection.schema_editor() as editor:
        change(None, editor)
    assert [first for first, _ in rows.indexed()] == list(range(0, (start + 600) // 256 * 256, 256))
    for number in (0, 300, 599):
        assert queries.indexes(f"thing-{number}") == [start + number]
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_subject")


def test_subjects_that_share_a_checksum_are_told_apart() -> None:
    assert rows.checksum("plumless") == rows.checksum("buckeroo")
    append([Fact("thing.made", subject, "alice", AT) for subject in ["plumless", "buckeroo"] * 200])
    assert queries.indexes("plumless") == list(range(0, 400, 2))


def test_a_subject_that_imitates_a_records_end_is_found() -> None:
    subject = 'a","subject":"b'
    append([Fact("thing.made", subject, "alice", AT, {"subject": "c"}) for _ in range(300)])
    assert queries.indexes(subject) == list(range(300))
    assert queries.indexes("b") == queries.indexes("c") == []
