"""SIGKILL at ten random moments of an erasure: the person is there or gone, and what is said to be destroyed is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.test_kill_ingest import ROOT, files

pytestmark = [pytest.mark.attack, pytest.mark.kill]

KILLS = 10


def test_ten_kills(tmp_path: Path) -> None:
    home = tmp_path / "node"
    arguments = [str(home), str(files(tmp_path / "a", 30)), str(KILLS), "5"]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killing_erasures.py")), *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "HYGIE_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    looks = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(looks) == KILLS
    for before, look in zip([{"decided": 1}, *looks], looks, strict=False):
        assert look["readable"] == [], "the ledger says destroyed what can be read"
        assert look["decided"] == look["done"], "a reader ends what was decided"
        assert look["decided"] - before["decided"] == 1 - look["present"]
        assert look["alive"] == 0
        assert set(look["states"]) <= {"current", "erased"}
    assert sum(look["killed"] for look in looks) >= 1
    assert {look["present"] for look in looks} <= {0, 1}
