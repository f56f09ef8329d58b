"""The open figures from the register's own entries: what the check compares with what the node counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from statistics import mean, median
from typing import Any

from hygie.access.applications.timing.clocks import LEGS, ended
from hygie.base.law import local_day
from hygie.public.register.values import ApplicationEntry, Figures, Leg, PermitEntry, Users

Way = Sequence[tuple[str, date]]
# Noted by the node at the end of a day of the law, when nobody had said anything.
SILENT = frozenset({"application.closed", "cesrees.opinion", "cnil.decided"})
BACKLOG = ("submitted", "pre-screening", "awaiting", "processing", "paused")
COMMERCIAL = frozenset({"company", "insurer"})


def figures(
    applications: Sequence[ApplicationEntry], permits: Sequence[PermitEntry], ways: Iterable[Way], today: str
) -> Figures:
    """Return the open figures.

    Parameters
    ----------
    applications : Sequence   all that were received
    permits : Sequence        all of them
    ways : Iterable           what happened to each application, in order
    today : str               the day on which permits are in force, `2029-03-01`

    Source     Reg. (EU) 2025/327 arts 57(1)(j), 59 (SU-57-j, SU-59)
    """
    states = Counter(each.state for each in applications)
    outcomes = Counter(each.outcome for each in applications if each.outcome)
    grounds = Counter(ground for each in applications if each.outcome == "refused" for ground in set(each.grounds))
    running = [each for each in permits if each.state == "granted" and each.duration.start <= today]
    return Figures(
        received=len(applications),
        backlog=backlog(states),
        states=dict(sorted(states.items())),
        outcomes=dict(sorted(outcomes.items())),
        applicants=users(Counter(each.user.kind for each in applications)),
        permits_in_force=users(Counter(each.user.kind for each in running)),
        legs=legs(ways),
        refusal_grounds=dict(sorted(grounds.items())),
    )


def backlog(states: Mapping[str, int]) -> int:
    """Return how many applications wait for a decision.

    Example
    -------
    >>> backlog({"paused": 1, "processing": 2, "decided": 40})
    3
    """
    return sum(states.get(name, 0) for name in BACKLOG)


def users(kinds: Mapping[str, int]) -> Users:
    """Return how many users of each kind are commercial, and how many are not.

    Example
    -------
    >>> users({"university": 3, "company": 1, "insurer": 1})
    Users(public=3, commercial=2)
    """
    commercial = sum(count for kind, count in kinds.items() if kind in COMMERCIAL)
    return Users(public=sum(kinds.values()) - commercial, commercial=commercial)


def way(events: Iterable[Mapping[str, Any]], country: str) -> Way:
    """Return the ledger's events of an application as legs are counted from them, by the country's days.

    What follows from silence is noted when the node comes round, and counts from the day of the law that it names.

    Example
    -------
    >>> noted = {"kind": "cesrees.opinion", "at": "2029-05-04T00:10:00Z", "body": {"due": "2029-04-01"}}
    >>> submitted = {"kind": "application.submitted", "at": "2029-03-04T23:10:00Z", "body": {}}
    >>> [(kind, day.isoformat()) for kind, day in way([submitted, noted], "FR")]
    [('application.submitted', '2029-03-05'), ('cesrees.opinion', '2029-04-01')]
    """
    return [
        (each["kind"], date.fromisoformat(each["body"]["due"]) if lapsed(each) else day_of(each["at"], country))
        for each in events
    ]


def day_of(instant: str, country: str) -> date:
    """Return the day on which an instant, as the ledger writes it, falls in a country."""
    return local_day(datetime.fromisoformat(instant), country)


def lapsed(event: Mapping[str, Any]) -> bool:
    """Return whether an event is what silence led to."""
    return event["kind"] in SILENT and "due" in event["body"]


def legs(ways: Iterable[Way]) -> tuple[Leg, ...]:
    """Return the median and mean days of every leg that somebody ended, in the order of the way."""
    days: dict[str, list[int]] = {name: [] for name in LEGS}
    for events in ways:
        for end, (kind, _) in enumerate(events, 1):
            if kind in ENDS:
                for leg in ended(events[:end]):
                    days[leg.name].append(leg.days)
    return tuple(
        Leg(leg=name, count=len(found), median=float(median(found)), mean=rounded(mean(found)))
        for name, found in days.items()
        if found
    )


def rounded(days: float) -> float:
    """Return days to the hundredth."""
    return round(float(days), 2)


ENDS = frozenset(end for _, end in LEGS.values())
