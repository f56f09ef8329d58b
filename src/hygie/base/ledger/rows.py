"""The ledger's tables: the only SQL that reads or writes them but the index of readings. Nothing changes an event.

`node` is the root of the largest subtree that an event completes (its own hash when it completes none). Every other
hash of the tree follows from these and the records, so that an append writes one row and a proof reads a few.
Subjects are indexed by a checksum of four bytes, one row for 256 events; the events after them are looked through.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from json.encoder import encode_basestring as quote
from typing import Any
from zlib import crc32

from django.db import DEFAULT_DB_ALIAS, connection, connections

BATCH = 2000
BLOCK = 256
WIDTH = 4 * BLOCK
LARGEST = 2**63 - 1
LOCK = 0x4C454447
LOCKED = "SELECT pg_advisory_xact_lock(%s)"
SUBJECT_KEY = b',"subject":'

INSERT = "INSERT INTO ledger_event (idx, record, node) VALUES (%s, %s, %s)"
INSERT_BLOCK = "INSERT INTO ledger_subject (block, checksums) VALUES (%s, %s)"
BLOCKS = "SELECT block, checksums FROM ledger_subject WHERE block >= %s ORDER BY block LIMIT %s"
LAST = "SELECT idx, node FROM ledger_event ORDER BY idx DESC LIMIT 1"
STANDING = (
    "SELECT * FROM (SELECT 'checkpoint', size, made_at, 1 FROM ledger_checkpoint ORDER BY id DESC LIMIT 1) AS signed "
    "UNION ALL SELECT * FROM "
    "(SELECT 'verification', size, verified_at, holds FROM ledger_verification ORDER BY id DESC LIMIT 1) AS verified"
)
INSERT_SALT = "INSERT INTO ledger_salt (commitment, salt, actor) VALUES (%s, %s, %s)"

EventRow = tuple[int, str, bytes]
SaltRow = tuple[str, bytes, str]


class Direct:
    """The database driver under Django's connection, in its open transaction, without its layers.

    An append is a few microseconds of work beside one flush to the disk; three trips through Django's cursor, or
    ten through its name for the present thread's connection, would take longer than all of it. Errors are Django's.
    """

    def __init__(self) -> None:
        self.django = connections[DEFAULT_DB_ALIAS]
        self.vendor = self.django.vendor

    def __enter__(self) -> Direct:
        """Open the driver's cursor."""
        self.cursor: Any = self.django.connection.cursor()
        return self

    def __exit__(self, *raised: Any) -> None:
        """Close the cursor and raise the driver's error as Django's."""
        self.cursor.close()
        if raised[0]:
            self.django.wrap_database_errors.__exit__(*raised)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Return the rows that a query finds."""
        self.cursor.execute(dialect(statement, self.vendor), values)
        return list(self.cursor.fetchall())

    def insert(self, statement: str, values: Sequence[Sequence[object]]) -> None:
        """Insert rows."""
        self.cursor.executemany(dialect(statement, self.vendor), values)


@cache
def dialect(statement: str, vendor: str) -> str:
    """Return a statement with the driver's own placeholders."""
    return statement.replace("%s", "?") if vendor == "sqlite" else statement


def last(direct: Direct, *, lock: bool = False) -> tuple[int, bytes]:
    """Return how many events there are and the last one's node; with `lock`, no other writer passes until the end.

    SQLite has one writer at a time: the settings begin every transaction as one (`BEGIN IMMEDIATE`).
    """
    if lock and direct.vendor != "sqlite":
        direct.rows(LOCKED, (LOCK,))
    found = direct.rows(LAST)
    return (found[0][0] + 1, bytes(found[0][1])) if found else (0, b"")


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
def chosen_nodes(count: int) -> str:
    """Return the query for the nodes of some events; one text for each count, which the driver keeps prepared."""
    return f"SELECT node FROM ledger_event WHERE idx IN ({', '.join(['%s'] * count)}) ORDER BY idx"


def peaks(direct: Direct, size: int) -> list[bytes]:
    """Return the roots of the complete subtrees at the right edge of a tree of this size, largest first."""
    return nodes(direct, ends(size))


def edge(direct: Direct, size: int, node: bytes, grown: int) -> list[bytes]:
    """Return those of a tree's peaks that growing to a larger size folds, and the last one, which is the last node.

    The subtrees of the size's high bits that growing leaves as they are stay. Half of all appends need no query.
    """
    stay = (size >> (size ^ grown).bit_length()).bit_count()
    return [*nodes(direct, ends(size)[stay:-1]), node] if size else []


