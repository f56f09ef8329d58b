"""Where the objects of a node lie: in its folder, or in a bucket from which they are fetched to be read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from hygie.base.engine.node import Node
from hygie.base.kernel import Gate, Placement, Reason, Store, Verdict, hash_file, hash_stream, refuse
from hygie.intake.linkage.vault import CONTEXT
from hygie.intake.placing import files, judging
from hygie.node.moving import buckets
from hygie.node.moving.buckets import Bucket
from hygie.node.moving.records import Ends
from hygie.node.moving.values import Address, Item

CHUNK = 1 << 20
HOLDING = ("lake store", "backup target")


class Objects(Protocol):
    """Where the objects of a node lie."""

    @property
    def readable(self) -> tuple[Path, ...]:
        """The folders outside the node's own in which its engine finds what is at hand."""
        ...

    def reading(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Return an object's bytes as a stream; FileNotFoundError."""
        ...

    def at_hand(self, item: Item) -> AbstractContextManager[Path]:
        """Return a file with an object's bytes, held against its hash; MOV-203, MOV-204."""
        ...


@dataclass(frozen=True)
class Folder:
    """Objects in a node's own folder."""

    store: Store
    readable: tuple[Path, ...] = ()

    def reading(self, name: str) -> BinaryIO:
        """Return an object's bytes as a stream."""
        return self.store.path(name).open("rb")

    @contextmanager
    def at_hand(self, item: Item) -> Iterator[Path]:
        """Yield an object's own file."""
        whole(self, item)
        yield self.store.path(item.path)


@dataclass(frozen=True)
class Fetched:
    """Objects in a bucket, each fetched into a folder of the new node as long as it is read.

    Parameters
    ----------
    bucket : Bucket
    store : Store    the new node's: its Gate is asked for every byte that is fetched
    folder : str
    """

    bucket: Bucket
    store: Store
    folder: str

    @property
    def readable(self) -> tuple[Path, ...]:
        """The folder into which they are fetched."""
        return (self.store.path(self.folder),)

    def reading(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Return an object's bytes as a stream."""
        return self.bucket.reading(name)

    @contextmanager
    def at_hand(self, item: Item) -> Iterator[Path]:
        """Yield an object fetched, still encrypted, and remove it afterwards."""
        name = f"{self.folder}/{item.id}"
        try:
            fetch(self, item, self.store, name)
            yield self.store.path(name)
        finally:
            self.store.remove(name)


@dataclass(frozen=True)
class BucketGate:
    """The Gate of a node's bucket: the node's own, and a declared place has to name the service for personal data.

    Where nothing is declared the node is on its own premises, and so is a service of this machine alone.
    """

    inner: Gate
    node: Node
    service: str

    def ask(self, placement: Placement) -> Verdict:
        """Return the node's verdict; MOV-408 when no declared place is the bucket's."""
        found = self.inner.ask(placement)
        if not found.allowed or placement.synthetic or self.declared():
            return found
        return Verdict((Reason("MOV-408", {"found": urlsplit(self.service).netloc}),))

    def declared(self) -> bool:
        """Return whether a declared lake store or backup target has the service among its endpoints."""
        parts, held = urlsplit(self.service), files.read(self.node.home)
        if held.placement is None:
            return buckets.loopback(parts.hostname or "")
        places = judging.declared_of(held, self.node.country).placements
        names = {name for each in places if each.what in HOLDING for name in each.endpoints}
        return bool({parts.netloc, parts.hostname} & names)

    def statement(self) -> str:
        """Return the node's words."""
        return self.inner.statement()


def old_objects(ends: Ends, found: Address | None) -> Objects:
    """Return where the old node's objects lie; MOV-402 to MOV-407."""
    if found is None:
        return Folder(ends.old.store)
    fetched = Fetched(old_bucket(ends, found), ends.new.store, f"{ends.here}/incoming")
    fetched.store.make_folder(fetched.readable[0])
    return fetched


def old_bucket(ends: Ends, found: Address) -> Bucket:
    """Return the old node's bucket; MOV-402 to MOV-407."""
    return buckets.opened(found, buckets.OLD, ends.old.store.gate)


def new_bucket(ends: Ends, found: Address | None) -> Bucket | None:
    """Return the bucket in which the new node's objects are kept besides, if there is one; MOV-402 to MOV-407."""
    if found is None:
        return None
    return buckets.opened(found, buckets.NEW, BucketGate(ends.new.store.gate, ends.new, found.service))


def place_for(item: Item) -> Placement:
    """Return the placement of an object at the new node: of its dataset, where it is of one."""
    kind, _, dataset = item.context.partition(":")
    return Placement("lake", item.synthetic, datasets=(dataset,) if kind == "dataset" else ())


def whole(objects: Objects | Bucket, item: Item) -> int:
    """Return an object's size, its bytes being those on record.

    Errors      MOV-203 they are not; MOV-204 there is none
    """
    try:
        with objects.reading(item.path) as handle:
            sha256, size = hash_stream(handle)
    except FileNotFoundError:
        raise refuse("MOV-204", found=item.name) from None
    if sha256 != item.sha256 or item.size not in (-1, size):
        raise refuse("MOV-203", found=item.name)
    return size


def fetch(objects: Objects, item: Item, store: Store, name: str) -> None:
    """Copy an object's bytes as they lie, encrypted, into the new node, and hold them against its hash.

    Errors      MOV-203, MOV-204; reasons of the new node's Gate
    """
    try:
        with store.writing(name, place_for(item)) as target, objects.reading(item.path) as source:
            shutil.copyfileobj(source, target, CHUNK)
    except FileNotFoundError:
        raise refuse("MOV-204", found=item.name) from None
    if hash_file(store.path(name)) != item.sha256:
        store.remove(name)
        raise refuse("MOV-203", found=item.name)


@contextmanager
def vault_at_hand(ends: Ends, objects: Objects, items: tuple[Item, ...]) -> Iterator[Node]:
    """Yield the old node with the files of its vault where its engine can read them."""
    if isinstance(objects, Folder):
        yield ends.old
        return
    folder, gate = f"{ends.here}/vault", ends.new.store.gate
    try:
        for item in items:
            if item.path and item.context == CONTEXT:
                fetch(objects, item, ends.new.store, f"{folder}/{item.path}")
        yield replace(ends.old, store=Store(ends.new.store.path(folder), gate))
    finally:
        ends.new.store.remove(folder)
