"""Two permits' extracts share no number: joins on any identifier or on row position find nobody above chance."""

from __future__ import annotations

import math
import random
from datetime import date

import pytest

from tests.access.extracts.lakes import COLUMNS, CRITERION, EVENT, PERSON, PLACE, VISIT, Case, Memory, extract

N = 400
IDENTIFIERS = {
    "person": ["person_id", "location_id", "provider_id"],
    "visit_occurrence": ["visit_occurrence_id", "person_id", "care_site_id", "preceding_visit_occurrence_id"],
    "condition_occurrence": ["condition_occurrence_id", "person_id", "visit_occurrence_id", "provider_id"],
}


def lake(order):
    """N persons, each with a mark (year of birth, concept) that names them; all events on one day."""
    rows = {name: [] for name in COLUMNS}

    def add(table, **cells):
        rows[table].append({column: cells.get(column) for column in COLUMNS[table]})

    day = date(2016, 5, 5)
    for n in range(N):
        add("person", person_id=PERSON + n, gender_concept_id=0, year_of_birth=n, location_id=PLACE + n % 7,
            provider_id=PLACE + n)  # fmt: skip
        add("visit_occurrence", visit_occurrence_id=VISIT + n, person_id=PERSON + n, visit_concept_id=n,
            visit_start_date=day, care_site_id=PLACE + n)  # fmt: skip
        for event in range(2):
            add("condition_occurrence", condition_occurrence_id=EVENT + 2 * n + event, person_id=PERSON + n,
                condition_concept_id=n, condition_start_date=day, visit_occurrence_id=VISIT + n,
                provider_id=PLACE + n)  # fmt: skip
    for table in rows.values():
        random.Random(order).shuffle(table)
    return rows


MARKS = {
    "person": "year_of_birth",
    "visit_occurrence": "visit_concept_id",
    "condition_occurrence": "condition_concept_id",
}


def permit():
    tables = {name: [*columns, MARKS[name]] for name, columns in IDENTIFIERS.items()}
    settings = {"birth": "year", "dates": "day", "location": "full", "codes": "full", "exception": False}
    cohort = CRITERION.validate_python({"everyone": {}})
    return {"datasets": ["chu"], "tables": tables, "from": date(2015, 1, 1), "to": date(2020, 1, 1), "cohort": cohort,
            **settings}  # fmt: skip


def made(key, order=1):
    rows = {"chu": lake(order)}
    case = Case(rows, {("chu", PERSON + n): 50_000 + n for n in range(N)}, set(), [])
    engine = Memory(case)
    try:
        return {name: table for (_, name), table in extract(engine, case, permit(), key)[2].items()}
    finally:
        engine.close()


def bound(trials, chance):
    """Hits that independent guesses exceed less than once in a million (Bernstein's inequality)."""
    mean = trials * chance
    return mean + math.sqrt(2 * mean * math.log(1e6)) + math.log(1e6)


@pytest.mark.attack
def test_no_join_on_identifiers_or_position_finds_a_person():
    one, two = made(bytes(31) + b"1"), made(bytes(31) + b"2")
    for name, columns in IDENTIFIERS.items():
        mark = MARKS[name]
        left, right = one[name].to_pylist(), two[name].to_pylist()
        assert len(left) == len(right) > 0
        hits = sum(a[mark] == b[mark] for a, b in zip(left, right, strict=True))
        assert hits <= bound(len(left), 1 / N), (name, "position")
        for column in columns:
            for other, table in [(c, t) for t, cs in IDENTIFIERS.items() for c in cs]:
                by_value = {}
                for row in two[table].to_pylist():
                    by_value.setdefault(row[other], set()).add(row[MARKS[table]])
                found = [row for row in left if row[column] is not None and row[column] in by_value]
                hits = sum(row[mark] in by_value[row[column]] for row in found)
                assert hits <= bound(len(found), 2 / N), (name, column, table, other)
            ranks = [sorted(range(len(rows)), key=lambda n: rows[n][column] or 0) for rows in (left, right)]
            same = sum(left[a][mark] == right[b][mark] for a, b in zip(*ranks, strict=True))
            if column != "location_id":
                assert same <= bound(len(left), 2 / N), (name, column, "rank")


@pytest.mark.attack
def test_the_bound_would_see_a_shared_key():
    one, two = made(bytes(32)), made(bytes(32))
    mark = MARKS["person"]
    left, right = one["person"].to_pylist(), two["person"].to_pylist()
    assert sum(a[mark] == b[mark] for a, b in zip(left, right, strict=True)) > bound(N, 1 / N)


@pytest.mark.attack
def test_an_extract_does_not_depend_on_the_order_of_the_source():
    one, two = made(bytes(32), order=1), made(bytes(32), order=2)
    assert all(one[name].equals(two[name]) for name in one)
