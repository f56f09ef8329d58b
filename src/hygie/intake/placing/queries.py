"""What other rooms read of a node's placement."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date

from hygie.base.engine.node import Node
from hygie.base.ledger import queries as ledger
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.rules.declarations import Declaration
from hygie.commons.sovereignty.rules.ruleset import ruleset
from hygie.commons.web.pieces import Proof
from hygie.intake.placing import files, judging
from hygie.intake.placing.evidence import Contradiction, Seen, held_against
from hygie.intake.placing.standing import DEROGATED, Whose, current, told
from hygie.intake.placing.values import Standing


@dataclass(frozen=True)
class Act:
    """A derogation as everyone may read it, and where the ledger has it.

    Parameters
    ----------
    granted, ends : str   ISO 8601 days, both included
    offer_since : str     since when an acceptable offer exists, or empty
    event : int
    """

    id: str
    place: str
    author: str
    reason: str
    exit_plan: str
    granted: str
    ends: str
    event: int
    offer_since: str = ""

    @property
    def granted_on(self) -> date:
        """The first day it holds."""
        return date.fromisoformat(self.granted)

    @property
    def ends_on(self) -> date:
        """The last day it holds."""
        return date.fromisoformat(self.ends)

    @property
    def proof(self) -> Proof:
        """Where the ledger proves it."""
        return Proof(self.event, f"/ledger/{self.event}/")


def whose(node: Node) -> Whose:
    """Return whose verdicts a node's are."""
    return Whose(node.home, node.id, node.country, node.clock)


def standing(node: Node) -> Standing:
    """Return the verdicts in force on what a node declares; looking writes nothing.

    Parameters
    ----------
    node : Node
    """
    return current(whose(node), telling=False)


def declared(node: Node) -> Declaration:
    """Return what a node declares of its places, each with the act of derogation on it.

    Parameters
    ----------
    node : Node

    Errors      SOV-2xx what is declared cannot be read
    """
    found = files.read(node.home)
    made = judging.declared_of(found, node.country)
    return replace(made, placements=judging.with_acts(made.placements, judging.acting(found, told(found))))


def standing_on(node: Node, view: View) -> Standing:
    """Return what the verdicts on a node's places would be on the day, and by the knowledge, of a View.

    Parameters
    ----------
    node : Node
    view : View

    Errors      SOV-2xx what is declared cannot be read
    """
    found = files.read(node.home)
    return judging.judged_on(found, judging.declared_of(found, node.country), view, judging.acting(found, told(found)))


def observed(node: Node) -> tuple[str, tuple[Seen, ...]]:
    """Return when the probes last looked (ISO 8601, empty before the first), and what they saw.

    Parameters
    ----------
    node : Node
    """
    try:
        found = json.loads(files.bytes_of(node.home / files.SEEN) or b"{}")
        return str(found.get("at", "")), tuple(Seen(**each) for each in found.get("seen", ()))
    except (ValueError, TypeError):
        return "", ()


def contradictions(node: Node) -> tuple[Contradiction, ...]:
    """Return how what the probes last saw contradicts what is declared now.

    Parameters
    ----------
    node : Node

    Errors      SOV-2xx what is declared cannot be read
    """
    made, (_, seen) = declared(node), observed(node)
    at = node.clock()
    view = judging.view_of(whose(node), files.read(node.home), at)
    return held_against(seen, made.data, made.placements, view, ruleset())


def service_name(node: Node, service: str, language: str) -> str:
    """Return what a service of the node's facts is called; its id where no fact says.

    Parameters
    ----------
    service, language : str   an id; `en` or `fr`
    """
    return judging.view_of(whose(node), files.read(node.home), node.clock()).name(service, language)


def derogations(node: Node) -> tuple[Act, ...]:
    """Return every act of derogation that the ledger has, the last first.

    Parameters
    ----------
    node : Node
    """
    acts = files.acts_of(files.read(node.home).acts)
    events = ledger.last_of([act["id"] for act in acts if "id" in act], DEROGATED)
    names = ("id", "place", "author", "reason", "exit_plan", "granted", "ends")
    found = [
        Act(**{name: act[name] for name in names}, event=events[act["id"]], offer_since=act.get("offer_since", ""))
        for act in acts
        if act["id"] in events
    ]
    return tuple(found[::-1])
