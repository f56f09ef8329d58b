"""Follows a running sandbox: reads what it says with a cap, measures it, and stops it at its bounds."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from dataclasses import dataclass, field
from typing import Any

from hygie.secure.enclave import wire

PAUSE = 0.1
OWN = 1  # bubblewrap, outside the namespace in which tasks are counted
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Run:
    """What is followed.

    Parameters
    ----------
    line : socket            to the launcher, which may say stop or vanish
    child : int              bubblewrap's process
    outputs : tuple          descriptors of its standard output and error
    job : dict               bounds: `wall`, `cpu`, `text`, `memory`, `processes` (0: held elsewhere or not at all)
    """

    line: socket.socket
    child: int
    outputs: tuple[int, int]
    job: dict[str, Any]
    bound: str = ""
    started: float = field(default_factory=time.monotonic)
    cpu: float = 0.0
    memory: int = 0
    processes: int = 0
    full: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Ended:
    """How it ended: figures for the record, and what it said, cut at the cap."""

    facts: dict[str, object]
    texts: dict[str, bytes]


def follow(run: Run) -> Ended:
    """Return how the sandbox ended, by itself or at a bound."""
    names = dict(zip(run.outputs, ("stdout", "stderr"), strict=True))
    texts = {name: bytearray() for name in names.values()}
    with selectors.DefaultSelector() as ready:
        for descriptor in names:
            ready.register(descriptor, selectors.EVENT_READ)
        ready.register(run.line, selectors.EVENT_READ)
        code = None
        next_look = 0.0
        while code is None:
            for key, _ in ready.select(PAUSE):
                if key.fd in names:
                    take(run, ready, key.fd, texts[names[key.fd]])
                else:
                    head = wire.receive(run.line)
                    stop(run, str(head[0]["reason"]) if head else "launcher")
            if time.monotonic() >= next_look:
                look(run)
                next_look = time.monotonic() + PAUSE
            code = finished(run)
        drain(run, names, texts)
    limit = run.job["text"]
    cut = (
        {name: bytes(text[:limit]) for name, text in texts.items()}
        if limit
        else {n: bytes(t) for n, t in texts.items()}
    )
    return Ended(facts(run, code), {name: text for name, text in cut.items() if text})


def facts(run: Run, code: int) -> dict[str, object]:
    """Return the figures of a run that ended."""
    return {
        "exit": code,
        "bound": run.bound,
        "full": sorted(run.full),
        "wall": round(time.monotonic() - run.started, 3),
        "cpu": round(run.cpu, 3),
        "memory": run.memory,
        "processes": run.processes,
    }


def take(run: Run, ready: selectors.BaseSelector, descriptor: int, text: bytearray) -> None:
    """Read a piece of what the sandbox says; stop it when it says more than the cap."""
    piece = os.read(descriptor, 1 << 16)
    if not piece:
        ready.unregister(descriptor)
        return
    limit = run.job["text"]
    text += piece if not limit else piece[: max(0, limit + 1 - len(text))]
    if limit and len(text) > limit:
        stop(run, "text")


def drain(run: Run, names: dict[int, str], texts: dict[str, bytearray]) -> None:
    """Read what is left in the pipes of a sandbox that ended, up to the cap."""
    for descriptor, name in names.items():
        os.set_blocking(descriptor, False)
        try:
            while piece := os.read(descriptor, 1 << 16):
                if len(texts[name]) > (run.job["text"] or 1 << 30):
                    break
                texts[name] += piece
        except BlockingIOError:
            continue


def stop(run: Run, bound: str) -> None:
    """Kill the sandbox and remember the first bound that did."""
    run.bound = run.bound or bound
    os.kill(run.child, signal.SIGKILL)


def finished(run: Run) -> int | None:
    """Return the exit code once the sandbox is over, 128 and the signal's number when killed."""
    pid, status, usage = os.wait4(run.child, os.WNOHANG)
    if pid == 0:
        return None
    run.cpu = max(run.cpu, usage.ru_utime + usage.ru_stime)
    fullness(run)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def look(run: Run) -> None:
    """Measure the sandbox and stop it at its bounds."""
    cpu, memory, count = tree(run.child)
    run.cpu, run.memory, run.processes = max(run.cpu, cpu), max(run.memory, memory), max(run.processes, count)
    fullness(run)
    job = run.job
    if job["wall"] and time.monotonic() - run.started > job["wall"]:
        stop(run, "wall")
    elif job["cpu"] and run.cpu > job["cpu"]:
        stop(run, "cpu")
    elif job["memory"] and memory > job["memory"]:
        stop(run, "memory")
    elif job["processes"] and count >= job["processes"] + OWN:
        run.full.add("processes")


def fullness(run: Run) -> None:
    """Note the memory mounts that have no room left."""
    for name in ("scratch", "out"):
        state = os.statvfs(f"{run.job['stage']}/{name}")
        if state.f_blocks and state.f_bavail == 0:
            run.full.add(name)
        if state.f_files and state.f_ffree == 0:
            run.full.add(f"{name} files")


def tree(root: int) -> tuple[float, int, int]:
    """Return seconds of processor, bytes of memory in use and number of processes and threads below a process."""
    below: dict[int, list[int]] = {}
    states: dict[int, list[str]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as handle:  # noqa: PTH123
                state = handle.read().rpartition(")")[2].split()
        except OSError:
            continue
        states[int(name)] = state
        below.setdefault(int(state[1]), []).append(int(name))
    cpu, memory, count, queue = 0, 0, 0, [root]
    while queue:
        pid = queue.pop()
        queue += below.get(pid, [])
        if pid in states:
            state = states[pid]
            cpu += sum(int(figure) for figure in state[11:15])
            memory += int(state[21]) * PAGE
            count += int(state[17])
    return cpu / TICKS, memory, count
