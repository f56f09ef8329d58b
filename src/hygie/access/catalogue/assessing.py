"""Running the quality checks on a dataset's snapshot."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hygie.access.catalogue import leaving
from hygie.access.catalogue.holding import holders_of
from hygie.access.quality.natives import Native
from hygie.access.quality.running import run
from hygie.access.quality.values import Report
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, silent
from hygie.commons.people.policy import check
from hygie.intake.lake import queries as lake

if TYPE_CHECKING:
    from hygie.base.engine import Engine
    from hygie.intake.lake.values import Manifest

MEMORY = "1GB"


def assess(node: Node, dataset: str, *, actor: str, progress: Progress = silent) -> Report:
    """Run every quality check on a dataset's current snapshot, without who has refused by now.

    Parameters
    ----------
    dataset : str
    actor : str     a steward of the dataset's holder

    Errors      PPL codes; LAK-101 to LAK-103; KEY and ENG codes
    Source      Reg. (EU) 2025/327 art. 78(3)
    """
    check(actor, "catalogue.describe", {"dataset": dataset})
    check(actor, "catalogue.describe", {"holders": holders_of([dataset])})
    manifest = lake.manifest(dataset)
    with node.engine(memory=MEMORY) as engine:
        out = leaving.left_out(node, engine, dataset, at=node.clock(), named=True)
        return checked(node, engine, manifest, out, progress)


def checked(
    node: Node, engine: Engine, manifest: Manifest, out: leaving.LeftOut, progress: Progress = silent
) -> Report:
    """Run the checks on a snapshot's tables, without who is left out."""
    views = lake.attach_snapshot(engine, node, manifest.dataset, manifest.snapshot)
    every = {name: engine.backend().table(view) for name, view in views.items()}
    model = {name: rows for name, rows in every.items() if manifest.tables[name].kind != "source"}
    kept = leaving.without(model, out)
    return run(
        engine,
        kept,
        today=date.fromisoformat(manifest.created[:10]),
        sources=[native(manifest, name, every[name], out) for name in sorted(set(every) - set(model))],
        untraced=leaving.UNTOLD if out.table is not None else (),
        progress=progress,
    )


def native(manifest: Manifest, name: str, rows: Any, out: leaving.LeftOut) -> Native:
    """Return a table outside the CDM without who is left out; without a row where rows cannot be traced to persons."""
    person = manifest.tables[name].person
    if out.table is not None:
        rows = rows.anti_join(out.table, rows[person] == out.table.person_id) if person else rows.limit(0)
    return Native(name, rows, person)
