"""Counts that may be answered to a question, the same on every asking."""

from __future__ import annotations

from dataclasses import dataclass

from hygie.base.law import Preset


@dataclass(frozen=True)
class Guarded:
    """A count as it may be shown.

    Parameters
    ----------
    shown : int | None   the figure; None when the count is too small
    below : int          with None: the count lies under this figure; otherwise 0
    base : int           the rounding step, 1 for none
    """

    shown: int | None
    below: int
    base: int

    def words(self, language: str = "en") -> str:
        """Return the count in words, `en` or `fr`."""
        if self.shown is None:
            return f"moins de {self.below}" if language == "fr" else f"fewer than {self.below}"
        if self.base == 1:
            return str(self.shown)
        return f"environ {self.shown}" if language == "fr" else f"about {self.shown}"

    def __str__(self) -> str:
        return self.words()


def guard(count: int, preset: Preset) -> Guarded:
    """Return a count under a preset: hidden when small, rounded where the preset rounds; no chance is involved.

    Nobody looks at the answer before it is given, so a zero that the preset leaves to a person is hidden.

    Parameters
    ----------
    count : int       persons, 0 or more
    preset : Preset

    Errors      ValueError under 0

    Example
    -------
    >>> from datetime import date
    >>> from hygie.base.law import preset
    >>> policy = preset("opensafely-7-5", on=date(2026, 1, 1))
    >>> str(guard(7, policy)), str(guard(8, policy)), str(guard(13, policy))
    ('fewer than 8', 'about 10', 'about 15')
    """
    if count < 0:
        raise ValueError("a count is 0 or more")
    if count < preset.min_count and not (count == 0 and preset.zero_rule == "show"):
        return Guarded(None, preset.min_count, preset.rounding_base)
    return Guarded(preset.round(count), 0, preset.rounding_base)
