"""No hidden cell can be computed back: every fix is attacked by trying all whole-number tables."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base.disclosure import Cell, Column, Contribution, Table, best_merger, check, fix, merge
from hygie.base.disclosure.audit import equations, exposed
from hygie.base.disclosure.optimal import optimal
from hygie.base.disclosure.protection import hide
from hygie.base.disclosure.secondary import complete
from hygie.base.disclosure.values import Key
from hygie.base.law import Preset, preset

DAY = date(2026, 11, 21)
PRESETS = [preset(name, on=DAY) for name in ("acro-10", "casd-11", "ohdsi-5", "opensafely-7-5")]
EXACT = PRESETS[:3]
SIZES = st.one_of(st.integers(0, 14), st.integers(0, 60))


def crossed(counts: dict[tuple[str, ...], int], groups: tuple[str, ...], *columns: Column, **more: object) -> Table:
    """Return a table of persons with all its totals."""
    cells = []
    for total in product((False, True), repeat=len(groups)):
        sums: dict[Key, int] = {}
        for key, count in counts.items():
            where = tuple(None if hide else label for label, hide in zip(key, total, strict=True))
            sums[where] = sums.get(where, 0) + count
        cells += [Cell(key, count, count) for key, count in sums.items()]
    return Table(groups, columns or (Column("n", "persons"),), tuple(cells), True, groups, **more)


@st.composite
def tables(draw: st.DrawFn, most: int = 4) -> Table:
    rows, columns = draw(st.integers(2, most)), draw(st.integers(2, most))
    counts = {(f"r{i}", f"c{j}"): draw(SIZES) for i in range(rows) for j in range(columns)}
    return crossed(counts, ("a", "b"))


def attack(table: Table, shown: dict, limit: int) -> dict[Key, tuple[int, int]]:
    """Return how low and high each hidden count can be, by walking all whole-number solutions from the known sums.

    A hidden cell's range under two-way totals is found by moving persons along every closed path of hidden cells.
    """
    hidden = [key for key in table.keys if shown[key]["n"] is None]
    rules = [(total, parts) for total, parts in equations(table) if {total, *parts} & set(hidden)]
    truth = {key: table.cell(key).persons for key in hidden}
    return {
        key: (truth[key] - push(key, -1, truth, rules, limit), truth[key] + push(key, 1, truth, rules, limit))
        for key in hidden
    }


def push(key: Key, sign: int, truth: dict, rules: list, limit: int) -> int:
    """Return how many single persons can be moved into (or out of) a cell, others following, up to a limit."""
    now, moved = dict(truth), 0
    while moved < limit and (path := closing(key, sign, now, rules)):
        for cell, step in path:
            now[cell] += step
        moved += 1
    return moved


def closing(key: Key, sign: int, now: dict, rules: list) -> list[tuple[Key, int]] | None:
    """Find changes of one, the first to `key`, that keep every sum; each sum touched is repaired by one other cell."""
    if now[key] + sign < 0:
        return None
    stack = [((key, sign),)]
    seen = {((key, sign),)}
    while stack:
        path = stack.pop()
        changed = dict(path)
        broken = next((r for r in rules if balance(r, changed)), None)
        if broken is None:
            return list(path)
        total, parts = broken
        off = balance(broken, changed)
        for cell in (total, *parts):
            if cell in now and cell not in changed:
                step = off if cell == total else -off
                following = (*path, (cell, step))
                mark = tuple(sorted(following, key=repr))
                if now[cell] + step >= 0 and mark not in seen and len(following) <= 12:
                    seen.add(mark)
                    stack.append(following)
    return None


def balance(rule: tuple, changed: dict) -> int:
    total, parts = rule
    return sum(changed.get(part, 0) for part in parts) - changed.get(total, 0)


@given(tables(), st.sampled_from(EXACT))
@settings(max_examples=30, deadline=None)
def test_no_hidden_cell_can_be_narrowed_below_the_threshold(table: Table, policy: Preset) -> None:
    safe = fix(table, policy)
    assert [each for each in check(table, safe.shown, policy) if each.severity == "block"] == []
    for key, (low, high) in attack(table, dict(safe.shown), policy.min_count).items():
        assert high - low >= policy.min_count, (key, low, high)


@given(tables(), st.sampled_from(PRESETS))
@settings(max_examples=50, deadline=None)
def test_every_fix_passes_its_own_check_and_shows_no_small_count(table: Table, policy: Preset) -> None:
    safe = fix(table, policy)
    assert [each for each in check(table, safe.shown, policy) if each.severity == "block"] == []
    shown = [row["n"] for row in safe.shown.values() if row["n"]]
    assert all(value >= min(policy.min_count, policy.round(policy.min_count)) for value in shown)
    assert all(value % policy.rounding_base == 0 for value in shown)


def test_the_attack_has_teeth_without_the_further_cells() -> None:
    table = crossed({("N", "A"): 3, ("N", "B"): 20, ("S", "A"): 30, ("S", "B"): 40}, ("a", "b"))
    bare = replace(PRESETS[2], secondary=False)
    shown = dict(fix(table, bare).shown)
    assert attack(table, shown, 5)[("N", "A")] == (3, 3), "one hidden cell is the total less the others"
    assert {each.rule for each in check(table, shown, PRESETS[2])} == {"recoverable"}


def test_three_ways_of_grouping_are_protected_too() -> None:
    counts = {(a, b, c): 3 + 7 * i for i, (a, b, c) in enumerate(product("xy", "uvw", "pq"))}
    table = crossed(counts, ("a", "b", "c"))
    for policy in PRESETS:
        safe = fix(table, policy)
        assert [each for each in check(table, safe.shown, policy) if each.severity == "block"] == []


@given(tables(5))
@settings(max_examples=10, deadline=None)
def test_without_the_engine_the_result_is_safe_as_well(table: Table) -> None:
    policy = EXACT[1]
    first = {key for key in table.keys if table.cell(key).persons < policy.min_count}
    need = dict.fromkeys(table.keys, float(policy.min_count))
    for engine in (True, False):
        chosen = complete(table, "persons", first, need, engine=engine)
        assert exposed(table, "persons", chosen, need) == ()


def test_the_engine_hides_three_further_cells_where_three_are_needed() -> None:
    amounts = [133, 48, 85, 23, 3, 20, 70, 30, 40, 40, 15, 25]
    sums = [(0, [3, 6, 9]), (1, [4, 7, 10]), (2, [5, 8, 11]), (0, [1, 2]), (3, [4, 5]), (6, [7, 8]), (9, [10, 11])]
    assert optimal(amounts, sums, {4}, 10) == {5, 10, 11}


@given(tables(5))
@settings(max_examples=40, deadline=None)
def test_our_audit_agrees_with_the_engines_audit(table: Table) -> None:
    """Tau-Argus computes the same intervals with its own solver."""
    import os

    from pytauargus.engine import audit_jj

    from hygie.base.disclosure.audit import order, solve
    from hygie.base.disclosure.optimal import problem

    hidden = hide(table, replace(EXACT[1], secondary=False))
    keys = sorted({key for key, _ in hidden}, key=order)
    if not keys:
        return
    number = {key: at for at, key in enumerate(table.keys)}
    amounts = [table.cell(key).persons for key in table.keys]
    sums = [(number[total], [number[part] for part in parts]) for total, parts in equations(table)]
    source = os.memfd_create("audit")
    try:
        os.write(source, problem(amounts, sums, {number[key] for key in keys}, 10**6).encode())
        theirs = {row["cell"]: (row["min"], row["max"]) for row in audit_jj(f"/proc/self/fd/{source}")}
    finally:
        os.close(source)
    ours = solve(table, "persons", list(equations(table)), keys, {}, 0.0)
    for at, key in enumerate(keys):
        low, high = ours.interval(at)
        assert theirs[number[key]] == pytest.approx((low, min(high, 2 * max(amounts) + 10**6)), abs=1e-4)


def test_sums_are_hidden_so_that_totals_do_not_give_them_back() -> None:
    def made(total: float, *top: float) -> Contribution:
        return Contribution(20, 20, total, top)

    column = Column("income", "sum", "income")
    cells = (
        Cell(("a",), 20, 20, {}, {"income": made(100.0, 90.0, 5.0)}),
        Cell(("b",), 20, 20, {}, {"income": made(200.0, 15.0, 14.0)}),
        Cell(("c",), 20, 20, {}, {"income": made(300.0, 25.0, 24.0)}),
        Cell((None,), 60, 60, {}, {"income": made(600.0, 90.0, 25.0)}),
    )
    table = Table(("g",), (Column("n", "persons"), column), cells, True, ("g",))
    safe = fix(table, EXACT[0])
    assert safe.shown[("a",)] == {"n": 20, "income": None}
    assert safe.secondary == ((("b",), "income"),)
    assert safe.shown[(None,)]["income"] == 600


def test_a_share_with_few_persons_on_either_side_is_hidden_and_so_is_its_way_back() -> None:
    column = Column("risk", "share", "sick", 3)
    cells = tuple(
        Cell((label,), persons, persons, {"sick": sick})
        for label, persons, sick in (("a", 100, 3), ("b", 100, 97), ("c", 100, 50), (None, 300, 150))
    )
    table = Table(("g",), (Column("n", "persons"), column), cells, True, ("g",))
    safe = fix(table, EXACT[1])
    assert [safe.shown[(label,)]["risk"] for label in "ab"] == [None, None]
    assert safe.shown[("c",)]["risk"] == 0.5
    assert safe.shown[("a",)]["n"] == 100
    lone = replace(
        table, cells=(cells[0], replace(cells[1], parts={"sick": 50}), cells[2], replace(cells[3], parts={"sick": 103}))
    )
    assert len([row for row in fix(lone, EXACT[1]).shown.values() if row["risk"] is None]) > 1


def test_persons_in_several_cells_hide_every_total_over_a_hidden_cell() -> None:
    cells = (Cell(("a",), 3, 5), Cell(("b",), 90, 200), Cell((None,), 91, 205))
    table = Table(("g",), (Column("n", "persons"),), cells, False, ("g",))
    safe = fix(table, EXACT[2])
    assert [safe.shown[key]["n"] for key in table.keys] == [None, 90, None]


def test_rounded_totals_are_the_sum_of_what_is_shown() -> None:
    table = crossed({("a",): 12, ("b",): 13, ("c",): 3}, ("g",))
    shown = fix(table, PRESETS[3]).shown
    assert {key[0]: row["n"] for key, row in shown.items()} == {"a": 10, "b": 15, "c": None, None: 25}
    wrong = {**shown, (None,): {"n": 30.0}}
    assert [each.rule for each in check(table, wrong, PRESETS[3])] == ["total"], "30 is 28 rounded: it gives c back"
    exact = {**shown, ("a",): {"n": 12.0}}
    assert "rounding" in {each.rule for each in check(table, exact, PRESETS[3])}


def test_a_study_that_says_fifty_where_there_are_three_is_a_mismatch() -> None:
    table = crossed({("a",): 3, ("b",): 60}, ("g",))
    found = check(table, {("a",): {"n": 50.0}, ("b",): {"n": 60.0}, (None,): {"n": 110.0}}, EXACT[2])
    assert {(each.rule, each.key) for each in found} >= {("mismatch", ("a",)), ("mismatch", (None,))}


def test_merging_two_labels_is_proposed_where_it_saves_cells() -> None:
    counts = {
        (age, sex): n
        for age, row in {"0-9": (3, 4), "10-19": (8, 9), "20+": (50, 60)}.items()
        for sex, n in zip("fm", row, strict=True)
    }
    table = crossed(counts, ("age", "sex"))
    found = best_merger(table, EXACT[1])
    assert found is not None
    assert (found.group, found.labels, found.left) == ("age", ("0-9", "10-19"), 0)
    assert merge(table, found.group, found.labels).cell(("0-9 + 10-19", "f")).persons == 11
