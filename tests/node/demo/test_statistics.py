"""The answers of the demonstration are counted on its own records, and pass the node's rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hygie.access.applications.answers.rules import examine, mend
from hygie.base import law
from hygie.base.disclosure.stated import Statement
from hygie.base.engine import Node
from hygie.intake.lake.actions import ingest_fhir
from hygie.node.demo import statistics
from hygie.node.demo.generate import generate


def test_even_the_smallest_hospital_has_figures_to_give(node: Node, tmp_path: Path) -> None:
    generate(tmp_path / "H", persons=200, seed=11)
    ingest_fhir(node, tmp_path / "H", dataset="chu-demo", actor="operator")
    preset = law.preset("opensafely-7-5", on=date(2026, 11, 22))
    for by in ("sex", "age_group"):
        data = statistics.counted(node, "chu-demo", by)
        assert data.startswith(f"year,{by},persons\n".encode())
        statement = Statement(("year", by), "persons", additive=False)
        better = mend(examine(data, statement, preset), statement, preset)
        assert better is not None and better.stated is not None
        figures = [row["persons"] for row in better.stated.shown.values()]
        assert sum(figure or 0 for figure in figures) > 0
        assert all(figure is None or figure % 5 == 0 for figure in figures)
