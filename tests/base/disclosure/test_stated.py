"""Tables that rest on what their author states: rows of persons are seen, and every rule holds on what is declared."""

from datetime import date

import pytest

from hygie.base.disclosure.stated import Measure, Statement, fits, judged, mended, read, rowwise, written
from hygie.base.disclosure.text import read_csv
from hygie.base.law import preset

DAY = date(2026, 11, 22)
SAFE, ACRO, CASD = (preset(name, on=DAY) for name in ("opensafely-7-5", "acro-10", "casd-11"))
SEX = Statement(("sex",), "n")


def table(text: str) -> list[list[str]]:
    """A file's rows, of which nothing is wrong as a file."""
    rows, flaws = read_csv(text.encode())
    assert not flaws
    return rows


def found(text: str, statement: Statement, policy=SAFE) -> dict[str, set[int]]:
    """The rules that a table breaks, each with the lines on which it does."""
    rows = table(text)
    assert not fits(rows[0], statement) and not rowwise(rows, statement)
    stated, flaws = read(rows, statement, policy)
    assert stated is not None and not flaws
    made: dict[str, set[int]] = {}
    for each in judged(stated, statement, policy):
        made.setdefault(each.rule, set()).add(stated.lines.get(each.key, 1))
    return made


@pytest.mark.parametrize(
    ("text", "statement", "where"),
    [
        ("person_id,n\n17,1\n18,1\n", Statement(("person_id",), "n"), "person_id"),
        ("NIR,n\na,20\n", Statement(("NIR",), "n"), "NIR"),
        ("key,n\n184127645108946,20\nb,20\n", Statement(("key",), "n"), "line 2, key"),
        ("key,n\nb,20\n3f2504e0-4f89-11d3-9a0c-0305e82c3301,20\n", Statement(("key",), "n"), "line 3, key"),
        ("who,n\na@b.org,20\nx,20\n", Statement(("who",), "n"), "line 2, who"),
        ("sex,n\nmale,20\nmale,30\n", SEX, "line 3"),
        ("village,n\na,1\nb,1\nc,1\nd,40\n", Statement(("village",), "n"), "line 2"),
    ],
)
def test_a_table_of_persons_is_seen_by_its_names_its_labels_and_its_lines(text, statement, where):
    """SU-69-1."""
    rows = table(text)
    signs = rowwise(rows, statement, {"nir"})
    assert where in {place for sign in signs for place in sign.where}


def test_aggregates_are_no_table_of_persons():
    text = "year,region,n\n2024,Île-de-France,120\n2024,Auvergne-Rhône-Alpes,85\n2025,Île-de-France,130\n"
    statement = Statement(("year", "region"), "n")
    assert not rowwise(table(text), statement, {"person_id"})


def test_small_groups_unrounded_counts_and_false_totals_are_found_in_their_place():
    totals = Statement(("sex",), "n", totals=("sex",))
    assert found("sex,n\nfemale,40\nmale,5\n", SEX) == {"threshold": {3}}
    assert found("sex,n\nfemale,41\nmale,35\n", SEX) == {"rounding": {2}}
    assert found("sex,n\nfemale,40\nmale,35\nall,80\n", totals) == {"total": {4}}
    assert found("sex,n\nfemale,40\nmale,[hidden]\nall,40\n", totals) == {}
    assert found("sex,n\nfemale,40\nmale,35\nall,75\n", totals) == {}


def test_one_hidden_cell_beside_an_exact_total_gives_itself_away():
    totals = Statement(("sex", "age"), "n", totals=("age",))
    alone = "sex,age,n\nf,young,40\nf,old,[hidden]\nf,all,43\nm,young,50\nm,old,60\nm,all,110\n"
    assert found(alone, totals, CASD)["recoverable"] == {3}
    both = "sex,age,n\nf,young,[hidden]\nf,old,[hidden]\nf,all,43\nm,young,50\nm,old,60\nm,all,110\n"
    assert "recoverable" not in found(both, totals, CASD)


