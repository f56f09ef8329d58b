"""What the site's worker does for extracts by itself."""

from __future__ import annotations

from hygie.access.extracts.ending import delete_due
from hygie.base.engine.node import Node
from hygie.commons.web import tasks


@tasks.every(60)
def deletions(node: Node) -> None:
    """Delete what may no longer be held."""
    delete_due(node)
