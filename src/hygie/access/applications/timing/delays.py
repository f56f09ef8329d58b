"""How long the legs take, from legs that are over; each was written by the event that ended it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from django.db.models import Count, QuerySet

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
    found = measured(rows.filter(basis=basis), WAYS)
    if next(each.count for each in found if each.leg == "decision") < least:
        found = measured(rows, WAYS)
    return tuple(found)


def measured(rows: QuerySet[LegRow], legs: tuple[str, ...]) -> list[Delay]:
    """Return the figures of some legs, in one query that an index alone answers."""
    took: dict[str, list[tuple[int, int]]] = {leg: [] for leg in legs}
    counted = rows.filter(leg__in=legs).values_list("leg", "days").annotate(n=Count("*"))
    for leg, days, number in counted.order_by("leg", "days"):
        took[leg].append((days, number))
    return [figures(leg, each) for leg, each in took.items()]


def figures(leg: str, took: Sequence[tuple[int, int]]) -> Delay:
    """Return a leg's figures from how many took so many days, the fewest days first.

    Example
    -------
    >>> figures("decision", [(10, 2), (20, 1), (40, 1)])
    Delay(leg='decision', count=4, median=15.0, mean=20.0)
    """
    count = sum(number for _, number in took)
    if not count:
        return Delay(leg, 0, None, None)
    ends = list(accumulate(number for _, number in took))
    lower, upper = (took[bisect_right(ends, place)][0] for place in ((count - 1) // 2, count // 2))
    return Delay(leg, count, (lower + upper) / 2, sum(days * number for days, number in took) / count)
