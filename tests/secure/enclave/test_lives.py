"""A run does not outlive its process: killed, it ended without a result, in the ledger once."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from django.db import connections

from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from hygie.node.home.opening import open_node
from hygie.node.site.worker import Child
from hygie.secure.enclave import actions, lives
from hygie.secure.enclave.models import Run

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
LONG = "import time\ntime.sleep(120)\n"


def until(found, seconds=60):
    """Wait until something is there, and return it."""
    end = time.monotonic() + seconds
    while not (there := found()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)
    return there


def supervisors(parent):
    """The sandboxes that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text, words = status.read_text(), (status.parent / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if f"\nPPid:\t{parent}\n" in text and b"/proc/self/fd/" in words:
            found.append(int(status.parent.name))
    return found


def test_a_run_killed_with_its_process_ended_without_a_result(node, site, permit, study, clock):
    folder = study(LONG)
    connections.close_all()
    process = Child(lambda: actions.run(node, folder, permit.id, actor="user"))
    try:
        until(lambda: supervisors(process.pid))
        run = Run.objects.get()
        assert (lives.settle(node), Run.objects.get().state) == (0, "running")
        process.send(signal.SIGKILL)
        assert process.wait(20)
    finally:
        process.end(5)
        process.close()
    assert Run.objects.get().state == "running", "nobody has looked yet"
    assert clock() < run.deadline
    again = open_node(node.home, clock=clock)
    kept = Run.objects.get()
    assert (kept.state, kept.reason, kept.record) == ("lost", "process", {})
    assert (lives.settle(again), lives.settle(node)) == (0, 0)
    (index,) = ledger.indexes(run.id, "run.ended")
    event = ledger.event(index)
    assert (event.actor, event.body) == ("node", {"permit": permit.id, "state": "lost", "reason": "process"})
    assert not lives.close(node, kept, "ended", {}), "what has ended does not end again"
    assert not list(node.store.path(lives.FOLDER).iterdir())
    for language, words in (("en", ("Ended without a result", "is gone")),
                            ("fr", ("Terminée sans résultat", "n'existe plus"))):  # fmt: skip
        told = site.text(site.get(f"/enclave/runs/{run.id}/", as_="user", language=language))
        assert [word for word in words if word not in told] == []


def test_a_run_whose_sandbox_is_killed_ended_without_a_result(node, permit, study):
    def kill():
        for pid in until(lambda: Run.objects.filter(state="running").exists() and supervisors(os.getpid())):
            time.sleep(1.5)
            os.kill(pid, signal.SIGKILL)
        connections.close_all()

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(Refusal) as caught:
        actions.run(node, study(LONG), permit.id, actor="user")
    thread.join()
    assert caught.value.code == "ENC-117"
    run = Run.objects.get()
    assert (run.state, run.reason) == ("lost", "sandbox")
    assert len(ledger.indexes(run.id, "run.ended")) == 1


def test_a_fault_of_the_launcher_closes_the_run(node, permit, study, monkeypatch):
    def broken(*words, **named):
        raise OSError("no space")

    monkeypatch.setattr(actions, "launch", broken)
    with pytest.raises(OSError, match="no space"):
        actions.run(node, study(LONG), permit.id, actor="user")
    assert (Run.objects.get().state, Run.objects.get().reason) == ("lost", "fault")
