"""The record of processing, generated from permits, descriptions and roles: one activity a permit.

Who is controller of a step is the law's rule applied to what the permit and its datasets' descriptions say; whose
accounts may take the step is what the policy and the node's accounts say today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localdate

from hygie.access.applications import queries as applications
from hygie.access.catalogue import queries as catalogue
from hygie.access.catalogue.values import Description
from hygie.access.permits import queries as permits
from hygie.access.permits.values import Permit
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.ledger import queries as events
from hygie.commons.people.queries import numbers
from hygie.commons.people.rules import decide
from hygie.commons.people.values import ROLES, Person

NATURAL = "natural-person"
# what ends the processing under a permit before its last day; the first to come counts
STOPS = {"permit.revoked": "revoked", "permit.closed": "ended", "permit.amended": "replaced"}
# Steps in the order of the road, the action that the policy asks about, and the rule that names the controller.
STEPS = {
    "supply": ("application.deliver", "art. 74 (SU-74), art. 60(2)"),
    "preparation": ("extract.prepare", "art. 74 (SU-74), art. 57(1)"),
    "analysis": ("", "art. 74 (SU-74), art. 61"),
    "outputs": ("airlock.review", "art. 74 (SU-74), art. 73(2)"),
}


@dataclass(frozen=True)
class Party:
    """A controller or processor.

    Parameters
    ----------
    name : str         empty for a natural person, and for a holder that no description names
    datasets : tuple   those that it is controller of; empty: all of the permit's
    """

    name: str
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hands:
    """How many accounts of a role may take a step today."""

    role: str
    accounts: int


@dataclass(frozen=True)
class Step:
    """A step of the processing: whose it is, on whose behalf, and whose accounts may take it.

    Parameters
    ----------
    step : str            one of `STEPS`
    controllers : tuple   each for its own data, where there are several: the law makes none of them joint
    processors : tuple    who acts on the controllers' behalf; empty for none
    """

    step: str
    controllers: tuple[Party, ...]
    processors: tuple[Party, ...]
    hands: tuple[Hands, ...]
    source: str


@dataclass(frozen=True)
class Refusals:
    """What a permit does with persons who refused.

    Parameters
    ----------
    left_out : bool       who refused before the decision is left out
    decided_on : date
    law, reason : str     the exception to refusals and why, empty without one
    """

    left_out: bool
    decided_on: date
    law: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Activity:
    """One processing activity.

    Parameters
    ----------
    user : str            the permit's; empty for a natural person
    stopped : str         `revoked`, `ended` by its user, or `replaced`; empty for one that runs to its last day
    stopped_on : date     on which day that was
    populations : tuple   whose data these are, as the datasets' descriptions say, in both languages
    delete_by : date      six months after the permit ends
    persons : int         natural persons who may work under it
    reviewers : int       people who agree to an output, its author apart
    """

    permit: str
    state: str
    title: str
    basis: str
    user: str
    datasets: tuple[str, ...]
    categories: tuple[str, ...]
    populations: tuple[dict[str, str], ...]
    refusals: Refusals
    steps: tuple[Step, ...]
    starts_on: date
    ends_on: date
    stopped: str
    stopped_on: date | None
    delete_by: date
    persons: int
    format: str
    reviewers: int


def activities(node: Node, offset: int, limit: int) -> tuple[int, list[Activity]]:
    """Return how many permits there are, and some of them as processing activities, the last decision first.

    Parameters
    ----------
    offset, limit : int   0 or more; at most 200

    Source   Reg. (EU) 2016/679 art. 30; Reg. (EU) 2025/327 arts 68(12), 71(4), 74 (SU-74)
    """
    at, key = node.clock(), node.keys.public_key()
    total, known = permits.listed(localdate(at), offset=offset, limit=limit)
    found = permits.standings([each.id for each in known], at=at, public_key=key)
    described = catalogue.descriptions({name for each in found for name in each.permit.data.datasets})
    staff = Staff(numbers())
    ends = stops([each.id for each in known])
    return total, [activity(each, node, described, staff, ends.get(each.permit.id)) for each in found]


class Staff:
    """The accounts of a node, by what the policy lets their roles do."""

    def __init__(self, numbers: Sequence[tuple[tuple[str, ...], str, int]]) -> None:
        asked = {action for action, _source in STEPS.values() if action}
        self.numbers = numbers
        self.may = {action: [role for role in ROLES if allowed(role, action)] for action in asked}

    def hands(self, action: str, holders: frozenset[str]) -> tuple[Hands, ...]:
        """Return how many accounts of each role may do an action for some holders; a holder's own for it alone."""
        own = [(held, number) for held, holder, number in self.numbers if not holder or holder in holders]
        return tuple(Hands(role, sum(number for held, number in own if role in held)) for role in self.may[action])


