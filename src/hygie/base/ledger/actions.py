"""What is done to the ledger: append facts, sign its head, prove, export, verify, destroy a salt."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring as quote
from pathlib import Path

from django.db import connection, transaction

from hygie.base.kernel import Fact, Gate, Placement, Refusal, Store, refuse
from hygie.base.ledger import kinds, offline, readings, rows, stored
from hygie.base.ledger import standalone_verifier as verifier
from hygie.base.ledger.standalone_verifier import Checkpoint, Report, Tree, fold, leaf_hash
from hygie.base.ledger.values import (
    SALT_SIZE,
    Committed,
    Followed,
    Head,
    Signed,
    Signer,
    Standing,
    commitment,
    origin_of,
)

__all__ = [
    "append",
    "checkpoint",
    "commitment",
    "committed",
    "export",
    "forget",
    "head",
    "index_readings",
    "origin_of",
    "overwriting",
    "prove",
    "standing",
    "verify",
]

PACE = timedelta(seconds=10)


def append(facts: Sequence[Fact]) -> list[int]:
    """Write facts into the ledger inside the caller's transaction and return their indexes.

    Parameters
    ----------
    facts : Sequence[Fact]   in the order they happened; a body may hold `committed(...)` values; of kinds that are
                             public the record holds a commitment in place of the account, which stays beside its salt

    Errors     LED-101 when no transaction is open, LED-102 for a body that is not JSON or too long
    Source     RFC 6962 section 2.1; design, values that pass between rooms (Fact)
    """
    direct = rows.Direct()
    if not direct.django.in_atomic_block:
        raise refuse("LED-101")
    if not facts:
        return []
    salts: list[rows.SaltRow] = []
    events, records, read, encode = [], [], [], encoder(salts)
    with direct:
        size, node = rows.last(direct, lock=True)
        tree = Tree(size, rows.edge(direct, size, node, size + len(facts)))
        for index, told in enumerate(facts, size):
            fact = kinds.veiled(told, committer(told.actor, salts))
            record, data = write(encode, fact, index)
            read += readings.entries(index, told, fact.actor)
            tree.append(leaf_hash(data))
            events.append((index, record, tree.peaks[-1]))
            records.append(data)
        rows.add(direct, events, salts)
        rows.index(direct, size, records)
        readings.add(direct, read)
    return list(range(size, tree.size))


def committer(actor: str, salts: list[rows.SaltRow]) -> Callable[[object], str]:
    """Return what commits to a value and notes the salt, and beside it the account where that is the value."""

    def commit(value: object) -> str:
        made = committed(value)
        shown = made.commitment
        salts.append((shown, made.salt, actor if value == actor else ""))
        return shown

    return commit


def encoder(salts: list[rows.SaltRow]) -> Callable[[object], str]:
    """Return what writes canonical JSON, putting commitments in place of values and noting their salts."""

    def other(value: object) -> object:
        if isinstance(value, Committed):
            salts.append((value.commitment, value.salt, ""))
            return value.commitment
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(type(value).__name__)

    return json.JSONEncoder(
        ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=other
    ).encode


def write(encode: Callable[[object], str], fact: Fact, index: int) -> tuple[str, bytes]:
    """Return the canonical record of a fact at its index, as text and as bytes; LED-102."""
    try:
        record = (
            f'{{"actor":{quote(fact.actor)},"at":"{stamp(fact.at)}",'
            f'"body":{encode(fact.body)},"index":{index},"kind":{quote(fact.kind)},"subject":{quote(fact.subject)}}}'
        )
        data = record.encode()
    except (TypeError, ValueError, RecursionError):
        raise refuse("LED-102", kind=fact.kind, found="a value that JSON cannot hold") from None
    if len(data) > verifier.RECORD_LIMIT:
        raise refuse("LED-102", kind=fact.kind, found=f"{len(data)} bytes")
    return record, data


@lru_cache(maxsize=16)
def stamp(at: datetime) -> str:
    """Return a UTC time as records write it: RFC 3339 with microseconds."""
    return f"{at.isoformat(timespec='microseconds')[:-6]}Z"


def committed(value: object) -> Committed:
    """Return what stands for a value about a person in a fact's body: its salted commitment, once appended.

    Parameters
    ----------
    value : object   JSON value; it is not stored, only its commitment and the salt are
    """
    return Committed(value, secrets.token_bytes(SALT_SIZE))


def forget(shown: str) -> bool:
    """Destroy a commitment's salt in the caller's transaction and return whether there was one.

    The event and the tree stay as they are; nobody can tell any longer which value was meant.

    Parameters
    ----------
    shown : str   the commitment as the event's body shows it

    Errors     LED-101 when no transaction is open
    """
    if not connection.in_atomic_block:
        raise refuse("LED-101")
    transaction.on_commit(rows.empty_journal)
    destroyed = rows.destroy_salt(shown)
    readings.unveil(shown)
    return destroyed


def index_readings() -> int:
    """Make the index of who was shown what again from the events and return how many readings there are."""
    with transaction.atomic():
        return readings.rebuild()


def overwriting() -> None:
    """Have what the caller's transaction takes out of any row leave no trace in the control database's files.

    On SQLite its bytes are overwritten and the write-ahead log is cut; PostgreSQL does so when it vacuums.

    Errors     LED-101 when no transaction is open
    """
    if not connection.in_atomic_block:
        raise refuse("LED-101")
    rows.overwrite()
    transaction.on_commit(rows.empty_journal)


def head() -> Head:
    """Return the ledger's size and root.

    Source     RFC 6962 section 2.1
    """
    connection.ensure_connection()
    with rows.Direct() as direct:  # no transaction, which would wait for writers: what was read of a log stays true
        size = rows.last(direct)[0]
        return Head(size, fold(rows.peaks(direct, size)))


def checkpoint(signer: Signer, *, origin: str, at: datetime, fresh: bool = False) -> str:
    """Return a signed checkpoint: the last one if it is under 10 s old, else one of the present head.

    Parameters
    ----------
    signer : Signer   the node's keys
    origin : str      the log's name, `origin_of(node.id)`
    at : datetime     the present, UTC
    fresh : bool      one of the present head in any case, as an export needs

    Errors     LED-104 when the ledger does not continue what was signed before, LED-106 when the stored tree is broken
    Source     C2SP tlog-checkpoint and signed-note
    """
    with transaction.atomic(durable=True):
        last = rows.last_checkpoint()
        if last and not fresh and at - datetime.fromisoformat(last[1]) < PACE:
            return last[2]
        with rows.Direct() as direct:
            size = rows.last(direct, lock=True)[0]
        root = continued(verifier.parse_checkpoint(last[2])[0], size) if last else continued(None, size)
        if last and last[0] == size:
            return last[2]
        note = offline.sign_checkpoint(Checkpoint(origin, size, root), signer)
        rows.add_checkpoint(size, at.isoformat(), note)
        return note


def continued(signed: Checkpoint | None, size: int) -> bytes:
    """Return the present root, having followed every event since the last checkpoint; LED-104, LED-106."""
    tree = Tree()
    if signed:
        if signed.size > size or stored.root(signed.size) != signed.root:
            raise refuse("LED-104", kept=signed.size, size=size)
        with rows.Direct() as direct:
            tree = Tree(signed.size, rows.peaks(direct, signed.size))
    for record, node in rows.events(tree.size, size):
        tree.append(leaf_hash(record))
        offline.check_node(tree, node)
    if tree.size != size:
        raise refuse("LED-106", found="an event is missing")
    return tree.root()


def prove(index: int, signer: Signer, *, origin: str, at: datetime, since: str | None = None) -> dict[str, object]:
    """Return the proof that an event is in the signed ledger, verifiable offline with the public key alone.

    Parameters
    ----------
    index : int          the event, from 0
    signer : Signer      the node's keys
    origin : str         the log's name
    at : datetime        the present, UTC
    since : str | None   a checkpoint kept outside, which the proof then shows to be continued

    Errors     LED-103 no such event; LED-104, LED-106; LED-201 to LED-205 and LED-210 for `since`
    Source     RFC 6962 sections 2.1.1 and 2.1.2
    """
    record = rows.record(index)
    if record is None:
        raise refuse("LED-103", found=index, size=head().size)
    note = checkpoint(signer, origin=origin, at=at)
    size = verifier.parse_checkpoint(note)[0].size
    if index >= size:
        note = checkpoint(signer, origin=origin, at=at, fresh=True)
        size = verifier.parse_checkpoint(note)[0].size
    path = stored.inclusion(index, size)
    if not verifier.included(index, size, leaf_hash(record.encode()), path, verifier.parse_checkpoint(note)[0].root):
        raise refuse("LED-106", found=f"event {index} does not lead to the signed root")
    proof: dict[str, object] = {
        "schema": verifier.PROOF_SCHEMA,
        "index": index,
        "record": record,
        "inclusion": [base64.b64encode(node).decode() for node in path],
        "checkpoint": note,
    }
    if since is not None:
        with offline.refusing():
            kept = verifier.open_checkpoint(since, verifier.verifier_key(origin, signer.public_key()))
        if kept.size > size:
            raise refuse("LED-210", events=size, kept=kept.size)
        steps = [base64.b64encode(node).decode() for node in stored.consistency(kept.size, size)]
        proof["consistency"] = {"size": kept.size, "proof": steps}
    return proof


def export(folder: Path, signer: Signer, *, origin: str, at: datetime, gate: Gate) -> Checkpoint:
    """Write all events, a fresh checkpoint, the public key and the one-file verifier into a folder.

    Parameters
    ----------
    folder : Path     new or empty
    signer : Signer   the node's keys
    origin : str      the log's name
    at : datetime     the present, UTC
    gate : Gate       asked before each file

    Errors     LED-104, LED-106; LED-105 when the folder is not empty
    Source     C2SP tlog-checkpoint
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refuse("LED-105", found=folder.name)
    note = checkpoint(signer, origin=origin, at=at, fresh=True)
    made = verifier.parse_checkpoint(note)[0]
    store, place = Store(folder, gate), Placement("ledger")
    with store.writing(verifier.EVENTS, place, mode=0o644) as handle:
        for record, _ in rows.events(0, made.size):
            handle.write(record + b"\n")
    store.write(verifier.KEY, (verifier.verifier_key(origin, signer.public_key()) + "\n").encode(), place, mode=0o644)
    store.write("verifier.py", Path(verifier.__file__).read_bytes(), place, mode=0o644)
    store.write(verifier.CHECKPOINT, note.encode(), place, mode=0o644)
    return made


