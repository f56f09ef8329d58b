"""Removing a file that must not be read again."""

from __future__ import annotations

import os
from pathlib import Path

from hygie.base.kernel.store import sync


def shred(path: Path) -> None:
    """Overwrite a file in place with random bytes, force them to the disk, remove the file; no file, nothing done."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        os.write(descriptor, os.urandom(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()
    sync(path.parent)