def test_dominance_is_judged_on_the_shares_declared_and_asked_for_where_they_lack():
    named = Statement(("sex",), "n", (Measure("cost", "sum", largest=("c1", "c2")),))
    text = "sex,n,cost,c1,c2\nfemale,40,1000,{},{}\nmale,35,900,30,20\n"
    assert found(text.format(900, 50), named, ACRO) == {"dominance": {2}, "p-percent": {2}}
    assert found(text.format(500, 480), named, ACRO) == {"dominance": {2}, "p-percent": {2}}
    assert found(text.format(40, 30), named, ACRO) == {}
    assert found(text.format("", ""), named, ACRO) == {"undeclared": {2}}
    bare = Statement(("sex",), "n", (Measure("cost", "sum"),))
    assert found("sex,n,cost\nfemale,40,1000\nmale,35,900\n", bare, ACRO) == {"undeclared": {2, 3}}


def test_few_persons_behind_a_share_or_a_mean_are_found():
    share = Statement(("sex",), "n", (Measure("treated", "share", percent=True),))
    assert found("sex,n,treated\nfemale,40,10\nmale,40,50\n", share, ACRO) == {"part": {2}}
    mean = Statement(("sex",), "n", (Measure("stay", "mean", persons="m", largest=("a", "b")),))
    assert found("sex,n,stay,m,a,b\nfemale,40,3.5,4,5,4\nmale,40,3.1,40,5,4\n", mean, ACRO)["contributors"] == {2}


def test_what_is_mended_passes_and_keeps_only_what_is_handed_on():
    statement = Statement(("sex",), "n", (Measure("cost", "sum", largest=("c1", "c2")),), totals=("sex",))
    rows = table("sex,n,cost,c1,c2\nfemale,43,1000,40,30\nmale,37,900,30,20\nother,3,70,60,5\nall,83,1970,60,40\n")
    for policy in (SAFE, ACRO, CASD):
        stated, _ = read(rows, statement, policy)
        safe = mended(stated, policy)
        assert not [each for each in judged(safe, statement, policy) if each.severity == "block"]
        text = written(safe, statement).decode()
        assert text.splitlines()[0] == "sex,n,cost"
        assert "other,[hidden],[hidden]" in text
        assert "female" in text


@pytest.mark.parametrize(
    ("header", "statement"),
    [
        (["sex", "n", "more"], SEX),
        (["sex"], SEX),
        (["sex", "n"], Statement(("sex", "sex"), "n")),
        (["sex", "n"], Statement(("sex",), "n", totals=("age",))),
        (["sex", "n", "x"], Statement(("sex", "x"), "n", (Measure("y", "sum", largest=("x",)),))),
        (["n"], Statement((), "n")),
    ],
)
def test_what_is_declared_and_what_is_there_must_be_the_same(header, statement):
    assert fits(header, statement)


@pytest.mark.parametrize(
    ("text", "statement", "rule"),
    [
        ("sex,n\nf,-10\n", SEX, "figures"),
        ("sex,n\nf,1e3\n", SEX, "figures"),
        ("sex,n\nf,10.5\n", SEX, "figures"),
        ("sex,n,p\nf,40,1.2\n", Statement(("sex",), "n", (Measure("p", "share"),)), "figures"),
        ("sex,n,c,k\nf,40,1,x\n", Statement(("sex",), "n", (Measure("c", "sum", persons="k"),)), "figures"),
        ("sex,n\n,40\nmissing,30\n", SEX, "figures"),
        ("a,b,n\n" + "".join(f"a{i},b{i},40\n" for i in range(60)), Statement(("a", "b"), "n"), "size"),
    ],
)
def test_figures_that_are_none_and_tables_too_large_to_be_checked_are_refused(text, statement, rule):
    stated, flaws = read(table(text), statement, SAFE)
    assert stated is None
    assert [flaw.rule for flaw in flaws] == [rule]
