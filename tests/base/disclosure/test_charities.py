"""The rules on ACRO's own test data, against the cells ACRO marks."""

from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from hygie.base.disclosure import Cell, Column, Contribution, Table, check, findings, fix
from hygie.base.law import preset

ACRO = preset("acro-10", on=date(2026, 11, 21))


@pytest.fixture(scope="module")
def charities(testdata: Path) -> pd.DataFrame:
    return pd.read_stata(testdata / "sdc-charities" / "test_data.dta")


def table(frame: pd.DataFrame, columns: tuple[Column, ...], *, totals: tuple[str, ...] = ()) -> Table:
    """Build the table that the airlock would compute: year by grant type."""
    cells = []
    for by_year in (True, False) if "year" in totals else (True,):
        for by_type in (True, False) if "grant_type" in totals else (True,):
            names = [name for name, used in (("year", by_year), ("grant_type", by_type)) if used]
            groups = frame.groupby(names) if names else [((), frame)]
            for key, part in groups:
                label = dict(zip(names, key, strict=True))
                values = part["inc_grants"].dropna().astype(float).sort_values(ascending=False, key=abs)
                made = Contribution(len(values), len(values), values.sum(), tuple(values[:2]), bool((values < 0).any()))
                where = tuple(str(label[name]) if name in label else None for name in ("year", "grant_type"))
                cells.append(Cell(where, len(part), len(part), {}, {"inc_grants": made}))
    return Table(("year", "grant_type"), columns, tuple(cells), True, totals)


def test_count_by_year_and_grant_type_marks_the_six_cells_that_acro_marks(charities: pd.DataFrame) -> None:
    found = findings(table(charities, (Column("n", "persons"),)), ACRO)
    blocked = [each for each in found if each.severity == "block"]
    assert {each.key for each in blocked} == {(str(year), "R/G") for year in range(2010, 2016)}
    assert {each.figure for each in blocked} == {8}
    assert len(blocked) == 6


def test_mean_of_grants_marks_six_by_threshold_one_by_dominance_two_by_p_percent(charities: pd.DataFrame) -> None:
    found = findings(table(charities, (Column("mean", "mean", "inc_grants"),)), ACRO)
    rules = Counter(each.rule for each in found)
    assert (rules["threshold"], rules["dominance"], rules["p-percent"]) == (6, 1, 2)
    assert {each.key for each in found if each.rule == "dominance"} == {("2010", "R/G")}
    assert {each.key for each in found if each.rule == "p-percent"} == {("2010", "R/G"), ("2010", "N")}
    assert ("2010", "N") in {each.key for each in found if each.rule == "contributors"}, "59 charities, 5 with a value"


def test_the_fix_passes_and_hides_what_the_totals_would_give_back(charities: pd.DataFrame) -> None:
    whole = table(
        charities, (Column("n", "persons"), Column("mean", "mean", "inc_grants", 0)), totals=("year", "grant_type")
    )
    first = {key: {"n": float(whole.cell(key).persons), "mean": None} for key in whole.keys}
    hidden = {**first, **{(str(year), "R/G"): {"n": None, "mean": None} for year in range(2010, 2016)}}
    assert {each.rule for each in check(whole, hidden, ACRO)} >= {"recoverable"}, "totals give the six back"
    safe = fix(whole, ACRO)
    assert [each for each in check(whole, safe.shown, ACRO) if each.severity == "block"] == []
    assert set(safe.secondary), "further cells are hidden"
