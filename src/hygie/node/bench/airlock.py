"""A table's checks beside its plain group-by: 13 x 20 cells, one row a person."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from hygie.base.disclosure import Cell, check
from hygie.base.engine import Engine, Walls
from hygie.base.law import preset
from hygie.node.bench.measure import interleave
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.recompute import recompute

ROWS = """CREATE TEMP TABLE person AS SELECT i AS person_id, 'r' || (hash(i, 1) % 13) AS region,
  'd' || (hash(i, 2) % 20) AS diagnosis, (hash(i, 3) % 100000) / 10.0 AS cost FROM range({rows}) AS t(i)"""
PLAIN = "SELECT region, diagnosis, count(*), avg(cost) FROM person GROUP BY ALL"
TABLE = Output.model_validate(
    {
        "file": "table.csv",
        "kind": "table",
        "source": "person",
        "groups": ["region", "diagnosis"],
        "measures": [{"name": "n", "kind": "persons"}, {"name": "cost", "kind": "mean", "column": "cost"}],
    }
)


def run(scale: int) -> dict[str, object]:
    """Return medians and ratios: recompute and check a table, against the group-by alone.

    Parameters
    ----------
    scale : int   rows, each a person
    """
    policy = preset("acro-10", on=date(2026, 11, 21))
    with tempfile.TemporaryDirectory() as folder, Engine(Walls(Path(folder), (), "2GB", 2)) as engine:
        engine.con.execute(ROWS.format(rows=int(scale)))
        tables = {"person": engine.backend().table("person")}

        def ours() -> int:
            table = recompute(TABLE, tables)
            shown = {cell.key: {"n": cell.persons, "cost": mean(cell)} for cell in table.cells}
            return len(check(table, shown, policy))

        def mean(cell: Cell) -> float:
            made = cell.sums["cost"]
            return round(made.total / made.values, 2)

        measured = interleave({"checks": ours, "group-by": lambda: engine.rows(PLAIN)}, rounds=9)
    return {
        **measured.document(),
        "cells": 260,
        "rules": "acro-10, all that concern a table without totals",
    }
