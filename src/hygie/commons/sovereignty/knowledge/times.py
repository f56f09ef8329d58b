"""The two times that every question takes: the day in the world, and when it was known."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo

from hygie.base.kernel import refuse

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
LONGEST = 40


def day(text: str) -> date:
    """Return a day of the calendar.

    Parameters
    ----------
    text : str   ISO 8601

    Errors      SOV-211 anything else

    Example
    -------
    >>> day("2026-11-21")
    datetime.date(2026, 11, 21)
    """
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise refuse("SOV-211", found=text[:LONGEST])


def moment(text: str, zone: tzinfo = UTC) -> datetime:
    """Return a time of knowledge: the end of a day, or a time with its zone.

    Parameters
    ----------
    text : str      ISO 8601
    zone : tzinfo   where a day that is named ends

    Errors      SOV-211 anything else

    Example
    -------
    >>> moment("2026-11-21T10:00:00+02:00").isoformat()
    '2026-11-21T08:00:00+00:00'
    """
    if DAY.fullmatch(text):
        return datetime.combine(day(text), time.max, tzinfo=zone)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise refuse("SOV-211", found=text[:LONGEST]) from None
    if found.tzinfo is None:
        raise refuse("SOV-211", found=text[:LONGEST])
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise refuse("SOV-211", found=text[:LONGEST]) from None
