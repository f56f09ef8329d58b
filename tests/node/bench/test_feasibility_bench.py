"""The bench of counts measures both sides of the same question."""

from __future__ import annotations

import pytest

from hygie.node.bench import feasibility


def test_the_feasibility_bench_says_what_it_measured_and_stops_where_two_ways_differ(monkeypatch) -> None:
    found = feasibility.run(1_000, rounds=1)
    assert (found["persons"], found["events"], found["goal"]) == (1_000, 30_000, 2.0)
    assert found["met"] is (found["seconds"]["hygie"] <= 2.0)
    monkeypatch.setattr(feasibility, "BY_HAND", feasibility.BY_HAND.replace("1945", "1925"))
    with pytest.raises(AssertionError, match="the same persons"):
        feasibility.run(1_000, rounds=1)
