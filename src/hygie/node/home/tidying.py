"""What interrupted work left behind, removed: encrypted drafts and spill that nobody can read any more."""

from __future__ import annotations

from hygie.access.applications.answers import answering
from hygie.access.extracts import actions as extracts
from hygie.access.extracts import deleting
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions as lake
from hygie.secure.airlock import actions as airlock


def tidy(node: Node) -> int | None:
    """Remove what killed work left and return how many things; None while an ingest, an extract or a release runs.

    A release that was decided and cut off is completed.

    Nothing that is in use is touched: drafts and spill folders are locked by the process that writes them.
    """
    try:
        gone = lake.sweep(node) + extracts.sweep(node) + airlock.sweep(node)
        gone += answering.sweep(node) + deleting.sweep(node)
    except Refusal as refusal:
        if refusal.code == "LNK-102":
            return None
        raise
    return gone + node.sweep_spill()
