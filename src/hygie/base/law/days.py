"""Periods as Reg. (EEC, Euratom) 1182/71 counts them: days, weeks, months, years, working days and hours."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from hygie.base.kernel import refuse
from hygie.base.law.packs import table

Unit = Literal["hours", "days", "weeks", "months", "years", "working days"]
UNITS: tuple[Unit, ...] = ("hours", "days", "weeks", "months", "years", "working days")
UNMOVED = ("hours", "working days")
DAY = timedelta(days=1)
LARGEST = {"hours": 87_600, "days": 36_500, "weeks": 5_200, "months": 1_200, "years": 100, "working days": 26_000}
FIRST, LAST = 1950, 2200


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Return the public holidays of a country, or of a part of it, in a year.

    Parameters
    ----------
    country : str   ISO 3166-1 (`FR`), or ISO 3166-2 for a part with days of its own (`DE-BY`)
    year : int      1950 to 2200

    Errors     LAW-104 no calendar of that country is known; LAW-106 a year out of range
    Source     Reg. (EEC, Euratom) 1182/71 art. 2(1): the days designated as such where the action is to be taken

    Example
    -------
    >>> date(2029, 11, 1) in public_holidays("FR", 2029), date(2029, 11, 1) in public_holidays("NL", 2029)
    (True, False)
    """
    import holidays

    if not FIRST <= year <= LAST:
        raise refuse("LAW-106", found=f"{year:04}", accepted=f"{FIRST} – {LAST}")
    whole, _, part = country.partition("-")
    known = holidays.list_supported_countries()
    if whole not in zones() or whole not in known or (part and part not in known[whole]):
        raise refuse("LAW-104", found=country[:16], accepted=", ".join(sorted(zones())))
    return frozenset(holidays.country_holidays(whole, subdiv=part or None, years=[year]))


def zones() -> dict[str, str]:
    """Return the time zone of each country whose calendar is known, that of its capital.

    Example
    -------
    >>> zones()["FI"]
    'Europe/Helsinki'
    """
    return dict(table("zones")["zones"])


def state(country: str) -> str:
    """Return the State whose law and days hold in a country: itself, but for a territory with a code of its own.

    Example
    -------
    >>> state("RE"), state("FR")
    ('FR', 'FR')
    """
    return str(table("zones")["parts"].get(country, country))


def local_time(at: datetime, country: str) -> datetime:
    """Return an instant in a country's own time, by which its days begin and end.

    Parameters
    ----------
    at : datetime   aware
    country : str   ISO 3166-1 or 3166-2

    Errors     LAW-104 no calendar of that country is known; ValueError for a time without a zone

    Example
    -------
    >>> from datetime import UTC
    >>> local_time(datetime(2029, 11, 29, 23, 30, tzinfo=UTC), "FR").date().isoformat()
    '2029-11-30'
    """
    if at.tzinfo is None:
        raise ValueError("an event's time has a zone")
    return at.astimezone(zone(country))


def zone(country: str) -> ZoneInfo:
    """Return the time zone by which a country's days begin and end; LAW-104.

    Example
    -------
    >>> zone("FI").key
    'Europe/Helsinki'
    """
    name = zones().get(country.partition("-")[0])
    if name is None:
        raise refuse("LAW-104", found=country[:16], accepted=", ".join(sorted(zones())))
    return ZoneInfo(name)


def local_day(at: datetime, country: str) -> date:
    """Return the day on which an instant falls in a country.

    Errors     as `local_time`

    Example
    -------
    >>> from datetime import UTC
    >>> local_day(datetime(2029, 11, 29, 23, 30, tzinfo=UTC), "FR").isoformat()
    '2029-11-30'
    """
    return local_time(at, country).date()


def is_working(day: date, country: str) -> bool:
    """Return whether a day is neither a public holiday, nor a Sunday, nor a Saturday.

    Source     Reg. (EEC, Euratom) 1182/71 art. 2(2)

    Example
    -------
    >>> is_working(date(2029, 11, 1), "FR"), is_working(date(2029, 11, 2), "FR")
    (False, True)
    """
    return day.weekday() < 5 and day not in public_holidays(country, day.year)


