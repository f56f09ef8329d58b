"""The worker beside the site: does what the queue hands it, is started again when killed, ends with the site."""

import os
import signal
import time

import pytest

from hygie.commons.web import tasks
from hygie.commons.web.models import Task
from hygie.node.site import worker

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def until(true, seconds=30):
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


@pytest.fixture
def works():
    before = dict(tasks.WORKS)

    @tasks.work("test.process", "A run of a study")
    def process(node, actor, arguments, teller):
        return {"process": os.getpid()}

    @tasks.work("test.endless", "A run of a study")
    def endless(node, actor, arguments, teller):
        Task.objects.filter(state="running").update(subject=str(os.getpid()))
        while True:
            teller("on")
            time.sleep(0.2)

    tasks.work("test.days", "A run of a study", lane=tasks.LONG)(endless)
    periodic = list(tasks.PERIODIC)
    beat = tasks.every(60)(lambda node: (node.home / "beat").touch())
    yield beat
    tasks.PERIODIC[:] = periodic
    tasks.WORKS.clear()
    tasks.WORKS.update(before)
    tasks.deliver_with(None)


def state(task_id):
    return Task.objects.get(id=task_id).state


def test_work_is_done_elsewhere_and_a_killed_worker_comes_back(node, works):
    with worker.Worker(node, "secret") as beside:
        queues = worker.connect(node, "secret")
        made = tasks.enqueue(node, "test.process", subject="run-1", actor="user")
        until(lambda: state(made) == "done")
        assert worker.works(node)
        here, there = os.getpid(), Task.objects.get(id=made).result["process"]
        assert there not in (here, beside.process.pid)

        cut = tasks.enqueue(node, "test.endless", subject="run-1", actor="user")
        until(lambda: Task.objects.get(id=cut).subject.isdigit())
        os.kill(int(Task.objects.get(id=cut).subject), signal.SIGKILL)
        until(lambda: state(cut) == "interrupted")
        after = tasks.enqueue(node, "test.process", subject="run-1", actor="user")
        until(lambda: state(after) == "done")
        assert Task.objects.get(id=after).result["process"] != there

        stopped = tasks.enqueue(node, "test.endless", subject="run-1", actor="user")
        until(lambda: state(stopped) == "running")
        tasks.stop(node, stopped, actor="user")
        until(lambda: state(stopped) == "stopped")

        long = [tasks.enqueue(node, "test.days", subject=f"run-{each}", actor="user") for each in range(3)]
        until(lambda: Task.objects.filter(id__in=long, state="running").count() == 2)
        meanwhile = tasks.enqueue(node, "test.process", subject="run-1", actor="user")
        until(lambda: state(meanwhile) == "done")
        assert sorted(map(state, long)) == ["running", "running", "waiting"]
        (node.home / "beat").unlink()
        queues[worker.CLOCK].repeated[tasks.PERIODIC.index((60, works))]()
        until((node.home / "beat").exists)
        for each in long:
            tasks.stop(node, each, actor="user")

        left = tasks.enqueue(node, "test.endless", subject="run-1", actor="user")
        until(lambda: state(left) == "running")
    with pytest.raises(ProcessLookupError):
        os.kill(beside.process.pid, 0)
    assert not worker.works(node)
    assert state(left) == "interrupted"


def test_every_rooms_work_is_known_to_a_worker(node):
    import subprocess
    import sys

    code = (
        "import os\nfrom pathlib import Path\nfrom hygie.node.home import opening\n"
        "opening.open_node(Path(os.environ['HYGIE_HOME']))\n"
        "from hygie.commons.web import tasks\nfrom hygie.node.site import worker\n"
        "assert not tasks.WORKS\nworker.rooms()\nprint(*sorted(tasks.WORKS))"
    )
    environment = {**os.environ, "HYGIE_HOME": str(node.home), "DJANGO_SETTINGS_MODULE": "hygie.node.site.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert {"airlock.request", "enclave.run", "extracts.prepare"} <= set(done.stdout.split()), done.stderr


def test_a_fault_is_logged_without_its_text(caplog):
    try:
        raise ValueError("a person's name")
    except ValueError as error:
        worker.told("error", None, error)
    assert "ValueError at test_worker.py" in caplog.text
    assert "person" not in caplog.text


def test_a_queue_takes_nothing_that_the_node_did_not_sign(node, works):
    handed = worker.connect(node, "another secret")[tasks.SHORT]
    made = tasks.enqueue(node, "test.process", subject="run-1", actor="user")
    with pytest.raises(ValueError, match="mismatch"):
        worker.queue(node, "secret", tasks.SHORT).dequeue()
    assert state(made) == "waiting"
    assert handed.pending_count() == 0


def test_the_site_ends_cleanly_and_takes_its_worker_with_it(node):
    """`hygie serve` as a process: one signal to it, and nothing of it is left."""
    import socket
    import subprocess
    import sys
    from urllib.request import urlopen

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "hygie.node.cli.main", "--node", str(node.home), "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as site:
        assert site.stdout is not None
        assert f"127.0.0.1:{port}" in next((line for line in site.stdout if line.strip()), "")
        until(lambda: worker.works(node))
        with urlopen(f"http://127.0.0.1:{port}/permits/", timeout=30) as page:
            assert page.status == 200
        site.send_signal(signal.SIGTERM)
        assert (site.wait(40), site.stdout.read().strip()) == (0, "")
    until(lambda: not worker.works(node))
