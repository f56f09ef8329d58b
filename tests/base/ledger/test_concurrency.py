"""Writers at the same time, in several processes and by kill, leave one tree without gap or fork."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hygie.base.engine.node import Node
from hygie.base.ledger import actions, rows

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from hygie.node.home import database
database.use(Path(sys.argv[1]))
from django.db import transaction
from hygie.base.kernel import Fact
from hygie.base.ledger import actions
for number in range(int(sys.argv[3])):
    pair = [Fact("thing.made", f"{sys.argv[2]}-{number}", "alice", datetime.now(UTC)) for _ in (0, 1)]
    with transaction.atomic():
        actions.append(pair)
    print(number, flush=True)
"""


def writer(home: Path, name: str, times: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), name, str(times)], stdout=subprocess.PIPE, text=True
    )


def test_three_processes_write_one_tree(node: Node) -> None:
    running = [writer(node.home, name, 20) for name in ("one", "two", "three")]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    for process in running:
        process.communicate()
    assert actions.head().size == rows.count() == 120
    assert actions.verify(node.keys, origin="hygie/node-test").size == 120
    subjects = [json.loads(record)["subject"] for record, _ in rows.events(0, 120)]
    assert subjects[::2] == subjects[1::2], "another writer's event lies inside a transaction's group"


@pytest.mark.kill
def test_a_killed_writer_loses_nothing_that_it_said_was_written(node: Node) -> None:
    said = 0
    for turn in range(3):
        process = writer(node.home, f"turn{turn}", 1_000_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.01 * (turn + 1))
        os.kill(process.pid, signal.SIGKILL)
        said += 1 + len([line for line in process.communicate()[0].splitlines() if line])
        size = actions.head().size
        assert size % 2 == 0
        assert size >= 2 * said
        assert actions.verify(node.keys, origin="hygie/node-test").size == size
        said = size // 2
