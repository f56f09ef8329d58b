"""A process that forks workers, kills each with SIGKILL at a moment of a count, and looks at what is left.

Run as `python killing_counts.py HOME DELIVERY`; prints one JSON line for each moment.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.attacks.killing import fork, opening, outcome  # first: it makes Django ready

from hygie.access.catalogue import accounting, actions, counting, queries  # isort: skip
from hygie.access.catalogue.models import CountAnswer, CountAsking, Expense  # isort: skip
from hygie.base.ledger import actions as ledger  # isort: skip
from hygie.base.ledger import queries as facts  # isort: skip
from hygie.commons.people import actions as people  # isort: skip
from hygie.intake.lake import actions as lake  # isort: skip
from tests.access.catalogue.descriptions import body  # isort: skip

MOMENTS = {  # the function after which the worker dies, and where it stands
    "the noise is drawn": (counting.noise, "draw"),
    "the account has paid": (accounting, "pay"),
    "the fact is in the ledger": (ledger, "append"),
}


def prepare(home: Path, delivery: Path) -> str:
    """Make a node with a described dataset and a user."""
    opening.init(home)
    node = opening.open_node(home)
    lake.ingest_omop(node, delivery, dataset="demo", actor="operator", synthetic=True)
    people.add_account(node, "user", ["user"], actor="operator")
    actions.describe(node, "demo", body(), actor="operator")
    return node.id


def ask(home: Path, number: int, moment: str = "") -> dict[str, Any]:
    """Ask one question, and die at a moment of it."""
    if moment:
        place, name = MOMENTS[moment]
        setattr(place, name, dying(getattr(place, name)))
    found = actions.count(opening.open_node(home), "demo", question(number), actor="user")
    return {"shown": found.count.shown, "known": found.known}


def dying(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does its work and kills the process."""

    def done(*args: Any, **named: Any) -> None:
        work(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return done


def question(number: int) -> dict[str, Any]:
    """Return one question for each moment."""
    return {"age": {"at": "2020-01-01", "min": number}}


def look(home: Path, number: int) -> dict[str, Any]:
    """Return what is left of the account, the answers and the ledger."""
    node = opening.open_node(home)
    return {
        "answered": queries.answered("demo", question(number)) is not None,
        "answers": CountAnswer.objects.count(),
        "expenses": Expense.objects.count(),
        "spent": accounting.allotment(node, "demo", "user").own.spent,
        "facts": len(facts.told(["demo"], ("catalogue.counted",)).get("demo", ())),
        "askings": CountAsking.objects.count(),
    }


def main(home: Path, delivery: Path) -> None:
    """Kill a count at every moment, ask again twice, and tell what was there after each."""
    outcome(*fork(lambda: prepare(home, delivery)))
    for number, moment in enumerate(MOMENTS):
        child, reader = fork(lambda number=number, moment=moment: ask(home, number, moment))
        _, status = os.waitpid(child, 0)
        os.close(reader)
        left = outcome(*fork(lambda number=number: look(home, number)))
        first, second = (outcome(*fork(lambda number=number: ask(home, number))) for _ in range(2))
        after = outcome(*fork(lambda number=number: look(home, number)))
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        told = {"moment": moment, "killed": killed, "left": left, "first": first, "second": second, "after": after}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
