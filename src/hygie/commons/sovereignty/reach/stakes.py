"""Who holds what in whom on the day of a View, claims merged into ranges, and who controls whom."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from hygie.commons.sovereignty.knowledge.edges import Controls, Owns
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Entity
from hygie.commons.sovereignty.knowledge.values import Certainty, Share
from hygie.commons.sovereignty.reach.derived import Step
from hygie.commons.sovereignty.reach.loops import UNIT

HALF = UNIT // 2
WITHOUT_HOLDERS = frozenset({"person", "state", "hospital", "public-body", "association"})
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stake:
    """One holder's part of an entity: ranges of capital and of votes in units, and the facts behind them."""

    holder: str
    capital: Range
    votes: Range
    edge: str
    counts: bool


class Stakes:
    """Holdings of one View, indexed both ways.

    Parameters
    ----------
    view : View

    `touched` counts the stakes looked at: the cost, for those who measure it.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.touched = 0
        self._of: dict[str, tuple[Stake, ...]] = {}
        self._masters: dict[str, frozenset[str]] = {}
        self._held: dict[str, tuple[str, ...]] = {}

    def held(self, holder: str) -> tuple[str, ...]:
        """Return what a holder holds or controls, by id."""
        if holder not in self._held:
            edges = (*self.view.out(Owns, holder), *self.view.out(Controls, holder))
            self._held[holder] = tuple(sorted({edge.target for edge in edges}))
        return self._held[holder]

    def of(self, entity: str) -> tuple[Stake, ...]:
        """Return the stakes in an entity, by holder: no range is wider than the others' lower ends allow."""
        if entity not in self._of:
            claims: dict[str, list[Owns]] = defaultdict(list)
            for edge in self.view.into(Owns, entity):
                claims[edge.origin].append(edge)
            merged = [self._merge(holder, each) for holder, each in sorted(claims.items())]
            node = self.view.get(entity, Entity)
            named = node is not None and node.remainder == "none"
            whole = named and not any(self._vague(each) for each in claims.values())
            capital = tighten([stake.capital for stake in merged], whole=whole)
            votes = tighten([stake.votes for stake in merged], whole=whole)
            self._of[entity] = tuple(
                Stake(stake.holder, capital[index], votes[index], stake.edge, stake.counts)
                for index, stake in enumerate(merged)
            )
        found = self._of[entity]
        self.touched += len(found)
        return found

    def _merge(self, holder: str, claims: list[Owns]) -> Stake:
        capital, votes = claims[0].capital, claims[0].votes
        for claim in claims[1:]:
            capital, votes = capital.hull(claim.capital), votes.hull(claim.votes)
        vague = self._vague(claims)
        counts = any(claim.counts for claim in claims)
        return Stake(holder, units(capital, vague), units(votes, vague), claims[0].id, counts)

    def _vague(self, claims: list[Owns]) -> bool:
        """Return whether a stake may not exist: then nobody says who would hold what it stands for."""
        alone = len(claims) == 1 and claims[0].status == "disputed"
        return alone or any(claim.valid.covers(self.view.as_of) < Certainty.YES for claim in claims)

    def unnamed(self, entity: str, measure: str) -> int:
        """Return the largest part of an entity that somebody no fact names may hold, in units."""
        node = self.view.get(entity, Entity)
        if node is None or node.entity in WITHOUT_HOLDERS or node.remainder != "unknown":
            return 0
        return max(0, UNIT - sum(span(stake, measure)[0] for stake in self.of(entity)))

    def above(self, entity: str) -> set[str]:
        """Return everybody from whom a chain of holdings or control leads down to the entity, itself included."""
        found, todo = {entity}, [entity]
        while todo:
            here = todo.pop()
            holders = [stake.holder for stake in self.of(here)]
            holders += [edge.origin for edge in self.view.into(Controls, here)]
            for holder in holders:
                if holder not in found:
                    found.add(holder)
                    todo.append(holder)
        return found

    def group(self, holder: str, within: Collection[str] | None = None) -> dict[str, Certainty]:
        """Return whom a holder controls, alone or through those it controls: majority of votes, or a `controls` fact.

        Parameters
        ----------
        holder : str
        within : Collection[str] | None   look at these entities only; None is everybody

        MAYBE: the votes may or may not be a majority, or the fact is disputed or vaguely dated. The holder is in it.
        """
        certain = self._reach(holder, within, Certainty.YES)
        possible = self._reach(holder, within, Certainty.MAYBE)
        return {name: Certainty.YES if name in certain else Certainty.MAYBE for name in sorted(possible)}

    def _reach(self, holder: str, within: Collection[str] | None, least: Certainty) -> set[str]:
        side = 0 if least is Certainty.YES else 1
        found, todo = {holder}, [holder]
        votes: dict[str, int] = defaultdict(int)
        while todo:
            here = todo.pop()
            for entity in self.held(here):
                if entity in found or (within is not None and entity not in within):
                    continue
                votes[entity] += sum(stake.votes[side] for stake in self.of(entity) if stake.holder == here)
                if votes[entity] > HALF or self._says(here, entity) >= least:
                    found.add(entity)
                    todo.append(entity)
        return found

    def _says(self, holder: str, entity: str) -> Certainty:
        facts = (self.view.sure(e) for e in self.view.into(Controls, entity) if e.origin == holder)
        return max(facts, default=Certainty.NO)

    def masters(self, entity: str) -> frozenset[str]:
        """Return those who may control an entity by themselves; who controls anything at all is one of somebody."""
        if entity not in self._masters:
            majority = {stake.holder for stake in self.of(entity) if stake.votes[1] > HALF}
            said = {edge.origin for edge in self.view.into(Controls, entity)}
            self._masters[entity] = frozenset(majority | said)
        return self._masters[entity]

    def climb(self, entity: str, holder: str, among: Collection[str]) -> tuple[Step, ...]:
        """Return the shortest chain up from an entity to a holder through some entities, or nothing."""
        return chain(self.ways(entity, among, holder), holder)

    def ways(self, entity: str, among: Collection[str], goal: str = "") -> Mapping[str, Step]:
        """Return the step by which each holder above an entity is first reached, through some entities only.

        Parameters
        ----------
        goal : str   the holder at whom to stop looking; empty is "look at all of them"
        """
        came: dict[str, Step] = {}
        todo = deque([entity])
        while todo and goal not in came:
            here = todo.popleft()
            for step in self.up(here):
                if step.target in among and step.target not in came and step.target != entity:
                    came[step.target] = step
                    todo.append(step.target)
        return came

    def up(self, entity: str) -> Iterator[Step]:
        """Yield the steps from an entity to those who control or hold it; control first, then the larger stake."""
        for edge in self.view.into(Controls, entity):
            yield Step(edge.id, "controls", entity, edge.origin, self.view.sure(edge))
        for stake in sorted(self.of(entity), key=lambda each: (-each.votes[0], -each.votes[1], each.holder)):
            majority = Certainty.YES if stake.votes[0] > HALF else Certainty.MAYBE
            yield Step(stake.edge, "owns", entity, stake.holder, majority)


