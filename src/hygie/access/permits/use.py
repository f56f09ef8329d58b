"""What the permits in force read of a dataset."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from hygie.access.permits.listing import in_force
from hygie.access.permits.models import PermitRow
from hygie.access.permits.reading import parse
from hygie.base.engine.node import Node

MOST = 500


def used(node: Node, dataset: str) -> dict[str, int]:
    """Return how many permits in force read each `table` and `table.column` of a dataset, of the last 500 decided."""
    held = PermitRow.objects.filter(in_force(node.today()), covers__dataset=dataset).order_by("-decided_at", "id")
    found: Counter[str] = Counter()
    for permit, sha256 in held.values_list("id", "sha256")[:MOST]:
        found.update(places(permit, sha256))
    return dict(found)


@lru_cache(maxsize=4 * MOST)
def places(permit: str, sha256: str) -> tuple[str, ...]:
    """Return each `table` and `table.column` that a permit reads; a signed document stays, and is read once."""
    document = PermitRow.objects.values_list("document", flat=True).get(id=permit, sha256=sha256)
    tables = parse(bytes(document))["data"]["tables"]
    return tuple(
        place for table, columns in tables.items() for place in (table, *(f"{table}.{each}" for each in columns))
    )
