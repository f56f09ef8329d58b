"""How many would be alone: the expression against plain Python, and what is told of it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.access.catalogue.uniqueness import (
    REGION,
    Question,
    Setting,
    Share,
    Told,
    Uniqueness,
    groups,
    share,
)
from hygie.access.extracts import compile as extracts
from hygie.base import law
from hygie.base.disclosure import Guarded
from hygie.base.engine.node import CATALOGUE_PRESET

POLICY = law.preset(CATALOGUE_PRESET, on=date(2026, 11, 21))
LEAST = 3
DAYS = st.dates(date(2014, 1, 1), date(2016, 3, 31))
PERSON = pa.schema(
    [
        ("person_id", pa.int64()),
        ("gender_concept_id", pa.int64()),
        ("year_of_birth", pa.int32()),
        ("month_of_birth", pa.int32()),
        ("day_of_birth", pa.int32()),
        ("location_id", pa.int64()),
    ]
)
EVENT = pa.schema([("person_id", pa.int64()), ("visit_start_date", pa.date32())])
PLACE = pa.schema([("location_id", pa.int64()), ("state", pa.string())])
PLACES = [{"location_id": one, "state": "AB"[one % 2]} for one in range(1, 5)]


@st.composite
def hospitals(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], set[int]]:
    """Persons, their visits, and who of them is in the cohort."""
    many = draw(st.integers(1, 25))
    maybe = lambda values: st.one_of(st.none(), values)  # noqa: E731
    people = [
        {
            "person_id": one,
            "gender_concept_id": draw(st.sampled_from([8507, 8532, 0, None])),
            "year_of_birth": draw(maybe(st.integers(1960, 1963))),
            "month_of_birth": draw(maybe(st.integers(1, 3))),
            "day_of_birth": draw(maybe(st.integers(1, 2))),
            "location_id": draw(maybe(st.integers(1, 5))),
        }
        for one in range(1, many + 1)
    ]
    visits = draw(st.lists(st.tuples(st.integers(1, many), maybe(DAYS)), max_size=30))
    rows = [{"person_id": one, "visit_start_date": day} for one, day in visits]
    return people, rows, draw(st.sets(st.integers(1, many)))


QUESTIONS = st.builds(
    lambda sex, birth, dates, place, period: Question(
        sex,
        Setting(birth, dates, place),
        (("visit_occurrence", "visit_start_date"),) if dates != "none" else (),
        *period,
    ),
    st.booleans(),
    st.sampled_from(["none", "year", "month", "day"]),
    st.sampled_from(["none", "year", "month", "day"]),
    st.sampled_from(["none", "region", "full"]),
    st.sampled_from([("", ""), ("2015-01-01", "2015-12-31")]),
)


def shown(person: dict[str, Any], visits: list[dict[str, Any]], question: Question, setting: Setting) -> tuple:
    """What a setting shows of a person, in plain Python."""
    birth = [person[f"{part}_of_birth"] for part in ("year", "month", "day")]
    fine = {"none": 0, "year": 1, "month": 2, "day": 3}
    sex = {8507: "m", 8532: "f"}.get(person["gender_concept_id"], "?") if question.sex else ""
    states = {each["location_id"]: each["state"] for each in PLACES}
    place = {"none": None, "region": states.get(person["location_id"]), "full": person["location_id"]}
    days = [each["visit_start_date"] for each in visits if each["person_id"] == person["person_id"]]
    kept = [day for day in days if day and (not question.start or question.start <= day.isoformat() <= question.end)]
    first = min(kept).isoformat() if kept and question.firsts else ""
    dates = first[: {"none": 0, "year": 4, "month": 7, "day": 10}[setting.dates]]
    return sex, tuple(birth[: fine[setting.birth]]), place[setting.location], dates


@settings(max_examples=25, deadline=None)
@given(hospitals(), QUESTIONS)
def test_the_expression_counts_as_plain_python_does(world: tuple, question: Question) -> None:
    people, visits, cohort = world
    backend = ibis.duckdb.connect()
    tables = {
        "person": backend.create_table("person", pa.Table.from_pylist(people, PERSON)),
        "visit_occurrence": backend.create_table("visits", pa.Table.from_pylist(visits, EVENT)),
        "location": backend.create_table("places", pa.Table.from_pylist(PLACES, PLACE)),
    }
    persons = tables["person"].filter(tables["person"].person_id.isin(sorted(cohort))).select("person_id")
    found = backend.execute(groups(persons, tables, question, LEAST)).iloc[0]
    for at, setting in enumerate(question.settings):
        seen = [shown(each, visits, question, setting) for each in people if each["person_id"] in cohort]
        sizes = Counter(seen)
        alone, few = (sum(sizes[each] < least for each in seen) for least in (2, LEAST))
        assert (int(found[f"a{at}"] or 0), int(found[f"f{at}"] or 0)) == (alone, few), setting


def test_a_place_is_as_coarse_here_as_in_an_extract() -> None:
    assert REGION == extracts.REGION


def test_each_thing_asked_for_has_its_next_coarser_step() -> None:
    question = Question(True, Setting("day", "month", "full"))
    assert len(question.settings) == 8 and question.settings[0] == question.setting
    assert question.settings[-1] == Setting("month", "year", "region")
    assert Question(True, Setting("year", "year")).settings == (Setting("year", "year"),)


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 10_000))
def test_shares_are_whole_percents_that_never_tell_of_few_persons(one: int, other: int, draw: int) -> None:
    """A count and the next give the same answer under some draw; finer is never told as fewer; none is never told."""
    persons = 5000
    low, high = (share(each, persons, draw, POLICY) for each in sorted((one, other)))
    assert (low.shown or 0) <= (high.shown or 0)
    told = share(0, persons, draw, POLICY)
    assert told == Share(None, 1) == share(4, persons, 0, POLICY)


def test_in_a_small_cohort_a_share_does_not_count_its_persons() -> None:
    """Of 40 persons a step is five of them: 0 to 4 may all be told as the same, and 1 to 9 as 12 %."""
    assert {share(each, 40, 20, POLICY) for each in range(5)} == {Share(None, 13)}
    few = {count: {share(count, 40, draw, POLICY) for draw in range(25)} for count in range(12)}
    assert all(few[count] & few[count + 1] for count in range(1, 10))
    assert {each.shown for answers in few.values() for each in answers} == {None, 12, 25, 38}


def test_the_coarser_step_that_leaves_fewest_alone_is_found() -> None:
    def told(birth: str, dates: str, alone: Share) -> Told:
        return Told(Setting(birth, dates), alone, alone)

    rows = (
        told("month", "day", Share(43)),
        told("month", "month", Share(12)),
        told("year", "day", Share(None, 1)),
        told("year", "month", Share(None, 1)),
    )
    found = Uniqueness("chu", Guarded(100, 0, 5), rows, 8, "p", False)
    assert found.coarser() is rows[2]
    assert Uniqueness("chu", Guarded(100, 0, 5), rows[:1], 8, "p", False).coarser() is None