def allowed(role: str, action: str) -> bool:
    """Return whether the policy lets a role do an action."""
    return decide(Person("-", (role,)), action, {}).allowed


def stops(known: Sequence[str]) -> dict[str, tuple[str, date]]:
    """Return how and when the processing under some permits stopped before its last day, by permit."""
    led = {each.id: permit for permit, each in applications.permitted(tuple(known)).items()}
    found: dict[str, tuple[str, date]] = {}
    about = events.about([*known, *led])
    told = sorted((*each, led.get(subject, subject)) for subject, held in about.items() for each in held)
    for _index, kind, at, permit in told:
        if kind in STOPS:
            found.setdefault(permit, (STOPS[kind], localdate(datetime.fromisoformat(at))))
    return found


def activity(
    found: permits.Standing,
    node: Node,
    described: Mapping[str, Description],
    staff: Staff,
    stopped: tuple[str, date] | None,
) -> Activity:
    """Return a permit as a processing activity."""
    permit = found.permit
    end = min(found.revoked_on or permit.duration.end, permit.duration.end)
    told = {name: described[name] for name in permit.data.datasets if name in described}
    populations = [each.population for each in told.values() if each.population]
    how, day = stopped or ("", None)
    return Activity(
        permit.id,
        found.state,
        permit.purpose.title,
        permit.purpose.basis,
        permit.user.name if permit.user.kind != NATURAL else "",
        permit.data.datasets,
        permit.data.categories,
        tuple({language: each.said(language) for language in ("en", "fr")} for each in populations),
        refusals(permit),
        steps(permit, node, told, staff),
        permit.duration.start,
        permit.duration.end,
        how,
        day,
        law.add(
            end, law.limit("permit.deletion", on=localdate(permit.decided_at)).figure, "months", country=node.country
        ),
        len(permit.people.authorised),
        permit.data.format,
        permit.output_policy.figures.reviewers,
    )


def refusals(permit: Permit) -> Refusals:
    """Return what a permit does with persons who refused before it was decided.

    Source   Reg. (EU) 2025/327 art. 71(3)-(4) (SU-71-3, SU-71-4)
    """
    day, exception = localdate(permit.decided_at), permit.opt_out_exception
    return Refusals(False, day, exception.law, exception.reason) if exception else Refusals(True, day)


def steps(permit: Permit, node: Node, told: Mapping[str, Description], staff: Staff) -> tuple[Step, ...]:
    """Return the steps of a permit's processing, each with its controller.

    The holder is controller of the supply, the access body of its own tasks, the user of the analysis, for which the
    access body is its processor.

    Source   Reg. (EU) 2025/327 art. 74 (SU-74)
    """
    held: dict[str, list[str]] = {}
    for name in permit.data.datasets:
        held.setdefault(told[name].holder.name if name in told else "", []).append(name)
    holders = tuple(Party(name, tuple(datasets)) for name, datasets in held.items())
    bodies = dict.fromkeys(each.access_body.name for each in told.values()) or {node.id: None}
    body = tuple(Party(name) for name in bodies)
    user = (Party(permit.user.name if permit.user.kind != NATURAL else ""),)
    whose = {"supply": holders, "preparation": body, "analysis": user, "outputs": body}
    found = []
    for step, (action, source) in STEPS.items():
        hands = staff.hands(action, frozenset(held)) if action else (Hands("user", len(permit.people.authorised)),)
        found.append(Step(step, whose[step], body if step == "analysis" else (), hands, source))
    return tuple(found)
