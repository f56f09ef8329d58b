"""Who holds a lock, so that whoever finds it taken can be told."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

LOCKS, PROCESSES = Path("/proc/locks"), Path("/proc")


def holder(descriptor: int) -> str:
    """Return the number of the process that holds a lock on a file, and since when it runs; `?` when nobody says.

    Parameters
    ----------
    descriptor : int   of the locked file or folder, opened by this process

    Source     proc(5), /proc/locks: kind, mode, process, device and inode of each lock
    """
    try:
        inode = str(os.fstat(descriptor).st_ino)
        held = [line.split() for line in LOCKS.read_text("ascii").splitlines()]
        found = [each[4] for each in held if each[1] == "FLOCK" and each[5].rpartition(":")[2] == inode]
        begun = datetime.fromtimestamp((PROCESSES / found[0]).stat().st_ctime, UTC)
        return f"{int(found[0])}, {begun:%Y-%m-%d %H:%M:%S} UTC"
    except (OSError, IndexError, ValueError):
        return "?"
