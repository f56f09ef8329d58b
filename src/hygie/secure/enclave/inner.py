"""The first program inside the sandbox: confines itself, says which walls it sees, waits, becomes the study."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from typing import Any

from hygie.secure.enclave import landlock, wire

LINE = 14
ROOT = {"usr", "bin", "sbin", "lib", "lib64", "etc", "dev", "proc", "opt", "run", "data", "study", "scratch", "out"}
SPACES = ("user", "pid", "net", "ipc", "uts", "cgroup", "mnt")
RULES = (
    *((path, landlock.READ) for path in ("/usr", "/opt", "/etc", "/study", "/data", "/proc", "/run", "/sys")),
    *((path, landlock.WORK) for path in ("/scratch", "/out", "/dev/shm")),  # noqa: S108 - the sandbox's own
    ("/dev", landlock.DEVICE),
)


def main() -> None:
    """Confine, report, wait for the word, and replace this program by the study's command."""
    line = socket.socket(fileno=LINE)
    received = wire.receive(line)
    if received is None:
        sys.exit(1)
    job: dict[str, Any] = received[0]
    seen = report(job["shown"])
    version = landlock.restrict([*RULES, *((path, landlock.READ) for path in job["shown"])]) if job["landlock"] else 0
    for name, value in job["rlimits"].items():
        with contextlib.suppress(ValueError):
            resource.setrlimit(getattr(resource, name), (value, value))
    wire.send(line, {**seen, "landlock": version})
    if wire.receive(line) is None:
        sys.exit(1)
    if job["close"]:
        line.close()
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    command = job["command"]
    try:
        os.execvpe(command[0], command, dict(os.environ))  # noqa: S606 - the study itself
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(127)


def report(shown: list[str]) -> dict[str, object]:
    """Return what this process sees of its own walls."""
    status = dict(line.split(":\t", 1) for line in read("/proc/self/status").splitlines() if ":\t" in line)
    return {
        "seccomp": int(status.get("Seccomp", "0")),
        "no_new_privs": int(status.get("NoNewPrivs", "0")),
        "capabilities": status.get("CapEff", "?").strip() + status.get("CapBnd", "?").strip(),
        "spaces": {space: os.readlink(f"/proc/self/ns/{space}") for space in SPACES},  # noqa: PTH115
        "uid_map": read("/proc/self/uid_map").split(),
        "more": sorted(set(os.listdir("/")) - ROOT - set(shown)),  # noqa: PTH208
        "rootro": readonly("/") and readonly("/dev"),
        "inputro": readonly("/data") and readonly("/study"),
        "descriptors": [number for number in open_numbers() if number > 2 and number != LINE],
        "environment": sorted(os.environ),
        "session": os.getsid(0),
        "devices": sorted(os.listdir("/dev")),  # noqa: PTH208
    }


def readonly(path: str) -> bool:
    """Return whether a mount refuses to be written."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def open_numbers() -> list[int]:
    """Return the descriptors that are open, the one that lists them left out."""
    found = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
    return sorted(number for number in found if os.path.exists(f"/proc/self/fd/{number}"))  # noqa: PTH110


def read(path: str) -> str:
    """Return a small file's text, empty when it cannot be read."""
    try:
        with open(path) as handle:  # noqa: PTH123
            return handle.read()
    except OSError:
        return ""
