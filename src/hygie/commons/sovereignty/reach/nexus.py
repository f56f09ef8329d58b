"""Which laws reach an entity: down from those who control it, up from its group's establishments; how hard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache

from hygie.commons.sovereignty.knowledge.edges import HasPresenceIn, OperatedBy, SubcontractsTo
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Entity, Law, NexusRule
from hygie.commons.sovereignty.knowledge.values import Certainty
from hygie.commons.sovereignty.reach.derived import Step, Subjection
from hygie.commons.sovereignty.reach.stakes import stakes

ESTABLISHMENTS = frozenset({"subsidiary", "branch", "staff"})
TESTS = dict.fromkeys((*ESTABLISHMENTS, "unknown"), "establishment")
Tie = tuple[str, str, tuple[Step, ...], Certainty]  # test, country, chain from the entity to it, whether it is of it
Tied = tuple[str, Tie]  # the member of a group that has it


class Nexus:
    """The laws of one View and what they reach; each entity is looked at once.

    Parameters
    ----------
    view : View
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.stakes = stakes(view)
        self._of: dict[tuple[str, bool], tuple[Subjection, ...]] = {}
        self._controllers: dict[str, dict[str, tuple[Step, ...]]] = {}
        self._spread: dict[str, tuple[Tied, ...]] = {}

    @cached_property
    def rules(self) -> tuple[tuple[NexusRule, Law], ...]:
        """Nexus rules with their laws, those left out whose powers are certainly not operative on the day."""
        pairs = ((rule, self.view.get(rule.law, Law)) for rule in self.view.all(NexusRule))
        found = ((rule, law) for rule, law in pairs if law and law.operative.covers(self.view.as_of))
        return tuple(sorted(found, key=lambda pair: pair[0].id))

    @cached_property
    def by_tie(self) -> Mapping[tuple[str, str], tuple[tuple[NexusRule, Law], ...]]:
        """Nexus rules by the test and the country that they ask for; every other tie is of no matter."""
        found: dict[tuple[str, str], list[tuple[NexusRule, Law]]] = {}
        for rule, law in self.rules:
            found.setdefault((rule.test, rule.country), []).append((rule, law))
        return {tie: tuple(pairs) for tie, pairs in found.items()}

    def of(self, entity: str, *, declared: bool = False) -> tuple[Subjection, ...]:
        """Return how laws reach an entity; the strongest and surest tie first, one for each law, test and country.

        Parameters
        ----------
        entity : str
        declared : bool   somebody declares that it holds others' data, which no fact says
        """
        if (entity, declared) not in self._of:
            provides = declared or self.provides(entity)
            made = (
                self._subjection(entity, rule, law, tie)
                for tie in self._tied(entity)
                for rule, law in self.by_tie.get((tie[0], tie[1]), ())
                if provides or not rule.providers
            )
            self._of[entity, declared] = best(made)
        return self._of[entity, declared]

    def at(self, location: str) -> tuple[Subjection, ...]:
        """Return how laws reach data because they lie at a place."""
        found = (self.within(country, location, sure) for country, sure in self.view.countries(location).items())
        return tuple(tie for ties in found for tie in ties)

    def within(self, country: str, name: str, sure: Certainty = Certainty.YES) -> tuple[Subjection, ...]:
        """Return how laws reach data because they lie in a country, or perhaps, at a thing of a name."""
        tie: Tie = ("place", country, (), sure)
        made = (self._subjection(name, rule, law, tie) for rule, law in self.by_tie.get(("place", country), ()))
        return best(made)

    def provides(self, entity: str) -> bool:
        """Return whether an entity operates a service, or has technical access to one's data as a subcontractor."""
        given = self.view.into(SubcontractsTo, entity)
        return bool(self.view.into(OperatedBy, entity)) or any(edge.access != "none" for edge in given)

    def controllers(self, entity: str) -> dict[str, tuple[Step, ...]]:
        """Return those who control an entity, or may, each with the chain up to it; itself with an empty one."""
        if entity not in self._controllers:
            self._controllers[entity] = self._controlled_by(entity)
        return self._controllers[entity]

    def _controlled_by(self, entity: str) -> dict[str, tuple[Step, ...]]:
        above = self.stakes.above(entity)
        found: dict[str, tuple[Step, ...]] = {entity: ()}
        for name in sorted({name for each in above for name in self.stakes.masters(each)} - {entity}):
            group = self.stakes.group(name, above)
            if sure := group.get(entity, Certainty.NO):
                chain = self.stakes.climb(entity, name, group)
                found[name] = tuple(Step(s.edge, s.kind, s.origin, s.target, sure) for s in chain)
        return found

    def _tied(self, entity: str) -> Iterator[Tie]:
        controllers = self.controllers(entity)
        for name, chain in controllers.items():
            for country, sure in self._seats(name).items():
                yield "controlled" if chain else "seat", country, chain, sure
        for name, chain in controllers.items():
            node = self.view.get(name, Entity)
            if node is not None and node.entity != "state":
                yield from self._establishments(name, chain)

    def _establishments(self, top: str, chain: tuple[Step, ...]) -> Iterator[Tie]:
        if top not in self._spread:
            self._spread[top] = tuple(self._group_ties(top))
        passed = {top, *(step.origin for step in chain)}
        for member, (test, country, steps, sure) in self._spread[top]:
            if member not in passed or (steps[-1:] and steps[-1].kind == "has_presence_in"):
                yield test, country, (*chain, *steps), sure

    def _group_ties(self, top: str) -> Iterator[Tied]:
        """Yield the ties of a group that a rule asks for, by presence or seat, each with the chain from the top."""
        group = self.stakes.group(top)
        for member, sure in group.items():
            ties = [
                (edge, TESTS.get(edge.form, "customers"), country, certain)
                for edge in self.view.out(HasPresenceIn, member)
                for country, certain in self._countries(edge.target).items()
            ]
            seats = {c: s for c, s in self._seats(member).items() if ("establishment", c) in self.by_tie}
            wanted = [tie for tie in ties if tie[1:3] in self.by_tie]
            if not wanted and not seats:
                continue
            down = self._down(top, member, group, sure) if member != top else ()
            for edge, test, country, certain in wanted:
                stated = Certainty.MAYBE if edge.form == "unknown" else Certainty.YES
                step = Step(edge.id, edge.kind, member, country, min(certain, stated, self.view.sure(edge)))
                yield member, (test, country, (*down, step), Certainty.YES)
            for country, certain in seats.items():
                yield member, ("establishment", country, down, certain)

    def _down(self, top: str, member: str, group: dict[str, Certainty], sure: Certainty) -> tuple[Step, ...]:
        climbed = self.stakes.climb(member, top, group)
        return tuple(Step(s.edge, s.kind, s.target, s.origin, sure) for s in reversed(climbed))

    def _seats(self, entity: str) -> dict[str, Certainty]:
        """Return the countries of an entity; MAYBE for one that another claim on it does not name."""
        claims = [set(claim.places) for claim in self.view.claims(entity) if isinstance(claim, Entity)]
        every = set().union(*claims)
        return {p: Certainty.YES if all(p in claim for claim in claims) else Certainty.MAYBE for p in sorted(every)}

    def _countries(self, place: str) -> dict[str, Certainty]:
        """Return the country of a presence: the location's, or the one that it names itself."""
        return self.view.countries(place) or {place: Certainty.YES}

    def _subjection(self, entity: str, rule: NexusRule, law: Law, tie: Tie) -> Subjection:
        _, _, chain, sure = tie
        last = chain[-1].target if chain else entity
        steps = (*chain, Step(rule.id, "nexus", last, law.id, min(sure, self.view.sure(rule))))
        return Subjection(
            entity, law.id, rule.strength, rule.test, rule.id, steps, min(step.sure for step in steps),
            law.statute.covers(self.view.as_of), law.operative.covers(self.view.as_of),
        )  # fmt: skip


def best(found: Iterator[Subjection]) -> tuple[Subjection, ...]:
    """Return one subjection for each rule: the surest, then the shortest; the strongest first."""
    kept: dict[str, Subjection] = {}
    for each in sorted(found, key=lambda s: (-s.sure, len(s.steps), [step.edge for step in s.steps])):
        kept.setdefault(each.rule, each)
    return tuple(sorted(kept.values(), key=lambda s: (-s.strength, -min(s.sure, s.operative), s.law, s.rule)))


def subjections(entity: str, view: View) -> tuple[Subjection, ...]:
    """Return how laws reach an entity on the day of a View: SUBJECT_TO, with strength, chain and certainty.

    Parameters
    ----------
    entity : str   id
    view : View

    Strongest first. A law whose statute has lapsed is there as long as its powers are operative.
    """
    return nexus(view).of(entity)


@lru_cache(maxsize=8)
def nexus(view: View) -> Nexus:
    """Return the Nexus of a View, made once."""
    return Nexus(view)
