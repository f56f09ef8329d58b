"""The part of a View that a question can depend on: small enough to ask the rules many times."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from hygie.commons.sovereignty.knowledge.edges import (
    Allows,
    Blocks,
    Controls,
    Covers,
    Edge,
    HasPresenceIn,
    Holds,
    HostedAt,
    MemberOf,
    OperatedBy,
    Owns,
    PlacedOn,
    RunsOn,
    SubcontractsTo,
)
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.nodes import (
    Assessment,
    Certificate,
    Country,
    Dataset,
    Entity,
    Instrument,
    KeyCustody,
    Law,
    Location,
    NexusRule,
    Service,
    Source,
    Zone,
)
from hygie.commons.sovereignty.knowledge.values import Record
from hygie.commons.sovereignty.reach.stakes import stakes
from hygie.commons.sovereignty.rules.questions import Question

HALF = Fraction(1, 2)
EVERYWHERE = (Country, Zone, MemberOf, Law, NexusRule, Instrument, Allows, Blocks)
ALWAYS = (*EVERYWHERE, Source)
ONWARD = (OperatedBy, HostedAt, RunsOn, SubcontractsTo)


def relevant(question: Question, view: View) -> View:
    """Return a View of those facts alone on which the ruling on a question can depend.

    Parameters
    ----------
    question : Question
    view : View

    The chain from the service; whoever holds or controls an entity of it, with their groups; the certificates, places,
    keys and assessments of all these; and every country, law, instrument and source.
    """
    names = chain_of(question, view)
    graph = stakes(view)
    holders = set(names)
    for name in names:
        if view.get(name, Entity):
            above = graph.above(name)
            for holder in above:
                holders.update((holder, *graph.group(holder)))
    siblings = {edge.origin for name in names for edge in view.into(OperatedBy, name)} | names
    certificates = {edge.origin for name in siblings for edge in view.into(Covers, name)}

    reach = Reach(names, holders, siblings, certificates)

    def keep(record: Record) -> bool:
        if isinstance(record, ALWAYS):
            return True
        if isinstance(record, Edge):
            return reach.holds(record)
        if isinstance(record, Assessment):
            return record.subject in names
        if isinstance(record, Certificate):
            return record.id in certificates
        return isinstance(record, Entity | Service | Dataset | Location | KeyCustody)

    return view.only(keep)


def chain_of(question: Question, view: View) -> set[str]:
    """Return the ids on the way from a question's place: services, operators, subcontractors, places."""
    placement, data = question.placement, question.data
    found = {name for name in (placement.service, placement.operator, data.id, data.controller) if name}
    todo = deque(sorted(found))
    while todo:
        here = todo.popleft()
        for kind in ONWARD:
            for edge in view.out(kind, here):
                if edge.target not in found:
                    found.add(edge.target)
                    todo.append(edge.target)
    return found


def connected(question: Question, facts: Facts, known_at: datetime) -> Facts:
    """Return those facts alone on which the ruling on a question can depend on any day, as known at a time.

    Parameters
    ----------
    question : Question
    facts : Facts
    known_at : datetime   UTC

    What `relevant` keeps, with every relation that was known whatever its dates: who may have held or controlled an
    entity of the chain at some time, and whom these may have controlled. Shares are taken at their largest.
    """
    known = [each for each in facts.records if each.known(known_at) and each.status != "retracted"]
    ties = Ties(known)
    place, data = question.placement, question.data
    start = {each for each in (place.service, place.operator, place.location, data.id, data.controller) if each}
    names = spread(start, ties.onward)
    held = spread(names, ties.holders)
    holders = ties.groups(held)
    siblings = {service for name in names for service in ties.services[name]} | names
    certificates = {each for name in siblings for each in ties.covers[name]}
    ends = names | holders | siblings | certificates

    reach = Reach(names, holders, siblings, certificates)
    relations = (record for record in known if isinstance(record, Edge) and not isinstance(record, EVERYWHERE))
    edges = [edge for edge in relations if reach.holds(edge)]
    ends |= {end for edge in edges for end in (edge.origin, edge.target)}
    cited = {source for record in known if record.id in certificates for source in record.sources}
    things = [
        record
        for record in known
        if record.id in (cited if isinstance(record, Source) else ends)
        or isinstance(record, EVERYWHERE)
        or (isinstance(record, Assessment) and record.subject in names)
    ]
    return Facts.of([*edges, *things])


@dataclass(frozen=True)
class Reach:
    """The things whose relations a ruling can depend on.

    Parameters
    ----------
    names : set          on the way from the place: services, operators, subcontractors, places
    holders : set        these, whoever holds or controls them, and their groups
    siblings : set       services of the same operators
    certificates : set   of these services
    """

    names: set[str]
    holders: set[str]
    siblings: set[str]
    certificates: set[str]

    def holds(self, edge: Edge) -> bool:
        """Return whether a relation is one of them."""
        if isinstance(edge, Owns | Controls):
            return edge.target in self.holders
        if isinstance(edge, HasPresenceIn):
            return edge.origin in self.holders
        if isinstance(edge, OperatedBy):
            return edge.origin in self.siblings or edge.target in self.holders
        if isinstance(edge, Covers | Holds):
            return edge.origin in self.certificates or edge.target in self.certificates
        if isinstance(edge, SubcontractsTo):
            return edge.origin in self.names or edge.target in self.holders
        return edge.origin in self.names and not isinstance(edge, PlacedOn)


class Ties:
    """Relations of some facts by their ends, whatever their dates."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.onward: dict[str, set[str]] = defaultdict(set)
        self.holders: dict[str, set[str]] = defaultdict(set)
        self.held: dict[str, set[str]] = defaultdict(set)
        self.votes: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        self.services: dict[str, set[str]] = defaultdict(set)
        self.covers: dict[str, set[str]] = defaultdict(set)
        for edge in records:
            if isinstance(edge, ONWARD):
                self.onward[edge.origin].add(edge.target)
            if isinstance(edge, OperatedBy):
                self.services[edge.target].add(edge.origin)
            if isinstance(edge, Covers):
                self.covers[edge.target].add(edge.origin)
            if isinstance(edge, Owns | Controls):
                self.holders[edge.target].add(edge.origin)
                self.held[edge.origin].add(edge.target)
                most = edge.votes.high if isinstance(edge, Owns) else Fraction(1)
                pair = (edge.origin, edge.target)
                self.votes[pair] = max(self.votes[pair], most)

    def groups(self, holders: Iterable[str]) -> set[str]:
        """Return some holders and all whom any of them may control, alone or through whom it controls."""
        found: set[str] = set()
        for holder in holders:
            found |= self.group(holder)
        return found

    def group(self, holder: str) -> set[str]:
        """Return a holder and whom it may control: by more than half of the votes at their largest, or by a fact."""
        found, todo = {holder}, [holder]
        votes: dict[str, Fraction] = defaultdict(Fraction)
        while todo:
            here = todo.pop()
            for entity in self.held[here] - found:
                votes[entity] += self.votes[here, entity]
                if votes[entity] > HALF:
                    found.add(entity)
                    todo.append(entity)
        return found


def spread(start: Iterable[str], ties: Mapping[str, set[str]]) -> set[str]:
    """Return some things and all to which ties lead from them."""
    found = set(start)
    todo = list(found)
    while todo:
        for other in ties.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found
