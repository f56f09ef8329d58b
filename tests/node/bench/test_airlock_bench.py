"""The airlock's bench compares what it says it compares."""

from __future__ import annotations

from hygie.node.bench import airlock


def test_three_tables_are_checked_beside_their_group_by() -> None:
    found = airlock.run(50_000)
    cases = found["cases"]
    assert isinstance(cases, dict)
    assert [each["hidden"] > 0 for each in cases.values()] == [False, True, True]
    assert all(each["ratio"] > 0 and each["met"] == (each["ratio"] <= airlock.GOAL) for each in cases.values())
    assert found["met"] == all(each["met"] for each in cases.values())
