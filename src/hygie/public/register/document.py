"""The register's document: written piece by piece, kept in a file, and handed out from there whoever asks how often.

What a reader costs does not grow with the register: the document is written when the ledger has moved, by the node's
periodic work, or at once while the ledger is short.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, transaction
from django.utils.timezone import localdate
from pydantic import BaseModel

from hygie.access.applications import queries as asked
from hygie.access.catalogue import queries as catalogue
from hygie.access.extracts import queries as extracts
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Placement, digest, refuse
from hygie.base.kernel.store import abandoned, held
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as events
from hygie.intake.placing import queries as placing
from hygie.public.register import entries
from hygie.public.register.counting import figures
from hygie.public.register.values import Procedures
from hygie.secure.airlock import queries as airlock
from hygie.secure.enclave import queries as enclave

FILE = "register/register.json"
LOCK = "register/writing"
SCHEMA = "hygie-register/2"
SHORT = 5_000
HEAD = 4096
Thing = TypeVar("Thing")
Counts = dict[str, int]


@dataclass(frozen=True)
class Kept:
    """The document as it lies in its file.

    Parameters
    ----------
    made_at : datetime
    size : int      events that the ledger held
    tag : str       tells one document from the next: follows from when it was made and the ledger's root
    """

    path: Path
    made_at: datetime
    size: int
    tag: str


def pieces(node: Node, counts: Counts | None = None) -> Iterator[bytes]:
    """Yield the register as one view of the database has it, as bytes of one JSON document.

    Parameters
    ----------
    counts : dict   gets how many entries each part has

    Errors     PMT-202, PMT-203 when a stored permit is not the one that was signed
    Source     Reg. (EU) 2025/327 arts 57(1)(j), 58
    """
    with one_view():
        at, head = node.clock(), ledger.head()
        made = at.isoformat().replace("+00:00", "Z")
        where = {"origin": ledger.origin_of(node.id), "size": head.size, "root": head.text}
        fields = {"schema": SCHEMA, "node": node.id, "country": node.country, "made_at": made, "ledger": where}
        yield b"{\n" + b",\n".join(field(name, value) for name, value in fields.items())
        for name, part in parts(node, at):
            yield b",\n"
            if isinstance(part, BaseModel):
                yield field(name, part.model_dump(mode="json", by_alias=True))
            else:
                yield from listed(name, part, counts if counts is not None else {})
    yield b"\n}\n"


def parts(node: Node, at: datetime) -> Iterator[tuple[str, BaseModel | Iterable[BaseModel]]]:
    """Yield the document's parts in their order; a list as what yields its entries."""
    yield "applications", entries.applications()
    yield "permits", granted(permits.walk(at=at, public_key=node.keys.public_key()))
    yield "extracts", with_events(extracts.walk(), lambda each: each.id, entries.extract_entry)
    yield "runs", with_events(enclave.walk(), lambda each: each.id, entries.run_entry)
    yield "releases", with_events(airlock.walk(), lambda each: str(each["id"]), entries.release_entry)
    yield "requests", entries.counts(airlock.count_requests())
    yield "results", (entries.result_entry(each) for each in asked.reported())
    yield "exclusions", with_events(asked.every_exclusion(), lambda each: each.id, entries.exclusion_entry)
    yield "measures", with_events(asked.measures_taken(localdate(at)), lambda each: each.id, entries.measure_entry)
    yield "labels", (entries.label_entry(each) for each in catalogue.labels_withdrawn())
    yield "derogations", (entries.derogation_entry(each) for each in placing.derogations(node))
    yield "procedures", Procedures(**asked.procedures_counted())
    yield "figures", figures(node)


def granted(standings: Iterable[permits.Standing]) -> Iterator[BaseModel]:
    """Yield permits with the applications that led to them."""
    for group in entries.grouped(standings):
        names = tuple(each.permit.id for each in group)
        led, about = asked.permitted(names), events.about(names)
        for each, name in zip(group, names, strict=True):
            yield entries.permit_entry(each, entries.refs(about[name]), led[name].id if name in led else None)


def with_events(
    things: Iterable[Thing], name: Callable[[Thing], str], entry: Callable[[Thing, entries.Events], BaseModel]
) -> Iterator[BaseModel]:
    """Yield things as entries with their events, looked up for a group at once."""
    for group in entries.grouped(things):
        about = events.about(name(each) for each in group)
        for each in group:
            yield entry(each, entries.refs(about[name(each)]))


def listed(name: str, found: Iterable[BaseModel], counts: Counts) -> Iterator[bytes]:
    """Yield a list of the document, entry by entry."""
    counts[name] = 0
    for each in found:
        yield (b",\n" if counts[name] else f'  "{name}": [\n'.encode()) + b"    "
        yield indented(each.model_dump(mode="json", by_alias=True), "    ")
        counts[name] += 1
    yield b"\n  ]" if counts[name] else f'  "{name}": []'.encode()


def field(name: str, value: object) -> bytes:
    """Return a field of the document."""
    return f'  "{name}": '.encode() + indented(value, "  ")


def indented(value: object, by: str) -> bytes:
    """Return a JSON value as it stands inside the document."""
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", f"\n{by}").encode()


@contextmanager
def one_view() -> Iterator[None]:
    """Read the database as one moment has it; writers do not wait for it."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    mode = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        connection.transaction_mode = "DEFERRED"
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode


def write(node: Node, counts: Counts | None = None) -> Kept:
    """Write the document anew and return it."""
    with node.store.writing(FILE, Placement("register"), mode=0o644) as handle:
        for piece in pieces(node, counts):
            handle.write(piece)
    found = kept(node)
    assert found is not None
    return found


def kept(node: Node) -> Kept | None:
    """Return the document that lies in its file, None before the first."""
    path = node.store.path(FILE)
    try:
        with path.open("rb") as handle:
            head, found, _rest = handle.read(HEAD).partition(b',\n  "applications"')
    except FileNotFoundError:
        return None
    if not found:
        return None
    told: dict[str, Any] = json.loads(head + b"}")
    made_at = datetime.fromisoformat(told["made_at"])
    return Kept(path, made_at, told["ledger"]["size"], digest(head)[:32])


def current(found: Kept | None, today: date) -> bool:
    """Return whether a document says what the ledger says today: a day that passes ends permits."""
    return found is not None and found.size == ledger.head().size and localdate(found.made_at) == today


def refresh(node: Node, *, wait: bool = False) -> Kept | None:
    """Write the document anew when the ledger has moved; return what lies there.

    Parameters
    ----------
    wait : bool   for another process that is writing it; else what lies there is returned, None before the first
    """
    found, today = kept(node), node.today()
    if current(found, today):
        return found
    lock = node.store.path(LOCK)
    node.store.make_folder(lock)
    if not (wait or abandoned(lock)):
        return found
    with held(lock):
        found = kept(node)
        return found if current(found, today) else write(node)


def served(node: Node) -> Kept:
    """Return the document to hand out: a short ledger's as it stands, a long one's as it was last written.

    Errors     REG-109 there is none yet: the node writes the first one
    """
    found = refresh(node, wait=True) if ledger.head().size <= SHORT else kept(node)
    if found is None:
        raise refuse("REG-109")
    return found
