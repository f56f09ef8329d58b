"""The vault: encrypted tables that come in whole versions, one current at a time, old keys destroyed.

A version is drafted (row `draft`, then files), adopted in the caller's transaction (row `current`, the former
`retired`), and what is not current is destroyed afterwards: key first, then files, then row. Killed anywhere, `sweep`
ends it.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db import IntegrityError, transaction

from hygie.base.engine import EncryptedFile, Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Placement, Refusal, new_id, refuse
from hygie.base.keys import new_data_key
from hygie.intake.linkage.holding import holder
from hygie.intake.linkage.models import VaultVersion

CONTEXT = "vault"
TRIES = 100
PLACE = Placement("vault")
RIGHT = Placement("vault", right=True)
T = TypeVar("T")
Queries = Mapping[str, tuple[str, tuple[str, ...]]]


@dataclass(frozen=True)
class VaultTable:
    """A table of a version: its name, file (by content hash), data key wrapped and in base64, and rows."""

    name: str
    file: str
    wrapped_key: str
    rows: int


@dataclass(frozen=True)
class Version:
    """One version of a vault file."""

    id: str
    name: str
    key_id: str
    tables: tuple[VaultTable, ...]
    counters: Mapping[str, object]


@contextlib.contextmanager
def exclusive(node: Node, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the one place of a kind of work, across processes.

    Parameters
    ----------
    what : str    such as `lake` or `optouts`
    wait : bool   wait for it; otherwise refuse when it is taken

    Errors      LNK-102
    """
    place = node.store.path(f"locks/{what}")
    node.store.make_folder(place)
    descriptor = os.open(place, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refuse("LNK-102", what=what, holder=holder(descriptor)) from None
        yield
    finally:
        os.close(descriptor)


def value_of(row: VaultVersion) -> Version:
    """Return a row as a value."""
    return Version(row.id, row.name, row.key_id, tuple(VaultTable(**each) for each in row.tables), row.counters)


def current(name: str) -> Version | None:
    """Return the version that holds, or None before the first."""
    row = VaultVersion.objects.filter(name=name, state="current").first()
    return value_of(row) if row else None


def attach(engine: Engine, node: Node, version: Version, table: str, view: str) -> None:
    """Make a view over one table of a version."""
    found = next(each for each in version.tables if each.name == table)
    key = node.keys.unwrap(version.key_id, base64.b64decode(found.wrapped_key), CONTEXT)
    path = node.store.path(f"vault/{version.name}/{version.id}/{found.file}")
    engine.attach(view, [EncryptedFile(path, key)])


def steady(name: str, read: Callable[[], T]) -> T:
    """Return what `read` reads of a vault file's current version; once more when that was replaced meanwhile.

    A writer destroys the former version at once, so a reader takes what it needs in one go.

    Errors      what `read` refuses while the version stays the same
    """
    for attempt in itertools.count(1):
        held = current(name)
        try:
            return read()
        except Refusal:
            if attempt == TRIES or held == current(name):
                raise
    raise AssertionError


def draft(
    engine: Engine,
    node: Node,
    name: str,
    queries: Mapping[str, tuple[str, tuple[str, ...]]],
    counters: dict[str, object],
    place: Placement = PLACE,
    *,
    hashes: Collection[str] = (),
) -> Version:
    """Write a new version, durable but not yet current.

    Parameters
    ----------
    name : str         which vault file
    queries : Mapping  table name -> (SQL query, columns it is sorted by)
    counters : dict    figures that go with it, never identities
    place : Placement  whose data come with it: synthetic ones, or what a person has a right to
    hashes : Collection   the tables that are mostly hashes, which nothing makes smaller
    """
    version_id = new_id("vault")
    key_id = node.keys.create(CONTEXT)
    row = VaultVersion(id=version_id, name=name, state="draft", key_id=key_id, created_at=node.clock())
    row.save(force_insert=True)
    written = []
    with node.store.drafting(f"vault/{name}/{version_id}", place) as folder:
        for table, (query, order_by) in queries.items():
            key = new_data_key()
            file = engine.write_encrypted(
                query, folder / f"{table}.parquet", key, order_by=order_by, compressed=table not in hashes
            )
            named = f"{file.sha256}.parquet"
            file.path.replace(folder / named)
            wrapped = base64.b64encode(node.keys.wrap(key_id, key, CONTEXT)).decode()
            written.append({"name": table, "file": named, "wrapped_key": wrapped, "rows": file.rows})
    row.tables, row.counters = written, counters
    row.save()
    return value_of(row)


def adopt(name: str, version_id: str) -> None:
    """Make a drafted version the current one; inside the caller's transaction."""
    VaultVersion.objects.filter(name=name, state="current").update(state="retired")
    VaultVersion.objects.filter(id=version_id).update(state="current")


def clean(node: Node, name: str) -> int:
    """Destroy every version that is not current, and folders that no row names; return how many. Under the lock."""
    gone = 0
    for row in VaultVersion.objects.filter(name=name).exclude(state="current"):
        if node.keys.exists(row.key_id):
            node.keys.destroy(row.key_id)
        node.store.remove(f"vault/{name}/{row.id}")
        row.delete()
        gone += 1
    known = set(VaultVersion.objects.filter(name=name).values_list("id", flat=True))
    folder = node.store.path(f"vault/{name}")
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name not in known:
            node.store.remove(f"vault/{name}/{path.name}")
            gone += 1
    return gone


def token_key(node: Node) -> bytes:
    """Return the key of identifier tokens, made at first need and kept for the node's life."""
    row = key_row(node)
    if row.tables:  # carried from the node where the identifiers were read
        return node.keys.unwrap(row.key_id, base64.b64decode(row.tables[0]["wrapped_key"]), CONTEXT)
    return node.keys.derive(row.key_id, "identifier-tokens", CONTEXT)


def seal_key(node: Node, dataset: str) -> bytes:
    """Return the key that a dataset's holder seals hashed identifiers under; the key of tokens does not tell it."""
    return node.keys.derive(key_row(node).key_id, f"hashed-identifiers/{dataset}", CONTEXT)


def key_row(node: Node) -> VaultVersion:
    """Return the row of the key of identifier tokens, made at first need."""
    row = VaultVersion.objects.filter(name="tokens", state="current").first()
    if row is None:
        key_id = node.keys.create(CONTEXT)
        try:
            with transaction.atomic():
                row = VaultVersion(
                    id=new_id("vault"), name="tokens", state="current", key_id=key_id, created_at=node.clock()
                )
                row.save(force_insert=True)
        except IntegrityError:
            node.keys.destroy(key_id)
            row = VaultVersion.objects.get(name="tokens", state="current")
    return row
