"""A small hospital in the lake, and its description."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.access.catalogue import actions, rules
from hygie.base.disclosure import noise
from hygie.base.engine.node import Node
from hygie.intake.lake import actions as lake
from tests.access.catalogue.descriptions import body
from tests.access.extracts.conftest import SYSTEM, Once, hospital


@pytest.fixture
def unblurred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts without what blurs them."""
    monkeypatch.setattr(noise, "draw", lambda count, epsilon: count)
    monkeypatch.setattr(rules, "blur", lambda draw, bits: 0)


@pytest.fixture
def ingested(node: Node, tmp_path: Path) -> Callable[..., Node]:
    """Ingest a hospital: `ingested("chu", range(1, 61))`."""

    def ingest(dataset: str, persons: range, prefix: str = "PLANTED") -> Node:
        folder = hospital(tmp_path / "deliveries" / f"{dataset}-{len(persons)}", persons, prefix=prefix)
        lake.ingest_omop(node, folder, dataset=dataset, actor="steward", synthetic=True, identifier_system=SYSTEM)
        return node

    return ingest


@pytest.fixture
def listed(node: Node, once: Once, ingested: Callable[..., Node]) -> Node:
    """A node with one dataset, `chu`, of 90 persons, described and not measured."""
    once("listed", lambda: list_it(ingested))
    return node


@pytest.fixture
def described(node: Node, once: Once, ingested: Callable[..., Node]) -> Node:
    """The same, measured."""
    once("described", lambda: actions.measure(list_it(ingested), "chu", actor="steward"))
    return node


def list_it(ingested: Callable[..., Node]) -> Node:
    """Ingest and describe `chu`."""
    node = ingested("chu", range(1, 91))
    actions.describe(node, "chu", body(), actor="steward")
    return node
