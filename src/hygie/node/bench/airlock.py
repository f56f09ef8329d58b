"""`hygie bench airlock`: all checks of a table beside its group-by by hand, both on the same encrypted files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hygie.base.disclosure.protection import plain
from hygie.base.engine import EncryptedFile, Engine, Walls
from hygie.base.keys import new_data_key
from hygie.base.law import Preset, preset
from hygie.node.bench.measure import interleave
from hygie.secure.airlock.checking import evaluate, mend
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.reading import write_cells
from hygie.secure.airlock.recompute import recompute

if TYPE_CHECKING:
    from ibis.expr.types import Table as Expression

GOAL = 2.0
EACH = 5
PERSON = """SELECT i AS person_id, 'r' || (hash(i, 1) % 13) AS region, 'd' || (hash(i, 2) % 20) AS diagnosis,
  (hash(i, 3) % 100000) / 10.0 AS cost FROM range({persons}) AS t(i)"""
EVENT = """SELECT i AS event_id, i // {each} AS person_id, 'r' || (hash(i, 1) % 13) AS region,
  CASE WHEN i % 40000 < 2 THEN 'rare' ELSE 'd' || (hash(i, 2) % 19) END AS diagnosis,
  (hash(i, 3) % 100000) / 10.0 AS cost FROM range({rows}) AS t(i)"""
N = {"name": "n", "kind": "persons"}
ROWS = {"name": "rows", "kind": "rows"}
COST = {"name": "cost", "kind": "mean", "column": "cost"}
GROUPS = ["region", "diagnosis"]
HAND = "SELECT region, diagnosis, count(DISTINCT person_id){} FROM {} GROUP BY {}"
KNOWN = "SELECT region, diagnosis, count(*), avg(cost) FROM person GROUP BY ALL"
CASES: Mapping[str, tuple[dict[str, object], str, str]] = {
    "one row a person": (
        {"source": "person", "measures": [N, COST]},
        HAND.format(", avg(cost)", "person", "ALL"),
        KNOWN,
    ),
    "events": (
        {"source": "event", "measures": [N, ROWS, COST]},
        HAND.format(", count(*), avg(cost)", "event", "ALL"),
        "",
    ),
    "events with totals, further cells hidden": (
        {"source": "event", "measures": [N, ROWS], "totals": GROUPS},
        HAND.format(", count(*)", "event", "CUBE (region, diagnosis)"),
        "",
    ),
}


def run(scale: int) -> dict[str, object]:
    """Return medians and ratios: read, recompute and judge a table that passes, against its group-by alone.

    Parameters
    ----------
    scale : int   rows of each table; a row a person, or five events
    """
    policy = preset("acro-10", on=date(2026, 11, 21))
    cases: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, Engine(Walls(Path(folder), (), "2GB", 2)) as engine:
        stored(engine, Path(folder), scale)
        tables = {name: engine.backend().table(name) for name in ("person", "event")}
        for name, (declared, query, known) in CASES.items():
            cases[name] = case(engine, tables, declared, (query, known), policy)
    ratios = [float(str(each["ratio"])) for each in cases.values() if isinstance(each, dict)]
    return {"policy": policy.id, "cases": cases, "goal": GOAL, "met": max(ratios) <= GOAL}


def stored(engine: Engine, folder: Path, rows: int) -> None:
    """Write both tables encrypted, and attach them."""
    for name, query in {"person": PERSON, "event": EVENT}.items():
        key = new_data_key()
        engine.write_encrypted(query.format(persons=rows, rows=rows, each=EACH), folder / f"{name}.parquet", key)
        engine.attach(name, [EncryptedFile(folder / f"{name}.parquet", key)])


def case(
    engine: Engine,
    tables: Mapping[str, Expression],
    declared: dict[str, object],
    queries: tuple[str, str],
    policy: Preset,
) -> dict[str, object]:
    """Return one table's medians, ratio and size; beside it the ratio to a count that trusts a row to be a person."""
    output = Output.model_validate({"file": "table.csv", "kind": "table", "groups": GROUPS, **declared})
    data, hidden = passing(output, tables, policy)

    def ours() -> None:
        (found,) = evaluate([(output, data, ())], policy, tables)
        assert found.check.outcome != "block", found.check.checks

    query, known = queries
    works: dict[str, Callable[[], object]] = {"checks": ours, "group-by": lambda: engine.rows(query)}
    if known:
        works["count of rows"] = lambda: engine.rows(known)
    measured = interleave(works, rounds=7)
    seconds = measured.seconds
    return {
        **measured.document(),
        **({"ratio_to_count_of_rows": round(seconds["checks"] / seconds["count of rows"], 3)} if known else {}),
        "cells": data.count(b"\n") - 1,
        "hidden": hidden,
        "goal": GOAL,
        "met": measured.ratio <= GOAL,
    }


def passing(output: Output, tables: Mapping[str, Expression], policy: Preset) -> tuple[bytes, int]:
    """Return the file of a table that passes, mended where its true figures do not, and how many figures it hides."""
    table = recompute(output, tables)
    shown = {key: {each.name: plain(table, key, each, None) for each in table.columns} for key in table.keys}
    keys = [key for key in table.keys if table.cell(key).persons]
    data = write_cells(output, shown, keys)
    (found,) = evaluate([(output, data, ())], policy, tables)
    if found.check.outcome != "block":
        return found.data, 0
    mended = mend(output, found, policy)
    lost = len(keys) - (mended.count(b"\n") - 1)
    return mended, mended.count(b"[hidden]") + lost * len(output.measures)
