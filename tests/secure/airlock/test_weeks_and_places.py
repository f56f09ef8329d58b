"""Weekly tables by place: the airlock counts what plain Python counts, and refuses what it cannot."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from hygie.base.kernel import Refusal
from hygie.secure.airlock.compile import open_groups, person_level
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.recompute import recompute
from tests.secure.airlock.conftest import loaded, population

WEEK = {"name": "week", "week": "drug_exposure_start_date"}
PLACE = {"name": "department", "place": "state"}
HOMES = [{"location_id": 1, "state": "35"}, {"location_id": 2, "state": "2A"}, {"location_id": 3, "state": None}]


def weekly(**changes):
    body = {
        "file": "weeks.csv",
        "kind": "table",
        "source": "drug_exposure",
        "derive": [WEEK, PLACE],
        "filter": [{"column": "source_code", "op": "=", "value": "A"}],
        "groups": ["week", "department"],
        "measures": [{"name": "n", "kind": "persons"}],
    }
    return Output.model_validate({**body, **changes})


@pytest.fixture(scope="module")
def rows():
    people = population(400, seed=4)
    for person in people["person"]:
        person["location_id"] = (1, 2, 3, None, 1)[person["person_id"] % 5]
    return {**people, "location": HOMES}


@pytest.fixture(scope="module")
def tables(engine, rows):
    return loaded(engine, rows)


def test_persons_by_week_and_department_equal_the_plain_count(tables, rows):
    states = {home["location_id"]: home["state"] for home in HOMES}
    living = {person["person_id"]: states.get(person["location_id"]) or "missing" for person in rows["person"]}
    held = defaultdict(set)
    for row in rows["drug_exposure"]:
        if row["source_code"] == "A":
            day = row["drug_exposure_start_date"]
            held[(str(day - timedelta(day.weekday())), living[row["person_id"]])].add(row["person_id"])
    table = recompute(weekly(), tables)
    assert {cell.key: cell.persons for cell in table.cells} == {key: len(each) for key, each in held.items()}


def test_weeks_and_places_are_labels_from_the_data(tables):
    assert open_groups(weekly()) == ("week", "department")
    assert not person_level(weekly())
    assert person_level(weekly(groups=["department"]))


def test_a_place_named_twice_counts_nobody_twice(engine, rows):
    doubled = {**rows, "location": [*HOMES, {"location_id": 1, "state": "35"}]}
    once = recompute(weekly(groups=["department"]), loaded(engine, rows)).cells
    twice = recompute(weekly(groups=["department"]), loaded(engine, doubled)).cells
    assert {(c.key, c.persons, c.rows) for c in once} == {(c.key, c.persons, c.rows) for c in twice}


@pytest.mark.parametrize(
    ("change", "without", "code"),
    [
        ({"derive": [{"name": "week", "week": "quantity"}, PLACE]}, None, "AIR-114"),
        ({"derive": [WEEK, {"name": "department", "place": "zip"}]}, None, "AIR-112"),
        ({"derive": [WEEK, {"name": "department", "place": "location_id"}]}, None, "AIR-117"),
        ({}, "location", "AIR-111"),
        ({}, "person", "AIR-111"),
    ],
)
def test_a_week_or_place_that_the_extract_does_not_have_is_refused(tables, change, without, code):
    with pytest.raises(Refusal) as caught:
        recompute(weekly(**change), {name: table for name, table in tables.items() if name != without})
    assert caught.value.code == code
