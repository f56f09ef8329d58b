"""The ledger's tables: the only SQL that reads or writes them. Nothing here changes or removes an event.

`node` is the root of the largest subtree that an event completes (its own hash when it completes none). Every other
hash of the tree follows from these and the records, so that an append writes one row and a proof reads a few.
Subjects are indexed by hash, 256 events at a time; the events after the last full 256 are looked through.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from django.db import connection

BATCH = 2000
BLOCK = 256
LOCK = 0x4C454447

INSERT = "INSERT INTO ledger_event (idx, record, node) VALUES (%s, %s, %s)"
INSERT_SUBJECT = "INSERT INTO ledger_subject (hash, idx) VALUES (%s, %s)"
SUBJECT = "SELECT COUNT(*) FROM ledger_subject WHERE hash = %s AND idx = %s"
INSERT_SALT = "INSERT INTO ledger_salt (commitment, salt) VALUES (%s, %s)"

EventRow = tuple[int, str, bytes]
SaltRow = tuple[str, bytes]


class Direct:
    """A cursor of the database driver under Django's connection, in its open transaction, without its layers.

    An append is a few microseconds of work beside one flush to the disk; three trips through Django's cursor
    would take longer than all of it. Errors are still Django's.
    """

    def __enter__(self) -> Any:
        """Return the driver's cursor."""
        self.cursor = connection.connection.cursor()
        return self.cursor

    def __exit__(self, *raised: Any) -> None:
        """Close the cursor and raise the driver's error as Django's."""
        self.cursor.close()
        if raised[0]:
            connection.wrap_database_errors.__exit__(*raised)


@cache
def dialect(statement: str, vendor: str) -> str:
    """Return a statement with the driver's own placeholders."""
    return statement.replace("%s", "?") if vendor == "sqlite" else statement


def size(cursor: Any, *, lock: bool = False) -> int:
    """Return how many events there are; with `lock`, no other writer passes until this transaction ends.

    SQLite has one writer at a time: the settings begin every transaction as one (`BEGIN IMMEDIATE`).
    """
    if lock and connection.vendor != "sqlite":
        cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
    cursor.execute("SELECT MAX(idx) FROM ledger_event")
    last = cursor.fetchone()[0]
    return 0 if last is None else int(last) + 1


def ends(size: int) -> list[int]:
    """Return the last event of each complete subtree at a tree's right edge, largest subtree first.

    Example
    -------
    >>> ends(7)
    [3, 5, 6]
    """
    found = []
    while size:
        found.append(size - 1)
        size &= size - 1
    return found[::-1]


@cache
def peak_query(count: int, vendor: str) -> str:
    """Return the query for the nodes of some events; one text for each count, which the driver keeps prepared."""
    marks = ", ".join(["%s"] * count)
    return dialect(f"SELECT node FROM ledger_event WHERE idx IN ({marks}) ORDER BY idx", vendor)


def peaks(cursor: Any, size: int) -> list[bytes]:
    """Return the roots of the complete subtrees at the right edge of a tree of this size; `direct` cursors only."""
    if not size:
        return []
    at = ends(size)
    cursor.execute(peak_query(len(at), connection.vendor), at)
    return [bytes(row[0]) for row in cursor.fetchall()]


def add(cursor: Any, events: Sequence[EventRow], salts: Sequence[SaltRow]) -> None:
    """Write events and the salts of their commitments; `direct` cursors only."""
    cursor.executemany(dialect(INSERT, connection.vendor), events)
    if salts:
        cursor.executemany(dialect(INSERT_SALT, connection.vendor), salts)


def record(index: int) -> str | None:
    """Return one event's canonical record."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT record FROM ledger_event WHERE idx = %s", (index,))
        row = cursor.fetchone()
    return row[0] if row else None


def events(start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the canonical records and nodes from start to before end, a batch at a time."""
    for low in range(start, end, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT record, node FROM ledger_event WHERE idx >= %s AND idx < %s ORDER BY idx",
                (low, min(end, low + BATCH)),
            )
            batch = cursor.fetchall()
        for text, node in batch:
            yield text.encode(), bytes(node)


def chosen(indexes: Iterable[int]) -> dict[int, tuple[bytes, bytes]]:
    """Return the canonical records and nodes of some events by index."""
    wanted = sorted(indexes)
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT idx, record, node FROM ledger_event WHERE idx IN ({marks})", wanted)
        return {index: (text.encode(), bytes(node)) for index, text, node in cursor.fetchall()}


def subject_hash(subject: str) -> int:
    """Return the 64-bit integer under which a subject is indexed; different subjects may share one.

    Example
    -------
    >>> subject_hash("permit-1")
    8718454442888438892
    """
    return int.from_bytes(hashlib.sha256(subject.encode()).digest()[:8], "big", signed=True)


def index(cursor: Any, start: int, subjects: Sequence[str]) -> None:
    """Index the subjects of the blocks that events from start on have filled; `Direct` cursors only."""
    size = start + len(subjects)
    first, end = start // BLOCK * BLOCK, size // BLOCK * BLOCK
    if first == end:
        return
    earlier = [json.loads(record)["subject"] for record, _ in events(first, start)]
    known = [*earlier, *subjects[: end - start]]
    pairs = [(subject_hash(subject), at) for at, subject in enumerate(known, first)]
    cursor.executemany(dialect(INSERT_SUBJECT, connection.vendor), pairs)


def indexed(cursor: Any, subject: str, at: int) -> bool:
    """Return whether a subject's event is in the index; `Direct` cursors only."""
    cursor.execute(dialect(SUBJECT, connection.vendor), (subject_hash(subject), at))
    return bool(cursor.fetchone()[0])


def about(subject: str) -> list[dict[str, Any]]:
    """Return the events about a subject, in order."""
    with connection.cursor() as cursor:
        end = size(cursor)
        cursor.execute("SELECT idx FROM ledger_subject WHERE hash = %s ORDER BY idx", (subject_hash(subject),))
        places = [row[0] for row in cursor.fetchall()]
    held = chosen(places)
    found = [json.loads(held[place][0]) for place in places if place in held]
    found += [json.loads(record) for record, _ in events(end // BLOCK * BLOCK, end)]
    return [event for event in found if event["subject"] == subject]


def count() -> int:
    """Return how many rows there are, whatever their indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM ledger_event")
        return int(cursor.fetchone()[0])


def salt(commitment: str) -> bytes | None:
    """Return a commitment's salt, unless it was destroyed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT salt FROM ledger_salt WHERE commitment = %s", (commitment,))
        row = cursor.fetchone()
    return bytes(row[0]) if row else None


def destroy_salt(commitment: str) -> bool:
    """Remove a salt, overwriting its bytes in SQLite's pages, and return whether there was one."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("DELETE FROM ledger_salt WHERE commitment = %s", (commitment,))
        return bool(cursor.rowcount)


def empty_journal() -> None:
    """Move SQLite's write-ahead log into the database and cut it, so that no removed salt stays in it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def last_checkpoint() -> tuple[int, str, str] | None:
    """Return size, time and note of the newest checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, made_at, note FROM ledger_checkpoint ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    return (row[0], row[1], row[2]) if row else None


def add_checkpoint(size: int, made_at: str, note: str) -> None:
    """Keep a checkpoint that was signed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_checkpoint (id, size, made_at, note) "
            "SELECT COALESCE(MAX(id), 0) + 1, %s, %s, %s FROM ledger_checkpoint",
            (size, made_at, note),
        )
