"""Microdata dressed as a table: every figure hidden, and the labels tell all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hygie.base.disclosure import Cell, Column, Table, check, fix
from hygie.base.kernel import Refusal
from hygie.base.law import preset
from hygie.secure.airlock.checking import evaluate, mend
from hygie.secure.airlock.declaration import Output
from tests.secure.airlock.conftest import engine, loaded  # noqa: F401

pytestmark = pytest.mark.attack
DAY = date(2026, 11, 21)
NAMES = ("opensafely-7-5", "acro-10", "casd-11", "ohdsi-5")
OHDSI = preset("ohdsi-5", on=DAY)
N = [{"name": "n", "kind": "persons"}]


@pytest.fixture(scope="module")
def lake(engine):  # noqa: F811
    """A hundred persons, each alone with a birth and a diagnosis, and two diagnoses of many."""
    rows = [{"person_id": one, "birth": str(date(1930, 1, 1 + one % 28)), "diagnosis": f"D{one}"} for one in range(100)]
    rows += [{"person_id": one, "birth": "1950-01-01", "diagnosis": f"C{one % 2}"} for one in range(100, 200)]
    return loaded(engine, {"person": rows})


def table(*groups: str, **more: object) -> Output:
    return Output.model_validate(
        {"file": "t.csv", "kind": "table", "source": "person", "groups": groups, "measures": N, **more}
    )


def judged(output: Output, lines: list[str], lake, policy=OHDSI):
    (found,) = evaluate([(output, "\n".join(lines).encode(), ())], policy, lake)
    return found, {each.code for each in found.check.checks if each.outcome == "block"}


def microdata() -> list[str]:
    return [f"{date(1930, 1, 1 + one % 28)},D{one},[hidden]" for one in range(100)]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_persons_with_its_counts_hidden_is_refused(lake, name):
    output = table("birth", "diagnosis")
    many = ["1950-01-01,C0,50", "1950-01-01,C1,50"]
    found, codes = judged(output, ["birth,diagnosis,n", *microdata(), *many], lake, preset(name, on=DAY))
    assert "AIR-238" in codes
    assert found.check.outcome == "block"


def test_the_fix_leaves_the_telling_rows_out(lake):
    output = table("birth", "diagnosis")
    many = ["1950-01-01,C0,50", "1950-01-01,C1,50"]
    found, _ = judged(output, ["birth,diagnosis,n", *microdata(), *many], lake)
    assert any((each.kind, each.count) == ("leave out", 100) for each in found.check.fix)
    safe = mend(output, found, OHDSI)
    assert safe.decode().splitlines() == ["birth,diagnosis,n", *many]
    again, codes = judged(output, safe.decode().splitlines(), lake)
    assert codes == set()
    assert again.check.outcome == "pass"


def test_a_file_in_which_nothing_but_labels_would_stay_cannot_be_mended(lake):
    output = table("birth", "diagnosis", filter=[{"column": "birth", "op": "<", "value": "1950-01-01"}])
    found, codes = judged(output, ["birth,diagnosis,n", *microdata()], lake)
    assert "AIR-238" in codes
    with pytest.raises(Refusal) as caught:
        mend(output, found, OHDSI)
    assert caught.value.code == "AIR-310"


def test_a_row_of_nobody_under_labels_from_the_data_is_refused(lake):
    """Rows of nobody beside absent ones would tell which of the absent ones hold a few."""
    lines = ["birth,diagnosis,n", "1950-01-01,C0,50", "1950-01-01,C1,50", "1950-01-01,D7,0"]
    _, codes = judged(table("birth", "diagnosis"), lines, lake)
    assert "AIR-238" in codes


def test_a_list_made_beforehand_tells_nothing_by_itself_but_not_a_hundred_times(lake):
    kinds = {"name": "kind", "map": {"column": "diagnosis", "values": {"C0": "c0", "C1": "c1", "D7": "d7"}}}
    lines = ["kind,n", "c0,50", "c1,50", "d7,[hidden]", "other,99"]
    found, codes = judged(table("kind", derive=[kinds]), lines, lake)
    assert (codes, found.check.outcome) == (set(), "pass")
    every = {"name": "kind", "map": {"column": "diagnosis", "values": {f"D{one}": f"d{one}" for one in range(100)}}}
    lines = ["kind,n", *(f"d{one},[hidden]" for one in range(100)), "other,100"]
    found, codes = judged(table("kind", derive=[every]), lines, lake)
    assert codes == {"AIR-239"}
    with pytest.raises(Refusal):
        mend(table("kind", derive=[every]), found, OHDSI)


@pytest.mark.parametrize("name", NAMES)
def test_a_total_does_not_give_back_a_row_that_was_left_out(name):
    policy = preset(name, on=DAY)
    cells = (Cell(("a",), 3, 3), Cell(("b",), 60, 60), Cell(("c",), 70, 70), Cell((None,), 133, 133))
    whole = Table(("g",), (Column("n", "persons"),), cells, True, ("g",), ("g",))
    naive = {("b",): {"n": 60.0}, ("c",): {"n": 70.0}, (None,): {"n": 133.0}}
    if policy.rounding_base == 1:
        assert {each.rule for each in check(whole, naive, policy)} == {"recoverable"}
    safe = fix(whole, policy)
    assert ("a",) not in safe.shown
    assert [each for each in check(whole, safe.shown, policy) if each.severity == "block"] == []
    closed = replace(whole, open=())
    assert ("a",) in fix(closed, policy).shown
