"""What every fact is made of: certainty, dates that may be vague, shares that may be ranges, and the header."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from enum import IntEnum
from fractions import Fraction
from typing import ClassVar, Literal

CONFIDENCES = ("H", "M", "L", "K")
STATUSES = ("asserted", "verified", "disputed", "retracted")
Confidence = Literal["H", "M", "L", "K"]
Status = Literal["asserted", "verified", "disputed", "retracted"]

DAY = re.compile(r"\d{4}-\d\d-\d\d")
MONTH = re.compile(r"\d{4}-\d\d")
YEAR = re.compile(r"\d{4}")


class Certainty(IntEnum):
    """Whether something holds: `min` of two is "and", `max` is "or".

    Example
    -------
    >>> min(Certainty.YES, Certainty.MAYBE).name
    'MAYBE'
    """

    NO = 0
    MAYBE = 1
    YES = 2


class Strength(IntEnum):
    """How hard a law reaches an entity.

    STRONG: it is of that country, or an entity of that country controls it, or the data lie there.
    MEDIUM: it or its group has an establishment there. WEAK: it has only customers there.
    """

    NONE = 0
    WEAK = 1
    MEDIUM = 2
    STRONG = 3


@dataclass(frozen=True, slots=True)
class Text:
    """Words in English and French.

    Example
    -------
    >>> Text("host", "hébergeur").of("fr")
    'hébergeur'
    """

    en: str = ""
    fr: str = ""

    def of(self, language: str) -> str:
        """Return the words in a language, `en` or `fr`."""
        return self.fr if language == "fr" else self.en


NO_TEXT = Text()


@dataclass(frozen=True, slots=True)
class Bound:
    """A day that may be known only within limits: the earliest and the latest it can be.

    Parameters
    ----------
    earliest : date | None   None is "no limit known"
    latest : date | None     the same
    text : str               how the pack wrote it: `2026-06-12`, `2027-03`, `2019`, `by 2019-12-01`, `unknown`
    """

    earliest: date | None
    latest: date | None
    text: str


def bound(text: str) -> Bound:
    """Return the limits of a day as packs write it.

    Parameters
    ----------
    text : str   `2026-06-12` a day; `2027-03` some day of a month; `2019` of a year; `by 2019-12-01` that day or before
                 it; `from 2027-03-01` that day or after it; `unknown` any day

    Errors       ValueError for anything else, and for days that no calendar has

    Example
    -------
    >>> bound("2027-03").latest.isoformat()
    '2027-03-31'
    >>> bound("by 2019-12").earliest is None
    True
    """
    if text == "unknown":
        return Bound(None, None, text)
    if text.startswith("by "):
        return Bound(None, bound(text[3:]).latest, text)
    if text.startswith("from "):
        return Bound(bound(text[5:]).earliest, None, text)
    if DAY.fullmatch(text):
        day = date.fromisoformat(text)
        return Bound(day, day, text)
    if MONTH.fullmatch(text):
        first = date.fromisoformat(f"{text}-01")
        return Bound(first, first.replace(day=monthrange(first.year, first.month)[1]), text)
    if YEAR.fullmatch(text):
        return Bound(date.fromisoformat(f"{text}-01-01"), date.fromisoformat(f"{text}-12-31"), text)
    raise ValueError(text)


@dataclass(frozen=True, slots=True)
class Interval:
    """From which day something holds and to which, both included; the end is None while no end is announced.

    Errors    ValueError when every possible end lies before every possible start

    Example
    -------
    >>> law = Interval(bound("2008-07-10"), bound("2027-03"))
    >>> [law.covers(date.fromisoformat(day)).name for day in ("2026-11-21", "2027-03-15", "2027-04-01")]
    ['YES', 'MAYBE', 'NO']
    """

    start: Bound
    end: Bound | None = None

    def __post_init__(self) -> None:
        first, last = self.start.earliest, self.end.latest if self.end else None
        if first and last and last < first:
            raise ValueError(f"{self.start.text} – {self.end.text if self.end else ''}")

    def covers(self, day: date) -> Certainty:
        """Return whether it holds on a day: MAYBE while the day lies between the limits of a vague start or end."""
        return min(self._begun(day), self._lasting(day))

    def _begun(self, day: date) -> Certainty:
        if self.start.earliest and day < self.start.earliest:
            return Certainty.NO
        return Certainty.YES if self.start.latest and day >= self.start.latest else Certainty.MAYBE

    def _lasting(self, day: date) -> Certainty:
        if self.end is None:
            return Certainty.YES
        if self.end.latest and day > self.end.latest:
            return Certainty.NO
        least = max(filter(None, (self.end.earliest, self.start.earliest)), default=None)
        return Certainty.YES if least and day <= least else Certainty.MAYBE

    def meets(self, other: Interval) -> bool:
        """Return whether some day may lie in both."""
        return not (_ends_before(self, other) or _ends_before(other, self))


def _ends_before(one: Interval, other: Interval) -> bool:
    last, first = one.end.latest if one.end else None, other.start.earliest
    return bool(last and first and last < first)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of capital or votes, as the range it lies in.

    Parameters
    ----------
    low : Fraction    0 to 1
    high : Fraction   `low` to 1; an unknown share is 0 to 1

    Errors    ValueError outside these limits

    Example
    -------
    >>> Share.percent("20", "28")
    Share(20 %–28 %)
    """

    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 1:
            raise ValueError(f"{float(self.low):.4%} – {float(self.high):.4%}")

    @staticmethod
    def percent(low: str, high: str) -> Share:
        """Return the share between two percentages, each written in decimal, 0 to 100."""
        return Share(Fraction(low) / 100, Fraction(high) / 100)

    @property
    def exact(self) -> bool:
        """Whether the range is one figure."""
        return self.low == self.high

    def hull(self, other: Share) -> Share:
        """Return the narrowest range that holds both."""
        return Share(min(self.low, other.low), max(self.high, other.high))

    def above(self, limit: Fraction) -> Certainty:
        """Return whether the share is greater than a limit: MAYBE when the range straddles it.

        Example
        -------
        >>> [Share.percent(*pair).above(Fraction(24, 100)).name for pair in (("0", "24"), ("20", "28"), ("25", "25"))]
        ['NO', 'MAYBE', 'YES']
        """
        if self.low > limit:
            return Certainty.YES
        return Certainty.MAYBE if self.high > limit else Certainty.NO

    def beyond(self, limit: Fraction) -> str:
        """Return the share as texts show it, with as many decimals as it takes to see that it is above a limit.

        Example
        -------
        >>> Share.percent("39.0000001", "39.0000001").beyond(Fraction(39, 100))
        '39.0000001 %'
        """
        shown = (figure(self.low, places) for places in range(2, 13))
        low = next((each for each in shown if Fraction(each) > limit * 100), figure(self.low))
        high = low if self.exact else figure(self.high)
        return f"{low} %" if low == high else f"{low} %–{high} %"

    def __str__(self) -> str:
        low, high = figure(self.low), figure(self.high)
        return f"{low} %" if low == high else f"{low} %–{high} %"

    def __repr__(self) -> str:
        return f"Share({self})"


