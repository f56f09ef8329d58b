"""A node that holds a small dataset, for applications to ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.base.engine.node import Node
from hygie.intake.lake import actions as lake
from tests.access.permits.drafts import deliver


@pytest.fixture
def stocked(node: Node, tmp_path: Path) -> Node:
    """A node with the dataset `chu-demo` of 40 persons."""
    lake.ingest_omop(node, deliver(tmp_path / "delivery"), dataset="chu-demo", actor="steward", synthetic=True)
    return node
