"""Datasets and snapshots, for the rooms that read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.intake.lake.models import Dataset, Snapshot
from hygie.intake.lake.snapshots import encrypted, finish, manifest_of
from hygie.intake.lake.values import DatasetEntry, Manifest


def current(dataset: str) -> Snapshot:
    """Return a dataset's current snapshot row: LAK-101 when there is none."""
    row = Snapshot.objects.filter(dataset_id=dataset, state="current").first()
    if row is None:
        known = ", ".join(Dataset.objects.order_by("id").values_list("id", flat=True)) or "–"
        raise refuse("LAK-101", found=dataset[:64], accepted=known)
    return row


def snapshot(dataset: str, snapshot_id: str | None) -> Snapshot:
    """Return a readable snapshot's row: LAK-101, LAK-102 unknown, LAK-103 erased."""
    if snapshot_id is None:
        return current(dataset)
    row = Snapshot.objects.filter(dataset_id=dataset, id=snapshot_id).exclude(state="draft").first()
    if row is None:
        raise refuse("LAK-102", found=snapshot_id[:64], dataset=dataset[:64])
    if row.state in ("erasing", "erased"):
        raise refuse("LAK-103", found=row.id)
    return row


def manifest(dataset: str, snapshot_id: str | None = None) -> Manifest:
    """Return the manifest of a dataset's current snapshot, or of one named.

    Parameters
    ----------
    dataset : str
    snapshot_id : str or None

    Errors      LAK-101 no such dataset; LAK-102 no such snapshot; LAK-103 erased
    """
    return manifest_of(snapshot(dataset, snapshot_id))


def attach_snapshot(
    engine: Engine,
    node: Node,
    dataset: str,
    snapshot_id: str | None = None,
    tables: Sequence[str] | None = None,
    *,
    prefix: str = "",
) -> dict[str, str]:
    """Make a view for each table of a snapshot and return table -> view name.

    Parameters
    ----------
    engine : Engine
    dataset : str
    snapshot_id : str or None   None for the current one
    tables : Sequence or None   None for all
    prefix : str                put before each table's name to name its view

    Errors      LAK-101 to LAK-103; LAK-104 no such table; KEY codes
    """
    finish(node)
    row = snapshot(dataset, snapshot_id)
    known = manifest_of(row).tables
    views = {}
    for name in known if tables is None else tables:
        if name not in known:
            raise refuse("LAK-104", found=name[:64], dataset=dataset, accepted=", ".join(sorted(known)))
        views[name] = f"{prefix}{name}"
        engine.attach(views[name], [encrypted(node, row, known[name])])
    return views


def attach_quarantine(engine: Engine, node: Node, dataset: str, snapshot_id: str | None = None) -> str:
    """Make the view `quarantine(file, line, rule, reason, raw)` of a snapshot and return its name.

    Of declared tables it has the person too, of lines that reach theirs through other tables.
    """
    finish(node)
    row = snapshot(dataset, snapshot_id)
    engine.attach("quarantine", [encrypted(node, row, manifest_of(row).quarantine)])
    return "quarantine"


def names() -> list[str]:
    """Return the names of the datasets that have a current snapshot."""
    return list(Snapshot.objects.filter(state="current").order_by("dataset_id").values_list("dataset_id", flat=True))


def newest(dataset: str) -> int:
    """Return the version of a dataset's current snapshot; 0 where there is none."""
    row = Snapshot.objects.filter(dataset_id=dataset, state="current").values_list("version", flat=True).first()
    return row or 0


def manifests(wanted: Iterable[str]) -> dict[str, Manifest]:
    """Return the manifests of several datasets' current snapshots; a name without one is left out."""
    rows = Snapshot.objects.filter(dataset_id__in=tuple(wanted), state="current").order_by("dataset_id")
    return {row.dataset_id: manifest_of(row) for row in rows}


def datasets() -> list[DatasetEntry]:
    """Return every dataset with its current snapshot's figures."""
    states: dict[str, dict[str, str]] = {}
    known = Snapshot.objects.exclude(state="draft").order_by("version")
    for name, snapshot_id, state in known.values_list("dataset_id", "id", "state"):
        states.setdefault(name, {})[snapshot_id] = state
    rows = Snapshot.objects.filter(state="current").order_by("dataset_id")
    return [entry(row, states[row.dataset_id]) for row in rows]


def entry(row: Snapshot, states: dict[str, str]) -> DatasetEntry:
    """Return a current snapshot as a list shows it."""
    held = manifest_of(row)
    rows = sum(table.rows for table in held.tables.values() if table.kind != "staged")
    return DatasetEntry(
        row.dataset_id,
        row.id,
        row.version,
        held.synthetic,
        held.standard,
        held.persons,
        rows,
        held.quarantine.rows,
        held.created,
        states,
    )


def is_synthetic(*datasets: str) -> bool:
    """Return whether datasets are held, each of them marked as synthetic."""
    rows = Snapshot.objects.filter(dataset_id__in=datasets, state="current")
    found = {row.dataset_id: manifest_of(row).synthetic for row in rows}
    return bool(datasets) and all(found.get(dataset, False) for dataset in datasets)
