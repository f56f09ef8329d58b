"""Tracks, criteria, purposes of French law, and the reference methodologies."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from hygie.base import law
from hygie.base.kernel import Refusal
from hygie.base.law import procedures

DAY = date(2029, 6, 1)
REUSE = {"persons": False, "public-interest": True, "informed": True, "directory": True, "snds": False}
SNDS = {
    "persons": False, "snds": True, "cnam-only": True, "public-interest": True, "needs-form": True,
    "express-opinion": True, "reuse": False, "insurer": False, "directory": True,
}  # fmt: skip


def standings(answers: dict[str, bool]) -> dict[str, str]:
    return {each.methodology.id: each.standing for each in law.methodologies(answers, on=DAY)}


def test_eight_criteria_and_two_risks_with_their_questions() -> None:
    assert [item.id for item in law.criteria(DAY)] == [f"68(1)({letter})" for letter in "abcdefgh"]
    assert [item.id for item in law.criteria(DAY) if item.conditional] == ["68(1)(f)", "68(1)(g)"]
    assert len(law.risks(DAY)) == 2
    for item in (*law.criteria(DAY), *law.risks(DAY)):
        assert item.question["en"].endswith("?")
        assert item.question["fr"].endswith(" ?")
        assert item.label["en"].strip()
        assert item.label["fr"].strip()
    assert law.criteria(date(2025, 1, 1)) == ()


def test_five_tracks_of_which_one_is_french() -> None:
    assert set(law.tracks()) == {"standard", "accelerated", "trusted-holder", "statistical", "french"}
    assert [track.id for track in law.tracks().values() if track.country] == ["french"]
    assert [track.id for track in law.tracks().values() if track.reserved] == ["accelerated"]


@pytest.mark.parametrize(
    ("applicant", "mandate", "bases"),
    list(
        product(sorted(law.applicants()), [True, False], [(), ("53(1)(a)",), ("53(1)(a)", "53(1)(e)"), ("53(1)(c)",)])
    ),
)
def test_the_accelerated_track_is_for_public_health_bodies_and_purposes_a_to_c(
    applicant: str, mandate: bool, bases: tuple[str, ...]
) -> None:
    verdict = law.may_accelerate(applicant, mandate, bases)
    public = applicant in ("public-body", "eu-institution")
    reserved = bool(bases) and set(bases) <= {"53(1)(a)", "53(1)(b)", "53(1)(c)"}
    expected = [code for code, holds in (("LAW-120", public), ("LAW-121", mandate), ("LAW-122", reserved)) if not holds]
    assert [reason.code for reason in verdict.reasons] == expected


def test_only_the_union_and_listed_countries_may_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(law.eligible_country(code, DAY) for code in law.countries()) == 27
    assert not law.eligible_country("US", DAY)
    assert not law.eligible_country("NO", DAY)
    rows = {"countries": [{"list": "reciprocal", "codes": ["JP"], "valid_from": date(2035, 3, 26)}]}
    monkeypatch.setattr(procedures, "table", lambda name: rows)
    assert not law.eligible_country("JP", DAY)
    assert law.eligible_country("JP", date(2035, 3, 26))


def test_the_six_french_purposes_answer_to_those_of_the_regulation() -> None:
    held = {item.id[-1]: item for item in law.national_purposes()}
    assert set(held) == set("123456")
    known = set(law.purposes())
    assert all(item.bases and set(item.bases) <= known for item in held.values())
    assert "53(1)(e)" in held["6"].bases
    assert set().union(*(item.bases for item in held.values())) == known


@pytest.mark.parametrize(
    ("answers", "open_one"),
    [
        ({"persons": True, "interventional": True, "consent": True, "snds": False}, "MR-001"),
        ({"diagnostic": True, "interventional": False, "snds": False}, "MR-002"),
        ({"persons": True, "consent": False, "informed": True, "snds": False}, "MR-003"),
        (REUSE, "MR-004"),
        (
            {"persons": False, "pmsi": True, "hospital": True, "secure-platform": True, "public-interest": True,
             "directory": True, "snds": False, "informed": False},
            "MR-005",
        ),
        (
            {"persons": False, "pmsi": True, "industry": True, "laboratory": True, "secure-platform": True,
             "public-interest": True, "directory": True, "snds": False, "informed": False, "hospital": False},
            "MR-006",
        ),
        (SNDS | {"public-body": True, "legitimate-interest": False}, "MR-007"),
        (SNDS | {"legitimate-interest": True, "laboratory": True, "untouched": True, "public-body": False}, "MR-008"),
    ],
)  # fmt: skip
def test_each_methodology_opens_alone_for_its_own_study(answers: dict[str, bool], open_one: str) -> None:
    assert [name for name, standing in standings(answers).items() if standing == "open"] == [open_one]


@pytest.mark.parametrize(
    ("change", "closed"),
    [
        ({"express-opinion": False}, "MR-007"),
        ({"reuse": True}, "MR-007"),
        ({"cnam-only": False}, "MR-007"),
        ({"insurer": True}, "MR-007"),
        ({"snds": False}, "MR-007"),
    ],
)
def test_every_condition_of_the_main_base_closes_it_with_its_reason(change: dict[str, bool], closed: str) -> None:
    answers = SNDS | {"public-body": True} | change
    found = next(each for each in law.methodologies(answers, on=DAY) if each.methodology.id == closed)
    assert found.standing == "closed"
    assert [each.question.id for each in found.against] == list(change)


def test_a_company_touching_the_main_base_itself_is_turned_away() -> None:
    answers = SNDS | {"legitimate-interest": True, "laboratory": True, "untouched": False}
    assert standings(answers)["MR-008"] == "closed"


def test_no_answer_is_unknown_and_never_open() -> None:
    assert set(standings({}).values()) == {"unknown"}
    for name in REUSE:
        fewer = {key: value for key, value in REUSE.items() if key != name}
        assert standings(fewer)["MR-004"] == "unknown"


def test_an_answer_to_no_question_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        law.methodologies({"colour": True}, on=DAY)
    assert refused.value.code == "LAW-114"


def test_every_question_is_used_and_in_both_languages() -> None:
    used = {name for each in law.methodologies({}, on=DAY) for name in each.methodology.conditions}
    assert used == set(law.methodology_questions())
    for question in law.methodology_questions().values():
        assert question.text["en"].endswith("?")
        assert question.text["fr"].endswith(" ?")


@pytest.mark.parametrize(
    ("name", "figure", "unit"),
    [
        ("log.enclave", 1, "years"),
        ("log.primary", 3, "years"),
        ("report.every", 2, "years"),
        ("training.validity", 1, "years"),
        ("user.exclusion", 5, "years"),
        ("methodology.report", 3, "years"),
        ("snds.retention", 20, "years"),
    ],
)
def test_the_limits_that_the_desk_uses(name: str, figure: int, unit: str) -> None:
    found = law.limit(name, on=DAY)
    assert (found.figure, found.unit) == (figure, unit)
