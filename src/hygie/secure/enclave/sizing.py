"""How much memory a run's data may take: by what the extract holds, within what the machine has."""

from __future__ import annotations

from pathlib import Path

from hygie.base.kernel import refuse

MIB = 1 << 20
FACTOR = 2
MARGIN_MB = 64
STUDY_MB = 256
MEMORY = Path("/proc/meminfo")


def data_room(stored: int, available: int) -> int:
    """Return the MiB of /data: twice what the tables take at rest and 64, but no more than the machine has.

    Tables lie in the sandbox as they lie at rest, compressed columns, written by another library.

    Parameters
    ----------
    stored : int      bytes of the tables at rest
    available : int   MiB of memory that the machine can give now

    Errors   ENC-116 when the tables and a small study do not fit

    Example
    -------
    >>> data_room(3 << 30, 16_000), data_room(3 << 30, 4_000)
    (6208, 3744)
    """
    needed = -(-stored // MIB)
    if needed + STUDY_MB > available:
        raise refuse("ENC-116", needed=needed + STUDY_MB, found=available)
    return min(FACTOR * needed + MARGIN_MB, available - STUDY_MB)


def available_memory(table: Path = MEMORY) -> int:
    """Return the MiB of memory that the machine can give without swapping, as the kernel estimates it."""
    lines = dict(line.split(":", 1) for line in table.read_text("ascii").splitlines())
    return int(lines["MemAvailable"].split()[0]) // 1024
