"""What the supervisor is told at once: mounts, arguments and bounds, as JSON values."""

from __future__ import annotations

from typing import Any

from hygie.secure.enclave import mounts
from hygie.secure.enclave.job import Job

MB = 1 << 20


def absent(job: Job) -> frozenset[str]:
    """Return the walls that were taken away, by name or by a bound of 0."""
    limits = job.limits
    bounds = {
        "memory": limits.memory_mb,
        "processes": limits.processes,
        "cpu": limits.cpu_seconds and limits.cpus,
        "wall": limits.seconds,
        "disk": limits.scratch_mb and limits.output_mb,
        "files": limits.files,
        "text": limits.text_kb,
    }
    return job.without | {name for name, bound in bounds.items() if not bound}


def orders(job: Job, runtime: mounts.Runtime, bwrap: str, alone: bool) -> dict[str, Any]:
    """Return what the supervisor is told at once; `alone` when no control group holds memory and tasks."""
    limits, without = job.limits, job.without
    shown = tuple(outside for outside, _ in runtime.folders)
    folder = mounts.stage((*shown, bwrap, str(runtime.host)))
    files = limits.files + 1 if limits.files else 0
    sizes = {
        "data": (limits.data_mb, 0),
        "study": (64, 0),
        "scratch": (limits.scratch_mb, files * 100),
        "out": (limits.output_mb, files),
        "shm": (limits.scratch_mb, files * 100),
    }
    rlimits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CPU": int(limits.cpu_seconds) + 1 if limits.cpu_seconds else 0,
        "RLIMIT_FSIZE": max(limits.scratch_mb, limits.output_mb) * MB if limits.scratch_mb and limits.output_mb else 0,
        "RLIMIT_NPROC": limits.processes if alone else limits.processes * 2,
        "RLIMIT_DATA": limits.memory_mb * MB if alone else 0,
    }
    command = list(job.command)
    command[0] = {"python": runtime.inside, "Rscript": "/usr/bin/Rscript"}.get(command[0], command[0])
    inside = [inside for outside, inside in runtime.folders if outside == inside]
    return {
        "stage": folder,
        "mounts": {name: (size * MB, count) for name, (size, count) in sizes.items()},
        "bwrap": bwrap,
        "arguments": mounts.arguments(runtime, folder, limits.cpus, without),
        "start": [runtime.inside, "-I", "-S", "/run/study/start", "inside"],
        "close": "descriptors" not in without,
        "cpus": limits.cpus,
        "inner": {
            "landlock": "landlock" not in without,
            "close": "descriptors" not in without,
            "command": command,
            "shown": inside,
            "rlimits": {name: value for name, value in rlimits.items() if value or name == "RLIMIT_CORE"},
        },
        "wall": limits.seconds,
        "cpu": limits.cpu_seconds,
        "text": limits.text_kb * 1024,
        "memory": limits.memory_mb * MB if alone else 0,
        "processes": limits.processes if alone else 0,
        "collect": (limits.output_mb or 1024) * MB,
        "wanted": list(job.outputs),
    }
