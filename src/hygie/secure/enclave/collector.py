"""Takes files out of a folder that a hostile program filled: ordinary files only, by name, by size, once."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
PIECE = 1 << 20
MOST_NAMED = 1000
UNDECLARED = "undeclared"


@dataclass(frozen=True)
class Found:
    """One entry of the folder: a file to take, or why it is left.

    Parameters
    ----------
    name : str     the entry's name; a hostile one is shown escaped and cut
    reason : str   empty when the file may be taken, else `name`, `folder`, `link`, `special`, `shared`, `bits`,
                   `size`, `total` or `undeclared`
    size : int     bytes, 0 when left
    """

    name: str
    reason: str
    size: int = 0


def entries(folder: int, limit: int, wanted: frozenset[str]) -> Iterator[Found]:
    """Yield the entries of an open folder: the wanted ones, at most `limit` bytes in all, then those that nobody wants.

    A program chooses the names of what it leaves after it has seen the data; those that it did not declare before are
    never taken.

    Parameters
    ----------
    folder : int         descriptor of the folder, which nobody writes any more
    limit : int          bytes
    wanted : frozenset   names that were declared before the program ran
    """
    total = 0
    present = sorted(os.listdir(folder))
    for name in present:
        if name not in wanted:
            continue
        found = judge(folder, name, limit)
        if not found.reason and total + found.size > limit:
            found = Found(name, "total")
        total += found.size
        yield found
    for name in [name for name in present if name not in wanted][:MOST_NAMED]:
        yield Found(ascii(name)[:120], UNDECLARED)


def judge(folder: int, name: str, limit: int) -> Found:
    """Return whether one entry is an ordinary file that may be taken."""
    if not NAME.fullmatch(name):
        return Found(ascii(name)[:120], "name")
    try:
        handle = opened(folder, name)
    except OSError:
        return Found(name, "link")
    try:
        return Found(name, *verdict(os.fstat(handle), limit))
    finally:
        os.close(handle)


def verdict(status: os.stat_result, limit: int) -> tuple[str, int]:
    """Return the reason against a file, or none and its size."""
    if stat.S_ISDIR(status.st_mode):
        return "folder", 0
    if not stat.S_ISREG(status.st_mode):
        return "special", 0
    if status.st_nlink != 1:
        return "shared", 0
    if status.st_mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX):
        return "bits", 0
    if status.st_size > limit:
        return "size", 0
    return "", status.st_size


def opened(folder: int, name: str) -> int:
    """Return a descriptor of an entry, following no link and waiting for no pipe."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    return os.open(name, flags, dir_fd=folder)


def pieces(folder: int, found: Found) -> Iterator[bytes]:
    """Yield a judged file's bytes, never more than it had when it was judged."""
    handle = opened(folder, found.name)
    try:
        left = found.size
        while left and (piece := os.read(handle, min(PIECE, left))):
            left -= len(piece)
            yield piece
    finally:
        os.close(handle)