def figure(share: Fraction, places: int = 2) -> str:
    """Return a share in percent with at most so many decimals, as texts show it.

    Example
    -------
    >>> figure(Fraction(1, 3)), figure(Fraction(41, 100))
    ('33.33', '41')
    """
    whole, rest = divmod((share * 100 * 10**places + Fraction(1, 2)) // 1, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")


UNKNOWN_SHARE = Share(Fraction(0), Fraction(1))


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every fact carries, be it a thing or a relation; nothing is overwritten, a correction is a new record.

    Parameters
    ----------
    id : str                  the same for every version of a thing; unique at each pair of days
    valid : Interval          world time: when the fact holds
    recorded_at : datetime    knowledge time, UTC: from when it is known here
    superseded_at : datetime | None   until when (excluded); None while it is the last word
    sources : tuple[str, ...] ids of Source records; at least one, but for sources themselves
    confidence : Confidence   H primary text read, M two sources, L one secondary source, K not checked
    status : Status           `verified` only with confidence H; `retracted` is never in a View
    asserted_by : str         who says so: the pack's author
    note : Text               may be empty
    pack : str                which pack it came from; not part of the fact, nor of its hash
    """

    KIND: ClassVar[str] = ""
    id: str
    valid: Interval
    recorded_at: datetime
    superseded_at: datetime | None = None
    sources: tuple[str, ...] = ()
    confidence: Confidence
    status: Status
    asserted_by: str
    note: Text = NO_TEXT
    pack: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.recorded_at.utcoffset() != timedelta(0):
            raise ValueError("knowledge time is in UTC")
        if self.superseded_at and self.superseded_at < self.recorded_at:
            raise ValueError("superseded before it was recorded")

    @property
    def kind(self) -> str:
        """The kind as packs write it, such as `entity` or `owns`."""
        return self.KIND

    def known(self, at: datetime) -> bool:
        """Return whether the record was the state of knowledge at a time."""
        return self.recorded_at <= at and (self.superseded_at is None or at < self.superseded_at)

    def meets(self, other: Record) -> bool:
        """Return whether both may hold on some day as known at some one time."""
        mine = self.superseded_at is None or other.recorded_at < self.superseded_at
        theirs = other.superseded_at is None or self.recorded_at < other.superseded_at
        return mine and theirs and self.valid.meets(other.valid)

    def certainty(self, day: date) -> Certainty:
        """Return whether the fact holds on a day; a disputed one never more than MAYBE, a retracted one not at all."""
        if self.status == "retracted":
            return Certainty.NO
        limit = Certainty.MAYBE if self.status == "disputed" else Certainty.YES
        return min(limit, self.valid.covers(day))

    def contents(self) -> dict[str, object]:
        """Return the fact as JSON values, the pack left out: what its hash is taken of."""
        return {"kind": self.kind} | {
            item.name: plain(getattr(self, item.name)) for item in fields(self) if item.name != "pack"
        }

    def claim(self) -> dict[str, object]:
        """Return what the fact says, apart from who says it, when it was recorded and how sure that is."""
        return {name: value for name, value in self.contents().items() if name not in HEADER}


# what a record carries besides what it says
HEADER = frozenset({"recorded_at", "superseded_at", "sources", "confidence", "status", "asserted_by", "note"})


def plain(value: object) -> object:
    """Return a value of a record as JSON values: dates as their text, shares as two exact fractions."""
    if isinstance(value, Interval):
        return [value.start.text, value.end.text if value.end else None]
    if isinstance(value, Bound):
        return value.text
    if isinstance(value, Share):
        return [str(value.low), str(value.high)]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Text):
        return {"en": value.en, "fr": value.fr}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value
