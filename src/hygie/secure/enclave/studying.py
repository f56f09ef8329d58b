"""What a research team does in its workspace: keep studies, have them run, take made-up data to develop on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from hygie.access.applications.decision import separation
from hygie.access.extracts import dummy as dummies
from hygie.access.extracts import queries as extracts
from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, digest, new_id, refuse
from hygie.base.keys import seal, unseal
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.web import tasks
from hygie.secure.enclave import actions, handing, lives, taking, template, uploads
from hygie.secure.enclave.models import StudyRow
from hygie.secure.enclave.study import Study, from_files

FOLDER = "studies"
RUN = "enclave.run"
RUN_LOOKS_SECONDS = 2.0


def allowed(node: Node, permit_id: str, actor: str) -> Permit:
    """Return a permit that holds now and names the actor, who has been trained.

    Errors   ENC-125 it names somebody else; PMT codes it does not hold; PPL-115 no training; other PPL codes
    """
    at = node.clock()
    found = permits.find(permit_id, node.keys.public_key())
    named = found.permit.people.authorised
    if actor not in named:
        raise refuse("ENC-125")
    permit = permits.require(permit_id, at=at, public_key=node.keys.public_key(), node_id=node.id)
    check(actor, "study.run", {"named": list(named), **separation.judges(permit_id)})
    return permit


def upload(node: Node, permit_id: str, files: Iterable[tuple[str, bytes]], *, actor: str) -> str:
    """Keep a study that was sent, sealed under the permit's key, and return its id; nothing of it is executed.

    Parameters
    ----------
    permit_id : str
    files : Iterable   (name, content) as sent: a zip, or the files themselves
    actor : str        a person whom the permit names

    Errors   ENC-101, ENC-110, ENC-111, ENC-120 to ENC-125; EXT-108 no extract yet; PMT and PPL codes
    """
    permit = allowed(node, permit_id, actor)
    return keep(node, permit, uploads.gathered(files), actor, "study.uploaded")


def begin(node: Node, permit_id: str, *, actor: str, exposure: str, outcome: str) -> str:
    """Keep a new study made from the template that fits a permit, and return its id.

    Parameters
    ----------
    exposure, outcome : str   source codes of the drug and of the condition that it asks about

    Errors   ENC-101 no such code; ENC-125; EXT-108; PMT and PPL codes
    """
    permit = allowed(node, permit_id, actor)
    texts = template.files(permit, exposure=exposure, outcome=outcome)
    return keep(node, permit, {name: text.encode() for name, text in texts.items()}, actor, "study.begun")


def keep(node: Node, permit: Permit, files: Mapping[str, bytes], actor: str, kind: str) -> str:
    """Seal a study's files under the permit's key, with its row and its fact."""
    study = from_files(files)
    manifest = extracts.latest(permit.id)
    actions.check_language(study, permit)
    actions.check_inputs(study, manifest)
    data = seal(node.keys, manifest.key_id, f"permit:{permit.id}", uploads.packed(files))
    made = new_id("study")
    node.store.write(place(made), data, Placement("study", synthetic=manifest.synthetic))
    at = node.clock()
    with transaction.atomic():
        StudyRow.objects.create(
            id=made,
            permit=permit.id,
            author=actor,
            name=study.name,
            hash=study.hash,
            files=len(files),
            bytes=sum(map(len, files.values())),
            key_id=manifest.key_id,
            sealed=digest(data),
            created_at=at,
        )
        body = {"permit": permit.id, "study": study.hash, "files": len(files), "datasets": list(permit.data.datasets)}
        ledger.append([Fact(kind, made, actor, at, body)])
    return made


def place(study_id: str) -> str:
    """Return where a study's sealed file lies in the node."""
    return f"{FOLDER}/{study_id}.sealed"


def opened(node: Node, row: StudyRow) -> Study:
    """Return a kept study; ENC-115 when its file is not the one that was kept, ENC-128 once it is deleted."""
    path = node.store.path(place(row.id))
    if not path.is_file() and (day := extracts.deleted_on(row.permit)):
        raise refuse("ENC-128", found=row.id, day=day.isoformat())
    data = path.read_bytes() if path.is_file() else b""
    if digest(data) != row.sealed:
        raise refuse("ENC-115", found=row.name, run=row.id)
    return from_files(uploads.unpacked(unseal(node.keys, row.key_id, f"permit:{row.permit}", data)))


def find(study_id: str, actor: str) -> StudyRow:
    """Return a study's row to a person whom its permit names; ENC-125."""
    row = StudyRow.objects.filter(id=study_id).first()
    if row is None or not permits.is_named(row.permit, actor):
        raise refuse("ENC-125")
    return row


def start(node: Node, study_id: str, *, actor: str, dummy: bool) -> str:
    """Have a kept study run on the extract or on dummy data; return the id of the task that does it.

    Errors   ENC-110, ENC-111, ENC-125; EXT-108; PMT and PPL codes
    """
    row = find(study_id, actor)
    permit = allowed(node, row.permit, actor)
    study = opened(node, row)
    actions.check_language(study, permit)
    actions.check_inputs(study, extracts.latest(row.permit))
    return tasks.enqueue(node, RUN, subject=row.permit, actor=actor, study=study_id, dummy=dummy)


@tasks.work(RUN, gettext_noop("A run of a study"), page="enclave:run", lane=tasks.LONG)
def run(node: Node, actor: str, arguments: Mapping[str, Any], teller: tasks.Teller) -> Mapping[str, Any]:
    """Run a kept study: what `start` set down."""
    row = find(str(arguments["study"]), actor)
    allowed(node, row.permit, actor)
    record = actions.run(
        node,
        opened(node, row),
        row.permit,
        actor=actor,
        dummy=bool(arguments["dummy"]),
        progress=teller,
        every=RUN_LOOKS_SECONDS,
        cancelled=teller.stopping,
    )
    return {"page": [record.id], "stopped": record.stopped_by == actions.ASKED}


@tasks.every(1)
def settle(node: Node) -> None:
    """Set down that runs whose process is gone ended without a result."""
    lives.settle(node)


def dummy_data(node: Node, permit_id: str, *, actor: str) -> bytes:
    """Return made-up tables of the extract's shape as a zip of Parquet files, to develop on elsewhere.

    They are drawn from guarded statistics of the extract: that they are read is in the ledger before they are.

    Errors   ENC-125; ENC-126 taken too often; EXT-108, EXT-110; PMT and PPL codes
    """
    permit = allowed(node, permit_id, actor)
    extract, datasets = extracts.latest(permit_id).id, list(permit.data.datasets)
    body = {"permit": permit.id, "dummy": True, "extract": extract, "datasets": datasets}
    at = node.clock()
    with transaction.atomic():
        taking.charge(actor, at)
        ledger.append([Fact("dummy.taken", permit.id, actor, at, body)])
    made = dummies.make(node, permit_id)
    return uploads.packed({name: b"".join(pieces) for name, pieces in handing.tables(made)})
