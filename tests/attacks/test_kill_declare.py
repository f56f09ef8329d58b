"""SIGKILL after each durable step of a declaration and a derogation: what is in force is what the ledger says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.test_kill_ingest import ROOT

pytestmark = [pytest.mark.attack, pytest.mark.kill]


def test_a_kill_after_each_step(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killing_declarations.py")), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "HYGIE_HOME": str(tmp_path / "node"), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    looks = [json.loads(line) for line in done.stdout.splitlines()]
    for look in looks:
        where = (look["act"], look["after"])
        assert look["held"] == look["said"], where
        assert look["acting"] == look["acts"], where
        assert look["left"] == [], where
    for act, done_by in (("declare", "said"), ("derogate", "acts")):
        found = [look for look in looks if look["act"] == act]
        assert found[-1]["status"] == 0 and all(look["killed"] for look in found[:-1]) and len(found) > 3
        assert len({json.dumps(look[done_by]) if act == "declare" else len(look["acts"]) for look in found}) == 2
