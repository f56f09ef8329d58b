"""Which files a delivery holds, which are junk, and their hashes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hygie.base.kernel import hash_file, refuse
from hygie.intake.sources.values import SourceFile

MARKER = "hygie-delivery.json"
TRUTH = "truth.json"  # what a synthetic delivery says of itself
MARKER_BYTES = 65_536
FILES = 100_000


@dataclass(frozen=True)
class Found:
    """A file of a delivery: its name there, its path, size in bytes and time of change in nanoseconds."""

    name: str
    path: Path
    bytes: int
    changed: int


def is_junk(name: str) -> bool:
    """Return whether a name is what operating systems leave beside data.

    Example
    -------
    >>> is_junk("__MACOSX/._PERSON.csv"), is_junk(".DS_Store"), is_junk("PERSON.csv")
    (True, True, False)
    """
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith(".") or path.name in ("Thumbs.db", "desktop.ini")


def files(path: Path) -> list[Found]:
    """Return every file of a folder, or the one file, in the order of names.

    Errors      SRC-101 nothing there; SRC-102 a link or something that is no file
    """
    if not path.exists():
        raise refuse("SRC-101", found=path.name)
    if path.is_file() and not path.is_symlink():
        return [found(path, path.name)]
    if path.is_symlink() or not path.is_dir():
        raise refuse("SRC-102", found=path.name)
    listed = []
    for each in sorted(path.rglob("*")):
        name = each.relative_to(path).as_posix()
        if each.is_symlink():
            raise refuse("SRC-102", found=name)
        if each.is_dir():
            continue
        if not each.is_file():
            raise refuse("SRC-102", found=name)
        listed.append(found(each, name))
        if len(listed) > FILES:
            raise refuse("SRC-103", found=path.name, accepted=FILES)
    return listed


def found(path: Path, name: str) -> Found:
    """Return what a file is."""
    state = path.stat()
    return Found(name, path, state.st_size, state.st_mtime_ns)


def hashed(listed: list[Found]) -> tuple[SourceFile, ...]:
    """Return the files with their hashes, junk left out."""
    return tuple(SourceFile(each.name, hash_file(each.path), each.bytes) for each in listed if not is_junk(each.name))


def says_synthetic(listed: list[Found]) -> bool:
    """Return whether the delivery's marker says that no real person is behind it.

    Errors      SRC-104 the marker cannot be read
    """
    for each in listed:
        if each.name == MARKER:
            if each.bytes > MARKER_BYTES:
                raise refuse("SRC-104", found=MARKER)
            return marker_says(each.path.read_bytes())
    return False


def marker_says(data: bytes) -> bool:
    """Return the marker's word: `{"synthetic": true}`."""
    try:
        body = json.loads(data)
    except ValueError:
        raise refuse("SRC-104", found=MARKER) from None
    return isinstance(body, dict) and body.get("synthetic") is True


def digests(folder: Path | None) -> list[str]:
    """Return the digests of a folder's files, sorted; none without a folder."""
    return sorted(each.sha256 for each in hashed(files(folder))) if folder else []
