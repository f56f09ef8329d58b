"""How many would be alone in a dataset: guarded, kept, limited by account, and without who has refused."""

from __future__ import annotations

import pytest

from hygie.access.catalogue import actions, rules, singling
from hygie.access.catalogue.models import CountAsking, UniquenessAnswer
from hygie.access.catalogue.uniqueness import Question, Setting, Share
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries as held
from hygie.intake.optouts import actions as optouts
from hygie.intake.optouts import queries as lists

BIRTH = Question(True, Setting("day"))
DIABETES = {"codes": {"table": "condition_occurrence", "concept_ids": [201826]}}
FEW = {"age": {"at": "2016-01-01", "min": 17, "max": 19}}


def asked(node, question=BIRTH, criteria=None, actor="user"):
    return singling.ask(node, "chu", question, criteria, actor=actor)


def test_with_the_day_of_birth_all_would_be_alone_and_with_sex_alone_none(listed, unblurred):
    found = asked(listed)
    assert [row.setting.birth for row in found.rows] == ["day", "month"] and found.whole
    assert found.rows[0].alone.shown == 100 and found.persons.shown == 90
    coarse = asked(listed, Question(True, Setting("year", location="region")))
    assert coarse.rows[-1].setting == Setting("year", location="none")
    assert coarse.rows[-1].alone.shown is not None  # 60 years of birth: those of 30 stand for one person
    assert asked(listed, Question(True, Setting())).rows[0].alone == Share(None, 6)


def test_it_is_asked_of_a_cohort_where_the_criteria_can_be_and_else_of_all(listed, unblurred):
    cohort = asked(listed, criteria=DIABETES)
    assert not cohort.whole and cohort.persons.shown == 30
    for wrong in ({"wizards": 3}, {"codes": {"table": "device_exposure", "concept_ids": [1]}}):
        assert asked(listed, criteria=wrong).whole


def test_of_few_persons_nothing_is_told(listed, unblurred):
    found = asked(listed, criteria=FEW)
    assert found.persons.shown is None and found.persons.below == 20 and found.rows == ()
    assert '"rows":[]' in UniquenessAnswer.objects.get().document


def test_the_same_question_has_the_same_answer_for_everybody_and_costs_once(listed):
    first = asked(listed)
    assert asked(listed, actor="officer") == first == singling.answered(listed, "chu", BIRTH)
    assert UniquenessAnswer.objects.count() == 1 and CountAsking.objects.count() == 1
    (place,) = ledger.indexes("chu", "catalogue.singled")
    assert ledger.event(place).body.keys() == {"edition", "question", "opt_outs", "preset"}
    lake.erase(listed, "chu", person="3", actor="steward", holding=None)
    assert asked(listed) == first


def test_new_questions_are_limited_together_with_counts(listed):
    known = asked(listed)
    for _ in range(rules.COUNTS_AN_HOUR - 2):
        CountAsking.objects.create(account="user", asked_at=listed.clock())
    actions.count(listed, "chu", {"everyone": {}}, actor="user")
    with pytest.raises(Refusal) as refused:
        asked(listed, criteria=DIABETES)
    assert refused.value.code == "CAT-301"
    assert asked(listed) == known


def test_who_refused_is_left_out_and_the_list_makes_the_question_new(listed, unblurred):
    before = asked(listed)
    for one in range(1, 13):
        optouts.record(listed, actor="officer", dataset="chu", value=str(one))
    assert singling.answered(listed, "chu", BIRTH) is None
    after = asked(listed)
    assert before.persons.shown == 90 and after.persons.shown == 80
    at = listed.clock()
    state = lists.state(listed, at=at)
    exactly = singling.measured(listed, "chu", held.manifest("chu"), BIRTH, None, state, at)
    assert exactly == after
    assert UniquenessAnswer.objects.values("opt_outs").distinct().count() == 2


def test_what_the_catalogue_does_not_have_is_not_asked_nor_by_nobody(ingested):
    node = ingested("chu", range(1, 20))
    with pytest.raises(Refusal) as refused:
        asked(node)
    assert refused.value.code == "CAT-124"
    with pytest.raises(Refusal) as refused:
        asked(node, actor="stranger")
    assert refused.value.code == "PPL-102"