def chain(ways: Mapping[str, Step], holder: str) -> tuple[Step, ...]:
    """Return the steps that lead to a holder, the first one first."""
    steps: list[Step] = []
    while holder in ways:
        steps.append(ways[holder])
        holder = steps[-1].origin
    return tuple(reversed(steps))


def span(stake: Stake, measure: str) -> Range:
    """Return a stake's range of `capital` or `votes`, in units."""
    return stake.capital if measure == "capital" else stake.votes


def units(share: Share, vague: bool) -> Range:
    """Return a share in units, rounded outwards; from nothing when the fact itself may not hold."""
    low = 0 if vague else share.low.numerator * UNIT // share.low.denominator
    return low, -(-share.high.numerator * UNIT // share.high.denominator)


def fraction(low: int, high: int) -> Share:
    """Return a range of units as a share, cut at the whole."""
    return Share(Fraction(min(low, UNIT), UNIT), Fraction(min(high, UNIT), UNIT))


def tighten(ranges: list[Range], *, whole: bool) -> list[Range]:
    """Return ranges of parts of one whole, each no wider than the others allow.

    Parameters
    ----------
    ranges : list[Range]
    whole : bool   every part is among them, so that what the others cannot reach belongs to this one

    Parts whose lower ends exceed the whole contradict each other: then none of them is certain.

    Example
    -------
    >>> [high / UNIT for _, high in tighten([(UNIT * 6 // 10, UNIT), (0, UNIT)], whole=False)]
    [1.0, 0.4]
    >>> [low / UNIT for low, _ in tighten([(UNIT * 3 // 10, UNIT * 3 // 10), (0, UNIT)], whole=True)]
    [0.3, 0.7]
    """
    least, most = sum(low for low, _ in ranges), sum(high for _, high in ranges)
    if least > UNIT:
        return [(0, high) for _, high in ranges]
    filled = whole and most >= UNIT
    return [(max(low, UNIT - most + high) if filled else low, min(high, UNIT - least + low)) for low, high in ranges]


@lru_cache(maxsize=8)
def stakes(view: View) -> Stakes:
    """Return the Stakes of a View, made once."""
    return Stakes(view)
