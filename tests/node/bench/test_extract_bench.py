"""The benches of extracts measure both sides of the same work: same rows, same order, every goal by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.access.extracts import making
from hygie.base.keys import new_data_key
from hygie.node.bench import extract, pseudonyms
from hygie.node.bench.lake import snapshot

MEASURED = {"seconds", "best", "peak_mb", "grown_mb", "ratio", "rounds"}


def test_the_extract_bench_says_what_it_measured_and_what_it_left_out() -> None:
    found = extract.run(2_000, rounds=1)
    assert MEASURED | {"name", "persons", "events", "peak_mb_alone", "left_out", "goal", "met"} == set(found)
    assert (found["persons"], found["events"]) == (2_000, 100_000)
    assert found["goal"] == {"ratio": 1.20, "peak_mb_alone": 512}
    assert found["met"] == {"ratio": found["ratio"] <= 1.20, "peak_mb_alone": found["peak_mb_alone"] <= 512}
    assert found["peak_mb_alone"] > 150, "Python, Django, Ibis and DuckDB are all in it"


@pytest.mark.parametrize("change", ["order", "rows"])
def test_two_ways_that_differ_in_rows_or_in_order_stop_the_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    files, key = snapshot(tmp_path, 1_000), new_data_key()
    extract.same(tmp_path, files, key, tmp_path / "one", tmp_path / "two")
    right = extract.event_sql

    def wrong(table: str) -> str:
        if change == "rows":
            return right(table).replace("2016-01-01", "2016-01-02")
        return right(table).replace("ORDER BY ALL", "ORDER BY ALL DESC")

    monkeypatch.setattr(extract, "event_sql", wrong)
    with pytest.raises(AssertionError, match="the two ways differ"):
        extract.same(tmp_path, files, key, tmp_path / "one", tmp_path / "two")


def test_the_pseudonyms_bench_numbers_the_cohort_s_own_ids() -> None:
    found = pseudonyms.run(2_000, rounds=1)
    assert MEASURED | {"name", "persons", "cohort", "mapped", "goal", "met"} == set(found)
    assert 0 < found["cohort"] == found["mapped"] < 2_000
    assert set(found["seconds"]) == {"pseudonyms and map", "extract", "cipher, all persons"}
    assert found["met"] == (found["ratio"] <= pseudonyms.GOAL)
    assert making.MAP
