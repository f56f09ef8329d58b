"""Quality labels, for programs."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from hygie.access.catalogue import labelling
from hygie.commons.web import current
from hygie.commons.web.schema import Body

router = Router(tags=["catalogue"])
LINE = r"^[^\x00]*$"


class LabelOut(Schema):
    """How a dataset stands with its quality label; the label itself is in its description."""

    state: Literal["stands", "revoked", "missing", "none"]
    sha256: str | None
    revoked_on: date | None
    reason: str | None
    event: int | None

    @classmethod
    def of(cls, found: labelling.Standing) -> LabelOut:
        """Return a standing as programs read it."""
        return cls(
            state=found.state,
            sha256=found.label.sha256 if found.label else None,
            revoked_on=found.revoked_on,
            reason=found.reason or None,
            event=found.event,
        )


class WrongIn(Body):
    """What is wrong with a label."""

    reason: str = Field(min_length=1, max_length=labelling.MAX_REASON, pattern=LINE)


@router.post("/{dataset_id}/label/revoke", response=LabelOut, operation_id="catalogue_revoke_label")
def revoke(request: HttpRequest, dataset_id: str, body: WrongIn) -> LabelOut:
    """Revoke a dataset's quality label, which was found wrong."""
    actor = current.actor(request)
    return LabelOut.of(labelling.revoke_label(current.node(), dataset_id, body.reason, actor=actor))
