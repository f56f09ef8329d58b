"""SIGKILL at fifty random moments of an ingest: the old snapshot or the new one, and nothing of what was begun."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.intake.sources.omop_files import CONDITION, PERSON, condition, delivery, person, text

pytestmark = [pytest.mark.attack, pytest.mark.kill]

KILLS = 50
ROOT = Path(__file__).resolve().parents[2]


def files(folder: Path, persons: int) -> Path:
    events = (condition(number, 1 + number % persons) for number in range(1, 20 * persons))
    return delivery(
        folder,
        {
            "person.csv": text(PERSON, *(person(number) for number in range(1, persons + 1))),
            "condition_occurrence.csv": text(CONDITION, *events),
        },
    )


def test_fifty_kills(tmp_path: Path) -> None:
    home = tmp_path / "node"
    arguments = [str(home), str(files(tmp_path / "a", 30)), str(files(tmp_path / "b", 40)), str(KILLS), "7"]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killing.py")), *arguments],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={**os.environ, "HYGIE_HOME": str(home), "PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    looks = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(looks) == KILLS
    for look in looks:
        assert (look["persons"], look["events"]) in {(30, 599), (40, 799)}
        assert look["manifest"] == look["persons"]
        assert look["states"] == ["current"]
        assert look["folders"] == look["vault"] == look["lost"] == look["drafts"] == []
        assert look["spare"] <= KILLS // 10, "a key made in the instant before its row wraps nothing; many are a leak"
    assert sum(look["killed"] for look in looks) >= KILLS // 4, "hardly any ingest was killed"
    assert sum(look["swept"] > 0 for look in looks) >= 1, "no kill left anything to be swept"
    assert {look["persons"] for look in looks} == {30, 40}, "no ingest ever ended"
