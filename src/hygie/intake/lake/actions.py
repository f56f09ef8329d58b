"""What is done to the lake: take a delivery, verify a dataset, erase a person, end what a crash left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import transaction

from hygie.base.engine import Engine
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Progress, Reason, Verdict, canonical, check_name, digest, refuse, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.lake import increments, lines, notes, queries, snapshots, verifying
from hygie.intake.lake.erasing import leave_out
from hygie.intake.lake.erasure import erase as erase
from hygie.intake.lake.models import Snapshot
from hygie.intake.lake.values import Ingested, Manifest, Verified
from hygie.intake.linkage import actions as linkage
from hygie.intake.linkage import vault
from hygie.intake.linkage.systems import check_address
from hygie.intake.linkage.values import Linked
from hygie.intake.sources import fhir, listing, omop, snds
from hygie.intake.sources.cdm import TABLES
from hygie.intake.sources.values import Delivery, SourceFile

MEMORY = "2GB"  # beyond it the engine spills, encrypted
Reader = Callable[[Engine], Delivery]


@dataclass(frozen=True)
class Task:
    """What is to be kept, by whom, from which files, by what they were read, and in place of what."""

    dataset: str
    actor: str
    sources: tuple[SourceFile, ...]
    delivery: str
    declared: tuple[str, ...]
    synthetic: bool
    mapping: str = ""
    over: bool = False  # an increment
    held: Manifest | None = None


def ingest_fhir(
    node: Node,
    path: Path,
    *,
    dataset: str,
    actor: str,
    synthetic: bool = False,
    identifier_system: str | None = None,
    vocabulary: str | None = None,
    increment: bool = False,
    progress: Progress = silent,
) -> Ingested:
    """Take a delivery of FHIR R4 bulk NDJSON into the lake as a dataset's new snapshot.

    Parameters
    ----------
    path : Path               a folder, or one file, plain or gzip
    dataset : str             a new or a known dataset
    actor : str
    synthetic : bool          True when no real person is behind the data; the delivery's own marker says so too
    identifier_system : str   a further system whose identifiers are one person's wherever they appear
    vocabulary : str          a held OMOP dataset by whose CONCEPT and CONCEPT_RELATIONSHIP codes are mapped
    increment : bool          the resources are taken over those that are held, in their places by type and id

    Errors      PPL, SRC, LNK codes; KER-103 the dataset's name; LAK-101, LAK-104 no such
                vocabulary; LAK-105 the files changed while they were read; LAK-112 nobody is left of it; LAK-113
                it is held by another standard; of an increment LAK-101, LAK-114, LAK-115
    """
    base = increments.base(dataset, fhir.STANDARD, actor, increment=increment)
    if base:
        increments.check_staged(base, fhir.needed())

    def read(engine: Engine) -> Delivery:
        held = increments.attach(engine, node, base, lambda each: each.startswith("fhir_")) if base else None
        staged = fhir.stage(engine, path, dataset=dataset, held=held, progress=progress)
        linkage.assign(engine, node, dataset, staged.patient_ids)
        loaded = attach_vocabulary(engine, node, vocabulary, mapping) if vocabulary and mapping else None
        delivery = fhir.deliver(engine, staged, person_map="person_map", vocabulary=loaded)
        note = (f"codes mapped by the vocabulary of {vocabulary}, {mapping}",) if mapping else ()
        return replace(delivery, notes=(*delivery.notes, *note))

    mapping = queries.manifest(vocabulary).snapshot if vocabulary else ""
    return take(node, path, dataset, actor, synthetic, identifier_system, progress, read, mapping, base=base)


def attach_vocabulary(engine: Engine, node: Node, dataset: str, snapshot: str) -> fhir.Vocabulary:
    """Return the vocabulary of a held dataset, attached: LAK-104 when it has no CONCEPT."""
    held = queries.manifest(dataset, snapshot).tables
    tables = ["concept", *(name for name in ("concept_relationship",) if name in held)]
    views = queries.attach_snapshot(engine, node, dataset, snapshot, tables, prefix="vocabulary_")
    return fhir.Vocabulary(views["concept"], views.get("concept_relationship"))


def ingest_omop(
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
    """Take a delivery of OMOP CDM 5.4, CSV or Parquet, into the lake as a dataset's new snapshot.

    Parameters
    ----------
    path : Path               a folder of CSV files, plain or gzip, or a zip of them; a folder of Parquet files
    dataset : str             a new or a known dataset
    actor : str
    synthetic : bool          as for `ingest_fhir`
    identifier_system : str   the system that `person_source_value` is an identifier of; of an increment the same as of
                              the delivery before, or its links are lost
    increment : bool          the current snapshot with the delivery becomes the new one: `<table>.csv` has rows added
                              or changed, `<table>.deleted.csv` keys of rows that go

    Errors      PPL, SRC, LNK codes; KER-103 the dataset's name; LAK-105 the files changed while they were read; LAK-113
                it is held by another standard; of an increment LAK-101, LAK-114
    """
    base = increments.base(dataset, omop.STANDARD, actor, increment=increment)

    def read(engine: Engine) -> Delivery:
        if base is None:
            staged = omop.stage(engine, path, dataset=dataset, identifier_system=identifier_system, progress=progress)
            linkage.assign(engine, node, dataset, staged.patient_ids, own_ids=True)
            return omop.deliver(engine, staged)
        held = increments.attach(engine, node, base, TABLES.__contains__)
        made = omop.stage_increment(
            engine, path, dataset=dataset, held=held, identifier_system=identifier_system, progress=progress
        )
        linkage.assign(engine, node, dataset, made.staged.patient_ids, own_ids=True)
        whole = omop.deliver(engine, made.staged)
        return replace(
            whole,
            quarantine=" UNION ALL ".join([whole.quarantine, *made.quarantine]),
            tallies=(*(each for each in whole.tallies if each.read), *made.tallies),
        )

    return take(node, path, dataset, actor, synthetic, identifier_system, progress, read, base=base)


def ingest_snds(
    node: Node,
    path: Path,
    *,
    dataset: str,
    actor: str,
    synthetic: bool = False,
    identifier_system: str | None = None,
    schema: Path | None = None,
    lists: Path | None = None,
    vocabulary: str | None = None,
    increment: bool = False,
    progress: Progress = silent,
) -> Ingested:
    """Take a delivery of SNDS tables, CSV or Parquet, into the lake as a dataset's new snapshot.

    Parameters
    ----------
    path : Path               a folder, or one file, plain or gzip
    dataset : str             a new or a known dataset
    actor : str
    synthetic : bool          as for `ingest_fhir`
    identifier_system : str   the system that `BEN_IDT_ANO` is an identifier of, shared with other datasets
    schema : Path             a folder of Table Schema files of another edition
    lists : Path              a folder of the year's code lists; a line with a code that its list has not is set apart
    vocabulary : str          as for `ingest_fhir`
    increment : bool          the lines are taken over those that are held, in their places by key

    Errors      PPL, SRC, LNK codes; KER-103 the dataset's name; LAK-101, LAK-104 no such vocabulary; LAK-105 the
                files changed while they were read; LAK-112 nobody is left of it; LAK-113 it is held by another
                standard; of an increment LAK-101, LAK-114
    """
    tables = snds.published(schema) if schema else snds.edition()
    base = increments.base(dataset, f"{snds.STANDARD} {tables.name}", actor, increment=increment)

    def read(engine: Engine) -> Delivery:
        def assign(ids: str, others: str) -> str:
            return linkage.assign(engine, node, dataset, ids, others=others)

        held = increments.attach(engine, node, base, lambda each: each.startswith("snds_")) if base else {}
        staged = snds.stage(
            engine,
            path,
            dataset=dataset,
            assign=assign,
            tables=tables,
            lists=lists,
            held=held,
            progress=progress,
            erased=lambda: increments.somebody_was_erased(engine, dataset),
        )
        loaded = attach_vocabulary(engine, node, vocabulary, mapping) if vocabulary and mapping else None
        return snds.deliver(engine, staged, identifier_system=identifier_system, vocabulary=loaded)

    mapping = queries.manifest(vocabulary).snapshot if vocabulary else ""
    readable = [lists.resolve()] if lists else []
    given = f"{mapping}/{digest(canonical([snds.fingerprint(tables), *listing.digests(lists)]))}"
    return take(node, path, dataset, actor, synthetic, identifier_system, progress, read, given, readable, base)


def take(
    node: Node,
    path: Path,
    dataset: str,
    actor: str,
    synthetic: bool,
    identifier_system: str | None,
    progress: Progress,
    read: Reader,
    mapping: str = "",
    readable: Sequence[Path] = (),
    base: Manifest | None = None,
) -> Ingested:
    """Read a delivery with a source's reader and make it the dataset's current snapshot.

    `mapping` says by what its codes are mapped; `readable` are further places that are read; `base` is the snapshot
    that an increment is taken over: what was read for it was read for the new one too.
    """
    mapping = f"{mapping}/increment" if base else mapping
    check(actor, "dataset.ingest", {"dataset": dataset})
    check_name(dataset)
    declared = (check_address(identifier_system),) if identifier_system else ()
    with vault.exclusive(node, "lake"):
        snapshots.clean(node)
        present = listing.files(path)
        progress("hash", 0, len(present))
        sources = listing.hashed(present)
        synthetic = synthetic or listing.says_synthetic(present)
        node.store.gate.ask(snapshots.place(dataset, synthetic)).check()
        delivery_id = delivery_of(sources, declared, synthetic=synthetic, mapping=mapping)
        known = Snapshot.objects.filter(dataset_id=dataset, state="current", delivery=delivery_id).first()
        if known is not None:
            return Ingested(snapshots.manifest_of(known), recognised=True)
        read_for = (*base.sources, *sources) if base else sources
        task = Task(dataset, actor, read_for, delivery_id, declared, synthetic, mapping, base is not None)
        try:
            with node.engine(readable=[path.resolve(), *readable], memory=MEMORY) as engine:
                delivery = read(engine)
                if held := base or (queries.manifest(dataset) if dataset in queries.names() else None):
                    increments.check_synthetic(held, synthetic=synthetic or delivery.synthetic)
                if listing.files(path) != present:
                    raise refuse("LAK-105", found=path.name)
                manifest = keep(node, engine, replace(task, held=held), delivery, progress)
        finally:
            snapshots.clean(node)
    return Ingested(manifest, recognised=False)


def delivery_of(
    sources: tuple[SourceFile, ...], declared: tuple[str, ...], *, synthetic: bool, mapping: str = ""
) -> str:
    """Return what makes two deliveries the same: names, contents, how they are linked and mapped, real or synthetic."""
    files = [[source.name, source.sha256] for source in sources]
    return digest(canonical({"files": files, "declared": list(declared), "synthetic": synthetic, "mapping": mapping}))


def keep(node: Node, engine: Engine, task: Task, delivery: Delivery, progress: Progress) -> Manifest:
    """Write a delivery as a snapshot and make it current."""
    synthetic = task.synthetic or delivery.synthetic
    linked = linkage.link(
        engine,
        node,
        task.dataset,
        delivery.identifiers,
        declared=task.declared,
        synthetic=synthetic,
        carried=delivery.carried,
    )
    check_not_empty(engine, task, delivery, linked)
    if task.over and increments.somebody_was_erased(engine, task.dataset):
        delivery = increments.without_texts(delivery)
    drafts, quarantined, removed = leave_out(engine, delivery, linked.stopped)
    if linked.absent:
        quarantined, delivery = increments.no_texts(quarantined), replace(delivery, long_lines=())
    row = snapshots.begin(node, task.dataset)
    with node.store.drafting(snapshots.folder_of(row), snapshots.place(task.dataset, synthetic)) as folder:
        tables = snapshots.write_tables(engine, node, row, folder, drafts, progress)
        quarantine = snapshots.write_table(engine, node, row, folder, snapshots.quarantine_draft(quarantined))
        long_lines = lines.seal_lines(node, row, folder, delivery.long_lines, snapshots.place(task.dataset, synthetic))
        manifest = Manifest(
            dataset=task.dataset,
            snapshot=row.id,
            version=row.version,
            standard=delivery.standard,
            created=row.created_at.isoformat(),
            synthetic=synthetic,
            placement=node.store.gate.statement(),
            key_id=row.key_id,
            tables=tables,
            quarantine=quarantine,
            sources=task.sources,
            tallies=delivery.tallies,
            notes=delivery.notes + notes.of_linkage(linked) + notes.of_version(task.held, tables),
            unmapped=dict(delivery.unmapped),
            dangling=dict(delivery.dangling),
            persons=linked.persons,
            linkage={"new": linked.new, "linked": linked.linked},
            erased=len(linked.stopped),
            removed=removed,
            headers=dict(delivery.headers),
            long_lines=long_lines,
            mapping=task.mapping,
        )
        text = snapshots.write_manifest(node, folder, manifest)
    fact = Fact("dataset.ingested", task.dataset, task.actor, node.clock(), ingested_body(manifest, text))
    snapshots.commit(row, text, fact, delivery=task.delivery, index=linked.version, former="superseded")
    return manifest


def check_not_empty(engine: Engine, task: Task, delivery: Delivery, linked: Linked) -> None:
    """Refuse a delivery that leaves nobody, of lines that were read or in place of one that has somebody: LAK-112.

    It tells what was set apart, by rule, each with a reason and a file.
    """
    read = sum(tally.read for tally in delivery.tallies)
    if (read or task.held) and not linked.persons and not linked.stopped:
        told = "rule, count(*), min(reason), min(file)"
        rules = engine.rows(f"SELECT {told} FROM ({delivery.quarantine}) GROUP BY rule ORDER BY 2 DESC, 1")
        shown = ", ".join(f"{rule} {count:,} ({reason}; {file})" for rule, count, reason, file in rules) or "–"
        raise refuse("LAK-112", found=task.dataset, read=read, rules=shown)


def ingested_body(manifest: Manifest, text: str) -> dict[str, object]:
    """Return the body of the fact that a dataset was ingested."""
    return {
        "snapshot": manifest.snapshot,
        "version": manifest.version,
        "manifest": digest(text.encode()),
        "standard": manifest.standard,
        "synthetic": manifest.synthetic,
        "placement": manifest.placement,
        "read": manifest.read,
        "kept": manifest.kept,
        "quarantined": manifest.quarantined,
        "sources": {source.name: source.sha256 for source in manifest.sources[:100]},
    }


def verify(node: Node, dataset: str, *, actor: str, progress: Progress = silent) -> Verified:
    """Hash every file of a dataset's snapshots again and compare with manifests, rows and the ledger's facts.

    Parameters
    ----------
    dataset : str
    actor : str

    Errors      PPL codes; LAK-101; LAK-106 to LAK-110, one for each file or record that does not agree
    """
    check(actor, "dataset.verify", {"dataset": dataset})
    snapshots.finish(node)
    queries.current(dataset)
    rows = list(Snapshot.objects.filter(dataset_id=dataset, state__in=("current", "superseded")).order_by("version"))
    wrong: list[Reason] = []
    files = size = 0
    for row in rows:
        reasons, count, length = verifying.look(node, row, progress)
        wrong += reasons
        files, size = files + count, size + length
    body = {"snapshots": [row.id for row in rows], "files": files, "wrong": len(wrong)}
    with transaction.atomic():
        ledger.append([Fact("dataset.verified", dataset, actor, node.clock(), body)])
    Verdict(tuple(wrong)).check()
    return Verified(dataset, tuple(row.id for row in rows), files, size)


def sweep(node: Node) -> int:
    """End what interrupted work left in the lake and the vault, and return how many things were removed.

    Errors      LNK-102 while an ingest or an erasure runs
    """
    with vault.exclusive(node, "lake"):
        gone = node.store.sweep() + snapshots.clean(node)
    with vault.exclusive(node, "optouts", wait=True):
        return gone + vault.clean(node, "optouts")
