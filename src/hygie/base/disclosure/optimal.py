"""The fewest further cells to hide, by the Tau-Argus engine with its HiGHS solver, in a process of its own.

The engine works in files: it gets memory-backed ones alone, since they hold true values, and only the numbers of the
cells to hide come back.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence, Set
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - memory-backed, and left empty
SECONDS = 20
WORKER = """
import os, sys
from pytauargus.engine import HiTaSCtrl
source, target = os.memfd_create("in"), os.memfd_create("out")
os.write(source, sys.stdin.buffer.read())
code = HiTaSCtrl().full_jj(in_file_jj=f"/proc/self/fd/{source}", out_file=f"/proc/self/fd/{target}", max_time=1)
sys.stdout.buffer.write(b"%d\\n" % code + os.pread(target, 1 << 20, 0))
"""


def optimal(
    amounts: Sequence[int], sums: Sequence[tuple[int, Sequence[int]]], hidden: Set[int], need: int
) -> frozenset[int] | None:
    """Return the numbers of further cells to hide; None when the engine has no answer here.

    Parameters
    ----------
    amounts : Sequence[int]   of every cell, 0 or more
    sums : Sequence           a total's number, and the numbers of its parts
    hidden : Set[int]         cells that are hidden already
    need : int                how far above its amount a hidden cell must be able to lie
    """
    if not MEMORY.is_dir() or not amounts:
        return None
    try:
        with tempfile.TemporaryDirectory(dir=MEMORY, prefix="hygie-") as folder:
            done = subprocess.run(
                [sys.executable, "-I", "-c", WORKER],
                input=problem(amounts, sums, hidden, need).encode(),
                capture_output=True,
                timeout=SECONDS,
                cwd=folder,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.split()
    if done.returncode != 0 or not words or words[0] != b"0":
        return None
    return frozenset(int(word) for word in words[1:] if word.isdigit() and int(word) < len(amounts)) - hidden


def problem(amounts: Sequence[int], sums: Sequence[tuple[int, Sequence[int]]], hidden: Set[int], need: int) -> str:
    """Return the table in the engine's own form (JJ): cells with cost, status, limits and levels, then the sums."""
    top = 2 * max(amounts) + need
    lines = ["0", str(len(amounts))]
    for number, amount in enumerate(amounts):
        status, level = ("u", need) if number in hidden else ("s", 0)
        lines.append(f"{number} {amount} {amount + 1} {status} 0 {top} 0 {level} 0")
    lines.append(str(len(sums)))
    for total, parts in sums:
        lines.append(f"0 {len(parts) + 1} : {total} (-1) " + " ".join(f"{part} (1)" for part in parts) + " ")
    return "\n".join(lines) + "\n"
