"""The bench of verdicts: it prints its figures against the goals, and what is walked stays in step with the places."""

from __future__ import annotations

from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.loading import own_facts
from hygie.commons.sovereignty.rules.chain import chains
from hygie.node.bench import sovereignty as bench


def test_the_bench_prints_seconds_goals_and_what_was_walked() -> None:
    found = bench.run(200)
    assert {"first_verdict_ms", "slowest_verdict_ms", "placements_s", "relations_walked", "goals", "met"} <= set(found)
    assert found["met"] is None  # a goal is only for its own size
    assert sum(found["outcomes"].values()) == found["placements"] == 200  # type: ignore[attr-defined]


def test_the_world_has_three_relations_an_entity_and_is_the_same_each_time() -> None:
    once, again = list(bench.world(1000)), list(bench.world(1000))
    assert once == again
    relations = sum(1 for record in once if hasattr(record, "origin"))
    assert 2800 <= relations <= 3600


def test_more_places_on_the_same_services_walk_nothing_more() -> None:
    """The cost of a place whose service was seen before is that of the rules alone."""
    view = Facts.of([*own_facts().records, *bench.world(400)]).at(bench.DAY, bench.KNOWN)
    services = [f"service-{n}" for n in range(40)]
    bench.timed(view, [bench.placement(name, turn) for name in services for turn in (0, 1)])
    walked = chains(view).walked
    touched = bench.touched(view)
    bench.timed(view, [bench.placement(services[n % 40], n) for n in range(400)])
    assert chains(view).walked == walked
    assert bench.touched(view) == touched


def test_what_is_walked_grows_with_the_chain_and_not_with_the_facts() -> None:
    per_service = []
    for scale in (400, 1600):
        view = Facts.of([*own_facts().records, *bench.world(scale)]).at(bench.DAY, bench.KNOWN)
        bench.timed(view, [bench.placement(f"service-{n}", 0) for n in range(40)])
        per_service.append(chains(view).walked / 40)
    assert per_service[1] < 3 * per_service[0]
