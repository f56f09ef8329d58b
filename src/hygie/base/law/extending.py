"""Whether a deadline may be extended, and to which day where the law names no length."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from hygie.base.kernel import Reason, Refusal, Verdict
from hygie.base.law.clocks import ClockEvent, Policy, against, course_of, spanned
from hygie.base.law.timing import DeadlineRule


def may_extend(
    rule: DeadlineRule,
    events: Sequence[ClockEvent],
    *,
    reason: str,
    on: datetime,
    country: str,
    policy: Policy = "pause",
    until: date | None = None,
    asked: datetime | None = None,
) -> Verdict:
    """Return whether a deadline may be extended now: once, with a reason, while it runs or is paused.

    Parameters
    ----------
    rule : DeadlineRule
    events : Sequence[ClockEvent]   of the case so far
    reason : str                    which the applicant will be told
    on : datetime                   aware
    country : str
    policy : str
    until : date | None             the new last day, where the law names no length
    asked : datetime | None         when it was asked for, where somebody asks and another gives

    Errors     none; the verdict carries LAW-107 (second), LAW-108 (no reason), LAW-109 (the rule knows no extension),
               LAW-110 (not running, or after zero), LAW-115 (a day that is no extension, or too late a one)
    """
    facts = {"rule": rule.id, "policy": policy}
    if not rule.extends_with:
        return Verdict((Reason("LAW-109", facts),))
    past = [event for event in sorted(events, key=lambda event: event.at) if event.at <= on]
    try:
        course, end, _ = course_of(rule, past, country, policy)
    except Refusal as refused:
        return refused.verdict
    if course is None or end is not None:
        return Verdict((Reason("LAW-110", facts | {"due": "–"}),))
    return against(course, ClockEvent(rule.extends_with, on, reason, until, asked), policy)


def extendable(
    rule: DeadlineRule, events: Sequence[ClockEvent], *, on: datetime, country: str
) -> tuple[date, date] | None:
    """Return the first and the last day that an extension may name, where the law names no length; None without one.

    It says nothing of whether the deadline may still be extended.

    Example
    -------
    >>> from datetime import UTC
    >>> from hygie.base.law.timing import deadline
    >>> closed = ClockEvent("permit.closed", datetime(2030, 1, 31, 9, tzinfo=UTC))
    >>> rule, now = deadline("SU-61-4a", date(2030, 1, 31)), datetime(2031, 1, 1, tzinfo=UTC)
    >>> [day.isoformat() for day in extendable(rule, [closed], on=now, country="FR")]
    ['2031-08-01', '2033-01-31']
    """
    past = [event for event in sorted(events, key=lambda event: event.at) if event.at <= on]
    course, end, _ = course_of(rule, past, country, "pause")
    return spanned(course) if course and end is None and rule.longest else None
