"""What the site's worker does for the placement by itself."""

from __future__ import annotations

from hygie.base.engine.node import Node
from hygie.commons.web import tasks
from hygie.intake.lake import queries as lake
from hygie.intake.placing import standing, stating
from hygie.intake.placing.queries import whose


@tasks.every(10)
def judged(node: Node) -> None:
    """Judge the places when a day or a file has changed, and tell the ledger; nothing at a node that was left."""
    if (node.home / "left.json").is_file():
        return
    standing.settle(whose(node))


@tasks.every(10)
def stated(node: Node) -> None:
    """State where each dataset is, signed and in the ledger, when it was not stated yet or the verdicts changed."""
    if (node.home / "left.json").is_file():
        return
    for each in lake.datasets():
        if not stating.up_to_date(node, each.id):
            stating.issue(node, each.id, actor="node")