def nodes(direct: Direct, at: Sequence[int]) -> list[bytes]:
    """Return the nodes of some events, given in order."""
    return [bytes(row[0]) for row in direct.rows(chosen_nodes(len(at)), at)] if at else []


def add(direct: Direct, events: Sequence[EventRow], salts: Sequence[SaltRow]) -> None:
    """Write events and the salts of their commitments."""
    direct.insert(INSERT, events)
    if salts:
        direct.insert(INSERT_SALT, salts)


def record(index: int) -> str | None:
    """Return one event's canonical record, None where there is none."""
    if index > LARGEST:
        return None
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
    wanted, found = sorted(indexes), {}
    for low in range(0, len(wanted), BATCH):
        batch = wanted[low : low + BATCH]
        marks = ", ".join(["%s"] * len(batch))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT idx, record, node FROM ledger_event WHERE idx IN ({marks})", batch)
            found.update({index: (text.encode(), bytes(node)) for index, text, node in cursor.fetchall()})
    return found


def checksum(subject: str) -> int:
    """Return the number under which a subject is indexed; different subjects may share one.

    Example
    -------
    >>> checksum("permit-1") == checksum_of(b'{"body":{"subject":"x"},"subject":"permit-1"}')
    True
    """
    return crc32(quote(subject).encode())


def checksum_of(record: bytes) -> int:
    """Return the checksum of a canonical record's subject: its last key, whose name no string can imitate."""
    return crc32(record[record.rindex(SUBJECT_KEY) + len(SUBJECT_KEY) : -1])


def pack(checksums: Sequence[int]) -> bytes:
    """Return checksums in four bytes each, as a block holds them."""
    return struct.pack(f">{len(checksums)}I", *checksums)


def block_of(records: Iterable[bytes]) -> bytes:
    """Return the checksums of a block's canonical records as the index holds them."""
    return pack([checksum_of(record) for record in records])


def index(direct: Direct, start: int, records: Sequence[bytes]) -> None:
    """Index the blocks that the events from start on, given as records, have filled."""
    first, end = start // BLOCK, (start + len(records)) // BLOCK
    if first == end:
        return
    known = [*(record for record, _ in events(first * BLOCK, start)), *records]
    blocks = [(first + at, block_of(known[at * BLOCK : (at + 1) * BLOCK])) for at in range(end - first)]
    direct.insert(INSERT_BLOCK, blocks)


def indexed(low: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield the blocks of the index of subjects in order from one on: the first event's index and the checksums."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(BLOCKS, (low, BATCH))
            found = cursor.fetchall()
        for block, held in found:
            yield block * BLOCK, bytes(held)
        if len(found) < BATCH:
            return
        low = found[-1][0] + 1


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


def actors(commitments: Iterable[str]) -> dict[str, tuple[str, bytes]]:
    """Return the accounts behind commitments, each with its salt; nothing for those destroyed."""
    wanted, found = sorted(set(commitments)), {}
    for low in range(0, len(wanted), BATCH):
        batch = wanted[low : low + BATCH]
        marks = ", ".join(["%s"] * len(batch))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT commitment, actor, salt FROM ledger_salt WHERE actor <> '' AND commitment IN ({marks})", batch
            )
            found.update({shown: (actor, bytes(held)) for shown, actor, held in cursor.fetchall()})
    return found


def destroy_salt(commitment: str) -> bool:
    """Remove a salt, overwriting its bytes in SQLite's pages, and return whether there was one."""
    overwrite()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_salt WHERE commitment = %s", (commitment,))
        return bool(cursor.rowcount)


def overwrite() -> None:
    """Have SQLite overwrite in its pages what is taken out of a row or with it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def empty_journal() -> None:
    """Move SQLite's write-ahead log into the database and cut it, so that nothing removed stays in it."""
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


def standing() -> tuple[tuple[int, str] | None, tuple[int, str, bool] | None]:
    """Return size and time of the newest checkpoint, and size, time and outcome of the last verification."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    signed, verified = found.get("checkpoint"), found.get("verification")
    return (
        (signed[0], signed[1]) if signed else None,
        (verified[0], verified[1], bool(verified[2])) if verified else None,
    )


def add_verification(size: int, verified_at: str, *, holds: bool) -> None:
    """Note that the whole ledger was followed, and whether it held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_verification (id, size, verified_at, holds) "
            "SELECT COALESCE(MAX(id), 0) + 1, %s, %s, %s FROM ledger_verification",
            (size, verified_at, int(holds)),
        )
