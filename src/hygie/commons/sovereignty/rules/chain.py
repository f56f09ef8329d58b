"""Everything a service leads to: services below it, operators, subcontractors, places, and what each can reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from hygie.commons.sovereignty.knowledge.edges import Access, HostedAt, OperatedBy, PlacedOn, RunsOn, SubcontractsTo
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Assessment, Entity, Law, Readers
from hygie.commons.sovereignty.knowledge.values import Certainty, Strength
from hygie.commons.sovereignty.reach.derived import ForeignHolding, Path, Step, Subjection
from hygie.commons.sovereignty.reach.nexus import nexus
from hygie.commons.sovereignty.reach.ownership import non_eu_holding, outside
from hygie.commons.sovereignty.reach.paths import RANK, State, minimal, onward, reach
from hygie.commons.sovereignty.rules.outcomes import Finding

Flow = PlacedOn | OperatedBy | HostedAt | RunsOn | SubcontractsTo


@dataclass(frozen=True)
class Touch:
    """A relation on the way from a service, and what can be reached after it: `none` ends no chain here.

    Parameters
    ----------
    edge : Flow
    access : str               the most that can be reached through it
    steps : tuple[Step, ...]   the shortest chain with that access, this relation last
    """

    edge: Flow
    access: Access
    steps: tuple[Step, ...]

    @cached_property
    def sure(self) -> Certainty:
        """How certain its weakest step is."""
        return min(step.sure for step in self.steps)


class Chains:
    """The chains of one View; each service is walked once for each kind of access and keys.

    `walked` counts the relations looked at: the cost, for those who measure it.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.walked = 0
        self._known: dict[tuple[str, Access, Readers], tuple[Touch, ...]] = {}
        self._ways: dict[tuple[str, Access, Readers], tuple[Path, ...]] = {}
        self._laws: dict[str, bool] = {}
        self.found: dict[Hashable, tuple[Finding, ...]] = {}  # what `rules.findings` has found, by nameless question
        self._kept: dict[tuple[str, Access, Readers, str], dict[Hashable, Any]] = {}
        self._onward: dict[str, tuple[Flow, ...]] = {}
        self._subjections: dict[tuple[str, Strength], tuple[Subjection, ...]] = {}
        self._abroad: dict[str, Certainty] = {}
        self._outside: dict[str, Certainty] = {}
        self._holdings: dict[str, ForeignHolding] = {}

    def of(self, service: str, access: Access, keys: Readers) -> tuple[Touch, ...]:
        """Return what a service leads to, each relation once.

        Parameters
        ----------
        service : str   id
        access : str    what the service itself sees of the data
        keys : str      who can read ciphertext
        """
        asked = (service, access, alike(access, keys))
        if asked not in self._known:
            self._known[asked] = self._walk(*asked)
        return self._known[asked]

    def ways(self, service: str, access: Access, keys: Readers) -> tuple[Path, ...]:
        """Return the minimal paths from a service to laws, found once; arguments as those of `of`."""
        asked = (service, access, alike(access, keys))
        if asked not in self._ways:
            walked: dict[State, tuple[Step, ...]] = {(service, access): ()}
            for touch in self.of(service, access, keys):
                if touch.access != "none":
                    walked.setdefault((touch.edge.target, touch.access), touch.steps)
            self._ways[asked] = minimal(service, walked, self.view) if access != "none" else ()
        return self._ways[asked]

    def kept(self, service: str, access: Access, keys: Readers, data: str) -> dict[Hashable, Any]:
        """Return what was worked out for data of an id on a service; arguments else as those of `of`."""
        return self._kept.setdefault((service, access, alike(access, keys), data), {})

    @cached_property
    def laws(self) -> tuple[Law, ...]:
        """Every law of the View, by id."""
        return tuple(sorted(self.view.all(Law), key=lambda law: law.id))

    @cached_property
    def assessments(self) -> Mapping[str, tuple[Assessment, ...]]:
        """Every assessment, by the service it is of."""
        found: dict[str, tuple[Assessment, ...]] = {}
        for each in self.view.all(Assessment):
            found[each.subject] = (*found.get(each.subject, ()), each)
        return found

    def reaches(self, law: str) -> bool:
        """Return whether a law is one of a State outside the Union that compels access or takes it; no proposal is."""
        if law not in self._laws:
            found = self.view.get(law, Law)
            self._laws[law] = (
                found is not None
                and found.stage == "adopted"
                and found.reach in ("access", "collection")
                and found.issuer != "EU"
                and self.view.belongs(found.issuer, "EU") is not Certainty.YES
            )
        return self._laws[law]

    def subjections(self, entity: str, least: Strength) -> tuple[Subjection, ...]:
        """Return the foreign laws that reach an entity at least so hard, by law the strongest."""
        asked = (entity, least)
        if asked not in self._subjections:
            best: dict[str, Subjection] = {}
            for tie in nexus(self.view).of(entity):
                if tie.strength >= least and self.reaches(tie.law):
                    best.setdefault(tie.law, tie)
            self._subjections[asked] = tuple(best.values())
        return self._subjections[asked]

    def abroad(self, entity: str) -> Certainty:
        """Return whether an entity is outside the Union, or controlled by one that is."""
        if entity not in self._abroad:
            found = self.outside(entity)
            for name, chain in nexus(self.view).controllers(entity).items():
                if chain and self.view.get(name, Entity) is not None:
                    found = max(found, min(self.outside(name), *(step.sure for step in chain)))
            self._abroad[entity] = found
        return self._abroad[entity]

    def outside(self, entity: str) -> Certainty:
        """Return whether an entity's own seat or establishment is outside the Union, worked out once."""
        if entity not in self._outside:
            self._outside[entity] = outside(self.view, entity)
        return self._outside[entity]

    def holding(self, entity: str) -> ForeignHolding:
        """Return what holders outside the Union have in an entity, worked out once."""
        if entity not in self._holdings:
            self._holdings[entity] = non_eu_holding(entity, self.view)
        return self._holdings[entity]

    def _walk(self, service: str, access: Access, keys: Readers) -> tuple[Touch, ...]:
        start = (service, access)
        chains: dict[tuple[str, Access], tuple[Step, ...]] = {start: ()}
        found: dict[str, Touch] = {}
        todo = deque([start])
        while todo:
            here = todo.popleft()
            name, before = here
            for edge in self._from(name):
                self.walked += 1
                after = reach(before, edge.access, keys)
                sure = min(self.view.sure(edge), Certainty.MAYBE if edge.access == "unknown" else Certainty.YES)
                steps = (*chains[here], Step(edge.id, edge.kind, name, edge.target, sure))
                if edge.id not in found or RANK[after] < RANK[found[edge.id].access]:
                    found[edge.id] = Touch(edge, after, steps)
                if (edge.target, after) not in chains:
                    chains[edge.target, after] = steps
                    todo.append((edge.target, after))
        return tuple(found[name] for name in sorted(found))

    def _from(self, name: str) -> tuple[Flow, ...]:
        if name not in self._onward:
            self._onward[name] = tuple(onward(name, self.view))
        return self._onward[name]


def alike(access: Access, keys: Readers) -> Readers:
    """Return one of those keys by which the same can be reached: who has them counts where ciphertext may be seen."""
    if access in ("none", "metadata"):
        return "unknown"
    return "client" if keys == "nobody" else keys


@lru_cache(maxsize=4)
def chains(view: View) -> Chains:
    """Return the Chains of a View, made once."""
    return Chains(view)
