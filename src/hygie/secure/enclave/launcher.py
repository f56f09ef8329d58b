"""Starts a study in its sandbox, hands it its data through memory, and takes back what it leaves."""

from __future__ import annotations

import contextlib
import io
import os
import select
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from hygie.base.kernel import Refusal, refuse
from hygie.secure.enclave import cgroup, mounts, seccomp, walls, wire
from hygie.secure.enclave.identity import Identity, bubblewrap, identity, obstacle
from hygie.secure.enclave.job import Job, Outcome, Sink, Stop
from hygie.secure.enclave.orders import absent, orders
from hygie.secure.enclave.swap import swap_state

MB = 1 << 20
ENDED = "ENC-117"
INSIDE = ("wire", "landlock", "collector", "watch", "supervisor", "inner")
START = """import sys
from hygie.secure.enclave import inner, supervisor
inner.main() if sys.argv[1] == "inside" else supervisor.main(int(sys.argv[1]), int(sys.argv[2]))
"""


def never() -> str:
    """Never ask a run to stop."""
    return ""


def launch(python: Path, job: Job, sink: Sink, *, stop: Stop = never, every: float = 10.0) -> Outcome:
    """Run a job in the sandbox and return how it ended.

    Parameters
    ----------
    python : Path   the study interpreter
    job : Job
    sink : Sink     given each output's name, its next piece, and whether it was the last
    stop : Stop     asked every `every` seconds; a word stops the run and becomes its bound
    every : float   seconds

    Errors   ENC-103 a wall is missing and the data are not synthetic; ENC-104 a tool is missing; ENC-105 the sandbox
             did not start; ENC-106, ENC-107 the interpreter cannot be used; ENC-108 the data do not fit; ENC-117 the
             sandbox ended before the study did
    """
    found = mounts.runtime(python)
    who = identity() if "uid" not in job.without else Identity(os.geteuid() == 0, os.geteuid(), os.getegid())
    if barrier := obstacle(python, who.uid, who.gid):
        raise refuse("ENC-106", found=str(barrier), fix=f"chmod o+rx {barrier}, or a study environment elsewhere")
    limits = job.limits
    amount = (limits.memory_mb + limits.scratch_mb + limits.output_mb + 64) * MB if limits.memory_mb else 0
    bounds = cgroup.Bounds(amount, limits.processes and limits.processes + 2, limits.cpus)
    groups = cgroup.NONE if "groups" in job.without else cgroup.create(job.name, bounds)
    ours, theirs = socket.socketpair()
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(groups.remove)
            process = spawn(stack, python, who, theirs, job)
            stack.callback(ended, process, ours)
            theirs.close()
            return converse(Talk(ours, job, found, who, bubblewrap(who), groups, sink, stop, every))
    finally:
        ours.close()


@cache
def archive() -> bytes:
    """Return the programs of the sandbox's two sides as one zip that an interpreter runs from memory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("__main__.py", START)
        for package in ("hygie", "hygie/secure", "hygie/secure/enclave"):
            packed.writestr(f"{package}/__init__.py", "")
        for name in INSIDE:
            source = (resources.files("hygie.secure.enclave") / f"{name}.py").read_bytes()
            packed.writestr(f"hygie/secure/enclave/{name}.py", source)
    return buffer.getvalue()


def memory_file(name: str, content: bytes) -> int:
    """Return a descriptor of a content that is nowhere on disk."""
    descriptor = os.memfd_create(name, 0)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def spawn(
    stack: contextlib.ExitStack, python: Path, who: Identity, theirs: socket.socket, job: Job
) -> subprocess.Popen[bytes]:
    """Start the supervisor under the study's account, with an empty environment and two descriptors."""
    program = memory_file("supervisor", archive())
    stack.callback(os.close, program)
    rules = memory_file("filter", seccomp.program())
    stack.callback(os.close, rules)
    words = [*who.drop, str(python), "-I", "-S", f"/proc/self/fd/{program}"]
    try:
        return subprocess.Popen(
            [*words, str(theirs.fileno()), str(rules)],
            pass_fds=(program, rules, theirs.fileno()),
            env=dict(os.environ) if "environment" in job.without else {},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session="session" not in job.without,
        )
    except OSError as error:
        raise refuse("ENC-105", found=str(error.strerror)) from error


def ended(process: subprocess.Popen[bytes], line: socket.socket) -> None:
    """Make sure that the supervisor, and with it the sandbox, is over."""
    line.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass
class Talk:
    """What the conversation with the supervisor needs."""

    line: socket.socket
    job: Job
    runtime: mounts.Runtime
    who: Identity
    bwrap: str
    groups: cgroup.Groups
    sink: Sink
    stop: Stop
    every: float


