"""What follows from facts and is never written by hand: holdings, subjection to laws, and the paths to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from hygie.commons.sovereignty.knowledge.edges import Access
from hygie.commons.sovereignty.knowledge.nodes import Test
from hygie.commons.sovereignty.knowledge.values import Certainty, Share, Strength

EACH = Fraction(24, 100)  # SecNumCloud 3.2, 19.6.b: no third entity above, alone
TOGETHER = Fraction(39, 100)  # the same: nor all of them together


@dataclass(frozen=True)
class Step:
    """One relation of a chain, in the direction in which the chain is read.

    Parameters
    ----------
    edge : str      id of the fact; of a nexus rule for the last step, to the law
    kind : str      its kind, such as `operated_by`; `nexus` for the last step
    origin : str    id from which the chain comes
    target : str    id to which it goes; for `owns` and `controls` read upwards this is the holder
    sure : Certainty   MAYBE for a disputed or vaguely dated fact, or a share that may or may not be a majority
    """

    edge: str
    kind: str
    origin: str
    target: str
    sure: Certainty = Certainty.YES


@dataclass(frozen=True)
class Holding:
    """What one holder has in an entity, directly and through others.

    Parameters
    ----------
    holder : str      id; empty for "whoever holds what no fact names"
    capital, votes : Share    product along each path, summed over the paths
    control : Share   the larger of capital and votes where every step that the holder controls counts as the whole
    foreign : Certainty  whether the holder is outside the Union: MAYBE when nothing says where it is
    steps : tuple[Step, ...]  the shortest chain from the entity up to the holder
    """

    holder: str
    capital: Share
    votes: Share
    control: Share
    foreign: Certainty
    steps: tuple[Step, ...] = ()

    @cached_property
    def counted(self) -> Share:
        """The share that SecNumCloud 19.6.b is asked of: the larger of economic and control share."""
        return larger(self.capital, self.votes, self.control)


@dataclass(frozen=True)
class ForeignHolding:
    """Who outside the Union holds what in an entity: the figures of SecNumCloud 19.6.b.

    Parameters
    ----------
    entity : str
    holders : tuple[Holding, ...]  every holder outside the Union, or perhaps outside, largest first; the unnamed last
    together : Share               all of them, nobody counted twice
    """

    entity: str
    holders: tuple[Holding, ...]
    together: Share

    @cached_property
    def each_above(self) -> Certainty:
        """Whether one alone exceeds 24 %; MAYBE (INDETERMINATE) when a range straddles it or a place is unknown."""
        over = (min(each.counted.above(EACH), each.foreign) for each in self.holders)
        return max(over, default=Certainty.NO)

    @cached_property
    def together_above(self) -> Certainty:
        """Whether all together exceed 39 %; MAYBE is INDETERMINATE."""
        return self.together.above(TOGETHER)

    @property
    def above(self) -> Certainty:
        """Whether one of the two limits is exceeded."""
        return max(self.each_above, self.together_above)


def larger(*shares: Share) -> Share:
    """Return the range of the largest of some shares.

    Example
    -------
    >>> larger(Share.percent("10", "40"), Share.percent("20", "30"))
    Share(20 %–40 %)
    """
    return Share(max(share.low for share in shares), max(share.high for share in shares))


@dataclass(frozen=True)
class Subjection:
    """A law reaches an entity: the SUBJECT_TO of the reference, derived on the day of the View.

    Parameters
    ----------
    entity : str
    law : str           id of a law whose powers are, or may be, operative on the day; see `operative`
    strength : Strength
    test : str          the tie: seat, controlled, place, establishment, customers
    rule : str          id of the nexus rule
    steps : tuple[Step, ...]  from the entity to the law: up through controllers, over to an establishment, by the rule
    sure : Certainty    whether the tie holds: the weakest step
    statute : Certainty    whether the text is in force
    operative : Certainty  whether its powers can be used: this counts, not `statute`
    """

    entity: str
    law: str
    strength: Strength
    test: Test
    rule: str
    steps: tuple[Step, ...]
    sure: Certainty
    statute: Certainty
    operative: Certainty


@dataclass(frozen=True)
class Path:
    """A chain from a dataset to a law by which the data, or what is known about them, can be reached.

    Parameters
    ----------
    dataset : str
    law : str
    steps : tuple[Step, ...]   dataset -> service -> … -> law; no part can be left out
    access : str               what can be reached along it: clear, ciphertext (who has the keys is unknown) or metadata
    strength : Strength        of its last tie
    sure : Certainty           YES only if every step is, and the law is operative
    subjection : Subjection    the tie of the last entity (or of the place) to the law
    """

    dataset: str
    law: str
    steps: tuple[Step, ...]
    access: Access
    strength: Strength
    sure: Certainty
    subjection: Subjection

    def after(self, dataset: str, step: Step) -> Path:
        """Return the path as a dataset's, with one more step before it."""
        steps = (step, *self.steps)
        return Path(dataset, self.law, steps, self.access, self.strength, self.sure, self.subjection)

    @cached_property
    def edges(self) -> tuple[str, ...]:
        """The ids of the facts the path consists of."""
        return tuple(step.edge for step in self.steps)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The things along the path, the dataset first and the law last."""
        return (self.dataset, *(step.target for step in self.steps))

    def words(self, name: Callable[[str], str]) -> str:
        """Return the path for a sentence: names joined by arrows.

        Parameters
        ----------
        name : Callable[[str], str]   what a thing is called, such as `lambda thing: view.name(thing, "fr")`
        """
        return " → ".join(name(thing) for thing in self.nodes)
