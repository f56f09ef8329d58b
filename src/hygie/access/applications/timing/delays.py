"""How long the legs take, from legs that are over; each was written by the event that ended it."""

from __future__ import annotations

from datetime import date

from django.db.models import Avg, Count, QuerySet

from hygie.access.applications.models import LegRow
from hygie.access.applications.timing.clocks import LEGS
from hygie.access.applications.values import Delay

WAYS = ("pre-screening", "decision", "delivery", "opening")


def delays(*, since: date | None = None) -> tuple[Delay, ...]:
    """Return the median and mean days of every leg, over all applications.

    Parameters
    ----------
    since : date   count legs that ended on or after this day; None for all

    Source     Reg. (EU) 2025/327 art. 59: days from application to access, computed from events
    """
    rows = LegRow.objects.filter(ended_on__gte=since) if since else LegRow.objects.all()
    return tuple(measured(rows, tuple(LEGS)))


def usual(track: str, basis: str, *, least: int = 5) -> tuple[Delay, ...]:
    """Return how long like cases take: the same track and purpose, or the same track while those are few.

    Parameters
    ----------
    least : int   like cases from which the purpose is looked at
    """
    rows = LegRow.objects.filter(track=track)
    close = rows.filter(basis=basis)
    if close.filter(leg="decision").count() >= least:
        rows = close
    return tuple(measured(rows, WAYS))


def measured(rows: QuerySet[LegRow], legs: tuple[str, ...]) -> list[Delay]:
    """Return the figures of some legs: two queries more than there are legs."""
    known = {
        each["leg"]: (each["n"], each["mean"])
        for each in rows.order_by().values("leg").annotate(n=Count("id"), mean=Avg("days"))
    }
    found = []
    for leg in legs:
        count, mean = known.get(leg, (0, None))
        found.append(Delay(leg, count, median(rows.filter(leg=leg), count), float(mean) if mean is not None else None))
    return found


def median(rows: QuerySet[LegRow], count: int) -> float | None:
    """Return the middle of some days, or the mean of the two middles."""
    if not count:
        return None
    first = (count - 1) // 2
    middle = list(rows.order_by("days").values_list("days", flat=True)[first : first + 2 - count % 2])
    return sum(middle) / len(middle) if middle else None
