"""Dummy data: the extract's exact shape, keys that hold, and no real row beyond chance."""

from __future__ import annotations

import math

import pytest

from hygie.access.extracts import actions, dummy, queries, statistics
from hygie.base import law
from hygie.base.kernel import Refusal
from tests.access.extracts.conftest import granted


@pytest.fixture
def prepared(node, once, lake_of):
    def make():
        lake_of(chu=range(1, 301))
        permit = granted(node, "chu")
        actions.extract(node, permit, actor="steward")
        return permit

    return node, once("an extract for dummy data", make)


def real(node, permit, table):
    with queries.read(node, permit, table) as reader:
        return reader.read_all()


def test_the_shape_is_the_extract_s_and_the_draw_is_repeatable(prepared):
    node, permit = prepared
    made = dummy.make(node, permit)
    manifest = queries.latest(permit)
    assert list(made) == [table.name for table in manifest.tables]
    for name, table in made.items():
        assert table.schema.equals(real(node, permit, name).schema)
        assert table.num_rows > 0
    again = dummy.make(node, permit)
    assert all(made[name].equals(again[name]) for name in made)


def test_keys_hold_and_nobody_real_is_in(prepared):
    node, permit = prepared
    made = dummy.make(node, permit)
    people = set(made["person"]["person_id"].to_pylist())
    assert len(people) == made["person"].num_rows == 300
    visits = {row["visit_occurrence_id"]: row["person_id"] for row in made["visit_occurrence"].to_pylist()}
    assert len(visits) == made["visit_occurrence"].num_rows
    for name, table in made.items():
        assert set(table["person_id"].to_pylist()) <= people
        if name != "person":
            numbers = table[f"{name}_id"].to_pylist()
            assert len(numbers) == len(set(numbers))
    joined = [row for row in made["condition_occurrence"].to_pylist() if row["visit_occurrence_id"] is not None]
    assert joined
    assert all(visits[row["visit_occurrence_id"]] == row["person_id"] for row in joined)
    assert not people & set(real(node, permit, "person")["person_id"].to_pylist())


def test_dates_lie_in_the_period_and_ends_after_starts(prepared):
    node, permit = prepared
    for row in dummy.make(node, permit)["visit_occurrence"].to_pylist():
        assert row["visit_start_date"].year in {2015, 2016}
        assert row["visit_end_date"] >= row["visit_start_date"]


@pytest.mark.parametrize(
    ("missing", "share"), [(0, 0.0), (7, 0.0), (8, 0.15), (30, 0.5), (52, 0.85), (53, 1.0), (60, 1.0)]
)
def test_the_share_without_a_value_does_not_tell_of_few_persons(node, missing, share):
    preset = law.preset("opensafely-7-5", on=node.clock().date())
    with node.engine() as engine:
        engine.con.execute(
            "CREATE TEMP TABLE held AS "
            "SELECT range AS person_id, CASE WHEN range >= ? THEN 1 END AS value FROM range(60)",
            [missing],
        )
        count = "count(DISTINCT person_id)"
        assert statistics.missing_share(engine, "held", "value", count, preset) == share
        engine.con.execute("INSERT INTO held SELECT 1000, NULL FROM range(500)")
        hidden = statistics.missing_share(engine, "held", "value", count, preset)
        assert (hidden == 0.0) == (missing < 7)


def test_small_categories_never_appear(lake_of):
    node = lake_of(chu=range(1, 31))
    permit = granted(node, "chu")
    actions.extract(node, permit, actor="steward")
    made, rare = dummy.make(node, permit), {}
    for table in ("person", "condition_occurrence"):
        for name in ("year_of_birth", "condition_concept_id", "source_code"):
            if name in made[table].column_names:
                counts = {}
                for row in real(node, permit, table).to_pylist():
                    counts.setdefault(row[name], set()).add(row["person_id"])
                rare = {value for value, who in counts.items() if len(who) < 8}
                if name != "year_of_birth":
                    assert not rare & set(made[table][name].to_pylist())
    few = {"codes": {"table": "condition_occurrence", "concept_ids": [201826], "from": None, "to": None, "at_least": 1}}
    older = {"all": [few, {"age": {"at": "2016-01-01", "min": 60}}]}
    permit = granted(node, "chu", cohort=older)
    assert 0 < actions.extract(node, permit, actor="steward").persons.cohort < 8
    with pytest.raises(Refusal) as caught:
        dummy.make(node, permit)
    assert caught.value.code == "EXT-110"


def test_a_row_equals_a_real_one_no_more_often_than_independent_draws_do(prepared):
    """Attributes of person and condition rows: equal pairs against what the marginals alone would give."""
    node, permit = prepared
    made = dummy.make(node, permit)
    for table, columns in {
        "person": ["gender_concept_id", "year_of_birth"],
        "condition_occurrence": ["condition_concept_id", "condition_start_date"],
    }.items():
        ours, theirs = (
            [tuple(row[c] for c in columns) for row in source.to_pylist()]
            for source in (made[table], real(node, permit, table))
        )
        equal = sum(row in set(theirs) for row in ours)
        chance = expected(ours, set(theirs), len(columns))
        assert equal <= chance + 5 * math.sqrt(max(chance, 1)), table


def expected(ours, theirs, width):
    """How many rows would be among the real ones if each column were drawn by itself from the dummy's own marginals."""
    shares = [{} for _ in range(width)]
    for row in ours:
        for place, value in enumerate(row):
            shares[place][value] = shares[place].get(value, 0) + 1 / len(ours)
    return len(ours) * sum(math.prod(shares[p].get(v, 0) for p, v in enumerate(row)) for row in theirs)
