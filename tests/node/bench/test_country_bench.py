"""The country's bench runs whole on a thousand persons: each size in a process of its own, and the rewriting."""

from __future__ import annotations

from hygie.node.bench import country


def test_two_sizes_are_made_and_the_largest_is_rewritten() -> None:
    found = country.run(1_000, parts=(4, 1))
    assert list(found["sizes"]) == ["250", "1000"]
    for persons, each in found["sizes"].items():
        assert each["claim_lines"] >= 20 * int(persons)
        assert each["rows"] > each["claim_lines"] and each["megabytes"] >= 0
        assert each["persons_a_second"] > 0 and 50 < each["peak_megabytes"] < country.MEGABYTES
    assert found["ratio"] > 0 and found["ratio_of_processor_seconds"] > 0
    assert found["seconds_for_a_million"] == round(found["sizes"]["1000"]["seconds"] * 1_000, 1)
