"""The process beside the site that does long work: huey's queue and threads, started again when it dies.

The site puts task identifiers into queues of the node's folder; the worker takes them. Work that may last days, work of
minutes and what comes again each minute have threads of their own, so that none waits for another: clocks run while
studies do. It is forked from the process that opened the node, so that a passphrase is asked for once.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import close_old_connections, connections
from django.urls import get_resolver

from hygie.base.engine.node import Node
from hygie.base.kernel.store import abandoned, held
from hygie.commons.web import tasks

FOLDER = "tasks"
PERFORM = "perform"
CLOCK = "clock"
THREADS = {tasks.SHORT: 2, tasks.LONG: 2, CLOCK: 1}
GRACE_SECONDS = 8.0
log = logging.getLogger("hygie.worker")
PR_SET_PDEATHSIG = 1


def queue(node: Node, secret: str, lane: str) -> Any:
    """Return a queue of the node's; what is in it is signed, so that nobody but the node puts work there."""
    from huey import SqliteHuey
    from huey.serializer import SignedSerializer

    folder = node.store.path(FOLDER)
    node.store.make_folder(folder)
    return SqliteHuey(
        "hygie",
        filename=str(folder / f"{lane}.sqlite3"),
        results=False,
        timeout=30,
        serializer=SignedSerializer(secret=secret, salt="hygie-tasks"),
    )


def connect(node: Node, secret: str) -> dict[str, Any]:
    """Let this process hand tasks to the queues; return the queues by lane with what they can do."""
    from huey import crontab
    from huey.signals import SIGNAL_ERROR

    rooms()
    found = {lane: queue(node, secret, lane) for lane in THREADS}

    def perform(task_id: str) -> None:
        afterwards(lambda: tasks.perform(node, task_id))

    handed = {lane: found[lane].task(name=PERFORM)(perform) for lane in (tasks.SHORT, tasks.LONG)}
    clock = found[CLOCK]
    clock.repeated = [
        clock.periodic_task(crontab(minute=f"*/{minutes}"), name=f"periodic-{number}")(repeated(node, function))
        for number, (minutes, function) in enumerate(tasks.PERIODIC)
    ]
    for each in found.values():
        each.signal(SIGNAL_ERROR)(told)
    tasks.deliver_with(lambda task_id: handed[tasks.lane(task_id)](task_id))
    return found


def rooms() -> int:
    """Load the rooms' pages, with which they say what work they do; return how many pages there are."""
    return len(get_resolver().url_patterns)


def told(signal: str, task: Any, error: Exception | None = None) -> None:  # noqa: ARG001
    """Write into the log that work broke, and by what kind of fault: its text could hold data."""
    trace = error.__traceback__ if error else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "-"
    log.error("A task failed: %s at %s", type(error).__name__, place)


def repeated(node: Node, function: Callable[[Node], object]) -> Callable[[], None]:
    """Return a function that is called again and again, as the queue calls it."""
    return lambda: afterwards(lambda: function(node))


def afterwards(function: Callable[[], object]) -> None:
    """Call a function, then close the connections that its thread opened."""
    close_old_connections()
    try:
        function()
    finally:
        connections.close_all()


def works(node: Node) -> bool:
    """Return whether a worker of this node is alive."""
    return not abandoned(node.store.path(FOLDER))


def consume(node: Node, secret: str) -> None:
    """Do the node's tasks until SIGTERM; one worker at a time, which first says what the last one left undone."""
    die_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("huey").setLevel(logging.ERROR if os.environ.get("HYGIE_DEBUG") else logging.CRITICAL)
    found = connect(node, secret)
    with held(node.store.path(FOLDER)):
        for each in found.values():
            each.flush()
        tasks.recover(node)
        for function in found[CLOCK].repeated:
            function()
        connections.close_all()
        *others, last = [
            each.create_consumer(workers=THREADS[lane], worker_type="thread", max_delay=1.0, periodic=lane == CLOCK,
                                 graceful_signal="TERM", shutdown_timeout=GRACE_SECONDS)
            for lane, each in found.items()
        ]  # fmt: skip
        for each in others:
            each.start()
        threading.Thread(target=end_with, args=(last, others), daemon=True).start()
        last.run()


def end_with(consumer: Any, others: list[Any]) -> None:
    """Ask the tasks of this process to stop as soon as the process was asked to end, which the last consumer hears."""
    while consumer._signum is None and not consumer.stop_flag.is_set():
        time.sleep(0.2)
    tasks.end()
    for each in others:
        each.stop_flag.set()


def die_with_parent() -> None:
    """Have the kernel end this process when its parent ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(0)


class Child:
    """A forked process, known by a handle that no other process can take over.

    The site's own server reaps every child of its process, so that a number alone could be another process later.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self.parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                work()
            finally:
                os._exit(0)
        self.handle = os.pidfd_open(self.pid)

    def wait(self, seconds: float | None = None) -> bool:
        """Return whether it has ended, after waiting so long."""
        poll = select.poll()
        poll.register(self.handle, select.POLLIN)
        ended = bool(poll.poll(None if seconds is None else int(seconds * 1000)))
        if ended:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
        return ended

    def send(self, signum: signal.Signals) -> None:
        """Send it a signal, if it is there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signum)

    def end(self, seconds: float) -> None:
        """Ask it to end, and end it when it has not after so long."""
        self.send(signal.SIGTERM)
        if not self.wait(seconds):
            self.send(signal.SIGKILL)
            self.wait(seconds)

    def close(self) -> None:
        """Let go of the handle."""
        os.close(self.handle)


def watch(node: Node, secret: str) -> None:
    """Keep one worker alive until SIGTERM: one that was killed is started again."""
    die_with_parent()
    ended = threading.Event()
    child: list[Child] = []

    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
        ended.set()
        for process in child:
            process.send(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while not ended.is_set():
        child[:] = [Child(lambda: consume(node, secret))]
        if ended.is_set():
            child[0].send(signal.SIGTERM)
        child[0].wait()
        child.pop().close()
        ended.wait(1.0)


class Worker:
    """The worker beside a site: started before the site, ended after it, by the process that started it."""

    def __init__(self, node: Node, secret: str) -> None:
        self.node, self.secret = node, secret

    def __enter__(self) -> Worker:
        connections.close_all()
        self.process = Child(lambda: watch(self.node, self.secret))
        return self

    def __exit__(self, *_: object) -> None:
        if os.getpid() != self.process.parent:
            return
        self.process.end(GRACE_SECONDS + 4)
        self.process.close()
        tasks.interrupt(self.node)
