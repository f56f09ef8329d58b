"""The six pieces that pages reuse, as frozen values that templates `web/<piece>.html` show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Stretch = Literal["past", "pause", "extension", "late"]
Tone = Literal["leaf", "wait", "stop", "know", "doubt", "muted"]


@dataclass(frozen=True)
class StateLine:
    """Where a thing stands, in one line.

    Parameters
    ----------
    word : str         from the glossary, in the reader's language
    tone : Tone        colour beside the word, never instead of it
    since : date       since when, or None
    by : str           who brought it there: a role or an account
    next : str         what happens next
    due : date         by when, or None
    days_left : int    until then; negative once it is past
    source : str       the rule that sets the day
    proof : Proof      of the event that brought it there, or None
    """

    word: str
    tone: Tone = "muted"
    since: date | None = None
    by: str = ""
    next: str = ""
    due: date | None = None
    days_left: int | None = None
    source: str = ""
    proof: Proof | None = None

    @property
    def days_late(self) -> int:
        """How many days the due date is past; 0 when it is not."""
        return max(0, -(self.days_left or 0))


@dataclass(frozen=True)
class Segment:
    """A stretch of a clock's bar, in hundredths of its width."""

    x: float
    width: float
    kind: Stretch


@dataclass(frozen=True)
class ClockView:
    """A legal clock as a page shows it: a bar, its dates, and the table of its events.

    Parameters
    ----------
    title, source, url : str    what is timed, the rule, and where the rule can be read
    state : str                 a word of the glossary
    at_zero : str               what happens when the day passes
    events : Sequence           (date, word, reason)
    extension : tuple           the day on which it was extended, and the reason; None without one
    """

    title: str
    source: str
    state: str
    tone: Tone
    started: date | None
    due: date | None
    ended: date | None
    days_left: int | None
    at_zero: str
    segments: tuple[Segment, ...] = ()
    events: Sequence[tuple[date, str, str]] = ()
    url: str = ""
    extension: tuple[date, str] | None = None

    @property
    def days_late(self) -> int:
        """How many days the due date is past; 0 when it is not."""
        return max(0, -(self.days_left or 0))


@dataclass(frozen=True)
class Proof:
    """Where the ledger holds an event, and the page that proves it; none for a reader who may not open it."""

    index: int
    url: str


@dataclass(frozen=True)
class Figure:
    """A chart whose title says the finding, with its table.

    Parameters
    ----------
    svg : str          made by `charts`; never a study's own
    columns, rows : Sequence   the same figures as a table, in the reader's language
    threshold : str    the disclosure rule applied, in words
    texts : Sequence   places of the columns that hold words, from 0; the others hold numbers, but for the first
    """

    title: str
    svg: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    source: str = ""
    threshold: str = ""
    csv_url: str = ""
    texts: Sequence[int] = ()


@dataclass(frozen=True)
class Done:
    """How far long work is: `total` 0 is not known yet."""

    step: str
    done: int
    total: int
    left_seconds: int | None = None
    last: str = ""
    cancel_url: str = ""

    @property
    def percent(self) -> int:
        """Hundredths done, 0 to 100."""
        return min(100, 100 * self.done // self.total) if self.total else 0


@dataclass(frozen=True)
class Step:
    """A next step: a link, or a button when it changes something."""

    label: str
    url: str
    button: bool = False
