"""Which extension of a delivery the case's own clock goes by, where several holders deliver: pure."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.access.applications.models import EventRow

EXTENDED = "delivery.extended"


def lengthened(events: Sequence[EventRow]) -> EventRow | None:
    """Return the extension that the case's clock counts: the last, once every dataset still awaited has its own.

    Each dataset has its task, its day and its one extension; the case is late as soon as one of them is.

    Source     Reg. (EU) 2025/327 art. 60(2) (SU-60-2)
    """
    given = [event for event in events if event.kind == EXTENDED]
    awaited = {name for event in events if event.kind == "delivery.asked" for name in event.body.get("datasets", ())}
    awaited -= {event.body.get("dataset") for event in events if event.kind == "delivery.part-received"}
    return given[-1] if given and awaited <= {event.body.get("dataset") for event in given} else None
