"""Extensions as the clocks read them: which counts where several holders deliver, and the day that each names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from hygie.access.applications.models import EventRow
from hygie.base import law

EXTENDED = "delivery.extended"
ASKED, GIVEN, DECLINED = "results.extension-asked", "results.extended", "results.extension-refused"
LONGER = "data.longer"
RESULTS = ("SU-61-4a", "SU-61-4a.answer")


def lengthened(events: Sequence[EventRow]) -> EventRow | None:
    """Return the extension that the case's clock counts: the last, once every dataset still awaited has its own.

    Each dataset has its task, its day and its one extension; the case is late as soon as one of them is.

    Source     Reg. (EU) 2025/327 art. 60(2) (SU-60-2)
    """
    given = [event for event in events if event.kind == EXTENDED]
    awaited = {name for event in events if event.kind == "delivery.asked" for name in event.body.get("datasets", ())}
    awaited -= {event.body.get("dataset") for event in events if event.kind == "delivery.part-received"}
    return given[-1] if given and awaited <= {event.body.get("dataset") for event in given} else None


def as_read(event: EventRow, reason: str) -> law.ClockEvent:
    """Return an event as clocks read it: an extension whose length the law leaves open has its day, and its asking."""
    if event.kind not in (GIVEN, LONGER):
        return law.ClockEvent(event.kind, event.at, reason)
    asked = event.body.get("asked")
    until = date.fromisoformat(str(event.body["until"]))
    return law.ClockEvent(event.kind, event.at, reason, until, datetime.fromisoformat(str(asked)) if asked else None)
