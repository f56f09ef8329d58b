"""The Store: the only code that opens a file for writing, and asks the Gate before it does."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hygie.base.kernel.gate import Gate, Placement
from hygie.base.kernel.ids import new_id
from hygie.base.kernel.values import refuse

CHUNK = 1 << 20


@dataclass(frozen=True)
class Store:
    """A folder in which files appear whole or not at all.

    Parameters
    ----------
    root : Path   the node's folder
    gate : Gate   asked before every write
    """

    root: Path
    gate: Gate

    def path(self, relative: str) -> Path:
        """Return the path of a name inside the store; KER-104 if it leads outside."""
        path = (self.root / relative).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise refuse("KER-104", found=relative[:200])
        return path

    def write(self, relative: str, data: bytes, placement: Placement, *, mode: int = 0o600) -> Path:
        """Write a file durably under its final name, or leave what was there."""
        with self.writing(relative, placement, mode=mode) as handle:
            handle.write(data)
        return self.path(relative)

    @contextlib.contextmanager
    def writing(self, relative: str, placement: Placement, *, mode: int = 0o600) -> Iterator[BinaryIO]:
        """Yield a handle whose bytes get their final name, durably, when the block ends well."""
        self.gate.ask(placement).check()
        path = self.path(relative)
        self.make_folder(path.parent)
        draft = path.parent / f".{new_id('draft')}"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            draft.replace(path)
            sync(path.parent)
        finally:
            draft.unlink(missing_ok=True)

    @contextlib.contextmanager
    def drafting(self, relative: str, placement: Placement) -> Iterator[Path]:
        """Yield an empty folder that becomes `relative`, whole and durable, when the block ends well.

        Errors   KER-105 when the final folder exists already
        """
        self.gate.ask(placement).check()
        final = self.path(relative)
        if final.exists():
            raise refuse("KER-105", found=relative)
        draft = self.path(f"drafts/{new_id('draft')}")
        draft.mkdir(parents=True, mode=0o700)
        try:
            with held(draft):
                yield draft
                for path in [*draft.rglob("*"), draft]:
                    sync(path)
                self.make_folder(final.parent)
                draft.rename(final)
                sync(final.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def make_folder(self, folder: Path) -> None:
        """Make a folder inside the store and every one above it that is missing, durably."""
        missing = [each for each in [folder, *folder.parents] if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for each in missing:
            sync(each.parent)

    def remove(self, relative: str) -> None:
        """Remove a file or a folder, durably; nothing happens when it is not there."""
        path = self.path(relative)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if path.parent.exists():
            sync(path.parent)

    def sweep(self) -> int:
        """Remove the drafts that interrupted work left behind, those in use by others kept; return how many."""
        drafts = [*self.root.rglob(".draft-*"), *self.root.glob("drafts/draft-*")]
        left = [draft for draft in drafts if abandoned(draft)]
        for draft in left:
            self.remove(str(draft.relative_to(self.root)))
        return len(left)


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a draft's lock, which ends with the process that holds it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def abandoned(draft: Path) -> bool:
    """Return whether nobody writes to a draft any more."""
    try:
        descriptor = os.open(draft, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hexadecimal, reading it in pieces."""
    with path.open("rb") as handle:
        return hash_stream(handle)[0]


def hash_stream(handle: BinaryIO) -> tuple[str, int]:
    """Return the SHA-256 of a stream, in lower-case hexadecimal, and its bytes, reading it to its end in pieces.

    Example
    -------
    >>> import io
    >>> hash_stream(io.BytesIO(b"abc"))[0][:8], hash_stream(io.BytesIO(b"abc"))[1]
    ('ba7816bf', 3)
    """
    state, size = hashlib.sha256(), 0
    while chunk := handle.read(CHUNK):
        state.update(chunk)
        size += len(chunk)
    return state.hexdigest(), size


def sync(path: Path) -> None:
    """Force a file's or a folder's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
