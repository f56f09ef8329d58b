"""Feasibility counts: guarded, the same on every asking, few enough, and hard to subtract from one another."""

from dataclasses import replace
from datetime import date

import pytest

from hygie.access.catalogue import actions, rules
from hygie.access.catalogue.models import CountAnswer, CountAsking
from hygie.base import law
from hygie.base.engine.node import CATALOGUE_PRESET
from hygie.base.kernel import Refusal
from hygie.commons.people.presence import present
from hygie.commons.people.values import Presence
from hygie.intake.lake import actions as lake

POLICY = law.preset(CATALOGUE_PRESET, on=date(2026, 11, 21))
EVERYONE = {"everyone": {}}
DIABETES = {"codes": {"table": "condition_occurrence", "concept_ids": [201826]}}


def asked(node, criteria, actor="user"):
    return actions.count(node, "chu", criteria, actor=actor)


def test_a_count_is_rounded_and_says_what_was_counted(listed):
    found = asked(listed, DIABETES)
    assert found.count.shown in (25, 30, 35) and not found.known
    assert found.words["en"] and found.words["fr"] and found.words["en"] != found.words["fr"]


def test_the_same_question_has_the_same_answer_for_everybody(listed):
    first = asked(listed, EVERYONE)
    again = asked(listed, EVERYONE, actor="officer")
    assert again.known and again.count == first.count
    assert CountAnswer.objects.count() == 1


def test_the_same_persons_have_the_same_count_however_they_are_asked_for(listed):
    plainly = asked(listed, DIABETES).count
    twice = asked(listed, {"none": [{"none": [DIABETES]}]}).count
    joined = asked(listed, {"all": [EVERYONE, {"any": [DIABETES, DIABETES]}]}).count
    assert plainly == twice == joined
    assert CountAnswer.objects.count() == 3


def test_the_node_says_under_which_preset_counts_and_figures_are_guarded(listed):
    answered = asked(listed, EVERYONE)
    strict = replace(listed, catalogue_preset="casd-11")
    assert asked(strict, EVERYONE).preset == answered.preset == "opensafely-7-5", "the same data, the same answer"
    young = {"all": [DIABETES, {"age": {"at": "2016-01-01", "min": 17, "max": 30}}]}
    few = asked(strict, young)
    assert few.preset == "casd-11" and few.count.shown is None and few.count.below == 15
    figures = actions.measure(strict, "chu", actor="steward")
    assert (figures.preset, figures.below, figures.base) == ("casd-11", 11, 1)
    assert figures.persons == 90


def test_few_persons_are_not_counted(listed):
    young = {"all": [DIABETES, {"age": {"at": "2016-01-01", "min": 17, "max": 30}}]}
    found = asked(listed, young).count
    assert found.shown is None and found.below == 12


def test_an_erasure_does_not_change_an_answer_that_was_given(listed):
    before = asked(listed, DIABETES).count
    lake.erase(listed, "chu", person="3", actor="steward", holding=None)
    assert asked(listed, DIABETES).count == before


def test_new_questions_are_limited_and_known_ones_are_not(listed):
    asked(listed, EVERYONE)
    at = listed.clock()
    for _ in range(rules.COUNTS_AN_HOUR - 1):
        CountAsking.objects.create(account="user", asked_at=at)
    with pytest.raises(Refusal) as refused:
        asked(listed, DIABETES)
    assert refused.value.code == "CAT-301"
    assert asked(listed, EVERYONE).known
    assert asked(listed, DIABETES, actor="officer").count.shown
    listed.clock.advance(hours=1, minutes=1)
    asked(listed, {"sex": {"in": ["female"]}})


def test_a_day_has_a_limit_too(listed):
    at = listed.clock()
    for _ in range(rules.COUNTS_A_DAY):
        CountAsking.objects.create(account="user", asked_at=at)
    listed.clock.advance(hours=2)
    with pytest.raises(Refusal) as refused:
        asked(listed, DIABETES)
    assert refused.value.code == "CAT-301"
    listed.clock.advance(days=1)
    asked(listed, DIABETES)
    assert CountAsking.objects.count() == 1


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ({"sex": {"in": ["whoever"]}}, "CAT-103"),
        ({"everyone": {}, "sex": {"in": ["male"]}}, "CAT-103"),
        (b"[1]", "CAT-101"),
        ({"codes": {"table": "device_exposure", "concept_ids": [1]}}, "COH-101"),
    ],
)
def test_wrong_criteria_are_refused_with_reasons(listed, criteria, code):
    with pytest.raises(Refusal) as refused:
        asked(listed, criteria)
    assert refused.value.code == code


def test_criteria_have_a_depth(listed):
    deep = EVERYONE
    for _ in range(9):
        deep = {"all": [deep]}
    with pytest.raises(Refusal) as refused:
        asked(listed, deep)
    assert refused.value.code == "CAT-103"


def test_what_is_not_in_the_catalogue_is_not_counted(ingested):
    node = ingested("chu", range(1, 20))
    with pytest.raises(Refusal) as refused:
        asked(node, EVERYONE)
    assert refused.value.code == "CAT-110"


def test_nobody_without_an_account_counts(listed):
    with pytest.raises(Refusal) as refused:
        asked(listed, EVERYONE, actor="stranger")
    assert refused.value.code == "PPL-102"


def test_a_count_asks_the_policy_first(listed):
    with present(Presence("ses-1", "openid", "low", stepped_up=True)), pytest.raises(Refusal) as refused:
        asked(listed, EVERYONE)
    assert refused.value.code == "PPL-113"


def test_rounding_is_fair_and_never_shows_a_small_count():
    for count in (8, 11, 12, 13, 40, 41, 42, 43, 44, 1001):
        shown = [rules.soften(count, draw, POLICY).shown for draw in range(25)]
        told = [each for each in shown if each is not None]
        assert all(each % 5 == 0 and each >= 10 and abs(each - count) < 5 for each in told)
        if count >= 12:
            assert len(told) == 25 and sum(told) == 25 * count
    assert all(rules.soften(7, draw, POLICY).shown is None for draw in range(25))


def test_two_cohorts_that_differ_by_one_person_cannot_be_told_apart_by_subtraction():
    """With plain rounding a step of one shows whenever the rounded figures differ; here each answer fits both."""
    for count in range(20, 30):
        with_one = {rules.soften(count + 1, draw, POLICY).shown for draw in range(25)}
        without = {rules.soften(count, draw, POLICY).shown for draw in range(25)}
        assert with_one & without
