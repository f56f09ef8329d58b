"""The open figures from the register's own entries: what the check compares with what the node counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import mean, median

from hygie.access.applications.clocks import LEGS, ended
from hygie.public.register.values import ApplicationEntry, EventRef, Figures, Leg, PermitEntry, Users

BACKLOG = ("submitted", "pre-screening", "awaiting", "processing", "paused")
COMMERCIAL = frozenset({"company", "insurer"})


def figures(applications: Sequence[ApplicationEntry], permits: Sequence[PermitEntry], today: str) -> Figures:
    """Return the open figures.

    Parameters
    ----------
    applications : Sequence   all that were received, each with its events
    permits : Sequence        all of them
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
        applicants=users(each.user.kind for each in applications),
        permits_in_force=users(each.user.kind for each in running),
        legs=legs(each.events for each in applications),
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


def users(kinds: Iterable[str]) -> Users:
    """Return how many kinds of users are commercial.

    Example
    -------
    >>> users(["university", "company", "insurer"])
    Users(public=1, commercial=2)
    """
    listed = [kind in COMMERCIAL for kind in kinds]
    return Users(public=listed.count(False), commercial=listed.count(True))


def legs(ways: Iterable[Sequence[EventRef]]) -> tuple[Leg, ...]:
    """Return the median and mean days of every leg that somebody ended, in the order of the way."""
    days: dict[str, list[int]] = {name: [] for name in LEGS}
    for way in ways:
        events = [(each.kind, datetime.fromisoformat(each.at)) for each in way]
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
