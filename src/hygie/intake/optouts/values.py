"""An opt-out: a wish with two times, and what of it may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Scope = Literal["all", "category", "purpose"]
Wish = Literal["add", "withdraw"]
SCOPES: tuple[Scope, ...] = ("all", "category", "purpose")


@dataclass(frozen=True)
class OptOut:
    """One recorded wish, without the person.

    Parameters
    ----------
    id : str               `optout-…`
    wish : str             add or withdraw
    scope : str            all, category or purpose
    detail : str           the category (Reg. (EU) 2025/327 art. 51(1)) or purpose (art. 53(1)) it is about, or empty
    valid_from : datetime  from when the wish holds, UTC
    recorded_at : datetime when the node learnt of it, UTC
    matched : int          persons of the node's datasets whom the identifier names
    """

    id: str
    wish: Wish
    scope: Scope
    detail: str
    valid_from: datetime
    recorded_at: datetime
    matched: int


@dataclass(frozen=True)
class Line:
    """A wish as it comes in: the line it stands on, who is meant, and what is wished."""

    number: int
    system: str
    value: str
    wish: Wish
    scope: str = "all"
    detail: str = ""
    valid_from: datetime | None = None


def decision_time(decided_on: date | datetime) -> datetime:
    """Return the instant before which a wish counts for a decision.

    A day without a time counts to its end: who opted out on that day is out.

    Parameters
    ----------
    decided_on : date or datetime   a datetime carries its offset

    Errors      ValueError for a datetime without offset
    Source      Reg. (EU) 2025/327 art. 71(3)

    Example
    -------
    >>> decision_time(date(2029, 5, 2)).isoformat()
    '2029-05-03T00:00:00+00:00'
    """
    if isinstance(decided_on, datetime):
        if decided_on.tzinfo is None:
            raise ValueError("a decision's time carries its offset")
        return decided_on.astimezone(UTC)
    return datetime.combine(decided_on + timedelta(days=1), time(), UTC)
