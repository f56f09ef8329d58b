"""The tutorial's commands, run as they are written, by a shell that knows nothing else."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.house.code import ROOT

TUTORIAL = ROOT / "docs" / "tutorial" / "the-road-by-hand.md"
BIN = ROOT / ".venv" / "bin"


def commands() -> str:
    """Every shell block of the tutorial but the installation."""
    blocks = re.findall(r"```sh\n(.*?)```", TUTORIAL.read_text("utf-8"), re.DOTALL)
    assert "make setup" in blocks[0]
    return "\n".join(blocks[1:])


@pytest.mark.slow
def test_the_tutorial_runs_as_written(tmp_path):
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands()],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Traceback" not in done.stdout + done.stderr
    releases = list((tmp_path / "N" / "releases").glob("*/release.json"))
    assert len(releases) == 1
    record = json.loads(releases[0].read_text("utf-8"))
    assert record["kept_back"], "one table is blocked"
    assert {output["basis"] for output in record["outputs"]} >= {"recomputed"}
    verify_without_hygie(tmp_path / "proof")


def verify_without_hygie(proof: Path) -> None:
    """Run the exported verifier with nothing of the project importable."""
    done = subprocess.run(
        [BIN / "python", "-I", "verifier.py", ".", "--key", "public-key"],
        cwd=proof, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
