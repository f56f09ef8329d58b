"""Questions that ask the same are one question: by logic, not by writing."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygie.access.catalogue import sameness
from hygie.access.catalogue.counting import read
from hygie.base.kernel import Refusal

SEXES = ("female", "male", "other", "unknown")
CODES = [{"codes": {"table": "condition_occurrence", "concept_ids": [each]}} for each in (11, 12, 13)]
AGES = [
    {"age": {"at": "2020-06-01", **ends}} for ends in ({"min": 18}, {"max": 40}, {"min": 30, "max": 64}, {"min": 0})
]
SEX = [{"sex": {"in": list(some)}} for some in (SEXES[:1], SEXES[1:2], SEXES[:2], SEXES)]
LEAVES = st.sampled_from([{"everyone": {}}, *CODES, *AGES, *SEX])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        *(
            st.lists(inner, min_size=1, max_size=3).map(lambda some, kind=kind: {kind: some})
            for kind in ("all", "any", "none")
        )
    ),
    max_leaves=6,
)
YEARS = (None, 1900, 1955, 1956, 1979, 1980, 1990, 1991, 2001, 2002, 2003, 2020, 2021)


def meets(tree: dict, year: int | None, sex: str, codes: frozenset[int]) -> bool:
    """Whether somebody meets criteria, reckoned person by person."""
    ((kind, body),) = tree.items()
    if kind in ("all", "any", "none"):
        met = [meets(each, year, sex, codes) for each in body]
        return {"all": all(met), "any": any(met), "none": not any(met)}[kind]
    if kind == "everyone":
        return True
    if kind == "sex":
        return sex in body["in"]
    if kind == "age":
        return year is not None and body.get("min", 0) <= 2020 - year <= body.get("max", 10**9)
    return not codes.isdisjoint(body["concept_ids"])


def table(tree: dict) -> list[bool]:
    """What a question says of everybody who could be."""
    some = [
        frozenset(each for each, has in zip((11, 12, 13), bits, strict=True) if has)
        for bits in product((0, 1), repeat=3)
    ]
    return [meets(tree, *each) for each in product(YEARS, SEXES, some)]


def form(tree: dict) -> str:
    return sameness.form(read(tree))


@given(TREES, TREES)
def test_two_questions_are_one_exactly_when_they_ask_the_same_of_everybody(one: dict, two: dict) -> None:
    assert (form(one) == form(two)) is (table(one) == table(two))


@given(TREES, LEAVES, TREES)
def test_padding_changes_no_question(tree: dict, leaf: dict, other: dict) -> None:
    known = form(tree)
    for same in (
        {"none": [{"none": [tree]}]},
        {"all": [tree, {"any": [leaf, {"none": [leaf]}]}]},
        {"any": [tree, {"all": [leaf, {"none": [leaf]}]}]},
        {"any": [{"all": [tree, other]}, {"all": [tree, {"none": [other]}]}]},
        {"all": [tree, {"any": [tree, other]}]},
        {"any": [tree, tree, {"all": [tree, other]}]},
        {"all": [{"everyone": {}}, tree]},
    ):
        assert form(same) == known


def test_a_code_system_goes_by_one_name_and_days_and_orders_do_not_count() -> None:
    def asks(*codes: tuple[str, str], **more: object) -> dict:
        named = [{"system": system, "code": code} for system, code in codes]
        return {"codes": {"table": "condition_occurrence", "codes": named, **more}}

    uri = "http://snomed.info/sct"
    assert form(asks(("SNOMED", "1"), ("SNOMED", "2"))) == form(asks((uri, "2"), (uri, "1"), ("SNOMED", "1")))
    ccam = ("urn:hygie:snds:ccam", "https://smt.esante.gouv.fr/terminologie-ccam", "CCAM")
    assert len({form(asks((name, "DEQP003"))) for name in ccam}) == 1
    assert form(asks((uri, "1"), **{"from": "2020-03-02"})) == form(asks((uri, "1"), **{"from": "2020-03-30"}))
    assert form(asks((uri, "1"))) != form(asks((uri, "1"), at_least=2)) != form(asks((uri, "2"), at_least=2))
    ages = [{"age": {"at": f"{year}-07-01", "min": year - 1980}} for year in (2010, 2020)]
    assert form(ages[0]) == form(ages[1])


def test_what_takes_too_long_to_tell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sameness, "MOST_STEPS", 2)
    with pytest.raises(Refusal) as refused:
        form({"any": CODES})
    assert refused.value.code == "CAT-133"


def test_the_largest_question_is_told_at_once() -> None:
    pairs = [
        {
            "all": [
                {"codes": {"table": "measurement", "concept_ids": [each + 1]}},
                {"codes": {"table": "measurement", "concept_ids": [each + 101]}},
            ]
        }
        for each in range(12)
    ]
    twisted = [{"none": [{"none": [each]}]} for each in reversed(pairs)]
    assert form({"any": pairs}) == form({"any": twisted})


def test_dots_make_no_other_question_where_codes_are_asked_for_with_those_under_them() -> None:
    def of(*codes: str, descendants: bool, alone: tuple[str, ...] = ()) -> str:
        asked = [{"system": "ICD10", "code": code, "descendants": descendants} for code in codes]
        asked += [{"system": "ICD10", "code": code} for code in alone]
        return form({"codes": {"table": "condition_occurrence", "codes": asked}})

    assert of("I50.0", descendants=True, alone=("I50.0", "I500")) == of("I500", descendants=True)
    assert of("I50", descendants=True, alone=("I51",)) != of("I50", descendants=True)
    assert of("I50.0", descendants=True) == of("I500", descendants=True) == of("I50.0.", descendants=True)
    assert of("I50.0", descendants=False) != of("I500", descendants=False)
