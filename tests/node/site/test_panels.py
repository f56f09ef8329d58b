"""What a permit's page shows of other rooms takes as many questions to the database for many rows as for one."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.access.extracts import actions
from hygie.access.extracts.models import Extract
from hygie.base.engine.node import Node
from hygie.node.site import panels
from tests.access.extracts.conftest import granted, lake_of  # noqa: F401


def asked(node: Node, permit: str) -> tuple[int, int]:
    """How many extracts the panel shows, and how many questions it asked for them."""
    with CaptureQueriesContext(connection) as told:
        shown = panels.extracts_of(node, permit)
    assert any(row[-1].url for row in shown.rows)
    return len(shown.rows), len(told)


def test_more_extracts_ask_no_more(lake_of: Callable[..., Node]) -> None:  # noqa: F811
    node = lake_of(chu=range(1, 62))
    permit = granted(node, "chu")
    actions.extract(node, permit, actor="steward")
    one = asked(node, permit)
    row = Extract.objects.get(permit=permit)
    for name in ("extract-2", "extract-3", "extract-4"):
        row.id, row.manifest = name, {**row.manifest, "id": name}
        row.save(force_insert=True)
    assert (one[0], asked(node, permit)) == (1, (4, one[1]))
