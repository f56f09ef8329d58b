"""What an ingest takes of the engine's memory: one for which it does not suffice is refused and changes nothing, and
lines set apart take no more the more there are.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import actions as ledger
from hygie.intake.lake import actions, queries
from hygie.intake.lake.models import Snapshot
from hygie.node.demo.generate import generate
from tests.intake.sources.snds_files import csv_text, rows, write_csv

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


@pytest.mark.slow
def test_two_hundred_thousand_long_lines_are_set_apart_in_little_memory(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables, lines = rows(3), 200_000
    delivery = write_csv(tmp_path / "in", tables)
    [broken] = csv_text([{**tables["ER_PRS_F"][0], "PRS_NAT_REF": "many"}]).splitlines()[1:]
    with (delivery / "ER_PRS_F.csv").open("a") as file:
        file.writelines(f"{number:0300d}{broken}\n" for number in range(lines))
    monkeypatch.setattr(actions, "MEMORY", "200MB")
    manifest = actions.ingest_snds(node, delivery, dataset="demo", actor="steward").manifest
    assert (manifest.quarantined, manifest.persons) == (lines, 3)
