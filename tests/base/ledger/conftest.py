"""A ledger with events, what signs it, and the same for a forger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact
from hygie.base.ledger import actions, rows

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
ORIGIN = "hygie/node-test"


@pytest.fixture
def grow(node: Node) -> Callable[..., None]:
    """Append a number of events to the node's ledger."""

    def append(count: int, word: str = "thing") -> None:
        with transaction.atomic():
            actions.append([Fact(f"{word}.made", f"{word}-{n}", "alice", AT, {"n": n}) for n in range(count)])

    return append


@pytest.fixture
def export(node: Node, tmp_path: Path) -> Callable[[str], Path]:
    """Export the node's ledger into a folder of a name."""

    def write(name: str) -> Path:
        folder = tmp_path / name
        actions.export(folder, node.keys, origin=ORIGIN, at=node.clock(), gate=node.store.gate)
        return folder

    return write


@pytest.fixture
def owner() -> Callable[..., None]:
    """Change the database as its owner can: triggers dropped, then any SQL."""

    def change(*statements: str) -> None:
        with connection.cursor() as cursor:
            for table in ("ledger_event", "ledger_subject", "ledger_checkpoint"):
                for verb in ("UPDATE", "DELETE"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
            for statement in statements:
                cursor.execute(statement)

    return change


@pytest.fixture
def rebuild(owner: Callable[..., None]) -> Callable[[], None]:
    """Make the stored tree fit the events again, as a careful forger would."""
    from hygie.base.ledger.standalone_verifier import Tree, leaf_hash

    def fit() -> None:
        tree, nodes = Tree(), []
        for record, _ in rows.events(0, rows.count()):
            tree.append(leaf_hash(record))
            nodes.append((tree.peaks[-1], tree.size - 1))
        owner()
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE ledger_event SET node = %s WHERE idx = %s", nodes)

    return fit
