"""What an applicant wrote of the persons is read back in words, what is wrong with it too."""

from __future__ import annotations

import pytest

from hygie.access.applications.form.cohort_words import told
from hygie.access.applications.form.criteria import check_cohort
from hygie.base.engine.node import Node
from hygie.base.kernel.catalogue import explain
from tests.access.applications.story import drafted
from tests.conftest import Site

AGES = {"age": {"at": "2020-01-01", "min": 90, "max": 18}}
DAYS = {"codes": {"table": "drug_exposure", "concept_ids": [7], "from": "2020-03-01", "to": "2020-01-01"}}


@pytest.mark.parametrize(
    ("language", "ages", "days", "line"),
    [
        ("en", "The least age, 90, is above the greatest, 18.",
         "The first day, 1 March 2020, is after the last, 1 January 2020.", "least age 90, greatest age 18"),
        ("fr", "L'âge minimal, 90, dépasse l'âge maximal, 18.",
         "Le premier jour, 1er mars 2020, suit le dernier, 1er janvier 2020.", "âge minimal 90, âge maximal 18"),
    ],
)  # fmt: skip
def test_crossed_ends_are_told_and_criteria_are_shown_in_words(
    stocked: Node, language: str, ages: str, days: str, line: str
) -> None:
    site, made = Site(stocked), drafted(stocked, data__cohort={"all": [AGES, DAYS]})
    for page in ("form/cohort/", "letter/"):
        shown = site.get(f"/applications/{made}/{page}", as_="user", language=language)
        text = site.text(shown)
        assert shown.status_code == 200 and line in text, page
        assert "{'" not in text and "criteria.group" not in text
        assert (ages in text and days in text) or page == "letter/"


@pytest.mark.parametrize(
    "value",
    [AGES, DAYS, {"all": [{"any": []}]}, {"sex": {"in": ["woman"]}}, {"what": {}}, {"age": 7}, [1], "x", {"age": {}},
     {"codes": {"codes": [{"system": "S", "code": {"a": 1}}], "more": None}}, {"none": [{"age": {"at": "soon"}}]}],
)  # fmt: skip
def test_no_object_is_ever_shown_as_a_program_writes_it(value: object) -> None:
    for language in ("en", "fr"):
        lines = told(value, language)
        assert lines and not any(sign in line for line in lines for sign in "{}[]'"[:4]), lines
        for each in check_cohort({"data": {"cohort": value}}, None):
            said = explain(each, language)
            assert "{" not in said.asked + said.found


def test_groups_within_groups_end() -> None:
    value: object = AGES
    for _ in range(100):
        value = {"all": [value]}
    assert len(told(value, "en")) < 20
