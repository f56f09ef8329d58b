"""The open figures, counted by the database."""

from __future__ import annotations

from hygie.access.applications import queries as asked
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.public.register.figuring import backlog, rounded, users
from hygie.public.register.values import Figures, Leg, Users


def figures(node: Node) -> Figures:
    """Return the open figures as the node counts them, from what each event left behind.

    Source     Reg. (EU) 2025/327 arts 57(1)(j), 59 (SU-57-j, SU-59)
    """
    states, outcomes, kinds = asked.standing()
    running = permits.running(node.today())
    return Figures(
        received=sum(states.values()),
        backlog=backlog(states),
        states=dict(sorted(states.items())),
        outcomes=dict(sorted(outcomes.items())),
        applicants=users(kinds),
        permits_in_force=Users(public=running.public, commercial=running.commercial),
        legs=tuple(
            Leg(leg=each.leg, count=each.count, median=each.median or 0.0, mean=rounded(each.mean or 0))
            for each in asked.delays()
            if each.count
        ),
        refusal_grounds=dict(sorted(asked.grounds().items())),
    )
