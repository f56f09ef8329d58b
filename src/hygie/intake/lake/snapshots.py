"""Making a snapshot: a draft row, files in a draft folder, then one transaction that makes it current."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from hygie.base.engine import EncryptedFile, Engine
from hygie.base.engine.engine import LONG_ROWS, ROW_GROUP
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, Progress, Refusal, canonical, digest, new_id
from hygie.base.keys import new_data_key
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import queries as facts
from hygie.intake.lake.models import Dataset, Snapshot
from hygie.intake.lake.values import Manifest, SnapshotTable, parse
from hygie.intake.linkage import actions as linkage
from hygie.intake.linkage import vault
from hygie.intake.sources.values import TableDraft

MANIFEST = "manifest.json"


def context(dataset: str) -> str:
    """Return what a dataset's keys are bound to."""
    return f"dataset:{dataset}"


def folder_of(row: Snapshot) -> str:
    """Return a snapshot's folder, relative to the node's."""
    return f"lake/{row.dataset_id}/{row.id}"


def begin(node: Node, dataset: str) -> Snapshot:
    """Return a new draft row with its key; nobody reads it, and `sweep` destroys it if the work dies."""
    top = Snapshot.objects.filter(dataset_id=dataset).exclude(state="draft").aggregate(top=Max("version"))["top"] or 0
    row = Snapshot(
        id=new_id("snapshot"),
        dataset_id=dataset,
        version=top + 1,
        state="draft",
        key_id=node.keys.create(context(dataset)),
        created_at=node.clock(),
    )
    row.save(force_insert=True)
    return row


def write_table(engine: Engine, node: Node, row: Snapshot, folder: Path, draft: TableDraft) -> SnapshotTable:
    """Write one table into the draft folder under a key of its own, named by its content's hash."""
    if draft.prepared is not None:
        key, written = draft.prepared.key, draft.prepared.file
    else:
        key = new_data_key()
        target = folder / f"{new_id('table')}.parquet"
        size = LONG_ROWS if draft.long else ROW_GROUP
        written = engine.write_encrypted(
            draft.query, target, key, order_by=draft.order_by, row_group_size=size, empty=draft.empty
        )
    file = f"{written.sha256}.parquet"
    written.path.replace(folder / file)
    wrapped = base64.b64encode(node.keys.wrap(row.key_id, key, context(row.dataset_id))).decode()
    return SnapshotTable(
        draft.kind,
        written.rows,
        written.columns,
        file,
        written.sha256,
        written.bytes,
        wrapped,
        draft.person,
        draft.fields,
        written.empty,
    )


def write_tables(
    engine: Engine, node: Node, row: Snapshot, folder: Path, drafts: Iterable[TableDraft], progress: Progress
) -> dict[str, SnapshotTable]:
    """Write every table; the names are distinct."""
    listed = list(drafts)
    tables: dict[str, SnapshotTable] = {}
    for done, draft in enumerate(listed):
        progress("write", done, len(listed))
        if draft.name in tables:
            raise ValueError(f"two tables are named {draft.name}")
        tables[draft.name] = write_table(engine, node, row, folder, draft)
    progress("write", len(listed), len(listed))
    return tables


def quarantine_draft(query: str) -> TableDraft:
    """Return the quarantine as a table to be written, as it comes: to sort long texts takes too much memory."""
    return TableDraft("quarantine", query, "source", long=True)


def write_manifest(node: Node, folder: Path, manifest: Manifest, *, right: bool = False) -> str:
    """Write `manifest.json` into the draft folder and return its text."""
    text = canonical(manifest.as_dict())
    relative = folder.relative_to(node.store.root.resolve()) / MANIFEST
    node.store.write(str(relative), text, place(manifest.dataset, manifest.synthetic, right=right))
    return text.decode()


def place(dataset: str, synthetic: bool, *, right: bool = False) -> Placement:
    """Return the placement of a snapshot's bytes; `right` for one that is written only to leave a person out."""
    return Placement("lake", synthetic, right, (dataset,))


def commit(
    row: Snapshot, text: str, fact: Fact, *, delivery: str, index: str, former: str, forget: tuple[str, ...] = ()
) -> None:
    """Make a written snapshot current, with the person index and the fact, in one transaction.

    Parameters
    ----------
    text : str      the manifest
    delivery : str  what makes the same files recognised
    index : str     the drafted person index
    former : str    the state the present snapshot takes: superseded or erasing
    forget : tuple  further snapshots that take the state erasing
    """
    with transaction.atomic():
        Dataset.objects.get_or_create(id=row.dataset_id, defaults={"created_at": fact.at})
        Snapshot.objects.filter(dataset_id=row.dataset_id, state="current").update(state=former)
        Snapshot.objects.filter(id__in=forget).update(state="erasing")
        row.state, row.manifest, row.delivery = "current", text, delivery
        row.manifest_sha256 = digest(text.encode())
        linkage.adopt(index)
        row.fact = ledger.append([fact])[0]
        row.save()


def clean(node: Node) -> int:
    """Destroy drafts, snapshots being erased and folders without a row; return how many. Under the lock."""
    gone = 0
    for row in Snapshot.objects.filter(state__in=("draft", "erasing")):
        folder = folder_of(row)
        if node.keys.exists(row.key_id):
            node.keys.destroy(row.key_id)
            gone += 1
        if node.store.path(folder).exists():
            node.store.remove(folder)
        if row.state == "draft":
            row.delete()
    known = set(Snapshot.objects.exclude(state="erased").values_list("dataset_id", "id"))
    lake = node.store.path("lake")
    for path in sorted(lake.glob("*/*")) if lake.is_dir() else []:
        if (path.parent.name, path.name) not in known:
            node.store.remove(f"lake/{path.parent.name}/{path.name}")
            gone += 1
    gone += linkage.clean(node)
    for dataset in sorted(set(Snapshot.objects.filter(state="erasing").values_list("dataset_id", flat=True))):
        say_erased(node, dataset)
    return gone


def say_erased(node: Node, dataset: str) -> None:
    """Put on record that an erasure that was decided is done: keys and files of earlier snapshots are gone."""
    rows = Snapshot.objects.filter(dataset_id=dataset, state="erasing").order_by("version")
    destroyed = list(rows.values_list("id", flat=True))
    index = facts.indexes(dataset, "dataset.erasure_decided")[-1]
    decided = facts.event(index)
    body = {
        "decided": index,
        "snapshot": decided.body["snapshot"],
        "destroyed": destroyed,
        "person": decided.body["person"],
    }
    with transaction.atomic():
        rows.update(state="erased")
        ledger.append([Fact("dataset.person_erased", dataset, decided.actor, node.clock(), body)])


def finish(node: Node) -> None:
    """End an erasure that was decided and then interrupted, before anybody reads; nothing to do otherwise."""
    if not Snapshot.objects.filter(state="erasing").exists():
        return
    try:
        with vault.exclusive(node, "lake"):
            clean(node)
    except Refusal as refusal:
        if refusal.code != "LNK-102":  # whoever holds the lake is ending it
            raise


def manifest_of(row: Snapshot) -> Manifest:
    """Return a snapshot's manifest as the control database holds it."""
    return parse(json.loads(row.manifest))


def encrypted(node: Node, row: Snapshot, table: SnapshotTable) -> EncryptedFile:
    """Return a table's file with its key."""
    wrapped = base64.b64decode(table.wrapped_key)
    key = node.keys.unwrap(row.key_id, wrapped, context(row.dataset_id))
    return EncryptedFile(node.store.path(f"{folder_of(row)}/{table.file}"), key, table.columns, table.empty)
