"""The closure of ownership: what holders outside the Union have in an entity, directly and through others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Entity
from hygie.commons.sovereignty.knowledge.values import Certainty, Share
from hygie.commons.sovereignty.reach.derived import EACH, ForeignHolding, Holding, larger
from hygie.commons.sovereignty.reach.loops import UNBOUNDED, UNIT, Arrows, components, solve, up
from hygie.commons.sovereignty.reach.stakes import HALF, Stakes, chain, fraction, span, stakes

MEASURES = ("capital", "votes")
Stops = Callable[[str], bool]


def outside(view: View, entity: str) -> Certainty:
    """Return whether an entity's seat, head office or main establishment is outside the Union on the day.

    MAYBE when no place is stated, membership is not certain, or claims about the entity differ.

    Source   SecNumCloud 3.2, 19.6.a and b
    """
    claims = [claim for claim in view.claims(entity) if isinstance(claim, Entity)]
    answers = set()
    for claim in claims:
        away = [Certainty(Certainty.YES - view.belongs(place, "EU")) for place in claim.places]
        answers.add(max(away, default=Certainty.MAYBE))
    return answers.pop() if len(answers) == 1 else Certainty.MAYBE


def non_eu_holding(entity: str, view: View) -> ForeignHolding:
    """Return what each holder outside the Union has in an entity, and all of them together.

    Parameters
    ----------
    entity : str   id
    view : View

    Economic share: product along each path, summed over the paths (loops of cross-holdings included). Control share: a
    stake counts in full once the holder controls every step to it. Listed shares count only when declared. Unknown
    shares are ranges; what nobody is named for may be held from outside, unless the entity's `remainder` says other.

    Source   SecNumCloud 3.2, 19.6.b
    """
    graph = stakes(view)
    above = graph.above(entity) - {entity}
    foreign = {name: outside(view, name) for name in above}
    groups = {name: graph.group(name, above) for name, where in foreign.items() if where}
    economic = {measure: Economic(graph, entity, measure) for measure in MEASURES}
    ways = graph.ways(entity, above)
    holders = [
        Holding(
            name,
            economic["capital"].share(name),
            economic["votes"].share(name),
            _control(graph, entity, name, groups[name], economic),
            foreign[name],
            chain(ways, name),
        )
        for name in sorted(groups)
    ]
    holders.sort(key=lambda each: (-each.counted.high, -each.counted.low, each.holder))
    unnamed = {measure: _unnamed(graph, entity, measure) for measure in MEASURES}
    if any(share.high for share in unnamed.values()):
        capital, votes = unnamed["capital"], unnamed["votes"]
        holders.append(Holding("", capital, votes, larger(capital, votes), Certainty.MAYBE))
    together = larger(*(_together(graph, entity, measure, foreign, groups) for measure in MEASURES))
    return ForeignHolding(entity, tuple(each for each in holders if each.counted.high), together)


class Economic:
    """The economic share of everybody above an entity, by one measure.

    Parameters
    ----------
    graph : Stakes
    entity : str    id
    measure : str   `capital` or `votes`
    """

    def __init__(self, graph: Stakes, entity: str, measure: str) -> None:
        self.low = mass(graph, entity, measure, 0, lambda _: False)
        self.high = mass(graph, entity, measure, 1, lambda _: False)

    def share(self, holder: str) -> Share:
        """Return the share of one holder."""
        return fraction(self.low.get(holder, 0), self.high.get(holder, 0))

    def most(self, group: Collection[str]) -> int:
        """Return a figure that the share of a whole group cannot exceed, in units."""
        return sum(self.high.get(name, 0) for name in group)


def _control(
    graph: Stakes, entity: str, holder: str, group: Mapping[str, Certainty], economic: Mapping[str, Economic]
) -> Share:
    """Return a holder's share where what it controls counts as the whole.

    It is counted exactly where it can exceed 24 %. Where it cannot, what all it controls comes to together is bound
    enough; and where loops leave no bound at all, so is the whole.
    """
    if len(group) == 1:
        return larger(*(economic[measure].share(holder) for measure in MEASURES))
    certain = {name for name, sure in group.items() if sure is Certainty.YES}
    shares = []
    for measure in MEASURES:
        most = economic[measure].most(group)
        if EACH * UNIT < most < UNBOUNDED:
            low = mass(graph, entity, measure, 0, certain.__contains__)
            high = mass(graph, entity, measure, 1, group.__contains__)
            shares.append(fraction(sum(low.get(n, 0) for n in certain), sum(high.get(n, 0) for n in group)))
        else:
            shares.append(fraction(min(economic[measure].low.get(holder, 0), most), most))
    return larger(*shares)


def _unnamed(graph: Stakes, entity: str, measure: str) -> Share:
    """Return the part of an entity that somebody nobody names may hold, through whatever chain."""
    found = mass(graph, entity, measure, 1, lambda _: False)
    return fraction(0, sum(up(part * _lost(graph, name, measure, entity)) for name, part in found.items()))


def _lost(graph: Stakes, name: str, measure: str, entity: str) -> int:
    """Return the unnamed part of an entity; all of a holder's when it is enough to control that holder."""
    part = graph.unnamed(name, measure)
    return UNIT if name != entity and graph.unnamed(name, "votes") > HALF else part


