"""Property tests: a thousand permits on generated lakes, every cell against the oracle, both engines equal."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from hygie.access.extracts.plan import plan
from hygie.base.kernel import Refusal
from tests.access.extracts.lakes import (
    COLUMNS,
    DAYS,
    EVENT,
    FORBIDDEN,
    KEY,
    PERSON,
    PLACE,
    SETTINGS,
    VISIT,
    Memory,
    by_polars,
    cases,
    extract,
    held,
    permit_of,
    tuples,
)
from tests.access.extracts.oracle import Oracle

LAKES, PERMITS, PARTS = 100, 10, 4


def check_case(case):
    """Assert every property of every permit of a case; return how many permits were looked at."""
    engine = Memory(case)
    try:
        for permit in case.permits:
            check_permit(engine, case, permit)
    finally:
        engine.close()
    return len(case.permits)


def check_permit(engine, case, permit):
    made, steps, out, sources = extract(engine, case, permit)
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
        numbers = own_numbers(made, which[1])
        got = [tuple(None if column in numbers else row[column] for column in columns) for row in table.to_pylist()]
        assert sorted(got, key=repr) == rows
        check_walls(case, permit, oracle, table, numbers)
    if permit is case.permits[0]:
        second = by_polars(engine, case, made, sources)
        assert {w: tuples(table, own_numbers(made, w[1])) for w, table in out.items()} == second


def own_numbers(made, name):
    """The columns that only say a row's place in the file."""
    table = next(table for table in made.tables if table.name == name)
    return [column.name for column in table.columns if column.treatment == "number"]


def check_walls(case, permit, oracle, table, numbers):
    """What holds of any extract, whatever the oracle says."""
    cells = [cell for column in table.columns for cell in column.to_pylist()]
    assert not [cell for cell in cells if isinstance(cell, str) and "DIRECT" in cell]
    sources = [
        c
        for c in cells
        if isinstance(c, int) and any(base <= c < base + 1000 for base in (PERSON, VISIT, EVENT, PLACE))
    ]
    assert not sources
    if not permit["exception"]:
        marks = {uid * 1000.5 for uid in case.out}
        assert not marks & {cell for cell in cells if isinstance(cell, float)}
    for number in numbers:
        assert table[number].to_pylist() == list(range(1, table.num_rows + 1))
    if "person_id" in table.column_names:
        order = table["person_id"].to_pylist()
        assert order == sorted(order)


def thousand(part, lakes=LAKES // PARTS, count=PERMITS, check=check_case):
    """Check generated cases, the same in every run."""

    @seed(part)
    @given(cases(count=count))
    @settings(
        max_examples=lakes,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    def work(case):
        nonlocal seen
        seen += check(case)

    seen = 0
    work()
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_not_one_cell_outside_a_thousand_permits(part):
    assert thousand(part) >= PERMITS * LAKES // PARTS


@pytest.mark.parametrize("column", sorted(FORBIDDEN))
def test_a_permit_that_names_a_forbidden_column_is_refused(column):
    table = next(name for name, columns in COLUMNS.items() if column in columns)
    permit = {
        "datasets": ["chu"],
        "tables": {table: [COLUMNS[table][0], column]},
        "from": DAYS[0],
        "to": DAYS[1],
        "cohort": None,
        "exception": False,
        **{name: values[0] for name, values in SETTINGS.items()},
    }
    with pytest.raises(Refusal) as caught:
        plan(permit_of(permit), held({"chu": dict.fromkeys(COLUMNS)}))
    assert caught.value.code in {"EXT-103", "EXT-106"}
    assert [reason.path for reason in caught.value.verdict.reasons] == [f"$.data.tables.{table}.{column}"]


def test_every_fault_of_a_permit_is_named_at_once():
    permit = {
        "datasets": ["chu"],
        "tables": {"person": ["person_source_value", "nonsense"], "drug_era": ["drug_era_id"], "fhir_claim": ["x"]},
        "from": DAYS[0],
        "to": DAYS[1],
        "cohort": None,
        "exception": False,
        **{name: values[0] for name, values in SETTINGS.items()},
    }
    tables = held({"chu": dict.fromkeys(COLUMNS)})
    tables["chu"].tables["fhir_claim"] = SimpleNamespace(columns=(("x", "VARCHAR"),), person=None)
    with pytest.raises(Refusal) as caught:
        plan(permit_of(permit), tables)
    assert {reason.code for reason in caught.value.verdict.reasons} == {"EXT-101", "EXT-102", "EXT-103", "EXT-104"}
