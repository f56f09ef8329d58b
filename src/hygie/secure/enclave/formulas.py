"""The formula that a permit's team asks to have kept: a study's files, which outlive the deletion of the data.

They were brought in and show nothing of the data: what runs print and leave on real data is never shown to a team.
Until somebody asks, a study is deleted with the rest.
"""

from __future__ import annotations

from django.db import transaction

from hygie.access.applications.decision import separation
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement, digest, refuse
from hygie.base.keys import seal, unseal
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.secure.enclave import studying, uploads
from hygie.secure.enclave.models import Formula, StudyRow

FOLDER = "formulas"


def keep(node: Node, study_id: str, *, actor: str) -> str:
    """Have a study's files kept beyond the deletion of the permit's data, under their own key; return its permit.

    It is asked for while the study lies here, after the permit's end too; asked again, nothing changes.

    Parameters
    ----------
    study_id : str
    actor : str      a person whom the permit names

    Errors   ENC-115, ENC-125; ENC-128 it is deleted; PPL codes
    Source   Reg. (EU) 2025/327 art. 68(12): the formula may be stored upon the user's request
    """
    row = found(node, study_id, actor)
    if Formula.objects.filter(study=row).exists():
        return row.permit
    study = studying.opened(node, row)
    key = node.keys.create(context(row.id))
    data = seal(node.keys, key, context(row.id), uploads.packed(study.files))
    node.store.write(place(row.id), data, Placement("study", synthetic=True))
    at = node.clock()
    with transaction.atomic():
        Formula.objects.create(study=row, asked_by=actor, key_id=key, sealed=digest(data), asked_at=at)
        body = {"permit": row.permit, "study": row.hash}
        ledger.append([Fact("formula.kept", row.id, actor, at, body)])
    return row.permit


def take(node: Node, study_id: str, *, actor: str) -> bytes:
    """Hand a kept formula to a person whom its permit names, as a zip.

    Errors   ENC-115, ENC-125; ENC-129 nobody asked to have it kept; PPL codes
    """
    row = found(node, study_id, actor)
    kept = Formula.objects.filter(study=row).first()
    if kept is None:
        raise refuse("ENC-129", found=row.id)
    return opened(node, kept)


def found(node: Node, study_id: str, actor: str) -> StudyRow:
    """Return a study's row to a person whom its permit names, in force or not; ENC-125, PPL codes."""
    row = studying.find(study_id, actor)
    named = list(permits.find(row.permit, node.keys.public_key()).permit.people.authorised)
    check(actor, "study.run", {"named": named, **separation.judges(row.permit)})
    return row


def opened(node: Node, kept: Formula) -> bytes:
    """Return a kept formula's zip; ENC-115 when its file is not the one that was kept."""
    path = node.store.path(place(kept.study_id))
    data = path.read_bytes() if path.is_file() else b""
    if digest(data) != kept.sealed:
        raise refuse("ENC-115", found=kept.study.name, run=kept.study_id)
    return unseal(node.keys, kept.key_id, context(kept.study_id), data)


def kept_of(permit_id: str) -> frozenset[str]:
    """Return the studies of a permit whose files are kept on request."""
    return frozenset(Formula.objects.filter(study__permit=permit_id).values_list("study", flat=True))


def context(study_id: str) -> str:
    """Return what a formula's key is bound to: the study, not the permit whose keys are destroyed."""
    return f"formula:{study_id}"


def place(study_id: str) -> str:
    """Return where a formula's sealed file lies in the node."""
    return f"{FOLDER}/{study_id}.sealed"
