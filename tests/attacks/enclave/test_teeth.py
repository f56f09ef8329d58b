"""Every probe is stopped by the whole sandbox, and gets out when the walls that stop it are taken away."""

import os
import platform
import tomllib
from pathlib import Path

import pytest

from hygie.node.home.opening import study_python
from hygie.secure.enclave import walls
from tests.attacks.enclave.ground import Ground

ROWS = tomllib.loads(Path(__file__).with_name("teeth.toml").read_text("utf-8"))["row"]
ROOT = os.geteuid() == 0
BOUNDS = {"death", "memory", "processes", "cpu", "wall", "disk", "files", "text", "swap"}  # test_bombs.py

pytestmark = [
    pytest.mark.attack,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the probes call the kernel by x86-64 numbers"),
]


def name(row):
    return f"bare-{row['bare']}" if "bare" in row else "+".join(row["without"])


@pytest.fixture(scope="module")
def ground():
    made = Ground(study_python())
    yield made
    made.close()


@pytest.fixture(scope="module")
def whole(ground):
    """The report of the probes behind all walls."""
    return ground.inside()


def test_nothing_gets_out(whole):
    assert whole["escaped"] == {}
    assert not whole["missing"]


def test_at_least_55_probes_each_turned_red_by_some_row(whole):
    turned = {probe for row in ROWS for probe in row["red"]}
    assert len(whole["tried"]) >= 55
    assert set(whole["tried"]) == turned


def test_every_wall_is_taken_away_somewhere():
    taken = {wall for row in ROWS for wall in row.get("without", [])}
    assert taken | BOUNDS == set(walls.BY_NAME)


def test_a_wall_whose_removal_changes_nothing_has_a_second_one_and_a_row_without_both():
    for row in ROWS:
        if not row["red"]:
            both = {*row["without"], *row["doubled"]}
            assert any(set(other.get("without", [])) <= both and other["red"] for other in ROWS if other is not row)


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_teeth(ground, whole, row):
    if row.get("needs") == "root" and not ROOT:
        pytest.skip("needs root")
    if row.get("needs") == "groups" and "control group" not in ground.groups():
        pytest.skip("needs control groups")
    if row.get("bare") == "user":
        report = ground.bare(*(Ground.DROP if ROOT else []))
    elif row.get("bare") == "root":
        report = ground.bare()
    else:
        report = ground.inside(*row["without"])
        assert set(row["without"]) <= report["missing"]
    assert set(row["red"]) <= set(report["escaped"])
    if not row["red"]:
        assert not report["escaped"]


def test_an_ordinary_account_has_the_same_walls(ground):
    """The launcher itself runs under an account that is not root."""
    if not ROOT:
        pytest.skip("already an ordinary account")
    report = ground.inside_as_user()
    assert report["escaped"] == {}
    assert set(report["tried"]) == set(ground.inside()["tried"])
    assert not report["missing"]


def test_an_ordinary_account_needs_the_process_namespace(ground):
    if not ROOT:
        pytest.skip("already an ordinary account")
    assert "other_processes" in ground.inside_as_user("pid")["escaped"]
