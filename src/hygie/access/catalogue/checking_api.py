"""The yearly check of descriptions, for programs."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Field, Router, Schema

from hygie.access.catalogue import checking
from hygie.commons.web import current
from hygie.commons.web.schema import Body

router = Router(tags=["catalogue"])


class CheckDue(Schema):
    """A description to check: its version, the last check, the day it is due, and whether that is past."""

    dataset: str
    version: int
    checked_on: date
    due_on: date
    late: bool


class CheckIn(Body):
    """The version that was checked."""

    over: int = Field(ge=1, le=1_000_000)


class CheckedOut(Schema):
    """The day on which a description was checked."""

    id: str
    checked_on: date


@router.post("/{dataset_id}/check", response=CheckedOut, operation_id="catalogue_check")
def confirm(request: HttpRequest, dataset_id: str, body: CheckIn) -> CheckedOut:
    """Say that a description was checked and still holds."""
    day = checking.confirm(current.node(), dataset_id, over=body.over, actor=current.actor(request))
    return CheckedOut(id=dataset_id, checked_on=day)
