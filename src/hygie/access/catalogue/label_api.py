"""Quality labels, for programs."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from hygie.access.catalogue import labelling, queries
from hygie.commons.people.policy import check_role
from hygie.commons.web import current
from hygie.commons.web.publication import Confirming, PreviewOut, preview_out
from hygie.commons.web.schema import Body

router = Router(tags=["catalogue"])
LINE = r"^[^\x00]*$"


class FallOut(Schema):
    """A figure that fell since the label was made, in percent: the data no longer support it."""

    figure: str
    then: float
    now: float


class LabelOut(Schema):
    """How a dataset stands with its quality label; the label itself is in its description."""

    state: Literal["stands", "revoked", "missing", "none"]
    sha256: str | None
    revoked_on: date | None
    reason: str | None
    event: int | None
    fallen: list[FallOut]

    @classmethod
    def of(cls, found: labelling.Standing) -> LabelOut:
        """Return a standing as programs read it."""
        return cls(
            state=found.state,
            sha256=found.label.sha256 if found.label else None,
            revoked_on=found.revoked_on,
            reason=found.reason or None,
            event=found.event,
            fallen=[FallOut(**vars(each)) for each in found.fallen],
        )


class Wrong(Body):
    """What is wrong with a label, for the file."""

    reason: str = Field(min_length=1, max_length=labelling.MAX_REASON, pattern=LINE)


class WrongIn(Confirming, Wrong):
    """What is wrong with a label, for the file and for everyone; the second text names no person."""

    published: str = Field(min_length=1, max_length=labelling.MAX_REASON, pattern=LINE)


class WrongPreviewIn(Wrong):
    """What is wrong with a label; without a text for everyone, the file's with persons taken out is shown."""

    published: str = Field("", max_length=labelling.MAX_REASON, pattern=LINE)


class LabelRevocationOut(Schema):
    """Why a label was revoked: whole, as the file has it, and as published."""

    revoked_on: date | None
    reason: str
    published: str


@router.post("/{dataset_id}/label/revoke", response=LabelOut, operation_id="catalogue_revoke_label")
def revoke(request: HttpRequest, dataset_id: str, body: WrongIn) -> LabelOut:
    """Revoke a dataset's quality label, which was found wrong."""
    actor = current.actor(request)
    return LabelOut.of(labelling.revoke_label(current.node(), dataset_id, actor=actor, **body.given()))


@router.post(
    "/{dataset_id}/label/revoke/preview", response=PreviewOut, operation_id="catalogue_preview_label_revocation"
)
def preview(request: HttpRequest, dataset_id: str, body: WrongPreviewIn) -> dict[str, Any]:
    """Show what everyone would read of a label's revocation; nothing changes."""
    actor = current.actor(request)
    return preview_out(labelling.preview_revocation(current.node(), dataset_id, actor=actor, **body.model_dump()))


@router.get("/{dataset_id}/label/revocation", response=LabelRevocationOut, operation_id="catalogue_label_revocation")
def revocation(request: HttpRequest, dataset_id: str) -> LabelRevocationOut:
    """Tell why the label that a dataset carries was revoked, whole; officers and the auditor."""
    actor = current.actor(request)
    check_role(actor, "case.read")
    found = queries.dataset(dataset_id, on=current.node().today()).label
    reason = labelling.filed(dataset_id, found.label, reader=actor)
    return LabelRevocationOut(revoked_on=found.revoked_on, reason=reason, published=found.reason)
