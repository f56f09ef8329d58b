"""A seeded node's register is borne out by its ledger, so that what benches measure is what a real node does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from hygie.base.ledger import actions as ledger
from hygie.base.ledger import rows
from hygie.node.bench import site
from hygie.public.register import document, queries


@pytest.fixture
def database(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let the bench make control databases of its own."""
    with django_db_blocker.unblock():
        yield


def test_the_register_of_a_seeded_node_verifies(tmp_path: Path, database: None) -> None:
    with site.throwaway(tmp_path) as node:
        site.seed(node, 40)
        data = b"".join(document.pieces(node))
        records = [record for record, _ in rows.events(0, ledger.head().size)]
        found = queries.verify(data, records, origin=ledger.origin_of(node.id))
        assert (len(found.applications), len(found.permits), len(found.runs), len(found.releases)) == (40, 10, 5, 4)
        assert (found.requests.released, found.requests.waiting) == (4, 1)
        assert json.loads(data)["figures"]["received"] == 40
