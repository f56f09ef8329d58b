"""Taking declared tables and device data into the lake: registers, surveys, wearables."""

from __future__ import annotations

from pathlib import Path

from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Progress, silent
from hygie.commons.people.policy import check
from hygie.intake.lake import increments, queries
from hygie.intake.lake.actions import attach_vocabulary, take
from hygie.intake.lake.values import Ingested
from hygie.intake.linkage import actions as linkage
from hygie.intake.sources import devices, table
from hygie.intake.sources.cdm import TABLES
from hygie.intake.sources.values import Delivery


def ingest_table(
    node: Node,
    path: Path,
    *,
    schema: Path | None = None,
    dataset: str,
    actor: str,
    synthetic: bool = False,
    identifier_system: str | None = None,
    increment: bool = False,
    vocabulary: str | None = None,
    progress: Progress = silent,
) -> Ingested:
    """Take a delivery of declared tables into the lake as a dataset's new snapshot.

    Parameters
    ----------
    path : Path               a file or a folder of CSV or Parquet, or a Data Package
    schema : Path or None     the Table Schema of the files, or a Data Package that names them; None when the folder
                              holds its own `datapackage.json`
    dataset : str             a new or a known dataset
    actor : str
    synthetic : bool          True when no real person is behind the data; the delivery's own marker says so too
    identifier_system : str   a further system whose identifiers are one person's wherever they appear
    increment : bool          the rows are taken over those that are held, in their places by primary key
    vocabulary : str          as for `ingest_fhir`, of rows that the schema says are events

    Errors      PPL, SRC, LNK codes; KER-103 the dataset's name; LAK-101, LAK-104 no such vocabulary; LAK-105 the
                files changed while they were read; LAK-112 nobody is left of it; LAK-113 it is held by another
                standard; of an increment LAK-101, LAK-114
    """
    check(actor, "dataset.ingest", {"dataset": dataset})
    base = increments.base(dataset, table.STANDARD, actor, increment=increment)
    package = table.open_package(path, schema, part=increment)

    def read(engine: Engine) -> Delivery:
        held = increments.attach(engine, node, base, lambda each: each not in TABLES) if base else None
        staged = table.stage(engine, package, dataset=dataset, held=held, progress=progress)
        linkage.assign(engine, node, dataset, staged.patient_ids)
        loaded = attach_vocabulary(engine, node, vocabulary, mapping) if vocabulary else None
        return table.deliver(engine, staged, vocabulary=loaded)

    mapping = queries.manifest(vocabulary).snapshot if vocabulary else ""
    told = f"{mapping}/{package.digest}" if mapping else package.digest
    return take(node, package.root, dataset, actor, synthetic, identifier_system, progress, read, told, base=base)


def ingest_devices(
    node: Node,
    path: Path,
    *,
    dataset: str,
    actor: str,
    synthetic: bool = False,
    identifier_system: str | None = None,
    increment: bool = False,
    progress: Progress = silent,
) -> Ingested:
    """Take device data into the lake as a dataset's new snapshot.

    Parameters
    ----------
    path : Path               a folder or a file of Open mHealth or IEEE 1752.1 data points, or of FHIR Observations
    dataset : str             a new or a known dataset
    actor : str
    synthetic : bool          True when no real person is behind the data; the delivery's own marker says so too
    identifier_system : str   a further system whose identifiers are one person's wherever they appear
    increment : bool          the data points are taken over those that are held, in their places by id

    Errors      PPL, SRC, LNK codes; KER-103 the dataset's name; LAK-105 the files changed while they were read;
                LAK-112 nobody is left of it; LAK-113 it is held by another standard; of an increment LAK-101,
                LAK-114, LAK-115
    """
    base = increments.base(dataset, devices.STANDARD, actor, increment=increment)
    if base:
        increments.check_holds(base, "device_series", devices.SERIES)

    def read(engine: Engine) -> Delivery:
        held = increments.attach(engine, node, base, {"device_series"}.__contains__) if base else {}
        series = held.get("device_series")
        staged = devices.stage(engine, path, dataset=dataset, held=series, progress=progress)
        linkage.assign(engine, node, dataset, staged.patient_ids)
        return devices.deliver(engine, staged)

    return take(node, path, dataset, actor, synthetic, identifier_system, progress, read, base=base)
