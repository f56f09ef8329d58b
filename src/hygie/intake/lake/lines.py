"""Lines too long for the quarantine's table: each sealed whole in a file of its own."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hygie.base.engine.node import Node
from hygie.base.kernel import Placement, hash_file, new_id, refuse
from hygie.base.keys import Readable, seal_stream, unseal_stream
from hygie.intake.lake.models import Snapshot
from hygie.intake.lake.snapshots import context, folder_of
from hygie.intake.lake.values import SealedLine
from hygie.intake.sources.unpack import section
from hygie.intake.sources.values import LongLine

PIECE = 1 << 20


class Stream:
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.left = b""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""
        if not self.left:
            self.left = next(self.pieces, b"")
        given, self.left = self.left[:size], self.left[size:]
        return given


def seal_lines(
    node: Node, row: Snapshot, folder: Path, lines: Iterable[LongLine], placement: Placement
) -> tuple[SealedLine, ...]:
    """Seal delivered lines into a draft folder under the snapshot's key, reading each again where it lies.

    Errors   SRC-206 a line is no longer what was read
    """
    return tuple(put(node, row, folder, (line.file, line.line), Stream(checked(line)), placement) for line in lines)


def seal_again(
    node: Node, old: Snapshot, row: Snapshot, folder: Path, lines: Iterable[SealedLine], placement: Placement
) -> tuple[SealedLine, ...]:
    """Seal a snapshot's lines into another's draft folder, under the other's key."""
    sealed = []
    for line in lines:
        with opened(node, old, line) as source:
            sealed.append(put(node, row, folder, (line.source, line.line), source, placement))
    return tuple(sealed)


def put(
    node: Node, row: Snapshot, folder: Path, place: tuple[str, int], source: Readable, placement: Placement
) -> SealedLine:
    """Seal a stream into a draft folder, in a file named by its hash."""
    relative = folder.relative_to(node.store.root.resolve()) / f"{new_id('line')}.sealed"
    with node.store.writing(str(relative), placement) as target:
        length = seal_stream(node.keys, row.key_id, context(row.dataset_id), source, target)
    path = node.store.path(str(relative))
    sha256, size = hash_file(path), path.stat().st_size
    path.replace(folder / f"{sha256}.sealed")
    return SealedLine(*place, length, f"{sha256}.sealed", sha256, size)


def checked(line: LongLine) -> Iterator[bytes]:
    """Yield a delivered line's bytes; SRC-206 at the end when they are not those that were read."""
    state = hashlib.sha256()
    for piece in section(line.path, line.file, line.offset, line.length):
        state.update(piece)
        yield piece
    if state.hexdigest() != line.sha256:
        raise refuse("SRC-206", file=line.file)


@contextmanager
def opened(node: Node, row: Snapshot, line: SealedLine) -> Iterator[BinaryIO]:
    """Yield a sealed line's bytes as a stream, to be read to its end.

    Errors   KEY-113 altered; KEY codes for the key; both when the block ends
    """
    here, there = socket.socketpair()

    def unseal() -> None:
        file = node.store.path(f"{folder_of(row)}/{line.file}")
        with there, there.makefile("wb") as target, file.open("rb") as sealed:
            unseal_stream(node.keys, row.key_id, context(row.dataset_id), sealed, target)

    with ThreadPoolExecutor(1) as worker, here, here.makefile("rb") as source:
        done = worker.submit(unseal)
        yield source
        done.result()


def naming(node: Node, row: Snapshot, lines: Iterable[SealedLine], source_id: str) -> tuple[SealedLine, ...]:
    """Return the sealed lines that hold a source id as a word of its own."""
    found = []
    for line in lines:
        with opened(node, row, line) as source:
            if mentions(source, source_id):
                found.append(line)
    return tuple(found)


def mentions(source: BinaryIO, source_id: str) -> bool:
    """Say whether a stream holds an id as a word of its own; it is read to its end.

    Example
    -------
    >>> import io
    >>> mentions(io.BytesIO(b"Patient/p1"), "p1"), mentions(io.BytesIO(b"Patient/p12"), "p1")
    (True, False)
    """
    word = source_id.encode()
    pattern = re.compile(rb"[^A-Za-z0-9.-]" + re.escape(word) + rb"[^A-Za-z0-9.-]")
    held, found = b" ", False
    while piece := source.read(PIECE):
        held += piece
        found = found or pattern.search(held) is not None
        held = held[-len(word) - 1 :]
    return found or pattern.search(held + b" ") is not None
