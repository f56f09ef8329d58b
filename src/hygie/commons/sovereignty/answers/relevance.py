"""The part of a View that a question can depend on: small enough to ask the rules many times."""

from __future__ import annotations

from collections import deque

from hygie.commons.sovereignty.knowledge.edges import (
    Allows,
    Blocks,
    Controls,
    Covers,
    Edge,
    HasPresenceIn,
    Holds,
    HostedAt,
    KeyedBy,
    MemberOf,
    OperatedBy,
    Owns,
    PlacedOn,
    RunsOn,
    SubcontractsTo,
)
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import (
    Assessment,
    Certificate,
    Country,
    Dataset,
    Entity,
    Event,
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

ALWAYS = (Country, Zone, MemberOf, Law, NexusRule, Instrument, Source, Allows, Blocks)
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

    def keep(record: Record) -> bool:
        if isinstance(record, ALWAYS):
            return True
        if isinstance(record, Owns | Controls):
            return record.target in holders
        if isinstance(record, HasPresenceIn):
            return record.origin in holders
        if isinstance(record, OperatedBy):
            return record.origin in siblings or record.target in holders
        if isinstance(record, Covers | Holds):
            return record.origin in certificates or record.target in certificates
        if isinstance(record, PlacedOn | Event):
            return False
        if isinstance(record, KeyedBy):
            return record.origin == question.data.id
        if isinstance(record, SubcontractsTo):
            return record.origin in names or record.target in holders
        if isinstance(record, Edge):
            return record.origin in names
        if isinstance(record, Entity | Service | Dataset):
            return True
        if isinstance(record, Assessment):
            return record.subject in names
        return isinstance(record, Location | KeyCustody) or (
            isinstance(record, Certificate) and record.id in certificates
        )

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
