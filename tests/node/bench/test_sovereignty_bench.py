"""The bench of verdicts: it prints its figures against the goals, and what it asks is as many questions as it says."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.loading import own_facts
from hygie.commons.sovereignty.rules.chain import chains
from hygie.commons.sovereignty.rules.judging import judge, nameless
from hygie.commons.sovereignty.rules.questions import Placement, Question
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.node.bench import sovereignty as bench

SIZES = (50, 100, 200)
MEAN_MS = bench.GOALS["placements_s"] * 1000 / bench.GOALS["placements"]


def asked(scale: int) -> tuple[Facts, list[Placement]]:
    """Facts of a size, and as many placements."""
    facts = Facts.of([*own_facts().records, *bench.world(scale)])
    return facts, bench.asked(facts, scale)


def calls(view: View, places: list[Placement]) -> int:
    """Functions called for the rulings on places: what they cost, on whatever machine."""
    found = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        bench.timed(view, places)
    finally:
        sys.setprofile(before)
    return found


@pytest.fixture(scope="module")
def worlds() -> dict[int, tuple[Facts, list[Placement]]]:
    return {scale: asked(scale) for scale in SIZES}


def test_the_bench_prints_seconds_goals_and_what_was_walked() -> None:
    found = bench.run(200)
    assert {"first_verdict_ms", "slowest_verdict_ms", "placements_s", "relations_walked", "goals", "met"} <= set(found)
    assert found["met"] is None  # a goal is only for its own size
    assert sum(found["outcomes"].values()) == found["placements"] == found["distinct"] == 200
    assert set(found["outcomes"]) == {"ALLOW", "ALLOW_IF", "INDETERMINATE", "DENY"}


def test_no_two_placements_ask_the_same_and_they_differ_in_all_that_is_declared() -> None:
    _, places = asked(100)
    assert len({nameless(Question(bench.DATA, place)) for place in places}) == 100
    for differs in ("what", "service", "country", "keys", "processing", "contract"):
        assert len({getattr(place, differs) for place in places}) > 1


def test_the_world_has_three_relations_an_entity_and_is_the_same_each_time() -> None:
    once, again = list(bench.world(1000)), list(bench.world(1000))
    assert once == again
    relations = sum(1 for record in once if hasattr(record, "origin"))
    assert 2800 <= relations <= 3600


def test_a_ruling_is_the_same_alone_and_after_all_others(worlds: dict[int, tuple[Facts, list[Placement]]]) -> None:
    """What is worked out once for many questions is what each of them would work out by itself."""
    facts, places = worlds[100]
    view = facts.at(bench.DAY, bench.KNOWN)
    together = [judge(Question(bench.DATA, place), view, ruleset()) for place in places]
    for place, after in list(zip(places, together, strict=True))[::5]:
        alone = judge(Question(bench.DATA, place), facts.at(bench.DAY, bench.KNOWN), ruleset())
        assert alone.bytes == after.bytes
    assert len({ruling.bytes for ruling in together}) == len(places)
    assert len(Counter(ruling.outcome for ruling in together)) == 4


def test_the_cost_of_many_placements_grows_with_them_and_one_keeps_its_share(
    worlds: dict[int, tuple[Facts, list[Placement]]],
) -> None:
    """Ten thousand in thirty seconds are three milliseconds each: one in a hundred may cost 33 times the mean."""
    means = []
    for scale, (facts, places) in worlds.items():
        means.append(calls(facts.at(bench.DAY, bench.KNOWN), places) / scale)
        first = calls(facts.at(bench.DAY, bench.KNOWN), places[:1])
        assert first < means[-1] * bench.GOALS["verdict_ms"] / MEAN_MS
    for smaller, larger in pairwise(means):
        assert larger < 1.5 * smaller


def test_more_places_on_the_same_services_walk_nothing_more(
    worlds: dict[int, tuple[Facts, list[Placement]]],
) -> None:
    """The cost of a place whose service was seen before, under the same keys, is that of the rules alone."""
    facts, places = worlds[100]
    view = facts.at(bench.DAY, bench.KNOWN)
    bench.timed(view, places)
    walked, touched = chains(view).walked, bench.touched(view)
    others = [replace(place, country="ES", contract=None) for place in places]
    bench.timed(view, others)
    assert chains(view).walked == walked
    assert bench.touched(view) == touched


def test_what_is_walked_grows_with_the_chain_and_not_with_the_facts() -> None:
    per_service = []
    for scale in (400, 1600):
        view = Facts.of([*own_facts().records, *bench.world(scale)]).at(bench.DAY, bench.KNOWN)
        bench.timed(view, [bench.placement(n, scale // bench.SERVED, view) for n in range(40)])
        per_service.append(chains(view).walked / 40)
    assert per_service[1] < 3 * per_service[0]
