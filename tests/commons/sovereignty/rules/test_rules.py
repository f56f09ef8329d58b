"""What holds for every ruling: two columns, precedence, one byte form, and proposals that move nothing."""

import dataclasses
import gc
import itertools
import json
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from hygie.base.kernel import canonical
from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.nodes import Law
from hygie.commons.sovereignty.knowledge.values import Text
from hygie.commons.sovereignty.rules.case import Case
from hygie.commons.sovereignty.rules.judging import FUNCTIONS, judge, unborn
from hygie.commons.sovereignty.rules.outcomes import COLUMNS, LAYERS, Outcome, Situation, prevailing
from hygie.commons.sovereignty.rules.placements import evaluate
from hygie.commons.sovereignty.rules.ruleset import FAMILIES, raw, ruleset
from tests.commons.sovereignty.rules.asking import HERE, facts, question, ruling, said, view

SLOTS = {"d", "s", "o", "p", "l", "t", "x"}


def test_precedence_of_every_pair():
    order = [Outcome.INFO, Outcome.ALLOW, Outcome.ALLOW_IF, Outcome.INDETERMINATE, Outcome.DENY]
    for one, other in itertools.product(order, order):
        expected = max(order.index(one), order.index(other), order.index(Outcome.ALLOW))
        assert prevailing([one, other]) is order[expected]
    assert [outcome.writes for outcome in order] == [True, True, True, False, False]


def test_there_are_thirty_rules_each_with_a_function_texts_and_an_interval():
    rules = ruleset().rules
    assert [rule.id for rule in rules] == [f"R{n:02}" for n in range(1, 31)] == list(FUNCTIONS)
    for rule in rules:
        assert rule.layer in LAYERS and rule.column in COLUMNS and rule.source and rule.valid.start
        for text in (rule.title, *(s.text for s in rule.situations.values())):
            assert text.en and text.fr and text.en != text.fr


@pytest.mark.parametrize("rule", ruleset().rules, ids=lambda rule: rule.id)
def test_texts_have_the_same_known_slots_in_both_languages(rule):
    import string

    for situation in rule.situations.values():
        for text in (situation.text, situation.condition):
            names = [{n for _, n, _, _ in string.Formatter().parse(each) if n} for each in (text.en, text.fr)]
            assert names[0] == names[1] <= SLOTS


def test_a_condition_belongs_to_allow_if_alone():
    with pytest.raises(ValueError, match="condition"):
        Situation("x", Outcome.ALLOW_IF, Text("a", "b"))
    with pytest.raises(ValueError, match="condition"):
        Situation("x", Outcome.DENY, Text("a", "b"), Text("c", "d"))


def test_lawful_and_exposed_are_different_answers():
    made = ruling(placement={"service": "us-owned"}, contract={"laws": ["us-sca", "us-nsl", "us-fisa-702"]})
    assert (made.legality, made.exposure) == (Outcome.ALLOW, Outcome.ALLOW_IF)
    made = ruling(placement={"service": "in-switzerland"})
    assert (made.legality, made.exposure) == (Outcome.DENY, Outcome.ALLOW)
    assert all(finding.column != "legality" for finding in made.findings if finding.rule in ("R19", "R20", "R21"))


def test_proposals_never_move_a_verdict():
    known = facts("world")
    without = Facts.of(r for r in known.records if not (isinstance(r, Law) and r.stage == "proposed"))
    for service in ("good", "us-owned", "in-india", "qualified", "funded-cloud"):
        asked = question(placement={"service": service})
        columns = [
            [judge(asked, each.at(date(2026, 11, 21), datetime(2026, 11, 22, tzinfo=UTC)), ruleset()).column(c)
             for c in COLUMNS]
            for each in (known, without)
        ]  # fmt: skip
        assert columns[0] == columns[1]


def test_a_ruling_names_rules_facts_and_both_times():
    made = ruling(placement={"service": "good"})
    body = json.loads(made.bytes)
    assert body["rules"] == {"version": ruleset().version, "sha256": ruleset().hash}
    assert body["facts"] == facts("world").hash
    assert (body["as_of"], body["known_at"]) == ("2026-11-21", "2026-11-22T00:00:00+00:00")
    assert canonical(body) == made.bytes


SAME = """
import sys
sys.path[:0] = [{root!r}, {src!r}]
from tests.commons.sovereignty.rules.asking import ruling
print(ruling(placement={{"service": "us-supported"}}).bytes.hex())
"""


