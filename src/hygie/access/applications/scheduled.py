"""What the site's worker does for applications by itself."""

from __future__ import annotations

from hygie.access.applications.timing.lateness import note_late
from hygie.access.applications.timing.ticking import tick
from hygie.base.engine.node import Node
from hygie.commons.web import tasks


@tasks.every(10)
def clocks(node: Node) -> None:
    """Do what the clocks ask for."""
    tick(node)


@tasks.every(60)
def results(node: Node) -> None:
    """Note whose results are not public in time."""
    note_late(node)
