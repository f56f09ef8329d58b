"""What a program reads of the node's own page: its figures, its storage, and how its ledger stands."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.web import current
from hygie.node.home.state import status
from hygie.node.site import watching

router = Router(tags=["node"])


class AreaOut(Schema):
    """A part of the node's folder."""

    name: str
    files: int
    bytes: int


class SignedOut(Schema):
    """A head of the ledger that was signed."""

    size: int
    at: datetime


class FollowedOut(SignedOut):
    """A time when all events were followed."""

    holds: bool


class StatusOut(Schema):
    """What the node holds, by the names of `hygie status --json`."""

    figures: dict[str, str | int]
    storage: list[AreaOut]
    checkpoint: SignedOut | None
    verification: FollowedOut | None


@router.get("/status", response=StatusOut, operation_id="node_status")
def stand(request: HttpRequest) -> dict[str, Any]:
    """Tell what the node holds and where its ledger stands; the operator and auditors."""
    check(current.actor(request), "node.watch", {})
    node, held = current.node(), ledger.standing()
    return {
        "figures": status(node),
        "storage": [asdict(area) for area in watching.storage(node)],
        "checkpoint": asdict(held.signed) if held.signed else None,
        "verification": asdict(held.followed) if held.followed else None,
    }
