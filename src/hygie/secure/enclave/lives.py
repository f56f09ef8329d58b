"""How runs end, and which of them live: each holds a lock that ends with its process, killed or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Placement
from hygie.base.kernel.store import abandoned, held
from hygie.base.ledger import actions as ledger
from hygie.secure.enclave.models import Run
from hygie.secure.enclave.values import RunRecord

FOLDER = "running"
GONE, BROKEN, SANDBOX = "process", "fault", "sandbox"
NOTHING = Placement("control", synthetic=True)


@contextmanager
def living(node: Node, run_id: str) -> Iterator[None]:
    """Hold a run's lock until the block ends; the run's row is written and closed within it."""
    path = node.store.write(f"{FOLDER}/{run_id}", b"", NOTHING)
    try:
        with held(path):
            yield
    finally:
        node.store.remove(f"{FOLDER}/{run_id}")


def close(
    node: Node,
    row: Run,
    state: str,
    body: Mapping[str, object],
    *,
    record: RunRecord | None = None,
    reason: str = "",
    actor: str = "",
) -> bool:
    """Set down how a run ended, with its fact, in one transaction; False when that was done before.

    Parameters
    ----------
    state : str     `ended`, `refused` before the study began, or `lost`: ended without a result
    body : Mapping  what the ledger keeps beside permit and state
    reason : str    of a run without a record: a refusal's code, or `process`, `fault`, `sandbox`
    actor : str     who ends it; empty for whose run it is
    """
    with transaction.atomic():
        kept = record.as_json() if record else {}
        if not Run.objects.filter(id=row.id, state="running").update(state=state, record=kept, reason=reason):
            return False
        fact = {"permit": row.permit, "state": state, **body, **({"reason": reason} if reason else {})}
        ledger.append([Fact("run.ended", row.id, actor or row.actor, node.clock(), fact)])
    return True


def settle(node: Node) -> int:
    """Set down that runs whose process is gone ended without a result; return how many there were.

    Parameters
    ----------
    node : Node
    """
    rows = list(Run.objects.filter(state="running"))
    found = [close(node, row, "lost", {}, reason=GONE, actor="node") for row in rows if gone(node, row.id)]
    for row in rows:
        if gone(node, row.id):
            node.store.remove(f"{FOLDER}/{row.id}")
    return sum(found)


def gone(node: Node, run_id: str) -> bool:
    """Return whether no process holds a run's lock."""
    path = node.store.path(f"{FOLDER}/{run_id}")
    return not path.exists() or abandoned(path)
