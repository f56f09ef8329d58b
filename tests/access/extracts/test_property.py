"""Property tests: a thousand permits on generated lakes, every cell against the oracle, both engines equal."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hygie.access.extracts.plan import plan
from hygie.base.kernel import Refusal
from tests.access.extracts.lakes import COLUMNS, EVENT, KEY, PERSON, PLACE, VISIT, Memory, cases, extract, held, permit_of
from tests.access.extracts.oracle import Oracle

LAKES, PERMITS = 6, 10


def check_case(case):
    """Assert every property of every permit of a case; return how many permits were looked at."""
    engine = Memory(case)
    try:
        for permit in case.permits:
            if not any(name in case.lake[d] for d in permit["datasets"] for name in permit["tables"]):
                continue
            permit = {**permit, "tables": present(case, permit)}
            check_permit(engine, case, permit)
    finally:
        engine.close()
    return len(case.permits)


def present(case, permit):
    tables = {n: c for n, c in permit["tables"].items() if any(n in case.lake[d] for d in permit["datasets"])}
    return tables


def check_permit(engine, case, permit):
    made, steps, out, _ = extract(engine, case, permit)
    oracle = Oracle(case.lake, case.index, case.out, permit, KEY)
    assert (steps.delivered, steps.remaining, steps.cohort) == (
        len(oracle.delivered),
        len(oracle.remaining),
        len(oracle.cohort),
    )
    expected = {
        (dataset, name): oracle.table(dataset, name)
        for dataset in permit["datasets"]
        for name in permit["tables"]
        if name in case.lake[dataset]
    }
    expected = {which: found for which, found in expected.items() if found is not None}
    assert set(out) == set(expected)
    for which, table in out.items():
        columns, rows = expected[which]
        assert sorted(table.column_names) == columns
        numbers = [column.name for column in one(made, which[1]).columns if column.treatment == "number"]
        got = [
            tuple(None if column in numbers else row[column] for column in columns) for row in table.to_pylist()
        ]
        assert sorted(got, key=repr) == rows
        check_walls(case, permit, oracle, table, numbers)


def one(made, name):
    return next(table for table in made.tables if table.name == name)


def check_walls(case, permit, oracle, table, numbers):
    """What holds of any extract, whatever the oracle says."""
    cells = [cell for column in table.columns for cell in column.to_pylist()]
    assert not [cell for cell in cells if isinstance(cell, str) and "DIRECT" in cell]
    sources = [c for c in cells if isinstance(c, int) and any(base <= c < base + 1000 for base in (PERSON, VISIT, EVENT, PLACE))]
    assert not sources
    if not permit["exception"]:
        marks = {uid * 1000.5 for uid in case.out}
        assert not marks & {cell for cell in cells if isinstance(cell, float)}
    for number in numbers:
        assert table[number].to_pylist() == list(range(1, table.num_rows + 1))
    if "person_id" in table.column_names:
        order = table["person_id"].to_pylist()
        assert order == sorted(order)


@pytest.mark.slow
@given(cases(count=PERMITS))
@settings(
    max_examples=LAKES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_not_one_cell_outside_a_thousand_permits(case):
    assert check_case(case) == PERMITS