def verify(signer: Signer, *, origin: str, against: str | None = None, at: datetime | None = None) -> Report:
    """Verify every event of this node's ledger against its stored tree, its last checkpoint and one kept outside.

    Parameters
    ----------
    signer : Signer        the node's keys; only the public one is used
    origin : str           the log's name
    against : str | None   a checkpoint kept outside; without one the report says what that leaves unproven
    at : datetime | None   the present, UTC, to be remembered beside what was found; None leaves no trace

    Errors     LED-106 and LED-201 to LED-211
    Source     RFC 6962 section 2.1
    """
    with transaction.atomic(), rows.Direct() as direct:
        size = rows.last(direct, lock=True)[0]
        last, found = rows.last_checkpoint(), rows.count()
    vkey = verifier.verifier_key(origin, signer.public_key())
    try:
        if found != size:
            raise refuse("LED-209", events=found, signed=size)
        with offline.refusing():
            report = offline.verify_database(size, vkey, last[2] if last else None, against)
    except Refusal:
        if at and against is None:  # whoever shows a wrong checkpoint says nothing of this ledger
            remember(size, at, holds=False)
        raise
    if at:
        remember(size, at, holds=True)
    return report


def remember(size: int, at: datetime, *, holds: bool) -> None:
    """Keep that the whole ledger was followed, and whether it held."""
    with transaction.atomic():
        rows.add_verification(size, at.isoformat(), holds=holds)


def standing() -> Standing:
    """Return when the ledger's head was last signed and when all of it was last followed; one query."""
    signed, verified = rows.standing()
    return Standing(
        Signed(signed[0], datetime.fromisoformat(signed[1])) if signed else None,
        Followed(verified[0], datetime.fromisoformat(verified[1]), verified[2]) if verified else None,
    )
