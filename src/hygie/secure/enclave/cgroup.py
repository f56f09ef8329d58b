"""Control groups of a run: version 1 (also hybrid), version 2 where delegated, or none."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PERIOD = 100_000
PREFIX = "hygie-"
NEEDED = ("memory", "pids", "cpu")


@dataclass(frozen=True)
class Bounds:
    """What a group holds: bytes of memory, number of tasks, processors; 0 leaves one unbounded."""

    memory: int
    processes: int
    cpus: int


@dataclass(frozen=True)
class Groups:
    """The folders of one run's groups.

    Parameters
    ----------
    version : str   `v1`, `v2` or `none`
    folders : Mapping[str, Path]   by controller
    """

    version: str
    folders: Mapping[str, Path]

    def add(self, pid: int) -> None:
        """Put a process, and what it will start, into the groups."""
        for folder in set(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def touched(self) -> tuple[str, ...]:
        """Return the bounds that the run ran into."""
        found = []
        if count(self.folders.get("memory"), ("memory.oom_control", "memory.events"), "oom_kill"):
            found.append("memory")
        if count(self.folders.get("pids"), ("pids.events",), "max"):
            found.append("processes")
        return tuple(found)

    def figures(self) -> dict[str, int]:
        """Return the most memory (bytes) and tasks that were in use at once, where the kernel counts them."""
        names = {
            "memory": ("memory", ("memory.max_usage_in_bytes", "memory.peak")),
            "processes": ("pids", ("pids.peak",)),
        }
        return {
            name: figure for name, (kind, files) in names.items() if (figure := number(self.folders.get(kind), files))
        }

    def remove(self) -> None:
        """Remove the groups once their processes are gone."""
        for folder in set(self.folders.values()):
            for _ in range(100):
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)


NONE = Groups("none", {})


def create(name: str, bounds: Bounds, root: Path = Path("/sys/fs/cgroup")) -> Groups:
    """Return groups with their bounds set, or none where this account cannot have them.

    Parameters
    ----------
    name : str      the run's name
    bounds : Bounds
    root : Path     where control groups are mounted
    """
    own = parents(Path("/proc/self/cgroup").read_text())
    for version, folders in (
        ("v1", {kind: root / kind / own.get(kind, "") for kind in NEEDED}),
        ("v2", unified(root, own)),
    ):
        if not all(folder.is_dir() for folder in folders.values()) or not folders:
            continue
        with contextlib.suppress(OSError):
            sweep(set(folders.values()))
            groups = Groups(
                version, {kind: folder / f"{PREFIX}{os.getpid()}-{name}" for kind, folder in folders.items()}
            )
            made(groups, bounds)
            return groups
    return NONE


def made(groups: Groups, bounds: Bounds) -> None:
    """Make the folders and set the bounds; leave nothing behind when one is refused."""
    try:
        for folder in set(groups.folders.values()):
            folder.mkdir()
        for (kind, file), value in settings(groups.version, bounds).items():
            path = groups.folders[kind] / file
            if path.exists() or file not in OPTIONAL:
                path.write_text(value)
    except OSError:
        groups.remove()
        raise


OPTIONAL = {"memory.memsw.limit_in_bytes", "memory.swappiness", "memory.swap.max", "memory.oom.group"}


def settings(version: str, bounds: Bounds) -> dict[tuple[str, str], str]:
    """Return what is written where, by controller and file, in order.

    Source   Linux, Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst
    """
    found: dict[tuple[str, str], str] = {}
    if bounds.memory and version == "v1":
        found["memory", "memory.limit_in_bytes"] = str(bounds.memory)
        found["memory", "memory.memsw.limit_in_bytes"] = str(bounds.memory)
        found["memory", "memory.swappiness"] = "0"
    elif bounds.memory:
        found["memory", "memory.max"] = str(bounds.memory)
        found["memory", "memory.swap.max"] = "0"
        found["memory", "memory.oom.group"] = "1"
    if bounds.processes:
        found["pids", "pids.max"] = str(bounds.processes)
    if bounds.cpus and version == "v1":
        found["cpu", "cpu.cfs_period_us"] = str(PERIOD)
        found["cpu", "cpu.cfs_quota_us"] = str(bounds.cpus * PERIOD)
    elif bounds.cpus:
        found["cpu", "cpu.max"] = f"{bounds.cpus * PERIOD} {PERIOD}"
    return found


def parents(text: str) -> dict[str, str]:
    """Return this process's group by controller, `` for version 2, relative to the mount.

    Example
    -------
    >>> parents("4:memory:/a\\n0::/b\\n")
    {'memory': 'a', '': 'b'}
    """
    found = {}
    for line in text.splitlines():
        _, kinds, path = line.split(":", 2)
        for kind in kinds.split(","):
            found[kind] = path.lstrip("/")
    return found


def unified(root: Path, own: Mapping[str, str]) -> dict[str, Path]:
    """Return version 2's folder for each controller, nothing unless all are delegated."""
    folder = root / own.get("", "")
    try:
        given = set((folder / "cgroup.subtree_control").read_text().split())
    except OSError:
        return {}
    return dict.fromkeys(NEEDED, folder) if set(NEEDED) <= given else {}


def sweep(folders: set[Path]) -> None:
    """Remove the empty groups that launchers which are gone left behind."""
    for folder in folders:
        for left in folder.glob(f"{PREFIX}*-*"):
            pid = left.name.removeprefix(PREFIX).partition("-")[0]
            if pid.isdigit() and not Path("/proc", pid).exists():
                with contextlib.suppress(OSError):
                    left.rmdir()


def count(folder: Path | None, files: tuple[str, ...], key: str) -> int:
    """Return a counter of a group's file of `key value` lines, 0 when there is none."""
    for file in files:
        if folder and (folder / file).exists():
            pairs = dict(line.split(None, 1) for line in (folder / file).read_text().splitlines() if " " in line)
            return int(pairs.get(key, "0"))
    return 0


def number(folder: Path | None, files: tuple[str, ...]) -> int:
    """Return the figure of the first file that exists, 0 when none does."""
    for file in files:
        if folder and (folder / file).exists():
            return int((folder / file).read_text())
    return 0
