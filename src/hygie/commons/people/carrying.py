"""A queued act carries how its author was present; when it is done, the proof must be fresh still."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from hygie.base.engine.node import Node
from hygie.commons.people import actions
from hygie.commons.people.presence import fresh, presence, present
from hygie.commons.people.values import Presence
from hygie.commons.web import tasks

BY_TASK = "task"


def packed() -> Mapping[str, object]:
    """Return how the acting person is present, as a task keeps it; nothing outside a request."""
    found = presence()
    if found is None:
        return {}
    return {
        "session": found.session,
        "means": found.means,
        "assurance": found.assurance,
        "proven_at": found.proven_at,
    }


def acting(node: Node, kept: Mapping[str, object]) -> AbstractContextManager[None]:
    """Act as whoever queued a task: stepped up only if their proof is fresh now and their session still runs.

    Parameters
    ----------
    kept : Mapping   what `packed` returned when the task was queued; empty when nobody was present
    """
    session, proven_at = str(kept.get("session", "")), float(str(kept.get("proven_at", 0)))
    proven = fresh(proven_at) and (not session or actions.session_runs(node, session))
    return present(Presence(session, BY_TASK, str(kept.get("assurance", "")), proven, proven_at))


tasks.carry_with(packed, acting)
