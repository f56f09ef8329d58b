"""hygie status: what a node holds, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.ledger import actions as ledger
from hygie.intake.lake import queries as lake
from hygie.intake.optouts import queries as optouts
from hygie.intake.placing import queries as placing
from hygie.intake.placing.words import fault, refused_facts
from hygie.node.home.leaving import left
from hygie.secure.airlock import queries as airlock
from hygie.secure.enclave import queries as enclave

STATES = ("granted", "expired", "amended", "revoked")


def status(node: Node, say: Callable[[Counter[str]], str] | None = None, language: str = "en") -> dict[str, object]:
    """Return the node's identity and counts, computed now.

    Parameters
    ----------
    say : Callable   says counts by state; in English without it
    language : str   in which a refused pack of facts is told
    """
    say = say or told
    today = node.today()
    standing = {state: permits.listed(today, state=state, limit=0)[0] for state in STATES}
    standing["granted"] += permits.listed(today, state="not begun", limit=0)[0]
    taken, places = left(node.home), placing.standing(node)
    return {
        "node": node.id,
        **({"left; its data are at": taken} if taken else {}),
        "country": node.country,
        "placement": node.store.gate.statement().removeprefix("placement: "),
        **({"facts on places": " ".join(refused)} if (refused := refused_facts(places, language)) else {}),
        **({"cannot be read": why} if (why := fault(places, language)) else {}),
        "rules for outputs": node.output_preset,
        "rules for the catalogue": node.catalogue_preset,
        "datasets": len(lake.datasets()),
        "opt-outs": optouts.count(),
        "permits": say(Counter({state: count for state, count in standing.items() if count})),
        "runs": enclave.count_ended(),
        "airlock requests": say(airlock.count_requests()),
        "releases": airlock.count_released(),
        "ledger events": ledger.head().size,
        "ledger name": ledger.origin_of(node.id),
    }


def told(counts: Counter[str]) -> str:
    """Return counts by state in words.

    Example
    -------
    >>> told(Counter(["granted", "granted", "revoked"]))
    '2 granted, 1 revoked'
    """
    return ", ".join(f"{count} {state}" for state, count in counts.most_common()) or "none"
