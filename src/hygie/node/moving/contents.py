"""Contents in clear, counted and hashed inside the engine or in memory: never on a disk."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from hygie.base.engine import EncryptedFile, Engine
from hygie.base.keys import KeyProvider, unseal_stream

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

VIEW = "moving_table"
BATCH = 50_000


class Given:
    """A holder of one data key, which it gives whatever it is asked to unwrap."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def unwrap(self, key_id: str, wrapped: bytes, context: str) -> bytes:  # noqa: ARG002
        """Return the key."""
        return self.key


class Sum(RawIOBase):
    """A sink that only hashes, or hashes and hands on."""

    def __init__(self, onward: BinaryIO | None = None) -> None:
        self.state, self.onward = hashlib.sha256(), onward

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Take bytes."""
        self.state.update(data)
        return self.onward.write(data) if self.onward else memoryview(data).nbytes


def of_table(engine: Engine, path: Path, key: bytes) -> tuple[int, str]:
    """Return a table's rows and the SHA-256 over the hash of each, in the file's order."""
    engine.attach(VIEW, [EncryptedFile(path, key)])
    state, rows = hashlib.sha256(b"hygie table 1\n"), 0
    cursor = engine.con.execute(f"SELECT sha256(t::VARCHAR) FROM {VIEW} t")
    while batch := cursor.fetchmany(BATCH):
        rows += len(batch)
        state.update("".join(row[0] for row in batch).encode())
    return rows, state.hexdigest()


def of_line(path: Path, key: bytes) -> tuple[int, str]:
    """Return 1 and the SHA-256 of a sealed line in clear."""
    found = Sum()
    with path.open("rb") as sealed:
        unseal_stream(cast(KeyProvider, Given(key)), "", "", sealed, cast(BinaryIO, found))
    return 1, found.state.hexdigest()


@contextmanager
def clear_line(path: Path, key: bytes) -> Iterator[tuple[BinaryIO, Sum]]:
    """Yield a sealed line in clear as a stream, to be read to its end, with the hash of what was read."""
    here, there = socket.socketpair()
    found = Sum()

    def unseal() -> None:
        with there, there.makefile("wb") as target, path.open("rb") as sealed:
            found.onward = target
            unseal_stream(cast(KeyProvider, Given(key)), "", "", sealed, cast(BinaryIO, found))

    with ThreadPoolExecutor(1) as worker, here, here.makefile("rb") as source:
        done = worker.submit(unseal)
        yield source, found
        done.result()
