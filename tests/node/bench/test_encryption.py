"""The encryption bench runs and says what it measured."""

from __future__ import annotations

import time

from hygie.node.bench import encryption
from hygie.node.bench.measure import interleave


def test_the_bench_measures_both_sides_on_the_same_rows() -> None:
    found = encryption.run(50_000, rounds=1)
    assert found["rows"] == 50_000
    assert isinstance(found["ratio"], float)
    assert found["met"] == (found["ratio"] <= encryption.GOAL)
    assert all(found["bytes"].values())


def test_medians_order_and_ratio() -> None:
    order: list[str] = []

    def slow() -> None:
        order.append("slow")
        time.sleep(0.05)

    def fast() -> None:
        order.append("fast")
        time.sleep(0.01)

    found = interleave({"slow": slow, "fast": fast}, rounds=3)
    assert order == ["fast", "slow", "slow", "fast", "fast", "slow", "slow", "fast"]
    assert found.ratio > 1.2
    assert found.seconds["slow"] >= 0.05
    assert set(found.document()) == {"seconds", "best", "peak_mb", "grown_mb", "ratio", "rounds"}


def test_memory_that_a_work_takes_is_seen() -> None:
    def hungry() -> None:
        held = bytearray(80 << 20)
        held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
        time.sleep(0.05)

    found = interleave({"hungry": hungry, "idle": lambda: time.sleep(0.02)}, rounds=1, warm_up=0)
    assert found.grown_mb["hungry"] > 60 > found.grown_mb["idle"]
