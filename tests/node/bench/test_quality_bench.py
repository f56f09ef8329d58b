"""The bench of the quality checks runs whole on a thousand persons: ours and the plain queries count the same."""

from __future__ import annotations

from pathlib import Path

from hygie.node.bench import quality


def test_ours_and_the_plain_queries_count_the_same(tmp_path: Path):
    files = quality.snapshot(tmp_path, 100)
    report = quality.ours(tmp_path, files)
    assert quality.by_hand(tmp_path, files, report) > 500
    assert report.tally["pass"] > 300 and report.tally["fail"] > 10
