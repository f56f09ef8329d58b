"""The population: its shape, and the planted effect, which the crude ratio misses and the adjusted one finds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from hygie.base.engine import Engine, Walls
from hygie.node.demo.hospital import Effect, Hospital, populate

STRATA = """
WITH followed AS (
  SELECT exposed, sex, year(birth) // 5 AS band, CAST(outcome_day IS NOT NULL AS INTEGER) AS event,
         0.5 + date_diff('day', DATE '2019-01-01',
           least(coalesce(outcome_day, death, DATE '2026-01-01'), DATE '2026-01-01')) AS days
  FROM person
  WHERE birth <= DATE '2000-01-01' AND (outcome_day IS NOT NULL OR death IS NULL OR death > DATE '2019-01-01')
)
SELECT sum(event) FILTER (exposed = 1), sum(days) FILTER (exposed = 1),
       sum(event) FILTER (exposed = 0), sum(days) FILTER (exposed = 0)
FROM followed GROUP BY {strata} HAVING count(DISTINCT exposed) = 2
"""


def rate_ratio(engine: Engine, strata: str) -> float:
    """Return the Mantel-Haenszel rate ratio of person-time over strata."""
    above = below = 0.0
    for row in engine.rows(STRATA.format(strata=strata)):
        exposed, days, others, other_days = map(float, row)
        above += exposed * other_days / (days + other_days)
        below += others * days / (days + other_days)
    return above / below


def hospital(tmp_path: Path, **given: object) -> Engine:
    engine = Engine(Walls(tmp_path))
    populate(engine, Hospital(**given))
    return engine


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with hospital(tmp_path_factory.mktemp("city"), persons=40_000, seed=5) as engine:
        yield engine


def test_the_crude_ratio_is_biased_and_the_adjusted_one_finds_the_truth(city: Engine) -> None:
    crude, adjusted = rate_ratio(city, "()"), rate_ratio(city, "sex, band")
    events = city.scalar("SELECT count(outcome_day) FROM person")
    within = 3 * math.sqrt(4 / events)
    assert abs(math.log(adjusted / Effect().hazard_ratio)) < within < 0.15
    assert crude > 1.5 * Effect().hazard_ratio


def test_without_an_effect_the_adjusted_ratio_is_one(tmp_path: Path) -> None:
    with hospital(tmp_path, persons=40_000, seed=5, effect=Effect(hazard_ratio=1.0)) as engine:
        assert abs(math.log(rate_ratio(engine, "sex, band"))) < 0.15
        assert rate_ratio(engine, "()") > 1.4


def test_exposure_comes_before_outcome_and_nothing_after_death(city: Engine) -> None:
    assert city.rows(
        "SELECT min(exposure_day), max(exposure_day), min(outcome_day) >= DATE '2019-01-01',"
        " max(outcome_day) <= DATE '2025-12-31',"
        " count(*) FILTER (outcome_day > death), count(*) FILTER (exposure_day >= death) FROM person"
    )[0][2:] == (True, True, 0, 0)
    late = city.scalar("SELECT count(*) FROM encounter JOIN person USING (person) WHERE day > death")
    early = city.scalar("SELECT count(*) FROM encounter JOIN person USING (person) WHERE day < birth")
    assert (late, early) == (0, 0)


def test_the_population_has_the_shape_that_was_drawn(city: Engine) -> None:
    sexes = dict(city.rows("SELECT sex, count(*) / 40000 FROM person GROUP BY sex"))
    assert abs(sexes["female"] - 0.513) < 0.01
    assert 0 < sexes["unknown"] < 0.005
    assert abs(city.scalar("SELECT avg(2018 - year(birth)) FROM person") - 56) < 1.5
    assert city.scalar("SELECT count(DISTINCT place) FROM person") == 11
    assert city.scalar("SELECT count(*) FROM person WHERE rare") == 4
    assert city.scalar("SELECT count(*) FROM encounter") == city.scalar(
        "SELECT count(DISTINCT encounter) FROM encounter"
    )


def test_draws_are_even_and_do_not_depend_on_each_other(city: Engine) -> None:
    mean, spread, *related = city.rows(
        "SELECT avg(u(range, 'a')), stddev(u(range, 'a')), corr(u(range, 'a'), u(range, 'b')), "
        "corr(u(range, 'a'), u(range + 1, 'a')), corr(u(range, 'a'), range) FROM range(200000)"
    )[0]
    assert abs(mean - 0.5) < 0.005
    assert abs(spread - math.sqrt(1 / 12)) < 0.005
    assert all(abs(value) < 0.01 for value in related)


def test_no_one_else_takes_the_planted_drugs_or_has_the_planted_disease(city: Engine) -> None:
    assert city.rows(
        "SELECT count(DISTINCT p.person) = count(DISTINCT p.person) FILTER (x.exposed = 1) "
        "FROM prescription AS p JOIN code USING (code_id) "
        "JOIN person AS x ON x.person = p.person WHERE code.code = 'M01AE01'"
    ) == [(True,)]
    assert (
        city.scalar(
            "SELECT count(*) FROM condition AS c JOIN code USING (code_id) JOIN person AS x ON x.person = c.person "
            "WHERE code.code = 'K92.2' AND (x.outcome_day IS NULL OR c.day <> x.outcome_day)"
        )
        == 0
    )
