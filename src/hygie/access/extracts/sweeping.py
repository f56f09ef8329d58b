"""What lies in a folder and should not: things of permits whose data are deleted, and things that no row knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hygie.access.extracts.queries import deleted_of
from hygie.base.engine.node import Node

LEFT_SECONDS = 3600
BATCH = 500

Known = Callable[[Sequence[str]], dict[str, str]]


def sweep(node: Node, folder: str, known: Known, *, ending: str = "") -> int:
    """Remove from a folder what is of permits whose data are deleted, and what no row knows, and return how much.

    Parameters
    ----------
    folder : str       in the node's
    known : Callable   gives the permit of each of some names that has a row
    ending : str       of the files' names, after the name that the row has

    What no row knows stays for an hour: its row may be about to be written.
    """
    before = node.clock().timestamp() - LEFT_SECONDS
    found = sorted(node.store.path(folder).glob(f"[!.]*{ending}"))
    left = []
    for start in range(0, len(found), BATCH):
        paths = found[start : start + BATCH]
        permits = known([path.name.removesuffix(ending) for path in paths])
        deleted = deleted_of(permits.values())
        for path in paths:
            permit = permits.get(path.name.removesuffix(ending))
            if permit in deleted or (permit is None and path.stat().st_mtime < before):
                left.append(f"{folder}/{path.name}")
    for place in left:
        node.store.remove(place)
    return len(left)
