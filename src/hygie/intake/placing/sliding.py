"""The date slider: the days on which the verdicts on a place turn, along a line of days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hygie.commons.sovereignty.answers.turning import Turn

AHEAD = timedelta(days=365)  # days shown after today, and after the last that turns


@dataclass(frozen=True)
class Mark:
    """From a day on, until the next mark, the verdicts are these.

    Parameters
    ----------
    turn : Turn
    at : int             days since the slider begins
    start, share : str   where it begins on the line and how much of it is its own, as SVG writes a percentage
    here : bool          the chosen day lies in it
    """

    turn: Turn
    at: int
    start: str
    share: str
    here: bool


@dataclass(frozen=True)
class Slider:
    """A line of days.

    Parameters
    ----------
    first, last : date
    length, value : int   in days; the value is where the chosen day stands, at an end when it lies beyond
    today : str           where today is, as SVG writes a percentage
    marks : tuple[Mark, ...]
    """

    first: date
    last: date
    length: int
    value: int
    today: str
    marks: tuple[Mark, ...]


def slider(turns: Sequence[Turn], chosen: date, today: date) -> Slider:
    """Return the slider on which a day is chosen.

    Parameters
    ----------
    turns : Sequence[Turn]   one or more, in the order of their days
    chosen, today : date
    """
    first, last = min(turns[0].day, today), max(turns[-1].day, today) + AHEAD
    length = (last - first).days
    value = min(max((chosen - first).days, 0), length)
    found = tuple(marks(turns, first, last, value))
    return Slider(first, last, length, value, part((today - first).days, length), found)


def marks(turns: Sequence[Turn], first: date, last: date, value: int) -> Iterator[Mark]:
    """Yield each stretch of days between two turns."""
    length = (last - first).days
    starts = [(turn.day - first).days for turn in turns]
    for turn, start, end in zip(turns, starts, [*starts[1:], length + 1], strict=True):
        share = part(min(end, length) - start, length)
        yield Mark(turn, start, part(start, length), share, start <= value < end)


def part(days: int, length: int) -> str:
    """Return a number of days as a percentage of the line.

    Example
    -------
    >>> part(1, 3)
    '33.33%'
    """
    return f"{100 * days / length:.2f}%"
