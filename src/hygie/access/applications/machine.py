"""The states of an application and the moves between them: a table, and nothing else decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hygie.base.kernel import Reason, Refusal, Verdict, refuse
from hygie.base.kernel.catalogue import coded

STATE = "application-state"


@dataclass(frozen=True)
class State:
    """A state of an application.

    Parameters
    ----------
    name : str           as rows, pages and the API write it
    code : str           the word of the common workflow (TEHDAS2 D6.4), empty while nobody has received it
    final : bool         nothing more is decided
    """

    name: str
    code: str
    final: bool = False


@dataclass(frozen=True)
class Move:
    """A move between states.

    Parameters
    ----------
    name : str           what the action asks
    event : str          the kind of the event and of the fact that it leaves
    ways : Mapping       from state -> to state
    by : str             the policy action that it asks for; empty for the node itself
    """

    name: str
    event: str
    ways: Mapping[str, str]
    by: str


STATES: Mapping[str, State] = MappingProxyType(
    {
        state.name: state
        for state in (
            State("draft", ""),
            State("submitted", "SUBMITTED"),
            State("pre-screening", "PRE_SCREENING"),
            State("awaiting", "AWAITING_ADDITIONAL_INFORMATION"),
            State("processing", "PROCESSING"),
            State("paused", "AWAITING_ADDITIONAL_INFORMATION"),
            State("decided", "DECISION_ISSUED"),
            State("answered", "DECISION_ISSUED", final=True),
            State("withdrawn", "WITHDRAWN", final=True),
            State("closed", "WITHDRAWN", final=True),
        )
    }
)
OPEN = ("submitted", "pre-screening", "awaiting", "processing", "paused")
SCREENED = ("pre-screening", "awaiting", "processing", "paused")


def stay(*states: str) -> dict[str, str]:
    """Return ways that change nothing but are open from these states alone."""
    return {state: state for state in states}


MOVES: Mapping[str, Move] = MappingProxyType(
    {
        move.name: move
        for move in (
            Move("submit", "application.submitted", {"draft": "submitted"}, "application.write"),
            Move("take", "application.taken", {"submitted": "pre-screening"}, "application.assess"),
            Move("ask", "application.completion-asked", {"pre-screening": "awaiting"}, "application.assess"),
            Move("supply", "application.completed", {"awaiting": "pre-screening"}, "application.write"),
            Move("complete", "application.complete", {"pre-screening": "processing"}, "application.assess"),
            Move("pause", "application.waiting", {"processing": "paused"}, "application.assess"),
            Move("resume", "application.resumed", {"paused": "processing"}, "application.write"),
            Move("go-on", "application.resumed", {"paused": "processing"}, "application.assess"),
            Move("reroute", "application.rerouted", stay("pre-screening", "processing"), "application.assess"),
            Move("assess", "application.assessed", stay("processing"), "application.assess"),
            Move("extend", "application.extended", stay("processing", "paused"), "application.assess"),
            Move("estimate", "application.estimated", stay("pre-screening", "processing"), "application.assess"),
            Move("accept-fees", "application.fees-accepted", stay(*SCREENED), "application.write"),
            Move("convert", "application.conversion-proposed", stay("processing"), "application.assess"),
            Move("consent", "application.conversion-agreed", stay("processing"), "application.write"),
            Move("ask-proposal", "proposal.asked", stay("processing"), "application.assess"),
            Move("propose", "proposal.received", stay("processing", "paused"), "application.advise"),
            Move("state-costs", "costs.stated", stay("pre-screening", "processing", "paused"), "application.advise"),
            Move("agree-fees", "fees.agreed", stay("decided"), "application.write"),
            Move("set-fees", "fees.set", stay("decided"), "application.assess"),
            Move("record", "application.leg", stay("processing"), "application.assess"),
            Move("decide", "application.decided", {"processing": "decided"}, "application.decide"),
            Move("prepare", "answer.table-kept", stay("decided"), "answer.prepare"),
            Move("drop", "answer.table-dropped", stay("decided"), "answer.prepare"),
            Move("answer", "application.answered", {"decided": "answered"}, "application.decide"),
            Move("publish", "decision.published", stay("decided", "answered"), "register.publish"),
            Move("end", "permit.closed", stay("decided"), "application.write"),
            Move("report", "results.published", stay("decided", "answered"), "application.write"),
            Move("ask-longer", "results.extension-asked", stay("decided", "answered"), "application.write"),
            Move("extend-results", "results.extended", stay("decided", "answered"), "application.assess"),
            Move("keep-results", "results.extension-refused", stay("decided", "answered"), "application.assess"),
            Move("lengthen", "data.longer", stay("decided"), "application.assess"),
            Move("deliver", "delivery.received", stay("decided"), "application.deliver"),
            Move("extend-delivery", "delivery.extended", stay("decided"), "application.deliver"),
            Move("withdraw", "application.withdrawn", dict.fromkeys(OPEN, "withdrawn"), "application.write"),
            Move("close", "application.closed", {"awaiting": "closed"}, ""),
        )
    }
)


def go(state: str, move: str) -> Verdict:
    """Return whether a move is open from a state.

    Parameters
    ----------
    state : str   one of `STATES`
    move : str    one of `MOVES`

    Errors     none raised; APP-201 as a reason, with the states from which the move is open
    Source     TG-1, TEHDAS2 D6.4

    Example
    -------
    >>> go("processing", "decide").allowed, go("withdrawn", "complete").allowed
    (True, False)
    """
    ways = MOVES[move].ways
    if state in ways:
        return Verdict()
    facts = {"move": f"move.{move}", "found": coded(STATE, (state,)), "accepted": coded(STATE, ways)}
    return Verdict((Reason("APP-201", facts),))


def closed_to(state: str, writable: Iterable[str]) -> Refusal:
    """Return the refusal of a change to an application in a state; APP-203."""
    return refuse("APP-203", found=coded(STATE, (state,)), accepted=coded(STATE, writable))


def moves_from(state: str) -> tuple[str, ...]:
    """Return the moves that are open from a state.

    Example
    -------
    >>> moves_from("submitted")
    ('take', 'withdraw')
    """
    return tuple(name for name, move in MOVES.items() if state in move.ways)
