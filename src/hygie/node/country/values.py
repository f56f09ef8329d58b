"""What is asked for when a country is generated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hygie.node.country.effects import Epidemic, Harm, Pathway

SLICE = 100_000


@dataclass(frozen=True)
class Slice:
    """Consecutive residents, who are made together: memory holds one slice for each thread.

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
        >>> [(each.number, each.low, each.high) for each in Country(250_000).slices()]
        [(0, 0, 100000), (1, 100000, 200000), (2, 200000, 250000)]
        """
        for number, low in enumerate(range(0, self.persons, SLICE)):
            yield Slice(number, low, min(low + SLICE, self.persons))
