"""What one does with extracts: prepare one under a permit, have it explained, delete what a permit held."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from hygie.access.applications.decision import separation
from hygie.access.applications.holders import delivering as applications
from hygie.access.catalogue import indexing as catalogue
from hygie.access.cohorts.values import tables_read
from hygie.access.extracts import deleting
from hygie.access.extracts.making import MEMORY, Inputs, Made, Piece, count_steps, make
from hygie.access.extracts.models import Extract
from hygie.access.extracts.plan import plan as plan_of
from hygie.access.extracts.queries import FOLDER, PLACE, VAULT, attach_maps, context, folder_of, vault_of
from hygie.access.extracts.values import ExtractedTable, ExtractManifest, Plan
from hygie.access.extracts.words import LANGUAGES, explained, plan_words
from hygie.access.permits import parties
from hygie.access.permits import queries as permits
from hygie.base.disclosure import guard
from hygie.base.kernel import Fact, Placement, Progress, Refusal, Store, canonical, digest, new_id, refuse, silent
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.intake.lake import queries as lake
from hygie.intake.lake.values import declared
from hygie.intake.linkage import queries as linkage
from hygie.intake.linkage import vault
from hygie.intake.optouts import queries as optouts
from hygie.intake.sources.cdm import TABLES, Table

if TYPE_CHECKING:
    from datetime import datetime

    from hygie.access.permits.values import Permit
    from hygie.base.engine import Engine
    from hygie.base.engine.node import Node
    from hygie.intake.lake.values import Manifest

PSEUDONYMS = "pseudonyms"
REFUSING = "extract_refusing"


def extract(node: Node, permit_id: str, *, actor: str, progress: Progress = silent) -> ExtractManifest:
    """Prepare the extract of a permit; what was prepared from the same data and wishes before is recognised.

    Parameters
    ----------
    node : Node
    permit_id : str
    actor : str           may not be the officer who decided (art. 55(3))
    progress : Progress

    Errors      PMT and PPL codes; EXT-101 to EXT-107, EXT-111; LAK, COH and KEY codes; LNK-102 while the lake changes

    Source      Reg. (EU) 2025/327 art. 66, 68(10), 71(3); design, extracts
    """
    at = node.clock()
    permit = permits.require(permit_id, at=at, public_key=node.keys.public_key(), node_id=node.id)
    about = {**separation.judges(permit_id), "datasets": permit.data.datasets}
    check(actor=actor, action="extract.prepare", attributes=about)
    with vault.exclusive(node, "lake"), node.engine(memory=MEMORY) as engine:
        manifests = seen(permit)
        plan = plan_of(permit, manifests)
        inputs, version = attach(engine, node, permit, plan, manifests, at)
        basis = basis_of(permit, manifests, version)
        known = recognised(node, permit_id, basis)
        if known is not None:
            return known
        row = begin(node, permit_id, basis, at)
        inputs = replace(inputs, earlier=attach_maps(engine, node, permit_id))
        key = node.keys.derive(row.key_id, PSEUDONYMS, context(permit_id))
        place = Placement(PLACE, all(manifest.synthetic for manifest in manifests.values()), datasets=(*manifests,))
        drafting, sealed = node.store.drafting, Placement("vault", synthetic=place.synthetic)
        with drafting(folder_of(row), place) as folder, drafting(vault_of(row), sealed) as secret:
            made = make(engine, plan, inputs, key=key, folder=folder, vault=secret, progress=progress)
            manifest = describe(node, row, permit, plan, manifests, version, made)
            draft = Store(folder, node.store.gate)
            draft.write("manifest.json", canonical(manifest.as_json()), place)
        try:
            finish(node, row, manifest, actor)
        except Refusal:
            deleting.gone(node, row)
            row.delete()
            raise
    return manifest


def begin(node: Node, permit_id: str, basis: str, at: datetime) -> Extract:
    """Return a new draft row, which nobody reads and `sweep` removes if the work dies."""
    row = Extract(id=new_id("extract"), permit=permit_id, state="draft", basis=basis, created_at=at)
    row.key_id = key_of(node, permit_id)
    row.save(force_insert=True)
    return row


def finish(node: Node, row: Extract, manifest: ExtractManifest, actor: str) -> None:
    """Make an extract ready in one transaction with its fact, if its permit still holds: the work may take long."""
    with transaction.atomic():
        at = node.clock()
        permits.require(row.permit, at=at, public_key=node.keys.public_key(), node_id=node.id)
        row.state, row.manifest = "ready", manifest.as_json()
        row.save(force_update=True)
        ledger.append([prepared(manifest, actor, at)])
        applications.data_opened(node, row.permit, row.id, actor=actor)


def explain(node: Node, permit_id: str, language: str = "en", *, actor: str) -> list[str]:
    """Return a permit's plan in words, with counts under the permit's own preset; nothing is extracted.

    The counts follow from the permit, the snapshots and the wishes known, so that every asking gets the same answer;
    no fact is written, because nothing is learnt from asking again.

    Parameters
    ----------
    node : Node
    permit_id : str
    language : str   `en` or `fr`
    actor : str      an officer, steward, operator or auditor, or a person whom the permit names

    Errors      as `extract`; EXT-112
    """
    at = node.clock()
    permit = permits.require(permit_id, at=at, public_key=node.keys.public_key(), node_id=node.id)
    about = {"named": permit.people.authorised, "datasets": permit.data.datasets}
    check(actor=actor, action="extract.explain", attributes=about)
    manifests = seen(permit)
    plan = plan_of(permit, manifests)
    lines = plan_words(plan, language)
    preset = permits.output_preset(permit)
    with node.engine(memory=MEMORY) as engine:
        inputs, _ = attach(engine, node, permit, plan, manifests, at)
        steps = count_steps(engine, plan, inputs)
    counts = {name: guard(getattr(steps, name), preset).words(language) for name in ("remaining", "cohort")}
    return [*lines, *explained(counts, permit.output_policy.preset, language)]


def delete(node: Node, permit_id: str, *, actor: str) -> int:
    """Destroy a permit's keys, and all that was made from its data, in every room; return how many extracts went.

    What was released stays: it is anonymous and public. Rows and facts stay, and the certificate says what went.

    Parameters
    ----------
    node : Node
    permit_id : str   revoked or expired
    actor : str       who may revoke permits, and whom this one is not about

    Errors      PPL codes; EXT-113 while the permit holds; EXT-114 something new lies there; ENC-127 while a run under
                it still ends; LNK-102 while an extract is prepared or the lake changes

    Source      Reg. (EU) 2025/327 art. 68(12): data are deleted within six months of a permit's end
    """
    check(actor=actor, action="permit.revoke", attributes={"team": parties.of(permit_id)})
    return deleting.destroy(node, permit_id, actor=actor)


def sweep(node: Node) -> int:
    """Remove what interrupted work left: drafts, folders without a row, files of deleted extracts; return how many."""
    gone = 0
    with vault.exclusive(node, "lake"):
        for row in Extract.objects.exclude(state="ready"):
            gone += deleting.gone(node, row)
            if row.state == "draft":
                row.delete()
        known = set(Extract.objects.filter(state="ready").values_list("id", flat=True))
        for path in [*node.home.glob(f"{FOLDER}/*/*"), *node.home.glob(f"{VAULT}/*")]:
            if path.name not in known:
                node.store.remove(str(path.relative_to(node.home)))
                gone += 1
    return gone


def attach(
    engine: Engine, node: Node, permit: Permit, plan: Plan, manifests: Mapping[str, Manifest], at: datetime
) -> tuple[Inputs, str]:
    """Make views of all that a plan reads; return their names and the version of the list of opt-outs."""
    wanted = {table.name for table in plan.tables} | set(plan.spaces) | tables_read(plan.cohort)
    snapshots = {}
    for number, (dataset, manifest) in enumerate(manifests.items()):
        if "person" not in manifest.tables:
            raise refuse("EXT-111", permit=permit.id, dataset=dataset)
        held = sorted(wanted & set(manifest.tables))
        snapshots[dataset] = lake.attach_snapshot(
            engine, node, dataset, manifest.snapshot, held, prefix=f"snapshot{number}_"
        )
    index = linkage.attach_index(engine, node)
    if not plan.opt_outs:
        return Inputs(snapshots, index, None), ""
    return Inputs(snapshots, index, refusing(engine, node, permit, plan, at)), optouts.version(
        node, engine, known_at=at
    )


def refusing(engine: Engine, node: Node, permit: Permit, plan: Plan, at: datetime) -> str:
    """Make the table (dataset, person_uid) of whom the permit does not reach in each of its datasets; return its name.

    A wish limited to a category holds where the dataset is of it, or nobody said yet of which it is: what a permit
    calls the data changes no wish.

    Source   Reg. (EU) 2025/327 art. 71(1), (3)
    """
    by_categories: dict[tuple[str, ...], list[str]] = {}
    for dataset in permit.data.datasets:
        named = {*catalogue.categories(dataset), *permit.data.categories}
        by_categories.setdefault(tuple(sorted(named)), []).append(dataset)
    engine.rows(f"CREATE OR REPLACE TEMP TABLE {REFUSING} (dataset VARCHAR, person_uid BIGINT)")
    purposes = [permit.purpose.basis.split("(")[2].rstrip(")")]
    for letters, datasets in by_categories.items():
        found = optouts.opted_out(
            node, engine, decided_on=plan.decided_at, known_at=at, categories=letters, purposes=purposes
        )
        for dataset in datasets:
            engine.rows(f"INSERT INTO {REFUSING} SELECT ?, person_uid FROM {found}", [dataset])
    return REFUSING


def seen(permit: Permit) -> dict[str, Manifest]:
    """Return the manifests of the snapshots that a permit sees now.

    Errors      LAK-101; LAK-102, LAK-103 a snapshot that the permit sees is not here any more, or erased
    """
    named: Mapping[str, str] = {}
    if permit.snapshots is not None and permit.snapshots.see == "pinned":
        named = permit.snapshots.pinned
    elif permit.snapshots is not None and permit.snapshots.see == "first":
        row = Extract.objects.filter(permit=permit.id).exclude(manifest={}).first()
        named = row.manifest["snapshots"] if row else {}
    return {dataset: lake.manifest(dataset, named.get(dataset)) for dataset in permit.data.datasets}


def basis_of(permit: Permit, manifests: Mapping[str, Manifest], version: str) -> str:
    """Return the hash of all that an extract follows from."""
    snapshots = {dataset: manifest.snapshot for dataset, manifest in manifests.items()}
    categories = {dataset: list(catalogue.categories(dataset)) for dataset in manifests}
    found = {"permit": permit.hash, "snapshots": snapshots, "opt_outs": version, "categories": categories}
    return digest(canonical(found))


def recognised(node: Node, permit_id: str, basis: str) -> ExtractManifest | None:
    """Return the manifest of a ready extract of the same basis whose key is still there, or None."""
    for row in Extract.objects.filter(permit=permit_id, basis=basis, state="ready"):
        if node.keys.exists(row.key_id):
            return ExtractManifest.from_json(row.manifest)
    return None


def key_of(node: Node, permit_id: str) -> str:
    """Return the id of the permit's key, made at first need: the same person has one pseudonym in a permit."""
    rows = Extract.objects.filter(permit=permit_id).exclude(key_id="").order_by("-created_at")
    return next((row.key_id for row in rows if node.keys.exists(row.key_id)), None) or node.keys.create(
        context(permit_id)
    )