def _together(
    graph: Stakes,
    entity: str,
    measure: str,
    foreign: Mapping[str, Certainty],
    groups: Mapping[str, Mapping[str, Certainty]],
) -> Share:
    """Return what all holders outside hold; a holder counts once, and whom it controls counts as it does."""
    certain: set[str] = set()
    possible: set[str] = set()
    for name, group in groups.items():
        possible.update(group)
        if foreign[name] is Certainty.YES:
            certain.update(each for each, sure in group.items() if sure is Certainty.YES)
    low = mass(graph, entity, measure, 0, certain.__contains__)
    high = mass(graph, entity, measure, 1, possible.__contains__)
    inside = mass(graph, entity, measure, 0, possible.__contains__)
    lost = sum(up(part * _lost(graph, name, measure, entity)) for name, part in high.items() if name not in possible)
    most = sum(part for name, part in high.items() if name in possible) + lost
    kept = sum(
        part * _kept(graph, name, measure, entity) // UNIT for name, part in inside.items() if name not in possible
    )
    return fraction(sum(part for name, part in low.items() if name in certain), max(0, min(most, UNIT - kept)))


def _kept(graph: Stakes, name: str, measure: str, entity: str) -> int:
    """Return the least part of an entity that goes no further up: a State's, a person's, shares that do not count."""
    passed = sum(span(stake, measure)[1] for stake in graph.of(name) if stake.counts)
    return max(0, UNIT - passed - _lost(graph, name, measure, entity))


def mass(graph: Stakes, entity: str, measure: str, side: int, stops: Stops) -> dict[str, int]:
    """Return how much of an entity reaches each holder above it, going up the stakes.

    Parameters
    ----------
    side : int    0 for the lower end of every range, rounded down; 1 for the upper, rounded up
    stops : Stops holders beyond whom nothing goes up; never asked of the entity itself

    What goes round a loop is summed over all its rounds (`loops.solve`).
    """
    arrows = _upwards(graph, entity, measure, side, stops)
    found: dict[str, int] = defaultdict(int)
    found[entity] = UNIT
    for loop in reversed(components(entity, arrows)):
        members = set(loop)
        if len(loop) > 1 or any(holder in members for holder, _ in arrows[loop[0]]):
            found.update(solve(loop, arrows, found, side))
        for name in loop:
            for holder, part in arrows[name]:
                if holder not in members:
                    product = found[name] * part
                    found[holder] += up(product) if side else product // UNIT
    return found


def _upwards(graph: Stakes, entity: str, measure: str, side: int, stops: Stops) -> Arrows:
    """Return, for everybody between an entity and where nothing goes further, the holders and their parts."""
    arrows: dict[str, list[tuple[str, int]]] = {}
    todo = [entity]
    while todo:
        here = todo.pop()
        if here in arrows:
            continue
        counted = () if here != entity and stops(here) else graph.of(here)
        arrows[here] = [(s.holder, span(s, measure)[side]) for s in counted if s.counts and span(s, measure)[side]]
        todo += [holder for holder, _ in arrows[here]]
    return arrows
