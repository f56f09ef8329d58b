"""How many persons, said under an output preset: the same answer on every asking."""

from __future__ import annotations

from dataclasses import dataclass

from hygie.base.law import Preset


@dataclass(frozen=True)
class Guarded:
    """A count as it may be shown.

    Parameters
    ----------
    value : int or None   the rounded count; None when it is hidden
    under : int           what a hidden count is known to be under
    base : int            what it is rounded to; 1 is exact
    """

    value: int | None
    under: int
    base: int

    def text(self, language: str = "en") -> str:
        """Return the count in words.

        Example
        -------
        >>> Guarded(120, 8, 5).text("en"), Guarded(None, 8, 5).text("fr")
        ('about 120 (rounded to 5)', 'moins de 8')
        """
        if self.value is None:
            return f"fewer than {self.under}" if language == "en" else f"moins de {self.under}"
        shown = f"{self.value:,}" if language == "en" else f"{self.value:,}".replace(",", "\u202f")
        if self.base == 1:
            return shown
        return (
            f"about {shown} (rounded to {self.base})"
            if language == "en"
            else f"environ {shown} (arrondi à {self.base})"
        )


def guarded_count(count: int, preset: Preset) -> Guarded:
    """Return a count as the preset lets it be shown; zero is shown only where the preset shows zeros.

    Parameters
    ----------
    count : int      persons, 0 or more
    preset : Preset  whose `min_count`, `zero_rule` and `rounding_base` are used; nothing is random

    Source     art. 68 and 69 answers; law pack, output presets
    """
    if count < 0:
        raise ValueError("a count of persons is 0 or more")
    hidden = count < preset.min_count and not (count == 0 and preset.zero_rule == "show")
    return Guarded(None if hidden else preset.round(count), preset.min_count, preset.rounding_base)
