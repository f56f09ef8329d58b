"""A register's own table under a permit: re-keyed, coarsened and without who refused, like any other."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from hygie.access.catalogue import actions as catalogue
from hygie.access.extracts import actions, dummy, queries
from hygie.access.permits import actions as permits
from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import tables as lake
from hygie.intake.optouts import actions as optouts
from tests.access.permits.drafts import DRAFT
from tests.intake.sources.table_files import case, register, schema

COLUMNS = ["register_case_id", "person_id", "incidence", "topography", "stage", "size", "departement"]


@pytest.fixture
def cancer(node: Node, tmp_path: Path) -> Node:
    """A register of 60 persons, each third with two cases."""
    lines = [case(number) for number in range(60)] + [case(number, topography="C01.1") for number in range(0, 60, 3)]
    path = register(tmp_path / "in", *lines)
    lake.ingest_table(node, path, schema=schema(tmp_path), dataset="cancer", actor="steward", synthetic=True)
    return node


def draft(columns: list[str], **minimisation: str) -> dict[str, Any]:
    """A draft that asks for columns of the register."""
    body = copy.deepcopy(DRAFT)
    body["data"] |= {
        "datasets": ["cancer"],
        "tables": {"person": ["person_id", "year_of_birth"], "register_case": columns},
        "reasons": {"person": "Age.", "register_case": "The outcome."},
        "cohort": {"age": {"at": "2020-01-01", "min": 1}},
    }
    body["minimisation"] |= minimisation
    body["people"] = {"principal_investigator": "user", "authorised": ["user"]}
    return body


def test_a_permit_opens_a_register_s_table(cancer: Node) -> None:
    optouts.record(cancer, value="0001", dataset="cancer", actor="officer")
    permit = permits.grant(cancer, draft(COLUMNS, dates="month", codes="3-characters"), actor="officer").id
    held = actions.extract(cancer, permit, actor="operator")
    assert {table.name: table.rows for table in held.tables} == {"person": 59, "register_case": 79}
    names = [name for name, _ in queries.find(permit).table("register_case").columns]
    assert names == COLUMNS[:-1]
    with cancer.engine() as engine:
        view = queries.attach_extract(engine, cancer, permit)["register_case"]
        found = engine.rows(f"SELECT * FROM {view}")
        people = {row[0] for row in engine.rows("SELECT person_id FROM person")}
    assert [row[0] for row in found] == list(range(1, 80))
    assert {row[1] for row in found} == people and min(people) > 1_000_000
    assert {row[2].day for row in found} == {1}
    assert {row[3] for row in found} >= {"C50", "C01"} and all(len(row[3]) == 3 for row in found)
    assert [row[1] for row in found] == sorted(row[1] for row in found)
    made = dummy.make(cancer, permit)["register_case"]
    assert made.schema.names == names and made.num_rows


def test_a_place_leaves_only_where_the_permit_says_so(cancer: Node) -> None:
    permit = permits.grant(cancer, draft(COLUMNS, dates="month", location="full"), actor="officer").id
    held = actions.extract(cancer, permit, actor="operator").table("register_case")
    assert [name for name, _ in held.columns] == COLUMNS


@pytest.mark.parametrize(
    ("columns", "settings", "code"),
    [
        (["person_id", "patient"], {}, "PMT-126"),
        (["person_id", "ins"], {}, "PMT-126"),
        (["person_id", "birth"], {}, "PMT-126"),
        (["person_id", "note"], {}, "PMT-126"),
        (["person_id", "nothing"], {}, "PMT-124"),
        (["person_id", "incidence", "departement"], {"location": "full"}, "PMT-130"),
    ],
)
def test_what_never_leaves_is_refused(cancer: Node, columns: list[str], settings: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        permits.grant(cancer, draft(columns, **settings), actor="officer")
    assert code in {reason.code for reason in refused.value.verdict.reasons}


def test_a_table_that_no_schema_describes_stays_closed(cancer: Node, tmp_path: Path) -> None:
    body = draft(COLUMNS)
    body["data"]["tables"]["quarantine"] = ["raw"]
    with pytest.raises(Refusal) as refused:
        permits.grant(cancer, body, actor="officer")
    assert "PMT-125" in {reason.code for reason in refused.value.verdict.reasons}


def test_the_catalogue_measures_a_register_without_who_refused(cancer: Node) -> None:
    optouts.record(cancer, value="0001", dataset="cancer", actor="officer")
    figures = catalogue.measure(cancer, "cancer", actor="steward")
    table = next(each for each in figures.tables if each.name == "register_case")
    told = {each.name: (each.role, bool(each.values)) for each in table.variables}
    assert told["patient"] == ("direct", False) and told["note"] == ("freetext", False)
    assert told["stage"] == ("text", True) and told["topography"] == ("source_value", True)
    assert told["incidence"] == ("date", True)
    assert figures.persons is not None and {each.name for each in figures.tables} == {"person", "register_case"}
