"""Section 8 of the reference, every scenario at every day, and the cases of our own from the rules' sources."""

import tomllib

import pytest

from hygie.commons.sovereignty.rules.ruleset import ruleset
from tests.commons.sovereignty.rules.asking import HERE, ruling, said

COLUMNS = ("legality", "exposure", "qualification", "acts")


def cases(*names):
    return [
        pytest.param(each, id=each["id"])
        for name in names
        for each in tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))["case"]
    ]


def hold(case):
    """Ask a case and hold its answer against what is expected."""
    asked = {name: case[name] for name in ("data", "placement", "contract") if name in case}
    made = ruling(case.get("day", "2026-11-21"), tuple(case.get("packs", ["world"])), **asked)
    found = said(made)
    for column in COLUMNS:
        if column in case:
            assert made.column(column).name == case[column], (column, found)
    for each in case.get("has", []):
        assert each in found, found
    for each in case.get("not", []):
        assert not [line for line in found if line.startswith(each)], found


@pytest.mark.parametrize("case", cases("scenarios"))
def test_scenarios(case):
    hold(case)


def test_every_named_scenario_is_there():
    ids = {case.values[0]["id"].split(",")[0].split(" ")[0] for case in cases("scenarios")}
    named = {
        "hdh-azure", "premi3ns", "outscale", "aws-esc", "own-data-centre", "eu-hsm-us-host", "certificate-end",
        "exoscale", "fund-shares",
    }  # fmt: skip
    assert ids == named


OWN = ("cases_hosting", "cases_chain", "cases_space", "cases_doubts")


@pytest.mark.parametrize("case", cases(*OWN))
def test_cases(case):
    hold(case)


def test_half_of_our_own_cases_refuse():
    own = [each.values[0] for each in cases(*OWN)]
    refusing = [each for each in own if any(w in str(each.get("has")) for w in ("DENY", "INDETERMINATE"))]
    assert len(own) >= 60
    assert len(refusing) * 2 >= len(own)
    assert all(each["rule"] and each["source"] for each in own)
    assert len({each["id"] for each in own}) == len(own)


def test_every_situation_of_every_rule_is_reached_by_a_case():
    reached = {line.rsplit(" ", 1)[0] for case in cases("scenarios", *OWN) for line in case.values[0].get("has", [])}
    every = {f"{rule.id} {key}" for rule in ruleset().rules for key in rule.situations if rule.id != "R27"}
    assert every - reached == set()
