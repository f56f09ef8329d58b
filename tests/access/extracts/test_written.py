"""How a date was written says no more in an extract than the date itself: of a start, an end and a death."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import ibis
import pytest

from hygie.access.cohorts.values import Everyone
from hygie.access.extracts import compile as compiler
from hygie.access.extracts.plan import plan
from hygie.intake.sources.cdm import OFFSETS, PRECISIONS, TABLES
from tests.access.extracts.lakes import permit_of

FINER = {
    "day": ["day", "day", "month", "year", None],
    "month": ["month", "month", "month", "year", None],
    "year": ["year", "year", "year", "year", None],
}
WRITTEN = {name: table for name, table in TABLES.items() if {field.name for field in table.extensions} & PRECISIONS}


@pytest.mark.parametrize("grain", FINER)
@pytest.mark.parametrize("name", WRITTEN)
def test_precisions_are_made_coarse_and_offsets_left_out(name, grain):
    table = TABLES[name]
    columns = [field.name for field in table.columns if field.name in PRECISIONS | OFFSETS]
    held = {"chu": SimpleNamespace(tables={name: SimpleNamespace(columns=tuple((f.name, "") for f in table.columns))})}
    settings = {"birth": "year", "dates": grain, "location": "none", "codes": "full"}
    permit = {"datasets": ["chu"], "tables": {name: columns}, "cohort": Everyone(everyone={}), "exception": False}
    made = plan(permit_of({**permit, "from": date(2020, 1, 1), "to": date(2020, 12, 31), **settings}), held)
    assert {left.column for left in made.left} == OFFSETS & set(columns)
    shown = [column for column in made.tables[0].columns if column.name != "person_id"]
    assert {column.name for column in shown} == PRECISIONS & set(columns)
    for column in shown:
        rows = ibis.memtable({column.name: ["time", "day", "month", "year", None]}, schema={column.name: "string"})
        found = rows.select(cell=compiler.cell(made, column, rows)).to_pyarrow()["cell"].to_pylist()
        assert found == FINER[grain]


def test_every_table_that_keeps_an_end_keeps_how_it_was_written():
    ended = {name for name, table in WRITTEN.items() if "end_date_precision" in {f.name for f in table.extensions}}
    assert ended == {
        "visit_occurrence",
        "condition_occurrence",
        "drug_exposure",
        "procedure_occurrence",
        "device_exposure",
    }
    assert set(WRITTEN) == ended | {"measurement", "observation", "death"}
