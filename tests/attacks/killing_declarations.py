"""A process that forks workers which kill themselves after each durable step of a declaration and of a derogation.

Run as `python killing_declarations.py FOLDER`; prints one JSON line for each kill: what the ledger says is in force,
and what is.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hygie.node.home import database, opening

database.start()
os.fsync = lambda descriptor: None

from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402 - after Django is ready

from hygie.base.kernel import Store, digest  # noqa: E402
from hygie.base.ledger import actions as ledger  # noqa: E402
from hygie.base.ledger import queries as facts  # noqa: E402
from hygie.commons.sovereignty.knowledge.loading import own_facts  # noqa: E402
from hygie.intake.placing import actions, files, queries  # noqa: E402
from tests.attacks.killing import fork, outcome  # noqa: E402
from tests.intake.placing.places import PACKS, STATE  # noqa: E402

STEPS = ((Store, "write"), (Store, "remove"), (BaseDatabaseWrapper, "commit"))
MOST = 30


def killing(after: int, work: Callable[[], object]) -> None:
    """Do work and die by SIGKILL after that many durable steps of it."""
    left = after

    def counted(inner: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            nonlocal left
            found = inner(*given, **named)
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        return step

    for owner, name in STEPS:
        setattr(owner, name, counted(getattr(owner, name)))
    work()


def declare(home: Path, after: int) -> None:
    """Declare a placement file and packs in place of own premises."""
    node = opening.open_node(home)
    killing(after, lambda: actions.declare(node, placement=STATE, packs=PACKS, actor="operator"))


def derogate(home: Path, after: int) -> None:
    """Let data stay at the declared place by derogation."""
    node = opening.open_node(home)
    ends = node.today() + timedelta(days=9)
    act = actions.Derogation("store", "The digital office", "No offer yet.", "Tender, then migrate.", ends)
    killing(after, lambda: actions.derogate(node, act, actor="operator"))


def look(home: Path) -> dict[str, object]:
    """Return what the ledger says is in force, and what is for whoever opens the node next."""
    node = opening.open_node(home)
    events = [facts.event(index) for index in range(ledger.head().size)]
    acts = [each.subject for each in events if each.kind == "sovereignty.derogated"]
    declared = [each.body for each in events if each.kind == actions.DECLARED]
    held = files.read(home)
    return {
        "said": [declared[-1]["sha256"], declared[-1]["packs"]] if declared else ["", {}],
        "held": [held.declared, {name: digest(content) for name, content in held.packs}],
        "acts": acts,
        "acting": [each.id for each in queries.derogations(node)],
        "left": sorted(path.name for path in (home / files.FOLDER).glob("*change*")),
    }


def main(folder: Path) -> None:
    """Kill each act after its first durable step, its second, and so on, until it ends unharmed."""
    own_facts()
    home = folder / "node"
    outcome(*fork(lambda: opening.init(home).id))
    for act in (declare, derogate):
        before = folder / f"before-{act.__name__}"
        shutil.copytree(home, before)
        for after in range(1, MOST):
            shutil.rmtree(home)
            shutil.copytree(before, home)
            child, reader = fork(lambda act=act, after=after: act(home, after))
            _, status = os.waitpid(child, 0)
            os.close(reader)
            found = outcome(*fork(lambda: look(home)))
            line = {"act": act.__name__, "after": after, "killed": os.WIFSIGNALED(status), "status": status}
            print(json.dumps({**line, **found}), flush=True)
            if not os.WIFSIGNALED(status):
                break


if __name__ == "__main__":
    main(Path(sys.argv[1]))