def describe(
    node: Node,
    row: Extract,
    permit: Permit,
    plan: Plan,
    manifests: Mapping[str, Manifest],
    version: str,
    made: Made,
) -> ExtractManifest:
    """Return the manifest of what was made."""
    shapes = declared(manifests.values())
    return ExtractManifest(
        id=row.id,
        permit=permit.id,
        permit_version=permit.version,
        permit_hash=permit.hash,
        plan={language: tuple(plan_words(plan, language)) for language in LANGUAGES},
        tables=tuple(entry(node, row, piece, shapes) for piece in made.pieces),
        persons=made.steps,
        opt_out_list=version,
        as_of=plan.decided_at.isoformat(),
        known_at=row.created_at.isoformat(),
        key_id=row.key_id,
        snapshots={dataset: manifest.snapshot for dataset, manifest in manifests.items()},
        collisions=made.collisions,
        map=entry(node, row, made.map),
        created=row.created_at.isoformat(),
        placement=node.store.gate.statement(),
        synthetic=all(manifest.synthetic for manifest in manifests.values()),
    )


def entry(node: Node, row: Extract, piece: Piece, shapes: Mapping[str, Table] = TABLES) -> ExtractedTable:
    """Return one written file as the manifest names it, its key wrapped by the permit's."""
    wrapped = base64.b64encode(node.keys.wrap(row.key_id, piece.key, context(row.permit))).decode()
    file = piece.file
    base, held = piece.name.rsplit("/", 1)[-1], {column for column, _ in file.columns}
    own = shapes.get(base) if base not in TABLES else None
    fields = tuple(field for field in own.fields if field.name in held) if own else ()
    return ExtractedTable(
        piece.name, file.rows, file.columns, f"{file.sha256}.parquet", file.sha256, file.bytes, wrapped, fields
    )


def prepared(manifest: ExtractManifest, actor: str, at: datetime) -> Fact:
    """Return the fact of a prepared extract: figures and hashes, no person."""
    body = {
        "permit": manifest.permit,
        "permit_hash": manifest.permit_hash,
        "snapshots": dict(manifest.snapshots),
        "opt_out_list": manifest.opt_out_list,
        "files": {table.name: table.sha256 for table in manifest.tables},
        "manifest": digest(canonical(manifest.as_json())),
        "public": digest(canonical(manifest.public())),
    }
    return Fact("extract.prepared", manifest.id, actor, at, body)
