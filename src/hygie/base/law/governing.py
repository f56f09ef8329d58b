"""Which version of a deadline a clock runs by: the one in force on the day it started, whatever changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from hygie.base.law import timing
from hygie.base.law.clocks import ClockEvent
from hygie.base.law.days import local_day
from hygie.base.law.timing import DeadlineRule


def governing(track: str, events: Sequence[ClockEvent], *, on: datetime, country: str) -> tuple[DeadlineRule, ...]:
    """Return the deadlines of a track as they govern a case: each in the version of the day its clock started.

    A clock that has not started is read by the rule of the present. One that started while no version held does not
    run: a new duty does not reach back.

    Parameters
    ----------
    track : str        a track, or a duty, as `law.deadlines` takes it
    events : Sequence  of one case, in any order; those after `on` have not happened yet
    on : datetime      aware
    country : str      whose days count and whose national rules stand before the Union's

    Source     Reg. (EU) 2025/327 art. 105; Reg. (EEC, Euratom) 1182/71 art. 4(1); legal certainty: new rules of
               procedure take running periods as they find them

    Example
    -------
    >>> from datetime import UTC
    >>> complete = ClockEvent("application.complete", datetime(2029, 11, 30, 9, tzinfo=UTC))
    >>> rules = governing("standard", [complete], on=datetime(2030, 1, 2, tzinfo=UTC), country="FR")
    >>> "SU-68-4a" in [rule.id for rule in rules]
    True
    """
    known: dict[str, list[DeadlineRule]] = {}
    for rule in held(country):
        known.setdefault(rule.id, []).append(rule)
    found = [chosen(versions, events, on=on, country=country) for versions in known.values()]
    return tuple(rule for rule in found if rule is not None and track in rule.tracks)


def governed(rule_id: str, events: Sequence[ClockEvent], *, on: datetime, country: str) -> DeadlineRule:
    """Return one deadline as it governs a case; where nothing held on the day it started, as it stands now.

    Parameters
    ----------
    rule_id : str      such as `SU-62-4`
    events : Sequence  of one case
    on : datetime      aware
    country : str

    Errors     LAW-105 no pack holds it today either
    """
    versions = [rule for rule in held(country) if rule.id == rule_id]
    rule = chosen(versions, events, on=on, country=country)
    return rule or timing.deadline(rule_id, local_day(on, country), country=country)


def held(country: str) -> Iterable[DeadlineRule]:
    """Return every version that a country's cases can meet; proposed ones are left out, and what is not built."""
    place = country.partition("-")[0]
    for rule in timing.every_deadline():
        if rule.built and rule.standing != "proposed" and rule.country in (None, place):
            yield rule


def chosen(
    versions: Sequence[DeadlineRule], events: Sequence[ClockEvent], *, on: datetime, country: str
) -> DeadlineRule | None:
    """Return the version in force when the clock started; where versions start by different events, the first start.

    What no version finds begun in its own time is governed by the one that held at the first of these events.
    """
    begun = [(start, rule) for rule in versions if (start := started(rule, events, on=on, country=country))]
    if not begun:
        return version_of(versions, local_day(on, country))
    begun.sort(key=lambda each: each[0])
    fitting = [rule for start, rule in begun if version_of(versions, start) is rule]
    return fitting[0] if fitting else version_of(versions, begun[0][0])


def started(rule: DeadlineRule, events: Sequence[ClockEvent], *, on: datetime, country: str) -> date | None:
    """Return the day on which a version's clock started; one counted backward has none until its date is reached."""
    days = sorted(local_day(event.at, country) for event in events if event.kind == rule.starts_with and event.at <= on)
    if not days:
        return None
    return days[-1] if rule.last_start or rule.backward else days[0]


def version_of(versions: Sequence[DeadlineRule], day: date) -> DeadlineRule | None:
    """Return the version in force on a day; a national one stands before the Union's."""
    holding = [rule for rule in versions if rule.valid.covers(day)]
    return next((rule for rule in holding if rule.country), holding[0] if holding else None)
