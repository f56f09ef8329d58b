"""Snapshots as they leave one node and arrive at another: what there is, and the rows of what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, canonical, digest
from hygie.base.ledger import actions as ledger
from hygie.intake.lake import snapshots
from hygie.intake.lake.models import Dataset, Snapshot
from hygie.intake.lake.values import Manifest, SealedLine, SnapshotTable

READABLE = ("current", "superseded")


@dataclass(frozen=True)
class Leaving:
    """A snapshot as another node shall have it: its row's fields and its manifest."""

    dataset: str
    snapshot: str
    version: int
    state: str
    created_at: datetime
    delivery: str
    manifest: Manifest

    @property
    def folder(self) -> str:
        """Its folder, from the node's."""
        return f"lake/{self.dataset}/{self.snapshot}"

    @property
    def context(self) -> str:
        """What its keys are bound to."""
        return snapshots.context(self.dataset)


@dataclass(frozen=True)
class Arrived:
    """A file that came: where it lies under its new name, its hash and size, its fresh data key wrapped."""

    path: Path
    file: str
    sha256: str
    bytes: int
    wrapped: str


def leaving(node: Node) -> tuple[Leaving, ...]:
    """Return every snapshot that can be read, an erasure that was decided being ended first."""
    snapshots.finish(node)
    rows = Snapshot.objects.filter(state__in=READABLE).order_by("dataset_id", "version")
    return tuple(
        Leaving(
            row.dataset_id, row.id, row.version, row.state, row.created_at, row.delivery, snapshots.manifest_of(row)
        )
        for row in rows
    )


def lay(node: Node, came: Leaving, key_id: str, files: Mapping[str, Arrived]) -> str:
    """Lay an arrived snapshot's files and its new manifest into its folder, whole; return the manifest's text.

    Parameters
    ----------
    files : Mapping   table, `quarantine` or sealed line's name -> Arrived; each has another link, which stays
    """
    if node.store.path(came.folder).exists():
        node.store.remove(came.folder)
    manifest = rewritten(came.manifest, key_id, node.store.gate.statement(), files)
    with node.store.drafting(came.folder, snapshots.place(manifest.dataset, manifest.synthetic)) as folder:
        for each in {each.file: each for each in files.values()}.values():
            (folder / each.file).hardlink_to(each.path)
        return snapshots.write_manifest(node, folder, manifest)


def line_name(line: SealedLine) -> str:
    """Return what a sealed line is called among a snapshot's objects."""
    return f"line {line.line} of {line.source}"


def rewritten(held: Manifest, key_id: str, placement: str, files: Mapping[str, Arrived]) -> Manifest:
    """Return a manifest that names the new files and keys, all else as it was."""

    def table(name: str, old: SnapshotTable) -> SnapshotTable:
        new = files[name]
        return replace(old, file=new.file, sha256=new.sha256, bytes=new.bytes, wrapped_key=new.wrapped)

    def line(old: SealedLine) -> SealedLine:
        new = files[line_name(old)]
        return replace(old, file=new.file, sha256=new.sha256, bytes=new.bytes)

    return replace(
        held,
        key_id=key_id,
        placement=placement,
        tables={name: table(name, each) for name, each in held.tables.items()},
        quarantine=table("quarantine", held.quarantine),
        long_lines=tuple(line(each) for each in held.long_lines),
    )


def whole(node: Node, came: Leaving, files: Mapping[str, Arrived]) -> bool:
    """Return whether a snapshot has arrived already, and each of its files is the very one that came."""
    folder = node.store.path(came.folder)
    laid = all((folder / each.file).is_file() and (folder / each.file).samefile(each.path) for each in files.values())
    return laid and Snapshot.objects.filter(id=came.snapshot, state__in=READABLE).exists()


def adopt(node: Node, laid: Sequence[tuple[Leaving, str, str]], *, actor: str, body: Mapping[str, object]) -> None:
    """Write the rows of laid snapshots with their facts, none current yet; in the caller's transaction.

    One that had arrived, and was laid again because a file of it was damaged, gets a new row in place of its old one.

    Parameters
    ----------
    laid : Sequence   snapshot, its new key's id, its manifest's text
    actor : str
    body : Mapping    what the facts say besides: the move, and the node it came from
    """
    for came, key_id, text in laid:
        Dataset.objects.get_or_create(id=came.dataset, defaults={"created_at": came.created_at})
        said = {
            **body,
            "snapshot": came.snapshot,
            "version": came.version,
            "manifest": digest(text.encode()),
            "former": digest(canonical(came.manifest.as_dict())),
            "synthetic": came.manifest.synthetic,
            "placement": node.store.gate.statement(),
        }
        index = ledger.append([Fact("dataset.moved", came.dataset, actor, node.clock(), said)])[0]
        row = {
            "dataset_id": came.dataset,
            "version": came.version,
            "state": "superseded",
            "key_id": key_id,
            "manifest": text,
            "manifest_sha256": digest(text.encode()),
            "delivery": came.delivery,
            "fact": index,
            "created_at": came.created_at,
        }
        Snapshot.objects.update_or_create(id=came.snapshot, defaults=row)


def settle(states: Iterable[tuple[str, str]]) -> None:
    """Give arrived snapshots the state they have at the old node; in the caller's transaction."""
    listed = list(states)
    for wanted in ("superseded", "current"):
        Snapshot.objects.filter(id__in=[name for name, state in listed if state == wanted]).update(state=wanted)


def withdraw(node: Node, kept: Iterable[str], *, actor: str, body: Mapping[str, object]) -> int:
    """Destroy arrived snapshots that the old node no longer has, a person having been erased there; return how many."""
    gone = list(Snapshot.objects.filter(state__in=READABLE).exclude(id__in=list(kept)))
    for row in gone:
        node.keys.destroy(row.key_id)
        node.store.remove(snapshots.folder_of(row))
        with transaction.atomic():
            said = {**body, "snapshot": row.id}
            ledger.append([Fact("dataset.withdrawn", row.dataset_id, actor, node.clock(), said)])
            row.delete()
    return len(gone)


def erase_left(node: Node) -> tuple[str, ...]:
    """Destroy the keys of every snapshot of a node that was left, then its files; return the keys' ids.

    The rows stay, in the state erased; a second call ends what a first one began.
    """
    keys = []
    for row in Snapshot.objects.order_by("dataset_id", "version"):
        if node.keys.exists(row.key_id):
            node.keys.destroy(row.key_id)
        node.store.remove(snapshots.folder_of(row))
        keys.append(row.key_id)
    Snapshot.objects.filter(key_id__in=keys).update(state="erased")
    return tuple(keys)
