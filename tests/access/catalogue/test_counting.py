"""Feasibility counts: guarded, the same on every asking, few enough, and hard to subtract from one another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hygie.access.catalogue import actions, counting, queries, rules
from hygie.access.catalogue.models import CountAnswer, CountAsking, Expense
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.ledger import queries as ledger
from hygie.commons.people.presence import present
from hygie.commons.people.values import Presence
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries as lake_queries

EVERYONE = {"everyone": {}}
DIABETES = {"codes": {"table": "condition_occurrence", "concept_ids": [201826]}}


def asked(node, criteria, actor="user", dataset="chu"):
    return actions.count(node, dataset, criteria, actor=actor)


def test_a_count_is_rounded_and_says_what_was_counted(listed):
    found = asked(listed, {"sex": {"in": ["female"]}})  # 45 of the 90
    assert (found.count.shown is None or found.count.shown % 5 == 0) and not found.known
    assert (found.epsilon, found.within) == (100, None if found.count.shown is None else 32)
    assert found.words["en"] and found.words["fr"] and found.words["en"] != found.words["fr"]


def test_the_same_question_has_the_same_answer_for_everybody(listed):
    first = asked(listed, EVERYONE)
    again = asked(listed, EVERYONE, actor="officer")
    assert again.known and again.count == first.count
    assert CountAnswer.objects.count() == 1


def test_a_question_has_the_same_count_in_whatever_words_it_is_asked(listed):
    plainly = asked(listed, DIABETES).count
    twice = asked(listed, {"none": [{"none": [DIABETES]}]}).count
    joined = asked(listed, {"all": [EVERYONE, {"any": [DIABETES, DIABETES]}]}).count
    assert plainly == twice == joined
    assert CountAnswer.objects.count() == 1


def test_the_node_says_under_which_preset_counts_and_figures_are_guarded(listed, unblurred):
    answered = asked(listed, EVERYONE)
    strict = replace(listed, catalogue_preset="casd-11")
    assert asked(strict, EVERYONE).preset == answered.preset == "opensafely-7-5", "the same data, the same answer"
    young = {"all": [DIABETES, {"age": {"at": "2016-01-01", "min": 17, "max": 30}}]}
    few = asked(strict, young)
    assert few.preset == "casd-11" and few.count.shown is None and few.count.below == 40
    figures = actions.measure(strict, "chu", actor="steward")
    assert (figures.preset, figures.below, figures.base) == ("casd-11", 11, 1)
    assert figures.persons == 90


def test_few_persons_are_not_counted(listed, unblurred):
    young = {"all": [DIABETES, {"age": {"at": "2016-01-01", "min": 17, "max": 30}}]}
    found = asked(listed, young)
    assert found.count.shown is None and found.count.below == 40
    assert found.within is None, "no number is shown, and so no distance from one"
    assert asked(listed, EVERYONE).within == 32


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
    assert not asked(listed, DIABETES, actor="officer").known, "another person may ask what nobody has yet"
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


def test_a_dataset_has_a_limit_for_the_year(listed):
    """Whoever asks a little every day comes to an end; others, and what was asked before, do not."""
    asked(listed, EVERYONE)
    at = listed.clock()
    CountAsking.objects.bulk_create(
        CountAsking(account="user", dataset="chu", asked_at=at) for _ in range(rules.COUNTS_A_YEAR - 1)
    )
    listed.clock.advance(days=364)
    with pytest.raises(Refusal) as refused:
        asked(listed, DIABETES)
    assert refused.value.code == "CAT-302"
    assert asked(listed, EVERYONE).known and not asked(listed, DIABETES, actor="officer").known
    listed.clock.advance(days=2)
    asked(listed, {"sex": {"in": ["female"]}})
    assert CountAsking.objects.filter(account="user").count() == 1


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ({"sex": {"in": ["whoever"]}}, "CAT-103"),
        ({"everyone": {}, "sex": {"in": ["male"]}}, "CAT-134"),
        ({"all": [{"agee": {"at": "2020-01-01"}}]}, "CAT-134"),
        (b"[1]", "CAT-101"),
        ({"codes": {"table": "device_exposure", "concept_ids": [1]}}, "COH-101"),
    ],
)
def test_wrong_criteria_are_refused_with_reasons(listed, criteria, code):
    with pytest.raises(Refusal) as refused:
        asked(listed, criteria)
    assert refused.value.code == code


def test_a_code_that_no_data_can_hold_is_refused_before_anything_is_charged(listed):
    wrong = {"codes": {"table": "condition_occurrence", "codes": [{"system": "ICD10", "code": "BANANA"}]}}
    with pytest.raises(Refusal) as refused:
        asked(listed, {"all": [EVERYONE, {"none": [wrong]}]})
    assert refused.value.code == "COH-105"
    kept = (CountAnswer, CountAsking, Expense)
    assert not any(each.objects.exists() for each in kept) and not ledger.indexes("chu", "catalogue.counted")


def told(refused, language):
    return [(each.path, explain(each, language)) for each in refused.value.verdict.reasons]


@pytest.mark.parametrize(
    ("age", "code", "path", "found", "french"),
    [
        ({"min": "abc"}, "COH-106", ".min", "“abc” is not a whole number", "« abc » n'est pas un nombre entier"),
        ({"max": -5}, "COH-106", ".max", "“-5” is not a whole number from 0 to 150", "« -5 » n'est pas"),
        ({"min": 18.5}, "COH-106", ".min", "“18.5”", "« 18.5 »"),
        ({"min": 80, "max": 20}, "COH-107", "", "80, is above the oldest, 20", "80 ans, dépasse l'âge maximal, 20 ans"),
        ({"min": 18, "at": ""}, "COH-108", ".at", "the day given is: none", "le jour indiqué est : aucun"),
        ({"min": 18, "at": "2024-02-30"}, "COH-108", ".at", "2024-02-30", "2024-02-30"),
    ],
)
def test_a_wrong_age_is_refused_in_plain_words(listed, age, code, path, found, french):
    with pytest.raises(Refusal) as refused:
        asked(listed, {"all": [{"age": {"at": "2024-12-31", **age}}]})
    ((place, said),) = told(refused, "en")
    assert (refused.value.code, place) == (code, f"$.all[0].age{path}") and found in said.found
    assert french in told(refused, "fr")[0][1].found
    assert not CountAsking.objects.exists()


def test_an_age_without_its_day_is_refused(listed):
    with pytest.raises(Refusal) as refused:
        asked(listed, {"age": {"min": 18}})
    assert refused.value.code == "COH-108"


def test_an_unknown_criterion_is_named_with_the_kinds_there_are(listed):
    with pytest.raises(Refusal) as refused:
        asked(listed, {"all": [{"everyone": {}}, {"agee": {"at": "2020-01-01"}}]})
    ((path, said),) = told(refused, "en")
    assert path == "$.all[1]" and "“agee”" in said.asked
    assert said.accepted == "One of: all, any, none, codes, age, sex, everyone."
    ((_, french),) = told(refused, "fr")
    assert "« agee »" in french.asked


def test_a_list_is_not_called_short_for_its_faulty_members(listed):
    with pytest.raises(Refusal) as refused:
        asked(listed, {"all": [{"age": {"at": "2020-1-01"}}]})
    assert [path for path, _ in told(refused, "en")] == ["$.all[0].age.at"]
    with pytest.raises(Refusal) as refused:
        asked(listed, {"all": []})
    assert [path for path, _ in told(refused, "en")] == ["$.all"]


def test_a_field_too_many_is_refused_with_those_there_are(listed):
    with pytest.raises(Refusal) as refused:
        asked(listed, {"codes": {"table": "measurement", "codes": [{"system": "LOINC", "code": "1", "cod": 1}]}})
    ((path, said),) = told(refused, "en")
    assert path == "$.codes.codes[0].cod" and said.accepted == "system, code, descendants."


def test_what_is_no_json_is_refused_with_its_line_and_column(listed):
    with pytest.raises(Refusal) as refused:
        asked(listed, b'{\n "age": at}')
    assert refused.value.code == "CAT-123"
    ((_, said),) = told(refused, "en")
    assert "line 2, column 9" in said.found
    ((_, french),) = told(refused, "fr")
    assert "ligne 2, colonne 9" in french.found


def test_criteria_have_a_depth(listed):
    deep = EVERYONE
    for _ in range(9):
        deep = {"all": [deep]}
    with pytest.raises(Refusal) as refused:
        asked(listed, deep)
    assert refused.value.code == "CAT-132"


def test_what_is_not_in_the_catalogue_is_not_counted(ingested):
    node = ingested("chu", range(1, 20))
    with pytest.raises(Refusal) as refused:
        asked(node, EVERYONE)
    assert refused.value.code == "CAT-124"
    with pytest.raises(Refusal) as unread:  # who reads without an account does not learn that it is held
        queries.figures_of("chu")
    assert unread.value.code == "CAT-110"
    ((_, said),) = told(refused, "en")
    assert (
        "held by this node" in said.found
        and "/catalogue/chu/describe/" in said.accepted
        and said.command == "hygie catalogue describe"
    )
    with pytest.raises(Refusal) as refused:
        asked(node, EVERYONE, dataset="nowhere")
    assert refused.value.code == "CAT-110"


def test_nobody_without_an_account_counts(listed):
    with pytest.raises(Refusal) as refused:
        asked(listed, EVERYONE, actor="stranger")
    assert refused.value.code == "PPL-102"


def test_a_count_asks_the_policy_first(listed):
    with present(Presence("ses-1", "openid", "low", stepped_up=True)), pytest.raises(Refusal) as refused:
        asked(listed, EVERYONE)
    assert refused.value.code == "PPL-113"


def test_records_of_one_person_are_one_and_nobody_counts_twice(ingested):
    node = ingested("chu", range(1, 41))
    manifest, everyone = lake_queries.manifest("chu"), counting.read(EVERYONE)
    with node.engine(memory="256MB") as engine:
        views = lake_queries.attach_snapshot(engine, node, "chu", tables=["person"])
        tables = {name: engine.backend().table(view) for name, view in views.items()}
        engine.rows(
            "CREATE TEMP TABLE person_index AS SELECT 'chu' AS dataset, person_id, person_id // 2 AS person_uid "
            "FROM person WHERE person_id > (SELECT min(person_id) + 3 FROM person)"
        )
        uids = engine.scalar("SELECT count(DISTINCT person_uid) FROM person_index")
        assert counting.persons(engine, "chu", tables, everyone) == uids + 4
    assert counting.exactly(node, "chu", manifest, everyone, node.clock()) == 40


def test_an_organisation_pays_once_and_sees_what_is_left(listed):
    for name in ("user", "officer"):
        actions.place(listed, name, "Université  de Testville", actor="operator")
    asked(listed, DIABETES)
    asked(listed, DIABETES, actor="officer")
    asked(listed, EVERYONE, actor="officer")
    asked(listed, DIABETES, actor="steward")
    found = queries.allotment(listed, "chu", "user")
    assert (found.organisation, found.own.spent, found.own.rest) == ("Université de Testville", 200, 9800)
    assert found == queries.allotment(listed, "chu", "officer") and found.shared.spent == 200
    other = queries.allotment(listed, "chu", "steward")
    assert (other.organisation, other.own.spent, other.shared.spent) == ("account:steward", 0, 200)
    *_, last = ledger.indexes("chu", "catalogue.counted")
    assert ledger.event(last).body["organisation"] == "Université de Testville"
    assert "count" not in ledger.event(last).body and "shown" not in ledger.event(last).body


def test_an_empty_account_refuses_says_until_when_and_still_answers_what_was_asked(listed):
    asked(listed, DIABETES)
    Expense.objects.create(organisation="account:user", dataset="chu", epsilon=9_850, at=listed.clock())
    with pytest.raises(Refusal) as refused:
        asked(listed, EVERYONE)
    (reason,) = refused.value.verdict.reasons
    assert (reason.code, reason.facts["spent"], reason.facts["accepted"]) == ("CAT-303", 9.95, 10.0)
    assert reason.facts["free"] == (listed.today() + timedelta(days=365)).isoformat()
    assert CountAnswer.objects.count() == 1 and CountAsking.objects.count() == 1, "what is refused costs nothing"
    assert asked(listed, DIABETES).known
    asked(listed, EVERYONE, actor="officer")
    listed.clock.advance(days=366)
    asked(listed, {"sex": {"in": ["female"]}})


def test_organisations_that_work_together_come_to_an_end_too(listed):
    for each in range(2):
        Expense.objects.create(organisation=f"org {each}", dataset="chu", epsilon=9_990, at=listed.clock())
    with pytest.raises(Refusal) as refused:
        asked(listed, EVERYONE)
    assert refused.value.code == "CAT-304"
    Expense.objects.filter(organisation="org 0").update(dataset="another")
    asked(listed, EVERYONE)


@pytest.mark.parametrize("name", ["", "x", "a" * 201, "account:officer", "Uni\u202eversity"])
def test_an_organisation_has_a_name(listed, name):
    with pytest.raises(Refusal) as refused:
        actions.place(listed, "user", name, actor="operator")
    assert refused.value.code == "CAT-305"


def test_only_the_operator_places_accounts(listed):
    with pytest.raises(Refusal) as refused:
        actions.place(listed, "user", "Testville", actor="user")
    assert refused.value.code == "PPL-101"


def test_answer_expense_and_fact_are_kept_together_or_not_at_all(listed, monkeypatch):
    """Whatever stops before the end, no draw was seen, and the next asking draws anew."""

    def broken(facts):
        raise OSError("the ledger's disk is gone")

    before = len(ledger.indexes("chu"))
    with monkeypatch.context() as patch:
        patch.setattr(counting.ledger, "append", broken)
        with pytest.raises(OSError, match="disk"):
            asked(listed, DIABETES)
    assert (CountAnswer.objects.count(), Expense.objects.count(), len(ledger.indexes("chu"))) == (0, 0, before)
    assert not asked(listed, DIABETES).known
    assert (CountAnswer.objects.count(), Expense.objects.count(), len(ledger.indexes("chu"))) == (1, 1, before + 1)
