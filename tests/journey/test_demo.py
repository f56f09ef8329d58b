"""The demo, from the command to its figures: refused people out, one table blocked, the planted truth found."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing

import pytest

from hygie.node.demo import nation
from hygie.node.demo.story import DATASET
from tests.house.code import ROOT

HYGIE = ROOT / ".venv" / "bin" / "hygie"


def play(folder, *more):
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent)}
    return subprocess.run(
        [HYGIE, "demo", "--persons", "3000", "--no-serve", "--folder", folder, *more],
        env=environment, cwd=folder.parent, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_demo_finds_the_planted_truth_and_lets_out_what_may_leave(tmp_path):
    done = play(tmp_path / "demo", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["extract"]["opted_out"] == refused_in_time(tmp_path / "demo", figures["wishes"]) > 40
    assert figures["blocked"] == ["rare.csv"]
    assert sorted(figures["released"]) == ["estimate.csv", "plot.svg", "table1.csv"]
    estimate = figures["estimate"]
    assert float(estimate["low"]) <= estimate["truth"] <= float(estimate["high"])
    assert figures["places"] == {
        "refused": True,
        "left": True,
        "open": [],
        "alike": ["estimate.csv", "plot.svg", "rare.csv", "table1.csv"],
    }
    assert (tmp_path / "demo" / "proof" / "checkpoint").exists()
    assert not list((tmp_path / "demo" / "node" / "spill").glob("*"))
    assert {DATASET, *nation.HOLDERS} == {each["id"] for each in held(tmp_path / "demo")}
    for kept in ("catalogue_measured", "catalogue_assessed"):
        assert {DATASET, *nation.HOLDERS} <= datasets_in(tmp_path / "demo", kept)


def held(folder):
    """The datasets that lie at the demo's node, each of which can be asked for."""
    environment = {"HYGIE_HOME": str(folder / "node"), "PATH": os.environ["PATH"]}
    shown = subprocess.run(
        [HYGIE, "dataset", "list", "--json"], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(shown.stdout)


def datasets_in(folder, table):
    """The datasets that a table of the node's control database has rows of."""
    with closing(sqlite3.connect(folder / "node" / "control.sqlite3")) as database:
        return {name for (name,) in database.execute(f"SELECT DISTINCT dataset FROM {table}")}


def refused_in_time(folder, wishes):
    """How many of the hospital's patients had refused before the decision: theirs were the first wishes."""
    environment = {"HYGIE_HOME": str(folder / "node"), "PATH": os.environ["PATH"]}
    shown = subprocess.run(
        [HYGIE, "optout", "list", "--json"], env=environment, capture_output=True, text=True, check=True
    )
    return sum(wish["matched"] for wish in json.loads(shown.stdout)[:wishes])


def test_a_folder_that_is_no_former_demo_is_left_alone(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "letter").write_text("mine")
    done = play(tmp_path / "demo")
    assert done.returncode == 54
    assert "GEN-111" in done.stderr
    assert (tmp_path / "demo" / "letter").read_text() == "mine"
