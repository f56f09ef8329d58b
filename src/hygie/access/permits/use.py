"""What the permits in force read of a dataset."""

from __future__ import annotations

from hygie.access.permits.listing import in_force
from hygie.access.permits.models import PermitRow
from hygie.access.permits.reading import parse
from hygie.base.engine.node import Node

MOST = 500


def used(node: Node, dataset: str) -> dict[str, int]:
    """Return how many permits in force read each `table` and `table.column` of a dataset, of the last 500 decided."""
    found: dict[str, int] = {}
    held = PermitRow.objects.filter(in_force(node.today()), covers__dataset=dataset).order_by("-decided_at", "id")
    for document in held.values_list("document", flat=True)[:MOST]:
        for table, columns in parse(bytes(document))["data"]["tables"].items():
            for place in (table, *(f"{table}.{column}" for column in columns)):
                found[place] = found.get(place, 0) + 1
    return found
