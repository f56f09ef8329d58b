"""Outside the sandbox, under the study's own uid: makes the memory mounts, starts bubblewrap, watches, collects.

It runs on the study interpreter, imports the standard library alone, and obeys the launcher over one socket. When the
launcher is gone it ends, and the sandbox with it.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import sys
import traceback
from typing import Any

from hygie.secure.enclave import collector, watch, wire

ARGUMENTS, FILTER, INNER, HIGH = 11, 12, 14, 50
NEWNS, NEWUSER = 0x00020000, 0x10000000
NOSUID, NODEV, REC, PRIVATE = 2, 4, 16384, 1 << 18
SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def main(line_number: int, filter_number: int) -> None:
    """Serve one run, then end.

    Parameters
    ----------
    line_number : int     descriptor of the socket to the launcher
    filter_number : int   descriptor of the compiled system call filter
    """
    line = socket.socket(fileno=line_number)
    checked(libc.prctl(SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    received = wire.receive(line)
    if received is None:
        return
    try:
        serve(line, {**received[0], "filter": filter_number})
    except (OSError, ValueError) as error:
        where = traceback.extract_tb(error.__traceback__)[-1].name
        wire.send(line, {"op": "failed", "text": f"{where}: {error}"})


def serve(line: socket.socket, job: dict[str, Any]) -> None:
    """Prepare, start, fill, run, collect: each step when the launcher says so."""
    stage(job)
    child, inner, outputs = start(line, job)
    report = wire.receive(inner)
    if report is None:
        _, code = os.waitpid(child, 0)
        text = b"".join(os.read(descriptor, 4096) for descriptor in outputs[1:])
        wire.send(line, {"op": "failed", "text": f"bwrap {code}: {text.decode(errors='replace').strip()}"})
        return
    spaces = {space: os.readlink(f"/proc/self/ns/{space}") for space in report[0]["spaces"]}  # noqa: PTH115
    wire.send(line, {"op": "walls", **report[0], "outside": spaces})
    if not fill(line, job["stage"]):
        os.kill(child, signal.SIGKILL)
        return
    wire.send(inner, {"op": "go"})
    inner.close()
    ended = watch.follow(watch.Run(line, child, outputs, job))
    for name, data in ended.texts.items():
        for start_at in range(0, len(data), wire.PIECE):
            wire.send(line, {"op": "text", "name": name}, data[start_at : start_at + wire.PIECE])
    wire.send(line, {"op": "ended", **ended.facts})
    collect(line, job)
    wire.send(line, {"op": "done"})


def stage(job: dict[str, Any]) -> None:
    """Enter a user and a mount namespace and make the sized memory mounts there."""
    uid, gid = os.getuid(), os.getgid()
    checked(libc.unshare(NEWUSER | NEWNS), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as handle:  # noqa: PTH123
            handle.write(text)
    checked(libc.mount(b"none", b"/", None, REC | PRIVATE, None), "private")
    os.umask(0o077)
    folder = job["stage"]
    mount_memory(folder, 1 << 24, 1000)
    for name, (size, files) in job["mounts"].items():
        os.mkdir(f"{folder}/{name}", 0o700)  # noqa: PTH102
        mount_memory(f"{folder}/{name}", size, files)
    os.mkdir(f"{folder}/inner", 0o755)  # noqa: PTH102
    with open(sys.argv[0], "rb") as source, open(f"{folder}/inner/start", "wb") as copy:  # noqa: PTH123
        copy.write(source.read())
    with open(f"{folder}/inner/passwd", "w") as handle:  # noqa: PTH123
        handle.write("study:x:1000:1000::/scratch:/bin/sh\n")


def mount_memory(path: str, size: int, files: int) -> None:
    """Mount memory at a path, with room for so many bytes and so many files; 0 means no bound."""
    bound = f"size={size},nr_inodes={files},mode=0700" if size else "mode=0700"
    checked(libc.mount(b"tmpfs", path.encode(), b"tmpfs", NOSUID | NODEV, bound.encode()), f"tmpfs {path}")


def start(line: socket.socket, job: dict[str, Any]) -> tuple[int, socket.socket, tuple[int, int]]:
    """Start bubblewrap once the launcher has put it into its control groups."""
    ours, theirs = socket.socketpair()
    ready, word = os.pipe()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    arguments = os.memfd_create("arguments", 0)
    os.write(arguments, b"".join(argument.encode() + b"\0" for argument in job["arguments"]))
    os.lseek(arguments, 0, os.SEEK_SET)
    child = os.fork()
    if child == 0:
        os.close(word)
        if not os.read(ready, 1):
            os._exit(1)
        become(job, (theirs.fileno(), out_write, err_write, arguments), line.fileno())
    os.close(ready)
    for descriptor in (out_write, err_write, arguments):
        os.close(descriptor)
    theirs.close()
    wire.send(line, {"op": "child", "pid": child})
    if wire.receive(line) is None:
        sys.exit(1)
    os.write(word, b"1")
    os.close(word)
    wire.send(ours, job["inner"])
    return child, ours, (out_read, err_read)


def become(job: dict[str, Any], descriptors: tuple[int, int, int, int], line: int) -> None:
    """In the child: arrange the descriptors and become bubblewrap."""
    null = os.open("/dev/null", os.O_RDONLY)
    targets = dict(zip((INNER, 1, 2, ARGUMENTS), descriptors, strict=True)) | {0: null}
    if "--seccomp" in job["arguments"]:
        targets[FILTER] = job["filter"]
    high = {target: fcntl.fcntl(source, fcntl.F_DUPFD, HIGH) for target, source in targets.items()}
    kept = fcntl.fcntl(line, fcntl.F_DUPFD, HIGH)
    os.closerange(0, HIGH)
    for target, source in high.items():
        os.dup2(source, target)
        os.close(source)
    if job["close"]:
        os.close(kept)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: job["cpus"]] if job["cpus"] else os.sched_getaffinity(0))
    checked(libc.prctl(SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    words = ["sandbox", "--args", str(ARGUMENTS), "--", *job["start"]]
    os.execve(job["bwrap"], words, dict(os.environ))  # noqa: S606 - no shell


def fill(line: socket.socket, folder: str) -> bool:
    """Write what the launcher hands over into the memory mounts, until it says start; False if it gives up."""
    handles: dict[str, int] = {}
    while (received := wire.receive(line)) is not None:
        head, piece = received
        if head["op"] != "file":
            return head["op"] == "start"
        name = str(head["name"])
        if name not in handles:
            path = f"{folder}/{name}"
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)  # noqa: PTH103, PTH120
            handles[name] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o500)
        while piece:
            piece = piece[os.write(handles[name], piece) :]
        if head["last"]:
            os.close(handles.pop(name))
    return False


def collect(line: socket.socket, job: dict[str, Any]) -> None:
    """Hand over the declared ordinary files of the output folder and tell the launcher of the others."""
    folder = os.open(f"{job['stage']}/out", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    for found in collector.entries(folder, job["collect"], frozenset(job["wanted"])):
        if found.reason:
            wire.send(line, {"op": "left", "name": found.name, "reason": found.reason})
            continue
        for piece in collector.pieces(folder, found):
            wire.send(line, {"op": "output", "name": found.name, "last": False}, piece)
        wire.send(line, {"op": "output", "name": found.name, "last": True})


def checked(result: int, what: str) -> int:
    """Return a system call's result, or raise its error."""
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result
