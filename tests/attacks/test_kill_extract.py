"""SIGKILL at fifty random moments of an extract: a whole extract or none, and it can be made again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.test_kill_ingest import files

pytestmark = [pytest.mark.attack, pytest.mark.kill]

KILLS = 50
ROOT = Path(__file__).resolve().parents[2]


def test_fifty_kills(tmp_path: Path) -> None:
    home = tmp_path / "node"
    done = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("killing_extracts.py")),
            str(home),
            str(files(tmp_path / "a", 40)),
            str(KILLS),
            "11",
        ],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={**os.environ, "HYGIE_HOME": str(home), "PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    looks = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(looks) == KILLS
    whole = looks[0]["after"]
    assert whole[0] == 40
    for look in looks:
        assert look["before"] in (None, whole)
        assert look["after"] == whole
        assert look["folders"] == look["vaults"] == look["missing"] == look["drafts"] == []
        assert look["states"] == ["ready"]
    assert sum(look["killed"] for look in looks) >= KILLS // 10, "hardly any extract was killed"
    assert sum(look["swept"] > 0 for look in looks) >= 1, "no kill left anything to be swept"
