"""What happens when a clock is at zero: once, by itself, and never a permit under the Union's rules."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils.timezone import localdate

from hygie.access.applications.holders.delivering import lapse
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.recording import wake
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal

log = logging.getLogger("hygie.applications")
BROKEN = (
    Refusal,
    DatabaseError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def tick(node: Node, *, most: int = 1000) -> int:
    """Do what the clocks ask for by now, and return how many applications were touched; a second time does nothing.

    Parameters
    ----------
    most : int   applications looked at, those that have waited longest first

    Source     Reg. (EU) 2025/327 art. 68(4): no tacit approval and no tacit refusal; décret 2019-536 art. 91
    """
    at = node.clock()
    waiting = ApplicationRow.objects.filter(wake_on__lte=localdate(at)).order_by("wake_on", "id")
    return sum(woken(node, each, at) for each in list(waiting.values_list("id", flat=True)[:most]))


def woken(node: Node, application_id: str, at: datetime) -> bool:
    """Wake one application; one that cannot be read is told in the log and waits a day: it holds up no other."""
    try:
        woke = wake(node, application_id, at)
        return lapse(node, application_id) or woke
    except BROKEN as fault:
        what = fault.code if isinstance(fault, Refusal) else type(fault).__name__
        log.error("The clocks of %s cannot be read: %s", application_id, what)
        tomorrow = localdate(at) + timedelta(days=1)
        ApplicationRow.objects.filter(id=application_id).update(wake_on=tomorrow)
        return False
