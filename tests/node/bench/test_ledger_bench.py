"""The ledger's bench measures real appends and leaves the database it found as it was."""

from __future__ import annotations

import pytest
from django.db import connection

from hygie.base.engine.node import Node
from hygie.base.ledger import actions
from hygie.node.bench.ledger import run


@pytest.mark.usefixtures("node")
def test_the_bench_prints_its_ratio_and_works_aside(node: Node) -> None:
    found = run(2_000, rounds=1)
    assert found["ratio"] == found["single"]["ratio"] > 0
    assert set(found) == {"single", "ratio", "goal", "met", "groups_of_100", "proofs"}
    groups = found["groups_of_100"]
    assert groups["met"] == (groups["per_second"]["median"] >= groups["goal"] == 80_000)
    assert [size["events"] for size in found["proofs"]] == [200, 2_000, 20_000]
    assert connection.settings_dict["NAME"] == str(node.home / "control.sqlite3")
    assert actions.head().size == 0
