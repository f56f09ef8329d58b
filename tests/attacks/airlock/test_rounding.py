"""A rounded count is not to be had from the sums and means beside it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.disclosure import Cell, Column, Contribution, Table, check, fix
from hygie.base.kernel import Refusal
from hygie.base.law import preset
from hygie.secure.airlock.checking import evaluate, mend
from hygie.secure.airlock.recompute import recompute
from tests.secure.airlock.conftest import SEX, declared, engine, rows, tables  # noqa: F401

pytestmark = pytest.mark.attack
ROUNDED = preset("opensafely-7-5", on=date(2026, 11, 21))
COLUMNS = (Column("n", "persons"), Column("total", "sum", "x", 6), Column("average", "mean", "x", 6))


def made(persons: int, total: float) -> Table:
    """Return a table of one cell, with a sum and a mean."""
    return Table(
        (), COLUMNS, (Cell((), persons, persons, {}, {"x": Contribution(persons, persons, total, (9.0, 9.0))}),)
    )


def candidates(shown: dict[str, float]) -> set[int]:
    """Return the counts of persons that a sum and a mean leave, among those behind the rounded count."""
    rounded = int(shown["n"])
    around = [n for n in range(rounded - 5, rounded + 6) if ROUNDED.round(n) == rounded]
    return {n for n in around if abs(shown["total"] / shown["average"] - n) < 0.01}


def test_the_attack_has_teeth_on_exact_figures():
    assert candidates({"n": 575, "total": 573 * 7.31, "average": 7.31}) == {573}


@given(st.integers(8, 5000), st.floats(0.01, 1e6))
@settings(max_examples=300, deadline=None)
def test_every_count_behind_a_rounded_one_shows_the_same(persons, value):
    """Where all persons have the same value, sum and mean are the same for every count of the rounding step."""
    rounded = ROUNDED.round(persons)
    same = [n for n in range(max(8, rounded - 5), rounded + 6) if ROUNDED.round(n) == rounded]
    assert (
        len({tuple(round(each, 6) for each in fix(made(n, n * value), ROUNDED).shown[()].values()) for n in same}) == 1
    )


@given(st.integers(40, 5000), st.integers(0, 2000))
@settings(max_examples=300, deadline=None)
def test_sum_over_mean_is_the_rounded_count(persons, total):
    shown = fix(made(persons, float(total)), ROUNDED).shown[()]
    if total:
        assert shown["total"] == pytest.approx(shown["average"] * ROUNDED.round(persons))
        assert abs(shown["average"] - total / persons) <= 0.5 * 10 * abs(total / persons) * 5 / ROUNDED.round(persons)


def test_exact_sums_and_means_are_found():
    shown = {(): {"n": 575.0, "total": 573 * 7.31, "average": 7.31}}
    found = check(made(573, 573 * 7.31), shown, ROUNDED)
    assert ("rounding", "total") in {(each.rule, each.column) for each in found}
    lie = {(): {"n": 575.0, "total": 573 * 9.31, "average": 7.31}}
    assert "mismatch" in {each.rule for each in check(made(573, 573 * 7.31), lie, ROUNDED)}


def test_an_event_table_with_sums_and_means_is_mended_and_gives_no_count_back(tables):  # noqa: F811
    output = declared(
        source="drug_exposure",
        derive=[SEX],
        groups=["source_code", "sex"],
        totals=["sex"],
        measures=[
            {"name": "n", "kind": "persons"},
            {"name": "total", "kind": "sum", "column": "quantity"},
            {"name": "average", "kind": "mean", "column": "quantity", "decimals": 6},
        ],
    )
    table = recompute(output, tables)
    lines = ["source_code,sex,n,total,average"]
    for cell in table.cells:
        held = cell.sums["quantity"]
        labels = ",".join(label or "All" for label in cell.key)
        lines.append(f"{labels},{cell.persons},{held.total:.2f},{held.total / held.values:.6f}")
    (first,) = evaluate([(output, "\n".join(lines).encode(), ())], ROUNDED, tables)
    assert {each.code for each in first.check.checks if each.outcome == "block"} >= {"AIR-229"}
    (second,) = evaluate([(output, mend(output, first, ROUNDED), ())], ROUNDED, tables)
    assert second.check.outcome != "block", second.check.checks
    for key, row in second.shown.items():
        if None not in key and row["n"] is not None:
            values = table.cell(key).sums["quantity"].values
            assert row["total"] / row["average"] == pytest.approx(ROUNDED.round(values), rel=1e-4)


@pytest.mark.parametrize("kind", ["sum", "mean", "share"])
def test_a_code_is_no_amount(tables, kind):  # noqa: F811
    output = declared(
        groups=["exposed"], totals=[], measures=[{"name": "x", "kind": kind, "column": "gender_concept_id"}]
    )
    with pytest.raises(Refusal) as caught:
        recompute(output, tables)
    assert caught.value.code == "AIR-117"
