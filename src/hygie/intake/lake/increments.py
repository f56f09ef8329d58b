"""Taking an increment: rows added, changed and deleted over the current snapshot become a new whole snapshot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, refuse, silent
from hygie.intake.lake import queries
from hygie.intake.lake.actions import take
from hygie.intake.lake.values import Ingested
from hygie.intake.linkage import actions as linkage
from hygie.intake.sources import omop
from hygie.intake.sources.cdm import TABLES
from hygie.intake.sources.values import Delivery


def ingest_increment(
    node: Node,
    path: Path,
    *,
    dataset: str,
    actor: str,
    synthetic: bool = False,
    identifier_system: str | None = None,
    progress: Progress = silent,
) -> Ingested:
    """Take an increment of OMOP CDM 5.4: the current snapshot with it becomes the new one, as if delivered whole.

    Parameters
    ----------
    path : Path               `<table>.csv` with rows added or changed, `<table>.deleted.csv` with keys of rows that go
    dataset : str             one that is held, as OMOP CDM 5.4
    actor : str
    synthetic : bool          as for `ingest_omop`; synthetic rows are taken over synthetic ones alone
    identifier_system : str   the same as of the delivery before, or its links are lost

    Errors      PPL, SRC, LNK codes; LAK-101 no such dataset; LAK-113 it is not of this standard; LAK-114 synthetic over
                real or the reverse; LAK-105 the files changed while they were read
    """
    base = queries.manifest(dataset)
    if base.standard != omop.STANDARD:
        raise refuse("LAK-113", found=dataset, standard=base.standard, accepted=omop.STANDARD)

    def read(engine: Engine) -> Delivery:
        if queries.manifest(dataset).snapshot != base.snapshot:
            raise refuse("LAK-105", found=path.name)
        held = queries.attach_snapshot(
            engine, node, dataset, base.snapshot, [each for each in base.tables if each in TABLES], prefix="held_"
        )
        made = omop.stage_increment(
            engine, path, dataset=dataset, held=held, identifier_system=identifier_system, progress=progress
        )
        if (synthetic or made.staged.synthetic) is not base.synthetic:
            raise refuse("LAK-114", found=dataset)
        linkage.assign(engine, node, dataset, made.staged.patient_ids, own_ids=True)
        whole = omop.deliver(engine, made.staged)
        return replace(
            whole,
            quarantine=" UNION ALL ".join([whole.quarantine, *made.quarantine]),
            tallies=(*(each for each in whole.tallies if each.read), *made.tallies),
        )

    return take(node, path, dataset, actor, synthetic, identifier_system, progress, read, "increment", base=base)
