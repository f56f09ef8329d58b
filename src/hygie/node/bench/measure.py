"""Measuring ours beside the same work by hand: interleaved in one run, so that a busy machine slows both."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
EVERY = 0.005


@dataclass(frozen=True)
class Medians:
    """What was measured.

    Parameters
    ----------
    seconds : Mapping[str, float]   median wall time of each candidate
    best : Mapping[str, float]      shortest wall time of each candidate
    peak_mb : Mapping[str, int]     the process's largest resident memory while each ran, MiB
    grown_mb : Mapping[str, int]    the largest growth over what was resident when it started, MiB
    ratio : float                   median of the first over median of the second; 1.0 when alone
    rounds : int
    """

    seconds: Mapping[str, float]
    best: Mapping[str, float]
    peak_mb: Mapping[str, int]
    grown_mb: Mapping[str, int]
    ratio: float
    rounds: int

    def document(self) -> dict[str, object]:
        """Return the JSON form, rounded for reading."""
        return {
            "seconds": {name: round(value, 4) for name, value in self.seconds.items()},
            "best": {name: round(value, 4) for name, value in self.best.items()},
            "peak_mb": dict(self.peak_mb),
            "grown_mb": dict(self.grown_mb),
            "ratio": round(self.ratio, 3),
            "rounds": self.rounds,
        }


def interleave(
    candidates: Mapping[str, Callable[[], object]],
    rounds: int = 5,
    *,
    warm_up: int = 1,
    reset: Callable[[], object] | None = None,
) -> Medians:
    """Run candidates in turn, round after round, each round in the opposite order, and return their medians.

    Parameters
    ----------
    candidates : Mapping[str, Callable]   name to work; the first is ours, the second what it is compared with
    rounds : int                          measured rounds, 1 or more
    warm_up : int                         rounds before, not counted
    reset : Callable | None               called before each work, not counted

    Example
    -------
    >>> sorted(interleave({"a": lambda: None, "b": lambda: None}, rounds=1).seconds)
    ['a', 'b']
    """
    names = list(candidates)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    peak, grown = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for turn in range(-warm_up, rounds):
        for name in names if turn % 2 == 0 else reversed(names):
            if reset is not None:
                reset()
            taken, highest, start = watched(candidates[name])
            if turn >= 0:
                seconds[name].append(taken)
                peak[name] = max(peak[name], highest)
                grown[name] = max(grown[name], highest - start)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return Medians(
        seconds=medians,
        best={name: min(values) for name, values in seconds.items()},
        peak_mb={name: round(value) for name, value in peak.items()},
        grown_mb={name: round(value) for name, value in grown.items()},
        ratio=medians[names[0]] / medians[names[1]] if len(names) > 1 else 1.0,
        rounds=rounds,
    )


def watched(work: Callable[[], object]) -> tuple[float, float, float]:
    """Return a work's wall seconds, the largest resident memory while it ran and that at its start, MiB."""
    start = highest = resident()
    done = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(EVERY):
            highest = max(highest, resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    begun = time.perf_counter()
    try:
        work()
    finally:
        taken = time.perf_counter() - begun
        done.set()
        watcher.join()
    return taken, max(highest, resident()), start


def resident() -> float:
    """Return this process's resident memory, MiB."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_MB
