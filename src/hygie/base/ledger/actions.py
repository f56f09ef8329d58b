"""What is done to the ledger: append facts, sign its head, prove, export, verify, destroy a salt."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence

from django.db import connection

from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import rows
from hygie.base.ledger.standalone_verifier import RECORD_LIMIT, Tree, leaf_hash
from hygie.base.ledger.values import SALT_SIZE, Committed, Head, commitment

__all__ = ["append", "commitment", "committed", "head"]


def append(facts: Sequence[Fact]) -> list[int]:
    """Write facts into the ledger inside the caller's transaction and return their indexes.

    Parameters
    ----------
    facts : Sequence[Fact]   in the order they happened; a body may hold `committed(...)` values

    Errors     LED-101 when no transaction is open, LED-102 for a body that is not JSON or too long
    Source     RFC 6962 section 2.1; design, values that pass between rooms (Fact)
    """
    if not connection.in_atomic_block:
        raise refuse("LED-101")
    if not facts:
        return []
    salts: list[rows.SaltRow] = []
    encode = encoder(salts)
    with connection.cursor() as cursor:
        size, peaks = rows.frontier(cursor, lock=True)
        tree = Tree(size, peaks)
        events, nodes = [], []
        for fact in facts:
            record = write(encode, fact, tree.size)
            events.append((tree.size, fact.kind, fact.subject, record))
            nodes += [node for node in tree.append(leaf_hash(record.encode())) if node[0] % rows.SPAN == 0]
        rows.add(cursor, events, nodes, salts, b"".join(tree.peaks))
    return list(range(size, tree.size))


def encoder(salts: list[rows.SaltRow]) -> Callable[[object], str]:
    """Return what writes canonical JSON, putting commitments in place of values and noting their salts."""

    def other(value: object) -> object:
        if isinstance(value, Committed):
            salts.append((value.commitment, value.salt))
            return value.commitment
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(type(value).__name__)

    return json.JSONEncoder(
        ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=other
    ).encode


def write(encode: Callable[[object], str], fact: Fact, index: int) -> str:
    """Return the canonical record of a fact at its index; LED-102."""
    try:
        record = encode(
            {
                "actor": fact.actor,
                "at": fact.at.isoformat(timespec="microseconds")[:-6] + "Z",
                "body": fact.body,
                "index": index,
                "kind": fact.kind,
                "subject": fact.subject,
            }
        )
        length = len(record.encode())
    except (TypeError, ValueError, RecursionError):
        raise refuse("LED-102", kind=fact.kind, found="a value that JSON cannot hold") from None
    if length > RECORD_LIMIT:
        raise refuse("LED-102", kind=fact.kind, found=f"{length} bytes")
    return record


def committed(value: object) -> Committed:
    """Return what stands for a value about a person in a fact's body: its salted commitment, once appended.

    Parameters
    ----------
    value : object   JSON value; it is not stored, only its commitment and the salt are
    """
    return Committed(value, secrets.token_bytes(SALT_SIZE))


def head() -> Head:
    """Return the ledger's size and root.

    Source     RFC 6962 section 2.1
    """
    with connection.cursor() as cursor:
        size, peaks = rows.frontier(cursor)
    return Head(size, Tree(size, peaks).root())
