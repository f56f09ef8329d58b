"""Honest tables pass, unsafe ones are mended, and a pair of tables that singles out a few is found."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.base.law import preset
from hygie.secure.airlock.checking import evaluate, mend, released
from hygie.secure.airlock.reading import write_cells
from hygie.secure.airlock.recompute import recompute
from tests.secure.airlock.conftest import declared

DAY = date(2026, 11, 21)
NAMES = ("opensafely-7-5", "acro-10", "casd-11", "ohdsi-5")
SHARE = [{"name": "n", "kind": "persons"}, {"name": "risk", "kind": "share", "column": "ill", "decimals": 3}]


def exact(output, tables):
    """Return the file that a study writes which hides nothing."""
    from hygie.base.disclosure.protection import plain

    table = recompute(output, tables)
    shown = {key: {each.name: plain(table, key, each, None) for each in table.columns} for key in table.keys}
    return write_cells(output, shown, [key for key in table.keys if table.cell(key).persons])


def only(outputs, policy, tables, earlier=()):
    return evaluate([(output, data, ()) for output, data in outputs], policy, tables, earlier)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [["exposed"], ["exposed", "age"], ["exposed", "sex", "age"]])
def test_a_table_of_true_figures_is_mended_and_the_copy_passes(tables, name, groups):
    policy = preset(name, on=DAY)
    output = declared(groups=groups, totals=groups, measures=SHARE)
    (first,) = only([(output, exact(output, tables))], policy, tables)
    assert first.check.basis == "recomputed"
    assert not {each.rule for each in first.check.checks if each.outcome == "block"} & {
        "mismatch",
        "missing",
        "unknown",
    }
    if first.check.outcome == "block":
        assert first.check.fix
        (second,) = only([(output, mend(output, first, policy))], policy, tables)
        assert second.check.outcome in ("pass", "review"), second.check.checks
        assert second.data != first.data


def test_a_large_exact_table_passes_without_people(tables):
    output = declared(groups=["exposed"], totals=["exposed"])
    (found,) = only([(output, exact(output, tables))], preset("ohdsi-5", on=DAY), tables)
    assert found.check.outcome == "pass"
    assert {each.outcome for each in found.check.checks} == {"pass"}
    assert {each.rule for each in found.check.checks} >= {"mismatch", "threshold", "differencing"}


def test_a_study_may_round_and_hide_by_itself(tables):
    policy = preset("opensafely-7-5", on=DAY)
    output = declared(groups=["sex"], totals=["sex"])
    table = recompute(output, tables)
    lines = ["sex,n"]
    for sex in ("female", "male"):
        lines.append(f"{sex},{policy.round(table.cell((sex,)).persons)}")
    total = sum(policy.round(table.cell((sex,)).persons) for sex in ("female", "male", "missing"))
    lines += [f"missing,{policy.round(table.cell(('missing',)).persons)}", f"All,{total}"]
    (found,) = only([(output, "\n".join(lines).encode())], policy, tables)
    assert found.check.outcome != "block", found.check.checks


def test_without_an_extract_nothing_is_said_to_be_recomputed(tables):
    output = declared(groups=["exposed"], totals=[])
    (found,) = only([(output, b"exposed,n\nTrue,1000\nFalse,900\n")], preset("ohdsi-5", on=DAY), None)
    assert (found.check.basis, found.check.outcome) == ("declared only", "review")
    (small,) = only([(output, b"exposed,n\nTrue,1000\nFalse,3\n")], preset("ohdsi-5", on=DAY), None)
    assert (small.check.basis, small.check.outcome) == ("declared only", "block")


def without(who):
    """Return the filter that leaves one year of birth out."""
    return [{"column": "year_of_birth", "op": "!=", "value": who}]


def rare(rows):
    """Return a year of birth of few persons."""
    years = [person["year_of_birth"] for person in rows["person"]]
    return min(set(years), key=years.count)


def test_two_tables_that_differ_by_a_few_persons_do_not_both_leave(engine):
    from tests.secure.airlock.conftest import loaded, population

    rows = population(2000, 5)
    for person in rows["person"][:3]:
        person["year_of_birth"] = 1900
    tables = loaded(engine, rows)
    policy = preset("ohdsi-5", on=DAY)
    whole = declared(groups=["exposed"], totals=[])
    less = declared(file="less.csv", groups=["exposed"], totals=[], filter=without(1900))
    both = only([(whole, exact(whole, tables)), (less, exact(less, tables))], policy, tables)
    assert [each.check.outcome for each in both] == ["pass", "block"]
    assert [each.code for each in both[1].check.checks if each.outcome == "block"] == ["AIR-235"]
    table = recompute(whole, tables)
    before = released("release-1", whole, table, {key: {"n": 1.0} for key in table.keys})
    (later,) = only([(less, exact(less, tables))], policy, tables, [before])
    assert later.check.outcome == "block", "an earlier release of the permit counts as well"
    (alone,) = only([(less, exact(less, tables))], policy, tables)
    assert alone.check.outcome == "pass"
    rounded = preset("opensafely-7-5", on=DAY)
    (watched,) = only([(less, exact(less, tables))], rounded, tables, [before])
    assert "AIR-235" not in {each.code for each in watched.check.checks if each.outcome == "block"}


def test_a_table_of_one_total_and_no_group_is_judged_and_compared(tables):
    policy = preset("ohdsi-5", on=DAY)
    total = declared(file="total.csv", groups=[], totals=[])
    parts = declared(groups=["exposed"], totals=[])
    found = only([(each, exact(each, tables)) for each in (total, parts, total)], policy, tables)
    assert [each.check.outcome for each in found] == ["pass", "pass", "pass"]
    assert found[0].data.decode().splitlines() == ["n", "2000"]
    small = declared(file="less.csv", groups=[], totals=[], filter=without(rare_year(tables)))
    both = only([(total, exact(total, tables)), (small, exact(small, tables))], preset("casd-11", on=DAY), tables)
    apart = 2000 - int(both[1].data.decode().split()[1])
    assert both[1].check.outcome == ("block" if apart < 11 else "pass")


def rare_year(tables):
    """Return the year of birth that fewest persons have."""
    people = tables["person"]
    return people.group_by("year_of_birth").aggregate(n=people.count()).order_by("n").to_pyarrow()[0][0].as_py()


def test_more_pairs_than_can_be_compared_are_refused(tables, monkeypatch):
    from hygie.secure.airlock import differencing

    policy = preset("ohdsi-5", on=DAY)
    whole = declared(groups=["exposed"], totals=[])
    parts = declared(file="parts.csv", groups=["age"], totals=[])
    files = [(each, exact(each, tables)) for each in (whole, parts)]
    assert [each.check.outcome for each in only(files, policy, tables)] == ["pass", "pass"]
    monkeypatch.setattr(differencing, "MOST_PAIRS", 3)
    found = only(files, policy, tables)
    assert [each.code for each in found[1].check.checks if each.outcome == "block"] == ["AIR-240"]


def test_figures_wait_for_the_table_behind_them(tables):
    from hygie.secure.airlock.declaration import Output

    policy = preset("acro-10", on=DAY)
    plot = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M 0 0 L 1 1"/></svg>'
    good = declared(groups=["exposed"], totals=[])
    figure = Output(file="plot.svg", kind="figure", data="table.csv")
    fine = only([(good, exact(good, tables)), (figure, plot)], policy, tables)
    assert fine[1].check.outcome == "review", "a drawing is never cleared without people"
    bad = declared(groups=["exposed", "sex", "age"], measures=SHARE, totals=[])
    held = only([(bad, exact(bad, tables)), (figure, plot)], policy, tables)
    assert [each.check.outcome for each in held] == ["block", "block"]
    dots = b'<svg xmlns="http://www.w3.org/2000/svg">' + b'<circle r="1"/>' * 500 + b"</svg>"
    many = only([(good, exact(good, tables)), (figure, dots)], policy, tables)
    assert "marks" in {each.rule for each in many[1].check.checks if each.outcome == "review"}
