"""Landlock without a library: files by list, no TCP, no abstract sockets or signals towards outside."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

CREATE, ADD, RESTRICT = 444, 445, 446  # the same numbers on every architecture since Linux 5.13
PATH_BENEATH = 1
SET_NO_NEW_PRIVS = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE = 1 << 4, 1 << 5
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (1 << bit for bit in range(6, 13))
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FILES_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}

READ = EXECUTE | READ_FILE | READ_DIR
WORK = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | MAKE_FIFO | REFER | TRUNCATE
DEVICE = READ_FILE | READ_DIR | WRITE_FILE
ONLY_FOLDERS = READ_DIR | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | MAKE_FIFO | REFER
TCP = 0b11
SCOPES = 0b11

libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """Return the kernel's Landlock version, 0 where it has none."""
    return max(0, libc.syscall(CREATE, None, 0, 1))


def restrict(rules: Sequence[tuple[str, int]]) -> int:
    """Confine this thread and its children to the rules; return the version that holds, 0 if none.

    Parameters
    ----------
    rules : Sequence[tuple[str, int]]   a path and the rights beneath it; paths that are missing are passed over

    Errors   OSError when the kernel has Landlock and refuses it

    Source   Linux, Documentation/userspace-api/landlock.rst
    """
    version = abi()
    if not version:
        return 0
    handled = FILES_BY_ABI[min(version, 5)]
    attributes = struct.pack("=QQQ", handled, TCP if version >= 4 else 0, SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = checked(libc.syscall(CREATE, attributes, size, 0))
    for path, rights in rules:
        if os.path.exists(path):  # noqa: PTH110 - runs inside, where start-up time counts
            add(ruleset, path, rights & handled)
    checked(libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    checked(libc.syscall(RESTRICT, ruleset, 0))
    os.close(ruleset)
    return version


def add(ruleset: int, path: str, rights: int) -> None:
    """Add one rule to a set."""
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):  # noqa: PTH112
            rights &= ~ONLY_FOLDERS
        checked(libc.syscall(ADD, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, handle), 0))
    finally:
        os.close(handle)


def checked(result: int) -> int:
    """Return a system call's result, or raise its error."""
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result