def roll(day: date, country: str) -> date:
    """Return the day itself when it is a working day, otherwise the following working day.

    Source     Reg. (EEC, Euratom) 1182/71 art. 3(4)

    Example
    -------
    >>> roll(date(2029, 11, 1), "FR").isoformat()
    '2029-11-02'
    """
    while not is_working(day, country):
        day += DAY
    return day


def months(start: date, amount: int) -> date:
    """Return the same-numbered day some months on (or back), or that month's last day where it has none.

    Source     Reg. (EEC, Euratom) 1182/71 art. 3(2)(c)

    Example
    -------
    >>> months(date(2029, 11, 30), 3).isoformat(), months(date(2028, 5, 31), -3).isoformat()
    ('2030-02-28', '2028-02-29')
    """
    index = start.year * 12 + start.month - 1 + amount
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def count(start: date, amount: int, unit: Unit, *, country: str) -> date:
    """Return the last day of a period before art. 3(4) and 3(5) move it.

    Parameters
    ----------
    start : date     the day of the event, which is not counted
    amount : int     1 or more; negative counts back from the event
    unit : str       `hours` gives the day in which the last hour falls when the event is at that day's midnight
    country : str    whose holidays are not working days

    Errors     LAW-104 no calendar of that country is known; LAW-106 the period is out of range

    Example
    -------
    >>> count(date(2029, 12, 20), 30, "working days", country="FR").isoformat()
    '2030-02-04'
    """
    if unit not in LARGEST or not 0 < abs(amount) <= LARGEST[unit]:
        raise refuse("LAW-106", found=f"{amount} {unit}"[:32], accepted=f"1 – {LARGEST.get(unit, 0)} {unit}"[:64])
    match unit:
        case "days":
            return start + amount * DAY
        case "weeks":
            return start + 7 * amount * DAY
        case "months":
            return months(start, amount)
        case "years":
            return months(start, 12 * amount)
        case "hours":
            return start + timedelta(hours=amount)
    step, day, left = DAY if amount > 0 else -DAY, start, abs(amount)
    while left:
        day += step
        left -= is_working(day, country)
    return day


def settle(start: date, end: date, *, country: str) -> date:
    """Return the day on which a period that began after `start` really ends: on a working day, the second at least.

    Parameters
    ----------
    start : date    the day of the event
    end : date      the last day as counted, after `start`
    country : str

    Source     Reg. (EEC, Euratom) 1182/71 art. 3(4) and 3(5): a period of two days or more holds two working days

    Example
    -------
    >>> settle(date(2029, 11, 9), date(2029, 11, 11), country="FR").isoformat()   # Friday, two days
    '2029-11-13'
    """
    day = roll(end, country)
    if (end - start).days < 2 or (end - start).days > 30:
        return day
    while sum(is_working(start + step * DAY, country) for step in range(1, (day - start).days + 1)) < 2:
        day = roll(day + DAY, country)
    return day


def add(start: date, amount: int, unit: Unit, *, country: str) -> date:
    """Return the last day of a period that an event on `start` begins.

    Parameters
    ----------
    start : date     the day of the event; not counted (art. 3(1))
    amount : int     1 or more; a negative one counts back from a date, and then nothing is moved (art. 3(4))
    unit : str       `days`, `weeks`, `months`, `years`, `working days`; `hours` are never moved
    country : str    ISO 3166-1 or 3166-2 code of the place where the action is to be taken

    Errors     LAW-104 no calendar of that country is known; LAW-106 the period is out of range
    Source     Reg. (EEC, Euratom) 1182/71 art. 3

    Example
    -------
    >>> add(date(2029, 11, 30), 3, "months", country="FR").isoformat()
    '2030-02-28'
    >>> add(date(2029, 8, 1), 3, "months", country="FR").isoformat()    # 1 November is a holiday
    '2029-11-02'
    """
    end = count(start, amount, unit, country=country)
    return end if amount < 0 or unit in UNMOVED else settle(start, end, country=country)
