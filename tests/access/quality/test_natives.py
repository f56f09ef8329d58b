"""Tables outside the CDM: mandatory columns that are empty, and values that are not of the declared type."""

from __future__ import annotations

import pytest

from hygie.access.quality import natives
from hygie.access.quality.natives import Native, results
from hygie.access.quality.running import Running
from hygie.access.quality.values import Counts
from hygie.base.engine import Engine
from tests.access.quality.conftest import TODAY

ROWS = """
SELECT * FROM (VALUES
    (1, 'a', 1.0, '2020-01-01', 'x', NULL), (1, 'b', 2.5, '2020-13-01', NULL, NULL), (2, NULL, NULL, NULL, 'y', NULL)
) t(person_id, code, amount, day, label, nothing)
"""


def found(engine: Engine, expected: dict[str, str], required: set[str]) -> dict[tuple[str, str], tuple[str, int, int]]:
    engine.con.execute(f"CREATE OR REPLACE TABLE native AS {ROWS}")
    table = Native("native", engine.backend().table("native"), "person_id", expected, required)
    rows, persons, told = results(Running(engine, {}, TODAY, set()).row, table)
    assert (rows, persons) == (3, 2)
    return {
        (each.check.name, each.check.field): (each.status, each.counts.violated, each.counts.denominator)
        for each in told
        if each.counts
    }


def test_a_mandatory_column_may_not_be_empty_and_types_are_those_declared(engine: Engine) -> None:
    declared = {"code": "string", "amount": "integer", "day": "date", "label": "string"}
    seen = found(engine, declared, {"code", "label", "person_id"})
    assert seen["measureValueCompleteness", "code"] == ("fail", 1, 3)
    assert seen["measureValueCompleteness", "person_id"] == ("pass", 0, 3)
    assert seen["measureValueCompleteness", "day"] == ("pass", 1, 3)
    assert seen["columnDatatype", "day"] == ("fail", 1, 2)
    assert seen["columnDatatype", "amount"] == ("fail", 1, 2)
    assert seen["columnDatatype", "code"] == ("pass", 0, 2)
    assert seen["columnDatatype", "nothing"] == ("not applicable", 0, 0)


def test_without_a_schema_nothing_is_mandatory_and_types_are_those_of_the_lake(engine: Engine) -> None:
    assert {status for status, *_ in found(engine, {}, set()).values()} == {"pass", "not applicable"}


def test_persons_behind_a_column_that_few_rows_fill_are_counted_in_all_rows(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(natives, "FEW", 500)
    engine.con.execute(
        "CREATE OR REPLACE TABLE native AS SELECT i AS person_id, if(i >= 1998, 1, NULL) AS rare, i % 2 AS full_, "
        "NULL AS none_, if(i % 2 = 0, 1, NULL) AS half FROM range(2000) t(i)"
    )
    table = Native("native", engine.backend().table("native"), "person_id")
    _, persons, told = results(Running(engine, {}, TODAY, set()).row, table)
    counts = {each.check.field: each.counts for each in told if each.check.name == "measureValueCompleteness"}
    assert persons == 61
    assert counts["rare"] == Counts(1998, 2000, 61, 2) and counts["half"] == Counts(1000, 2000, 61, 61)
    assert counts["full_"] == Counts(0, 2000, 0, 61) and counts["none_"] == Counts(2000, 2000, 61, 0)
