"""The made country beside the published figures, and the planted effects beside what its records say."""

from math import sqrt

import pytest

from hygie.base.engine import Engine, Walls
from hygie.node.country.effects import Harm, Pathway
from hygie.node.country.figures import published
from hygie.node.country.generate import populate, start
from hygie.node.country.truth import compared, counted, farthest, planted, realised, self_controlled
from hygie.node.country.values import Country

PERSONS = 50_000
COUNTRY = Country(30_000, 5, harm=Harm(base=0.03), pathway=Pathway(rate=(0.006, 0.014)))


def made(country, folder):
    with Engine(Walls(folder)) as engine:
        start(engine, country)
        for part in country.slices():
            populate(engine, part)
        return counted(engine)


@pytest.fixture(scope="module")
def tally(tmp_path_factory):
    return made(Country(PERSONS, 5), tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Effects of rarer size would need more persons to be told from chance."""
    return made(COUNTRY, tmp_path_factory.mktemp("effects"))


def spread(name, value):
    """Three standard deviations of a sample: the tolerances are those of a million persons."""
    figure = published().figures.get(name)
    if name == "nights_per_stay" or (figure and "share" not in figure.unit and "1,000" not in figure.unit):
        return 0.03 * value
    scale = 1000 if name.endswith("_per_1000") else 1
    return 3 * scale * sqrt(value / scale / PERSONS)


@pytest.mark.parametrize("name", list(realised({}, 1)))
def test_each_published_figure_is_met(tally, name):
    figure = published().figures.get(name) or published().conditions[name].share
    value = realised(tally, PERSONS)[name]
    if name == "claim_lines_per_head":
        assert value >= figure.value
        return
    room = figure.tolerance if figure.absolute else figure.tolerance * figure.value
    assert abs(value - figure.value) <= room + spread(name, figure.value)


def test_tables_are_met_cell_by_cell(tally):
    far = farthest(tally, PERSONS)
    assert far["pyramid"] <= 0.0015
    assert far["departments"] <= published().tables["departments"].tolerance
    assert far["households"] <= published().tables["households"].tolerance
    assert far["medicines"] <= published().tables["medicines"].tolerance


def test_the_truth_says_which_figures_are_within_their_tolerance(tally):
    rows = compared(tally, PERSONS)
    assert [row["figure"] for row in rows] == list(realised(tally, PERSONS))
    assert sum(bool(row["within"]) for row in rows) >= len(rows) * 0.7


def test_the_drug_signal_is_recovered_by_the_exposed_alone_and_not_by_the_crude_comparison(large):
    harm = planted(large, COUNTRY)["harm"]
    assert harm["self-controlled ratio"] == pytest.approx(3.5, rel=0.25)
    assert harm["crude ratio"] > 1.15 * harm["self-controlled ratio"]


def test_a_drug_without_harm_shows_none(tmp_path):
    country = Country(20_000, 5, harm=Harm(ratio=1.0, base=0.03))
    assert self_controlled(made(country, tmp_path)) == pytest.approx(1.0, abs=0.4)


def test_the_pathway_is_recovered_within_severity_and_hidden_from_the_crude_comparison(large):
    found = planted(large, COUNTRY)["pathway"]
    assert found["ratio within severity"] == pytest.approx(0.6, rel=0.3)
    assert found["crude ratio"] > found["ratio within severity"] + 0.05


def test_the_epidemic_begins_where_and_when_it_is_planted(large):
    found = planted(large, COUNTRY)["epidemic"]
    weeks = found["ill by department and week"]
    assert sum(sum(each.values()) for each in weeks.values()) == found["ill"] > 0.03 * COUNTRY.persons
    assert {code for code, each in weeks.items() if min(map(int, each)) == 1} <= {"035", "022", "050", "053", "056"}
    assert all(min(map(int, weeks.get(far, {"9": 0}))) > 5 for far in ("02A", "006", "068"))
    assert max(int(week) for each in weeks.values() for week in each) < 30
    assert 0.03 < found["admitted"] / found["ill"] < 0.15


def test_lines_to_filter_are_planted_and_counted(large):
    marks = planted(large, COUNTRY)["marks"]
    assert all(count > 0 for count in marks.values())