def test_same_facts_and_day_same_bytes_in_any_process():
    here = ruling(placement={"service": "us-supported"}).bytes
    root = HERE.parents[3]
    code = SAME.format(root=str(root), src=str(root / "src"))
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, text=True
        )
        assert bytes.fromhex(told.stdout.strip()) == here


def test_bytes_do_not_depend_on_the_order_of_records():
    known = facts("world")
    turned = Facts.of(reversed(known.records))
    asked = question(placement={"service": "us-supported"})
    at = (date(2026, 11, 21), datetime(2026, 11, 22, tzinfo=UTC))
    assert judge(asked, known.at(*at), ruleset()).bytes == judge(asked, turned.at(*at), ruleset()).bytes


def test_the_hash_of_the_rules_is_that_of_their_files():
    assert ruleset().hash not in {ruling(packs=("world",)).facts}
    assert all(raw(f"rules_{family}.toml") for family in FAMILIES)


def test_a_threshold_passed_by_a_hair_is_shown_as_passed():
    made = ruling(packs=("world", "doubts"), placement={"service": "hair-over-cloud"})
    (over,) = [finding for finding in made.findings if finding.rule == "R12" and finding.outcome is Outcome.DENY]
    assert dict(over.slots)["x"] == "39.0000001 %"


def test_rules_of_today_that_a_day_long_past_did_not_know_are_named():
    data = question().data
    assert set(unborn(data, view("2015-01-01"), ruleset())) >= {"R02", "R04", "R11", "R17"}
    assert unborn(data, view("2026-11-21"), ruleset()) == ()


def test_known_at_before_the_facts_were_recorded_knows_nothing():
    asked = question(placement={"service": "good"})
    earlier = view("2026-11-21", "world", known=datetime(2026, 11, 20, tzinfo=UTC))
    made = judge(asked, earlier, ruleset())
    assert "R26 unknown INDETERMINATE" in said(made)
    assert made.legality is Outcome.INDETERMINATE


def test_what_is_assumed_silences_what_asks_for_it_and_is_said():
    asked = question(placement={"service": "hds-none"})
    assumed = dataclasses.replace(asked, assumed=frozenset({"certificate:hds"}))
    made = judge(assumed, view("2026-11-21", "world"), ruleset())
    assert made.legality is Outcome.ALLOW
    assert made.question["assumed"] == ["certificate:hds"]


def test_a_second_verdict_on_the_same_service_walks_nothing_again():
    from hygie.commons.sovereignty.rules.chain import chains

    fresh = facts("world").at(date(2026, 11, 21), datetime(2026, 11, 22, tzinfo=UTC))
    judge(question(placement={"service": "us-supported"}), fresh, ruleset())
    walked = chains(fresh).walked
    assert 0 < walked <= len(Case(question(placement={"service": "us-supported"}), fresh, ruleset()).touches) * 2
    for laws in (["us-sca"], ["us-nsl"], []):
        judge(question(placement={"service": "us-supported"}, contract={"laws": laws}), fresh, ruleset())
    assert chains(fresh).walked == walked


def test_places_that_differ_by_name_alone_are_asked_once_and_keep_their_names():
    from hygie.commons.sovereignty.rules.chain import chains

    fresh = facts("world").at(date(2026, 11, 21), datetime(2026, 11, 22, tzinfo=UTC))
    one, two = (judge(question(placement={"service": "good", "id": n}), fresh, ruleset()) for n in ("one", "two"))
    assert len(chains(fresh).found) == 1
    assert one.findings is two.findings
    assert one.bytes != two.bytes
    assert one.question["placement"]["id"] == "one"
    other = judge(
        question(placement={"service": "good", "id": "two"}, contract={"processing": False}), fresh, ruleset()
    )
    assert other.legality is Outcome.DENY


@pytest.mark.parametrize("searching", [True, False])
def test_many_rulings_make_no_circles_so_python_does_not_search_for_any(searching):
    one = question(placement={"service": "us-supported"})
    places = [dataclasses.replace(one.placement, id=f"place-{n}") for n in range(200)]
    fresh = facts("world").at(date(2026, 11, 21), datetime(2026, 11, 22, tzinfo=UTC))
    gc.collect()
    (gc.enable if searching else gc.disable)()
    try:
        judged = evaluate(places, one.data, fresh, ruleset())
        assert gc.isenabled() is searching, "as it was before"
        gc.disable()
        assert len({each.ruling.hash for each in judged}) == 200
        del judged
        assert gc.collect() == 0
    finally:
        gc.enable()
