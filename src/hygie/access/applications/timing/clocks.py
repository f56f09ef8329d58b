"""Which clocks run for an application, when it next needs someone, what its legs and delays come to: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from hygie.base import law

LEGS: Mapping[str, tuple[str, str]] = {
    "pre-screening": ("application.submitted", "application.complete"),
    "waiting": ("application.waiting", "application.resumed"),
    "decision": ("application.complete", "application.decided"),
    "delivery": ("delivery.asked", "delivery.received"),
    "opening": ("delivery.received", "data.opened"),
    "publication": ("application.decided", "decision.published"),
    "answer": ("application.decided", "application.answered"),
    "access": ("application.submitted", "data.opened"),
    "cesrees": ("cesrees.received", "cesrees.opinion"),
    "cnil": ("cnil.received", "cnil.decided"),
}
ANSWER = "SU-69-4b"
STATISTICAL = ("SU-69-4a", ANSWER, "SU-61-4a.answer")


@dataclass(frozen=True)
class Leg:
    """A leg that is over.

    Parameters
    ----------
    name : str     one of `LEGS`
    days : int     calendar days, pauses included
    """

    name: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """Calendar days from start to end."""
        return (self.end - self.start).days


@dataclass(frozen=True)
class Reckoning:
    """What the clocks say of an application on a day.

    Parameters
    ----------
    clocks : tuple      every clock that has started, those still running first
    due_on : date       when the authority must have decided, or the applicant answered; None while nothing runs
    due_rule : str      the rule that says so
    wake_on : date      the first day on which something happens by itself; None for never
    """

    clocks: tuple[law.Clock, ...]
    due_on: date | None
    due_rule: str
    wake_on: date | None


def reckon(
    track: str,
    events: Sequence[law.ClockEvent],
    *,
    on: datetime,
    country: str,
    waiting: law.Waiting = law.PAUSING,
) -> Reckoning:
    """Return the clocks of an application and what follows from them, each by the rule in force when it started.

    Parameters
    ----------
    track : str          one of `law.tracks()`
    events : Sequence    what happened, in order
    on : datetime        the present, UTC
    country : str        whose holidays count
    waiting : Waiting    what waiting for the applicant does, trap T2

    Source     Reg. (EU) 2025/327 arts 57(1)(j)(iii), 68(4), 68(6), 69(4); Regulation 1182/71
    """
    outcomes = {event.reason for event in events if event.kind == "application.decided"}
    found = [
        law.clock(rule, events, on=on, country=country, policy=policy_of(rule, events, waiting, country))
        for rule in law.governing(track, events, on=on, country=country)
        if rule.id != ANSWER or "refused" not in outcomes
    ]
    if track != "statistical" and outcomes <= {"", "converted"}:
        since = converted(events)
        rules = law.governing("statistical", since, on=on, country=country) if since else ()
        found += [law.clock(rule, since, on=on, country=country) for rule in rules if rule.id in STATISTICAL]
    started = [clock for clock in found if clock.state != "not started"]
    live = sorted((clock for clock in started if clock.state in LIVE and clock.due), key=nearest)
    escalated = {event.reason for event in events if event.kind == "application.overdue"}
    waking = [clock.due for clock in live if clock.state != "paused" and clock.due and clock.rule.id not in escalated]
    first = live[0] if live else None
    over = [clock for clock in started if clock.state not in LIVE]
    return Reckoning(
        (*live, *(clock for clock in started if clock.state in LIVE and not clock.due), *over),
        first.due if first else None,
        first.rule.id if first else "",
        min(waking) + timedelta(days=1) if waking else None,
    )


def policy_of(
    rule: law.DeadlineRule, events: Sequence[law.ClockEvent], waiting: law.Waiting, country: str
) -> law.Policy:
    """Return what waiting for the applicant does to a clock: the policy in force on the day it first started."""
    begun = [law.local_day(event.at, country) for event in events if event.kind == rule.starts_with]
    return waiting.on(begun[-1] if rule.last_start else begun[0]) if begun else "pause"


def converted(events: Sequence[law.ClockEvent]) -> tuple[law.ClockEvent, ...]:
    """Return the events of an application from its conversion on: the agreement is the reception of a request.

    Source     Reg. (EU) 2025/327 arts 68(3), 69(4) (SU-69-4)
    """
    places = [place for place, event in enumerate(events) if event.kind == "application.conversion-agreed"]
    if not places:
        return ()
    agreed = events[places[-1]]
    return (law.ClockEvent("application.submitted", agreed.at), *events[places[-1] + 1 :])


LIVE = ("running", "paused", "overdue")


def put(found: Sequence[law.Clock], more: Sequence[law.Clock]) -> tuple[law.Clock, ...]:
    """Return clocks with further ones put among them, those still running first."""
    live = [clock for clock in found if clock.state in LIVE]
    return (*live, *more, *(clock for clock in found if clock.state not in LIVE))


def nearest(clock: law.Clock) -> tuple[date, str]:
    """Return what clocks are ordered by: the due date, then the rule."""
    return (clock.due or date.max, clock.rule.id)


def legs(events: Sequence[tuple[str, date]]) -> tuple[Leg, ...]:
    """Return every leg that is over, the first start to the first end after it.

    Parameters
    ----------
    events : Sequence   kind and day, in order

    Example
    -------
    >>> days = [date(2029, 3, day) for day in (1, 8, 20)]
    >>> way = list(zip(("application.submitted", "application.complete", "application.decided"), days))
    >>> [(leg.name, leg.days) for leg in legs(way)]
    [('pre-screening', 7), ('decision', 12)]
    """
    found = []
    for name, (begin, end) in LEGS.items():
        start: date | None = None
        for kind, day in events:
            if kind == begin and start is None:
                start = day
            elif kind == end and start is not None:
                found.append(Leg(name, start, day))
                start = None
                if name != "waiting":
                    break
    return tuple(found)


def ended(events: Sequence[tuple[str, date]]) -> tuple[Leg, ...]:
    """Return the legs that the last event ended."""
    before = legs(events[:-1])
    return tuple(leg for leg in legs(events) if leg not in before or legs(events).count(leg) > before.count(leg))


def accrued(rate: str, due: date, done: date | None, today: date) -> str:
    """Return the penalty that a late delivery has run up: the rate for each day past its due day.

    Source     Reg. (EU) 2025/327 art. 63(4) (SU-63-4)

    Example
    -------
    >>> accrued("50.00", date(2029, 6, 10), None, date(2029, 6, 20))
    '500.00'
    """
    days = max(0, ((done or today) - due).days)
    return f"{Decimal(rate) * days:.2f}"
