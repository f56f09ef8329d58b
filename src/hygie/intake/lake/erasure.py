"""Erasing a person: decided with its fact in one transaction, then keys destroyed, then said to be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Progress, digest, refuse, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.lake import lines, queries, snapshots
from hygie.intake.lake.erasing import Eraser, their
from hygie.intake.lake.models import Snapshot
from hygie.intake.lake.values import Erasure, Manifest, SnapshotTable
from hygie.intake.linkage import actions as linkage
from hygie.intake.linkage import queries as linkage_queries
from hygie.intake.linkage import vault
from hygie.intake.sources import snds
from hygie.intake.sources.values import TableDraft

MEMORY = "1GB"
Holding = Callable[[int], Sequence[str]]


@dataclass(frozen=True)
class Found:
    """The person to be erased: ids, quarantined lines, records elsewhere, permits that hold them."""

    person_id: int
    person_uid: int
    lines: int
    linked: dict[str, int]
    permits: tuple[str, ...] | None


def erase(
    node: Node,
    dataset: str,
    *,
    person: str,
    actor: str,
    holding: Holding | None = None,
    progress: Progress = silent,
) -> Erasure:
    """Make a new snapshot without a person and destroy the keys of every earlier one.

    Their rows go from every table, with what hangs on them; so does every resource that refers to them, every
    quarantined line of theirs, and their place in the person index. Wishes (opt-outs) stay. What identified them is
    kept as keyed hashes, by which a later delivery of the dataset leaves them out.

    Parameters
    ----------
    dataset : str
    person : str         the dataset's own patient id
    actor : str
    holding : Callable   names the permits whose extracts hold a person_uid; asked before anything is destroyed

    Errors      PPL codes; LAK-101; LAK-111 nobody of that id; LNK-102
    Source      GDPR art. 17
    """
    check(actor, "dataset.erase", {"dataset": dataset})
    with vault.exclusive(node, "lake"):
        snapshots.clean(node)
        row = queries.current(dataset)
        held = snapshots.manifest_of(row)
        try:
            with node.engine(memory=MEMORY) as engine:
                known = linkage_queries.find_record(engine, node, dataset, person)
                person_id, uid = known or (0, 0)
                eraser = eraser_of(engine, node, row, held, person_id, person)
                count = int(engine.scalar(f"SELECT count(*) FROM quarantine WHERE {eraser.quarantined()}"))
                if known is None and not count:
                    raise refuse("LAK-111", dataset=dataset)
                records = linkage_queries.records_of(engine, node, uid) if uid else {}
                linked = {name: found for name, found in records.items() if name != dataset}
                permits = None if holding is None else tuple(holding(uid) if uid else ())
                found = Found(person_id, uid, count, linked, permits)
                return write(engine, node, row, held, eraser, found, actor, progress)
        finally:
            snapshots.clean(node)


def eraser_of(engine: Engine, node: Node, row: Snapshot, held: Manifest, person_id: int, person: str) -> Eraser:
    """Return what finds a person's rows in a snapshot, its tables and its quarantine attached."""
    views = queries.attach_snapshot(engine, node, row.dataset_id, row.id, prefix="old_")
    queries.attach_quarantine(engine, node, row.dataset_id, row.id)
    whole = lines.naming(node, row, held.long_lines, person)
    numbers = (person_id,) if person_id else ()
    ids: tuple[str, ...] = (person,)
    if held.standard.startswith(snds.STANDARD):
        ids = snds.forms(engine, held.headers, ids, numbers, views)
    found = their(engine, held.standard, held.headers, ids, numbers, views)
    return Eraser(held.tables, views, numbers, ids, whole, *found)


def write(
    engine: Engine,
    node: Node,
    row: Snapshot,
    held: Manifest,
    eraser: Eraser,
    found: Found,
    actor: str,
    progress: Progress,
) -> Erasure:
    """Write the snapshot without the person and make it current; `snapshots.clean` destroys the earlier ones."""
    dataset, source_id = row.dataset_id, eraser.source_ids[0]
    drafts = [
        TableDraft(name, eraser.rest(name), table.kind, (), table.person, table.fields, empty=table.empty)
        for name, table in held.tables.items()
    ]
    index = linkage.forget(engine, node, dataset, found.person_id, *eraser.source_ids)
    new, place = snapshots.begin(node, dataset), snapshots.place(dataset, held.synthetic, right=True)
    with node.store.drafting(snapshots.folder_of(new), place) as folder:
        tables = snapshots.write_tables(engine, node, new, folder, drafts, progress)
        lines_left = snapshots.quarantine_draft(f"SELECT * FROM quarantine WHERE NOT {eraser.quarantined()}")
        quarantine = snapshots.write_table(engine, node, new, folder, lines_left)
        others = [line for line in held.long_lines if line not in eraser.long_lines]
        long_lines = lines.seal_again(node, row, new, folder, others, place)
        gone = gone_rows(held, tables)
        manifest = replace(
            held,
            snapshot=new.id,
            version=new.version,
            created=new.created_at.isoformat(),
            key_id=new.key_id,
            tables=tables,
            quarantine=quarantine,
            persons=held.persons - (found.person_id > 0),
            erased=held.erased + 1,
            removed=added(held.removed, {**gone, "quarantine": found.lines}),
            long_lines=long_lines,
        )
        text = snapshots.write_manifest(node, folder, manifest, right=True)
    older = Snapshot.objects.filter(dataset_id=dataset, state__in=("current", "superseded")).order_by("version")
    destroyed = tuple(older.values_list("id", flat=True))
    body: dict[str, object] = {
        "snapshot": new.id,
        "version": new.version,
        "manifest": digest(text.encode()),
        "to_destroy": list(destroyed),
        "person": ledger.committed(source_id),
        "linked": found.linked,
    }
    if found.permits is not None:
        body["permits"] = list(found.permits)
    fact = Fact("dataset.erasure_decided", dataset, actor, node.clock(), body)
    snapshots.commit(new, text, fact, delivery=row.delivery, index=index, former="erasing", forget=destroyed)
    ids = (found.person_id, found.person_uid)
    return Erasure(dataset, new.id, destroyed, *ids, gone, found.lines, found.linked, found.permits)


def gone_rows(held: Manifest, tables: dict[str, SnapshotTable]) -> dict[str, int]:
    """Return how many rows of each table are gone, where some are."""
    rows = {name: held.tables[name].rows - table.rows for name, table in tables.items()}
    return {name: count for name, count in rows.items() if count}


def added(before: object, more: dict[str, int]) -> dict[str, int]:
    """Return counts by name, added up, zeros left out."""
    held = dict(before) if isinstance(before, dict) else {}
    summed = {name: held.get(name, 0) + more.get(name, 0) for name in {**held, **more}}
    return {name: count for name, count in summed.items() if count}
