"""SIGKILL between the draw of the noise and the answer: nothing is paid, nothing is told, no second draw is seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hygie.access.catalogue.rules import EPSILON
from tests.attacks.test_kill_ingest import ROOT, files

pytestmark = [pytest.mark.attack, pytest.mark.kill]


def test_a_killed_count_neither_costs_nor_answers_and_is_asked_again_once(tmp_path: Path) -> None:
    home = tmp_path / "node"
    done = subprocess.run(
        [sys.executable, "-m", "tests.attacks.killing_counts", str(home), str(files(tmp_path / "a", 60))],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
        env={**os.environ, "HYGIE_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["moment"] for each in told] == [
        "the noise is drawn", "the account has paid", "the fact is in the ledger",
    ]  # fmt: skip
    for before, each in enumerate(told):
        left, after = each["left"], each["after"]
        assert each["killed"]
        assert not left["answered"], "nobody saw an answer, and none is kept"
        assert left["answers"] == left["expenses"] == left["facts"] == before
        assert left["spent"] == before * EPSILON, "the account lost nothing"
        assert (each["first"]["known"], each["second"]["known"]) == (False, True)
        assert each["first"]["shown"] == each["second"]["shown"], "one draw, however often it is asked"
        assert after["answered"] and after["answers"] == after["expenses"] == after["facts"] == before + 1
        assert after["spent"] == (before + 1) * EPSILON
        assert after["askings"] == 2 * (before + 1)  # the limit by the hour counts what was asked, killed or not
