"""An ingest that the engine's memory does not suffice for is refused, and leaves the lake as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import actions as ledger
from hygie.intake.lake import actions, queries
from hygie.intake.lake.models import Snapshot
from hygie.node.demo.generate import generate

pytestmark = pytest.mark.django_db(transaction=True)
LIMITS = ("4MB", "8MB", "16MB", "24MB", "32MB")


@pytest.mark.parametrize("form", ["fhir", "omop"])
def test_an_ingest_without_memory_is_refused_and_nothing_is_half_done(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    generate(tmp_path / "H", persons=1500, form=form)
    ingest = {"fhir": actions.ingest_fhir, "omop": actions.ingest_omop}[form]
    size, refused = ledger.head().size, 0
    for memory in LIMITS:
        monkeypatch.setattr(actions, "MEMORY", memory)
        try:
            ingest(node, tmp_path / "H", dataset="demo", actor="steward")
        except Refusal as refusal:
            assert refusal.code == "ENG-125"
            assert ledger.head().size == size
            assert not Snapshot.objects.exists()
            assert not list((node.home / "spill").iterdir())
            assert not [path for path in (node.home / "lake").rglob("*") if path.is_file()]
            refused += 1
        else:
            break
    assert refused
    monkeypatch.undo()
    ingest(node, tmp_path / "H", dataset="demo", actor="steward")
    assert queries.manifest("demo").persons > 1400
    assert actions.verify(node, "demo", actor="auditor")