def converse(talk: Talk) -> Outcome:
    """Give the orders, hand over the files, and gather what comes back."""
    outcome = Outcome()
    wire.send(talk.line, orders(talk.job, talk.runtime, talk.bwrap, talk.groups.version == "none"))
    head, _ = expect(talk, "child")
    talk.groups.add(int(head["pid"]))
    wire.send(talk.line, {"op": "go"})
    head, _ = expect(talk, "walls")
    outcome.standing = walls.standing(
        head, launcher_root=talk.who.root, groups=talk.groups.version, swap=swap_state(), without=absent(talk.job)
    )
    if outcome.missing and not talk.job.synthetic:
        first = walls.BY_NAME[outcome.missing[0]]
        raise refuse("ENC-103", wall=", ".join(outcome.missing), fix=first.fix, found=first.stops)
    hand_over(talk, "study", talk.job.study)
    hand_over(talk, "data", talk.job.data)
    wire.send(talk.line, {"op": "start"})
    gather(talk, outcome)
    return outcome


def expect(talk: Talk, op: str) -> tuple[dict[str, Any], bytes]:
    """Return the supervisor's next frame, which must be of this kind; ENC-105 otherwise."""
    received = wire.receive(talk.line)
    if received is None:
        raise refuse("ENC-105", found="the supervisor ended")
    if received[0]["op"] != op:
        raise refuse("ENC-105", found=str(received[0].get("text", ""))[:500])
    return received


def hand_over(talk: Talk, folder: str, files: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    """Send files into a memory mount, piece by piece."""
    try:
        for name, content in files:
            for piece in cut(content):
                wire.send(talk.line, {"op": "file", "name": f"{folder}/{name}", "last": False}, piece)
            wire.send(talk.line, {"op": "file", "name": f"{folder}/{name}", "last": True})
    except BrokenPipeError as error:
        raise unfit(talk) from error


def unfit(talk: Talk) -> Refusal:
    """Return the refusal for data that the supervisor could not hold."""
    received = wire.receive(talk.line)
    text = str(received[0].get("text", "")) if received else "the supervisor ended"
    return refuse("ENC-108", found=text[:200], limit=talk.job.limits.data_mb)


def cut(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces that a frame can hold."""
    for piece in content:
        for start in range(0, len(piece), wire.PIECE):
            yield piece[start : start + wire.PIECE]


def gather(talk: Talk, outcome: Outcome) -> None:
    """Take what comes back until the supervisor is done, asking now and then whether the run must stop."""
    asked = time.monotonic()
    while True:
        ready, _, _ = select.select([talk.line], [], [], max(0.01, asked + talk.every - time.monotonic()))
        if time.monotonic() - asked >= talk.every:
            asked = time.monotonic()
            if reason := talk.stop():
                wire.send(talk.line, {"op": "stop", "reason": reason})
        if not ready:
            continue
        received = wire.receive(talk.line)
        if received is None:
            raise refuse(ENDED)
        head, piece = received
        if head["op"] == "done":
            return
        note(talk, outcome, head, piece)


def note(talk: Talk, outcome: Outcome, head: dict[str, Any], piece: bytes) -> None:
    """Take one frame of what comes back."""
    if head["op"] == "output":
        talk.sink(head["name"], piece, head["last"])
    elif head["op"] == "left":
        outcome.left.append((head["name"], head["reason"]))
    elif head["op"] == "text":
        outcome.texts[head["name"]] = outcome.texts.get(head["name"], b"") + piece
    elif head["op"] == "ended":
        conclude(talk, outcome, head)
    else:
        raise refuse("ENC-108", found=str(head.get("text", ""))[:500], limit=talk.job.limits.data_mb)


def conclude(talk: Talk, outcome: Outcome, head: dict[str, Any]) -> None:
    """Set down the exit, the figures, and the bound that stopped the run."""
    outcome.exit = int(head["exit"])
    outcome.used = {name: head[name] for name in ("wall", "cpu", "memory", "processes")} | talk.groups.figures()
    touched = [*([head["bound"]] if head["bound"] else []), *talk.groups.touched(), *head["full"]]
    if (
        outcome.exit in (128 + 24, 128 + 9)
        and talk.job.limits.cpu_seconds
        and head["cpu"] >= talk.job.limits.cpu_seconds
    ):
        touched.append("cpu")
    outcome.bounds = tuple(dict.fromkeys(touched))
    outcome.stopped_by = head["bound"] or (outcome.bounds[0] if outcome.exit and outcome.bounds else "")
