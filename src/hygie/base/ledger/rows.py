"""The ledger's tables: the only SQL that reads or writes them. Nothing here changes or removes an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

BATCH = 2000
SPAN = 8
BLOCK = 1 << SPAN

EventRow = tuple[int, str, str, str]
NodeRow = tuple[int, int, bytes]
SaltRow = tuple[str, bytes]


def frontier(cursor: Any, *, lock: bool = False) -> tuple[int, list[bytes]]:
    """Return size and peaks; with `lock`, no other writer passes until this transaction ends."""
    suffix = " FOR UPDATE" if lock and connection.vendor != "sqlite" else ""
    cursor.execute("SELECT size, peaks FROM ledger_frontier WHERE id = 1" + suffix)
    size, peaks = cursor.fetchone()
    data = bytes(peaks)
    return size, [data[at : at + 32] for at in range(0, len(data), 32)]


def add(
    cursor: Any, events: Sequence[EventRow], nodes: Sequence[NodeRow], salts: Sequence[SaltRow], peaks: bytes
) -> None:
    """Write events, the subtrees they completed, their salts and the frontier after them."""
    statement = "INSERT INTO ledger_event (idx, kind, subject, record) VALUES (%s, %s, %s, %s)"
    if len(events) == 1:
        cursor.execute(statement, events[0])
    else:
        cursor.executemany(statement, events)
    if nodes:
        cursor.executemany("INSERT INTO ledger_node (level, position, hash) VALUES (%s, %s, %s)", nodes)
    if salts:
        cursor.executemany("INSERT INTO ledger_salt (commitment, salt) VALUES (%s, %s)", salts)
    cursor.execute("UPDATE ledger_frontier SET size = %s, peaks = %s WHERE id = 1", (events[-1][0] + 1, peaks))


def record(index: int) -> str | None:
    """Return one event's canonical record."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT record FROM ledger_event WHERE idx = %s", (index,))
        row = cursor.fetchone()
    return row[0] if row else None


def records(start: int, end: int) -> Iterator[bytes]:
    """Yield the canonical records from start to before end, a batch at a time."""
    for low in range(start, end, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT record FROM ledger_event WHERE idx >= %s AND idx < %s ORDER BY idx",
                (low, min(end, low + BATCH)),
            )
            batch = cursor.fetchall()
        for (text,) in batch:
            yield text.encode()


def indexes(subject: str, kind: str | None) -> list[int]:
    """Return where the events about a subject lie, of one kind or of all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx, kind FROM ledger_event WHERE subject = %s ORDER BY idx", (subject,))
        return [index for index, found in cursor.fetchall() if kind in (None, found)]


def count() -> tuple[int, int]:
    """Return how many events there are and the index after the last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), COALESCE(MAX(idx), -1) + 1 FROM ledger_event")
        row = cursor.fetchone()
    return row[0], row[1]


def nodes(level: int, start: int, end: int) -> list[bytes]:
    """Return the stored subtree hashes of a level from start to before end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash FROM ledger_node WHERE level = %s AND position >= %s AND position < %s ORDER BY position",
            (level, start, end),
        )
        return [bytes(row[0]) for row in cursor.fetchall()]


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


def checkpoints() -> list[str]:
    """Return the note of every checkpoint that was signed, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM ledger_checkpoint ORDER BY id")
        return [row[0] for row in cursor.fetchall()]
