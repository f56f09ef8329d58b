"""A derogation: an act with author, published reason, end and exit plan, in the ledger, ending by itself."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from hygie.base.kernel import Placement, Refusal
from hygie.base.ledger import queries as ledger
from hygie.intake.placing import actions, files, queries, supposing
from hygie.intake.placing.actions import Derogation
from hygie.node.cli.main import main
from hygie.node.home import opening
from tests.intake.placing.places import PACKS, STATE, write

REAL = Placement("lake")
ACT = Derogation("store", "The digital office", "No qualified offer yet.", "Tender, then migrate.", date(2026, 11, 23))


@pytest.fixture
def state_node(opened):
    found = actions.declare(opened, placement=STATE, packs=PACKS, actor="operator")
    assert found.store.against == (("SOV-201", "R08", "unprotected"),), "what a derogation is for"
    return opened


def test_a_derogation_opens_the_gate_until_its_last_day_and_ends_by_itself(state_node, clock):
    gate = state_node.store.gate
    assert not gate.ask(REAL).allowed
    found = actions.derogate(state_node, ACT, actor="operator")
    assert found.allowed and found.store.outcome == "ALLOW_IF" and found.store.derogation.startswith("derogation-")
    event = ledger.event(ledger.indexes(found.store.derogation)[0])
    assert (event.kind, event.body["reason"], event.body["ends"]) == (
        "sovereignty.derogated", "No qualified offer yet.", "2026-11-23"
    )  # fmt: skip
    assert ledger.public(event), "its reason is published"
    clock.advance(days=2)
    assert gate.ask(REAL).allowed
    clock.advance(days=1)
    with pytest.raises(Refusal) as refused:
        gate.ask(REAL).check()
    assert refused.value.verdict.reasons[0].facts["rule"] == "R08"
    assert {rule for _, rule, _ in queries.standing(state_node).store.against} == {"R08", "R09"}


def test_what_is_asked_about_the_place_has_the_act(state_node):
    actions.derogate(state_node, ACT, actor="operator")
    made = queries.declared(state_node)
    assert made.placements[0].derogation.author == "The digital office"
    turns = supposing.turns(supposing.asked(state_node), made.placements[0])
    assert date(2026, 11, 24) in {turn.day for turn in turns}, "the day after its last"


def test_an_act_that_the_ledger_lacks_does_not_count(state_node, clock):
    actions.derogate(state_node, ACT, actor="operator")
    file = state_node.home / files.ACTS
    forged = [{**each, "id": "derogation-forged", "ends": "2030-01-01"} for each in json.loads(file.read_bytes())]
    file.write_text(json.dumps(forged))
    assert not opening.open_node(state_node.home, clock=clock).store.gate.ask(REAL).allowed


def test_a_later_act_takes_the_place_of_the_former(state_node, clock):
    actions.derogate(state_node, ACT, actor="operator")
    actions.derogate(state_node, replace(ACT, ends=date(2026, 11, 30)), actor="operator")
    clock.advance(days=5)
    assert queries.standing(state_node).allowed


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"place": "elsewhere"}, "PLC-201"),
        ({"ends": date(2026, 11, 20)}, "PLC-202"),
        ({"author": " "}, "PLC-203"),
        ({"reason": ""}, "PLC-203"),
        ({"exit_plan": "x" * 2001}, "PLC-203"),
        ({"ends": date(2028, 6, 1), "offer_since": date(2026, 4, 23)}, "PLC-204"),
        ({"ends": date(2099, 1, 1), "offer_since": None}, "PLC-204"),
        ({"offer_since": date(2030, 1, 1)}, "PLC-205"),
    ],
)
def test_an_act_that_lacks_something_is_refused_and_leaves_nothing(state_node, change, code):
    with pytest.raises(Refusal) as refused:
        actions.derogate(state_node, replace(ACT, **change), actor="operator")
    assert refused.value.code == code
    assert not (state_node.home / files.ACTS).exists() and not queries.standing(state_node).allowed


def test_a_placement_file_cannot_bring_its_own(state_node):
    act = (
        '[placement.derogation]\nauthor = "a"\nreason = "b"\nexit_plan = "c"\ngranted = 2026-11-01\nends = 2027-01-01\n'
    )
    with pytest.raises(Refusal, match="PLC-102"):
        actions.declare(state_node, placement=STATE + act.encode(), actor="operator")


def test_on_the_command_line(state_node, tmp_path, capsys):
    at = ["--node", str(state_node.home), "sovereignty"]
    said = [
        "--author",
        "The digital office",
        "--reason",
        "No offer.",
        "--until",
        (date.today() + timedelta(days=300)).isoformat(),
        "--exit-plan",
        "Tender.",
    ]
    assert main([*at, "derogate", "nowhere", *said]) == 24
    assert main([*at, "derogate", "store", *said]) == 0
    assert "by derogation derogation-" in capsys.readouterr().out
    assert main([*at, "--language", "fr", "declare", "--placement", str(write(tmp_path, STATE)), "--no-packs"]) == 0
    assert "les données personnelles sont refusées" in capsys.readouterr().out
    assert main(["--node", str(tmp_path / "new"), "init", "--placement", str(write(tmp_path, STATE))]) == 0
    assert "personal data are refused" in capsys.readouterr().out
