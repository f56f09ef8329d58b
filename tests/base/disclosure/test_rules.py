"""Each rule at its border, under each preset."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygie.base.disclosure import Cell, Column, Contribution, Table, findings, guard
from hygie.base.law import Preset, preset

DAY = date(2026, 11, 21)
NAMES = ("opensafely-7-5", "acro-10", "casd-11", "ohdsi-5")


def policy(name: str) -> Preset:
    return preset(name, on=DAY)


def rules(cells: dict[str, int], name: str) -> dict[str, str]:
    table = Table(("g",), (Column("n", "persons"),), tuple(Cell((k,), n, n) for k, n in cells.items()))
    return {f"{each.key[0]} {each.rule}": each.severity for each in findings(table, policy(name))}


@pytest.mark.parametrize(
    ("name", "hidden", "shown"), [("opensafely-7-5", 7, 8), ("acro-10", 9, 10), ("casd-11", 10, 11), ("ohdsi-5", 4, 5)]
)
def test_the_threshold_lies_exactly_where_the_preset_says(name: str, hidden: int, shown: int) -> None:
    assert rules({"a": hidden, "b": 100}, name) == {"a threshold": "block"}
    assert rules({"a": shown, "b": 100}, name) == {}


@pytest.mark.parametrize(
    ("name", "expected"), [("opensafely-7-5", "review"), ("acro-10", "block"), ("casd-11", "block"), ("ohdsi-5", None)]
)
def test_zeros_follow_the_presets_own_rule(name: str, expected: str | None) -> None:
    assert rules({"a": 0, "b": 100, "c": 100}, name).get("a zero") == expected


def test_a_group_whose_persons_all_lie_in_one_cell_is_looked_at() -> None:
    cells = [Cell(("f", "yes"), 40), Cell(("m", "yes"), 40), Cell(("m", "no"), 40)]
    table = Table(("sex", "ill"), (Column("n", "persons"),), tuple(cells))
    found = [each for each in findings(table, policy("opensafely-7-5")) if each.rule == "full"]
    assert {each.key for each in found} == {("f", "yes"), ("m", "no")}
    assert not [each for each in findings(table, policy("ohdsi-5")) if each.rule == "full"]


def test_dominance_and_p_percent_at_their_borders() -> None:
    def marked(total: float, *top: float) -> set[str]:
        cell = Cell(("a",), 50, 50, {}, {"x": Contribution(50, 50, total, top)})
        table = Table(("g",), (Column("x", "sum", "x"),), (cell,))
        return {each.rule for each in findings(table, policy("acro-10"))}

    assert marked(100.0, 60.0, 29.9) == set()
    assert marked(100.0, 60.0, 30.0) == {"dominance"}
    assert marked(100.0, 60.0, 34.0) == {"dominance"}
    assert marked(100.0, 60.0, 34.1) == {"dominance", "p-percent"}


def test_values_under_zero_are_left_to_people() -> None:
    cell = Cell(("a",), 50, 50, {}, {"x": Contribution(50, 50, 10.0, (30.0, 5.0), True)})
    found = findings(Table(("g",), (Column("x", "mean", "x"),), (cell,)), policy("acro-10"))
    assert [(each.rule, each.severity) for each in found] == [("negative", "review")]


def test_threshold_and_rounding_are_tested_as_a_pair() -> None:
    assert all(policy(name).together() for name in NAMES)
    with pytest.raises(ValueError, match="stands for fewer"):
        replace(policy("opensafely-7-5"), min_count=6)  # a shown 5 could only be a 6 or a 7


@given(st.integers(0, 10_000), st.sampled_from(NAMES))
def test_a_guarded_count_hides_what_the_preset_hides_and_never_changes(count: int, name: str) -> None:
    found = guard(count, policy(name))
    assert found == guard(count, policy(name))
    if 0 < count < policy(name).min_count:
        assert found.shown is None
        assert str(found) == str(guard(1, policy(name))), "small counts look the same"
    if found.shown is not None:
        assert found.shown % policy(name).rounding_base == 0
        assert abs(found.shown - count) < policy(name).rounding_base
