"""SIGKILL at random moments of a move: the old node stays whole, the new one is whole or not there, nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hygie.node.home import database
from tests.node.moving import story

pytestmark = [pytest.mark.attack, pytest.mark.kill]

KILLS = 16
ROOT = Path(__file__).resolve().parents[2]


def test_sixteen_kills(tmp_path: Path, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        story.make(tmp_path)
        database.close()
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killing_moves.py")), str(tmp_path), str(KILLS), "11"],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={**os.environ, "HYGIE_HOME": str(tmp_path / "old"), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    looks = [line for line in lines if "killed" in line]
    ends = [line for line in lines if "final" in line]
    held = {line["held"] for line in lines if "held" in line}
    assert len(looks) == KILLS and len(held) == 1
    for look in (*looks, *ends):
        assert look["old"] in held, "the old node lost or changed something"
        assert look["new"] in (0, 2), "the new node shows half of what came"
        assert look["proven"] or not look["cut"], "cut over without a proof"
    for end in ends:
        assert end["cut"] and end["final"]["new"] in held and end["final"]["drafts"] == []
    objects = ends[0]["final"]["objects"]
    assert any(0 < look["received"] < objects for look in looks), "no kill fell into the carrying"
    assert any(look["received"] == objects for look in looks), "no kill fell after the carrying"
