"""Attacks on counts through the action itself: who knows a person's birthday and visits must not learn a diagnosis."""

from datetime import date, timedelta

import pytest

from hygie.access.catalogue import actions
from hygie.base.kernel import Refusal

DIABETES = {"codes": {"table": "condition_occurrence", "concept_ids": [201826]}}
TARGETS = (3, 6, 10, 13)  # of the hospital's persons; every third has diabetes


def shown(node, criteria, actor="user"):
    return str(actions.count(node, "chu", criteria, actor=actor).count)


def born(person):
    return date(1940 + person % 60, 1 + person % 12, 1 + person % 28)


def pinned(person):
    """Two ages that only who is born on a day has, that person's visit, and the sex."""
    turns = born(person).replace(year=born(person).year + 20)
    return [
        {"age": {"at": turns.isoformat(), "min": 20, "max": 20}},
        {"age": {"at": (turns - timedelta(days=1)).isoformat(), "min": 19, "max": 19}},
    ]


def known(person):
    """What no birthday is needed for: the year of birth, the sex, and the month of a visit."""
    year, month = born(person).year, 1 + person % 9
    return [
        {"age": {"at": f"{year + 30}-06-30", "min": 30, "max": 30}},
        {"sex": {"in": ["female" if person % 2 else "male"]}},
        {
            "codes": {
                "table": "visit_occurrence",
                "concept_ids": [9201],
                "from": f"2015-0{month}-01",
                "to": "2015-12-31",
            }
        },
    ]


def others(person, step):
    """Many persons, none of them the target: the other sex, from an age on."""
    sex = {"sex": {"in": ["male" if person % 2 else "female"]}}
    return {"all": [sex, {"age": {"at": "2026-12-31", "min": 30 + 4 * step}}]}


def whole(person, step):
    """Many persons and the target."""
    return {"age": {"at": "2026-12-31", "min": 30 + 4 * step}}


ATTACKS = {
    "or": (
        others,
        lambda one, base: {"any": [base, {"all": [*pinned(one), DIABETES]}, {"all": [*known(one), DIABETES]}]},
    ),
    "not": (whole, lambda one, base: {"all": [base, {"any": [DIABETES, {"none": [{"all": known(one)}]}]}]}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_difference_of_one_person_never_shows(listed, attack):
    """An attacker who calls a difference between two answers the diagnosis is right as often as one who guesses."""
    base, added = ATTACKS[attack]
    right = 0
    for at, person in enumerate(TARGETS):
        actor = ("user", "officer")[at % 2]  # several accounts together
        pairs = [(base(person, step), added(person, base(person, step))) for step in range(3)]
        differ = any(shown(listed, without, actor) != shown(listed, asked, actor) for without, asked in pairs)
        right += differ == (person % 3 == 0)
    assert right == len(TARGETS) / 2


def test_days_are_too_fine_to_ask_for(listed):
    """A window or an age moved by a day is the same question: it is known, and costs nothing."""
    visits = {"table": "visit_occurrence", "concept_ids": [9201]}
    for table in ({"age": {"at": "2016-03-04", "min": 20}}, {"codes": {**visits, "from": "2015-03-04"}}):
        first = actions.count(listed, "chu", table, actor="user")
        moved = (
            {"age": {"at": "2016-03-05", "min": 20}} if "age" in table else {"codes": {**visits, "from": "2015-03-05"}}
        )
        again = actions.count(listed, "chu", moved, actor="officer")
        assert again.known and again.count == first.count
        assert ("31 December 2016" if "age" in table else "1 March 2015") in " ".join(again.words["en"])


def test_what_is_left_out_is_said(listed):
    rare = {"codes": {"table": "condition_occurrence", "concept_ids": [77]}}
    found = actions.count(listed, "chu", {"any": [{"sex": {"in": ["female"]}}, rare]}, actor="user")
    assert any("77" in line for line in found.left_out["fr"]) and found.left_out["en"] != found.left_out["fr"]
    alone = actions.count(listed, "chu", {"sex": {"in": ["female"]}}, actor="user")
    assert alone.count == found.count and alone.left_out == {"en": [], "fr": []}


def test_a_question_has_a_number_of_conditions(listed):
    many = {"any": [{"codes": {"table": "condition_occurrence", "concept_ids": [each]}} for each in range(1, 26)]}
    with pytest.raises(Refusal) as refused:
        shown(listed, many)
    assert refused.value.code == "CAT-103"
