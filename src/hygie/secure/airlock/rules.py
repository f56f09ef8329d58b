"""Where a request stands, and where it goes from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hygie.base.kernel import Refusal, canonical, digest, refuse
from hygie.base.kernel.catalogue import coded
from hygie.secure.airlock.values import OPEN, TRANSITIONS

STATE = "request-state"


def follow(state: str, event: str, request: str) -> str:
    """Return the state that an event leads to.

    Parameters
    ----------
    state : str     one of `values.STATES`
    event : str     `vote`, `change`, `approve`, `refuse`, `release`, `delete`
    request : str   its id, for the refusal

    Errors   AIR-307 when the event has no place in that state

    Example
    -------
    >>> follow("under review", "approve", "request-1")
    'approved'
    """
    if (state, event) not in TRANSITIONS:
        able = sorted({before for before, each in TRANSITIONS if each == event})
        facts = {"asked": f"request-act.{event}", "found": coded(STATE, (state,)), "accepted": coded(STATE, able)}
        raise refuse("AIR-307", request=request, **facts)
    return TRANSITIONS[state, event]


def unread(state: str, request: str, accepted: Sequence[str] = OPEN) -> Refusal:
    """Return the refusal to show a file of a request that is not under review, or else not released; AIR-313."""
    return refuse("AIR-313", request=request, found=coded(STATE, (state,)), accepted=coded(STATE, accepted))


def decide(votes: Sequence[bool], needed: int) -> str:
    """Return the event that votes make: `approve` when all agree, `refuse` when all are in and one does not.

    Parameters
    ----------
    votes : Sequence[bool]   of different reviewers, on one content
    needed : int             how many there must be, 1 or more

    Example
    -------
    >>> decide([True], 2), decide([True, True], 2), decide([True, False], 2)
    ('', 'approve', 'refuse')
    """
    if len(votes) < needed:
        return ""
    return "approve" if all(votes) else "refuse"


def content_hash(salt: str, outputs: Sequence[Mapping[str, object]]) -> str:
    """Return the salted hash of a request's files, by name and content.

    Parameters
    ----------
    salt : str         random, so that the hash tells nothing of small files
    outputs : Sequence of mappings with `file` and `sha256`
    """
    return digest(canonical([salt, sorted([str(each["file"]), str(each["sha256"])] for each in outputs)]))
