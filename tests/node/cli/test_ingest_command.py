"""hygie ingest measures what it took in, unless it is told not to; who has refused is not measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue.models import Measured
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.intake.lake import queries as lake
from hygie.node.cli.main import main
from tests.access.extracts.conftest import hospital


def ingest(node: Node, folder: Path, *more: str, form: str = "omop") -> int:
    return main(
        ["--node", str(node.home), "--as", "steward", "--json", "ingest", form, str(folder), "--dataset", "chu", *more]
    )


def test_a_delivery_is_measured_as_it_comes_in(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = hospital(tmp_path / "a", range(1, 41))
    assert ingest(node, folder) == 0
    assert json.loads(capsys.readouterr().out)["measured"] is True
    assert json.loads(Measured.objects.get().figures)["persons"] == 40
    assert ingest(node, folder) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["recognised"] and not told["measured"] and Measured.objects.count() == 1


def test_measuring_can_be_left_for_later(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest(node, hospital(tmp_path / "a", range(1, 41)), "--no-measure") == 0
    assert json.loads(capsys.readouterr().out)["measured"] is False
    assert not Measured.objects.exists()


def test_a_refused_measure_undoes_no_ingest(
    node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **named: object) -> None:
        raise refuse("ENG-125", found="memory")

    monkeypatch.setattr(catalogue, "measure", full)
    assert ingest(node, hospital(tmp_path / "a", range(1, 41))) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["measured"] is False and "ENG-125" in told.err
    assert lake.manifest("chu").persons == 40
