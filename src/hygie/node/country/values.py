"""What is asked for when a country is generated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hygie.node.country.effects import Epidemic, Harm, Pathway

SLICE = 200_000


@dataclass(frozen=True)
class Slice:
    """Consecutive residents, of whom memory holds one slice at a time.

    Parameters
    ----------
    number : int   0 for the first
    low : int      number of its first resident in the country
    high : int     number of the first resident after it
    """

    number: int
    low: int
    high: int


@dataclass(frozen=True)
class Country:
    """A synthetic country.

    Parameters
    ----------
    persons : int    residents on 1 January 2024, 1 to 70,000,000; births come on top
    seed : int       the same seed gives the same country
    epidemic : Epidemic
    harm : Harm
    pathway : Pathway
    """

    persons: int
    seed: int = 1
    epidemic: Epidemic = field(default_factory=Epidemic)
    harm: Harm = field(default_factory=Harm)
    pathway: Pathway = field(default_factory=Pathway)

    def slices(self) -> Iterator[Slice]:
        """Yield the slices in order.

        Example
        -------
        >>> [(each.number, each.low, each.high) for each in Country(450_000).slices()]
        [(0, 0, 200000), (1, 200000, 400000), (2, 400000, 450000)]
        """
        for number, low in enumerate(range(0, self.persons, SLICE)):
            yield Slice(number, low, min(low + SLICE, self.persons))
