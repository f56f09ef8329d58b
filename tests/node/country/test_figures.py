"""The published figures: whole, consistent with each other, each with its source."""

from math import exp, isclose

import pytest

from hygie.node.country.figures import SEXES, ByAge, Figure, Published, published
from tests.house.code import ROOT

PAGE = ROOT / "docs/reference/synthetic-country.md"


@pytest.fixture(scope="module")
def country() -> Published:
    return published()


def life_expectancy(rates: ByAge, sex: str) -> float:
    alive, years = 1.0, 0.0
    for first, until, rate in zip(rates.first, (*rates.first[1:], None), rates.of(sex), strict=True):
        dying = 1.0 if until is None else 1 - exp(-rate * (until - first))
        years, alive = years + alive * dying / rate, alive * (1 - dying)
    return years


def test_every_figure_names_a_source_with_an_address_or_is_chosen(country):
    for figure in country.every():
        assert country.sources[figure.source].address or figure.basis == "chosen", figure.name


def test_the_101_departments_have_each_a_place_and_a_share(country):
    assert len({place.code for place in country.departments}) == 101
    assert all(41 < p.latitude < 52 and -6 < p.longitude < 10 for p in country.departments if len(p.code) == 2)
    assert isclose(sum(place.share for place in country.departments), 1)


def test_the_pyramid_adds_up_to_the_country_of_its_year(country):
    assert abs(country.pyramid.total - 66_732_538) < 10


def test_death_rates_give_the_published_life_expectancies_and_deaths(country):
    assert country.figures["life_expectancy_men"].met_by(life_expectancy(country.mortality, "men"))
    assert country.figures["life_expectancy_women"].met_by(life_expectancy(country.mortality, "women"))
    assert country.figures["deaths_per_1000"].met_by(1000 * country.mortality.mean(country.pyramid))


def test_births_by_age_give_the_published_fertility_and_births(country):
    rates = country.fertility
    children = 5 * sum(rates.women)
    assert country.figures["fertility"].met_by(children)
    age = sum(rate * (first + 2.5) for first, rate in zip(rates.first, rates.women, strict=True)) / sum(rates.women)
    assert country.figures["mean_age_at_birth"].met_by(age)
    women = dict(zip(country.pyramid.first, country.pyramid.women, strict=True))
    births = sum(women[first] * rate for first, rate in zip(rates.first, rates.women, strict=True))
    assert country.figures["births_per_1000"].met_by(1000 * births / country.pyramid.total)


def test_household_sizes_give_the_published_mean(country):
    sizes = (1, 2, 3, 4, 5, country.six_or_more)
    mean = sum(size * share for size, share in zip(sizes, country.household_sizes, strict=True))
    assert country.figures["household_mean"].met_by(mean)


def test_shapes_by_age_give_the_published_means(country):
    for condition in country.conditions.values():
        assert isclose(condition.rate.mean(country.pyramid), condition.share.value, rel_tol=1e-9)
        assert max(condition.rate.men + condition.rate.women) < 0.5
    for name, shape in country.care.items():
        assert isclose(shape.mean(country.pyramid), country.figures[name].value, rel_tol=1e-9)
    for site in country.cancers.values():
        for sex in SEXES:
            alone = ByAge(site.rate.first, *(site.rate.of(s) if s == sex else () for s in SEXES))
            expected = site.cases[sex].value if sex in site.cases else 0
            assert isclose(alone.mean(country.pyramid) * country.pyramid.total, expected, rel_tol=1e-9)


def test_the_sites_hold_at_most_all_cancers(country):
    for sex in SEXES:
        listed = sum(site.cases[sex].value for site in country.cancers.values() if sex in site.cases)
        assert 0.5 < listed / country.figures[f"cancers_{sex}"].value < 1


def test_a_figure_of_unknown_basis_or_a_band_too_few_cannot_be_built():
    with pytest.raises(ValueError, match="basis"):
        Figure(name="x", value=1, unit="", tolerance=0, basis="guessed", source="s")
    with pytest.raises(ValueError, match="one value a band"):
        ByAge((0, 5), (1.0,), (1.0, 2.0))
    with pytest.raises(ValueError, match="ascend"):
        ByAge((5, 0), (1.0, 1.0), (1.0, 2.0))


def test_the_reference_page_tells_every_figure(country):
    page = PAGE.read_text("utf-8")
    missing = [figure.name for figure in country.every() if f"| `{figure.name}` |" not in page]
    assert not missing
