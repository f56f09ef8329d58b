"""The same files read another way are another edition: no figure, report or answer of one stands for the other."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hygie.access.catalogue import actions, assessing
from hygie.access.catalogue.measure import edition
from hygie.access.catalogue.models import Measured
from hygie.base.engine.node import Node
from hygie.intake.lake import actions as lake
from hygie.intake.lake import queries, tables
from tests.access.catalogue.descriptions import body
from tests.intake.sources.table_files import CASE, case, register, schema

EVERYONE = {"everyone": {}}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Sixty cases of a register, twenty of them of stage I."""
    return register(tmp_path / "cases", *(case(number) for number in range(60)))


def taken(node: Node, cases: Path, folder: Path, changed: dict[str, Any]) -> str:
    """Take the cases by the register's schema with something changed in it; return their edition."""
    declared = schema(folder, {**copy.deepcopy(CASE), **changed})
    found = tables.ingest_table(node, cases, schema=declared, dataset="chu", actor="steward", synthetic=True)
    assert not found.recognised
    return edition(found.manifest)


def fields(dropped: str = "", **changed: Any) -> list[dict[str, Any]]:
    """Return the schema's fields without one, and with the stage's entry changed."""
    kept = [each for each in CASE["fields"] if each["name"] != dropped]
    return [{**each, **changed} if each["name"] == "stage" else each for each in kept]


def test_files_read_by_another_schema_have_figures_reports_and_answers_of_their_own(
    node: Node, cases: Path, tmp_path: Path, unblurred: None
) -> None:
    whole = taken(node, cases, tmp_path, {})
    actions.describe(node, "chu", body(), actor="steward")
    actions.measure(node, "chu", actor="steward")
    assessing.assess(node, "chu", actor="steward")
    assert actions.count(node, "chu", EVERYONE, actor="user").count.shown == 60
    few = taken(node, cases, tmp_path, {"fields": fields(constraints={"enum": ["I", "III", "IV"]})})
    assert few != whole and queries.manifest("chu").quarantined == 20
    figures = actions.measure(node, "chu", actor="steward")
    assert figures.persons == 40 and Measured.objects.count() == 2
    assessing.assess(node, "chu", actor="steward")
    assert [each.snapshot_version for each in assessing.assessments("chu")] == [2, 1]
    counted = actions.count(node, "chu", EVERYONE, actor="user")
    assert counted.count.shown == 40 and not counted.known


def test_an_edition_tells_roles_columns_and_mappings_apart_and_no_erasure(
    node: Node, cases: Path, tmp_path: Path
) -> None:
    told = [
        taken(node, cases, tmp_path, changed)
        for changed in ({}, {"fields": fields(**{"hygie:role": "code"})}, {"fields": fields("note")})
    ]
    held = queries.manifest("chu")
    lake.erase(node, "chu", person="0007", actor="steward", holding=None)
    assert edition(queries.manifest("chu")) == told[-1]
    assert held.mapping and edition(replace(held, mapping="")) != told[-1]
    shorter = {name: replace(table, columns=table.columns[:-1]) for name, table in held.tables.items()}
    assert edition(replace(held, tables=shorter)) != told[-1]
    assert len(set(told)) == 3
