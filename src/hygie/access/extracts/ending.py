"""The end of what a permit held: six months after it ended nothing of it is left, and nobody has to remember it."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from hygie.access.extracts.deleting import destroy, sweep
from hygie.access.extracts.models import Deletion, Extract
from hygie.access.permits import queries as permits
from hygie.base import law
from hygie.base.kernel import Refusal

if TYPE_CHECKING:
    from hygie.base.engine.node import Node

RULE = "SU-68-12b"
NODE = "node"
NOON = time(12, tzinfo=UTC)
MOST = 1000
log = logging.getLogger("hygie.extracts")


def due_on(node: Node, permit_id: str) -> date | None:
    """Return the last day on which a permit's data may be held; None while it, or what amended it, has not ended.

    Errors     PMT-201, PMT-202, PMT-203
    Source     Reg. (EU) 2025/327 art. 68(12) (SU-68-12b)
    """
    at, key = node.clock(), node.keys.public_key()
    found = permits.standing(permit_id, at=at, public_key=key)
    while found.state == "amended":
        found = permits.standing(found.amended_by, at=at, public_key=key)
    if found.state == "granted":
        return None
    end = datetime.combine(min(found.permit.duration.end, found.revoked_on or date.max), NOON)
    events = (law.ClockEvent("permit.expires", end),)
    rule = law.governed(RULE, events, on=max(at, end), country=node.country)
    return law.clock(rule, events, on=max(at, end), country=node.country).due


def due(node: Node) -> list[tuple[str, date]]:
    """Return the permits whose data are still held on their last day or after it, with that day.

    With them are those whose deletion was begun and cut off, and those whose extracts alone were deleted, as was done
    before every room's things were. A permit that cannot be read is told in the log and holds up no other.
    """
    today = node.today()
    done = Deletion.objects.filter(state="done").values("permit")
    held = Extract.objects.exclude(permit__in=done).order_by("permit").values_list("permit", flat=True).distinct()
    begun = {*held.filter(state="deleted"), *Deletion.objects.filter(state="begun").values_list("permit", flat=True)}
    found = []
    for permit_id in sorted({*held.filter(state="ready"), *begun}):
        try:
            day = due_on(node, permit_id)
        except Refusal as refusal:
            log.error("When the data of %s are to be deleted cannot be read: %s", permit_id, refusal.code)
            continue
        if permit_id in begun:
            found.append((permit_id, day or today))
        elif day is not None and day <= today:
            found.append((permit_id, day))
    return found


def delete_due(node: Node) -> int:
    """Delete the data of every permit whose last day for holding them has come, and return how many permits there were.

    What cannot be deleted now, because the lake changes or a run still ends, is deleted when this is called again.
    What came to lie there after a deletion, from work that was under way, is removed.

    Source     Reg. (EU) 2025/327 art. 68(12) (SU-68-12b)
    """
    gone = 0
    for permit_id, day in due(node)[:MOST]:
        try:
            destroy(node, permit_id, actor=NODE, why={"rule": RULE, "due": day.isoformat()})
        except Refusal as refusal:
            log.error("The data of %s are due for deletion and were not deleted: %s", permit_id, refusal.code)
        else:
            gone += 1
    sweep(node)
    return gone
