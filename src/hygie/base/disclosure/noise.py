"""Noise for counts: drawn by OpenDP and nowhere else, its exact distribution, and the account that it is paid from."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, log, sqrt

THOUSAND = 1000


def draw(count: int, epsilon: int) -> int:
    """Return a count with discrete Laplace noise from the operating system's randomness: another one on every call.

    Parameters
    ----------
    count : int     persons, of which each may add or take one
    epsilon : int   thousandths, 1 to 10,000

    Errors      ValueError for another epsilon, or where OpenDP does not vouch for it
    Source      OpenDP, `make_laplace` on integers; Ghosh, Roughgarden and Sundararajan 2009

    Example
    -------
    >>> type(draw(100, 200))
    <class 'int'>
    """
    import opendp.prelude as dp

    if not 1 <= epsilon <= 10 * THOUSAND:
        raise ValueError("epsilon is 1 to 10,000 thousandths")
    dp.enable_features("contrib")
    mechanism = dp.m.make_laplace(dp.atom_domain(T=int), dp.absolute_distance(T=int), scale=THOUSAND / epsilon)
    if mechanism.map(1) > epsilon / THOUSAND * (1 + 1e-9):
        raise ValueError("the mechanism costs more than it is paid")
    return int(mechanism(count))


def probability(noise: int, epsilon: int) -> float:
    """Return how likely a noise is, 0 to 1.

    Parameters
    ----------
    noise : int     persons added or taken
    epsilon : int   thousandths

    Source      the discrete Laplace distribution: (1 - a) / (1 + a) · a^|noise|, a = exp(-epsilon)

    Example
    -------
    >>> round(sum(probability(each, 200) for each in range(-200, 201)), 9)
    1.0
    """
    step = exp(-epsilon / THOUSAND)
    return (1 - step) / (1 + step) * step ** abs(noise)


def within(epsilon: int, level: float = 0.95) -> int:
    """Return the smallest distance that the noise keeps to with a probability.

    Parameters
    ----------
    epsilon : int   thousandths
    level : float   0 to 1

    Example
    -------
    >>> within(200), within(1000)
    (15, 3)
    """
    step = exp(-epsilon / THOUSAND)
    return max(0, ceil(log((1 - level) * (1 + step) / 2) / log(step)) - 1)


def spread(epsilon: int) -> float:
    """Return the noise's standard deviation in persons.

    Example
    -------
    >>> round(spread(200), 2)
    7.06
    """
    step = exp(-epsilon / THOUSAND)
    return sqrt(2 * step) / (1 - step)


@dataclass(frozen=True)
class Account:
    """What was spent of a budget, in thousandths of epsilon.

    Parameters
    ----------
    spent : int    0 or more
    budget : int   0 or more

    Example
    -------
    >>> Account(9800, 10000).rest, Account(9800, 10000).pays(200), Account(9900, 10000).pays(200)
    (200, True, False)
    """

    spent: int
    budget: int

    @property
    def rest(self) -> int:
        """What is left, never under 0."""
        return max(0, self.budget - self.spent)

    def pays(self, epsilon: int) -> bool:
        """Return whether the rest is enough for one more question."""
        return epsilon <= self.rest
