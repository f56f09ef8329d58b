"""What everyone reads tells of no few rows and no few persons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hygie.access.quality.definitions import Check, checks, version
from hygie.access.quality.guarding import guarded, parse
from hygie.access.quality.rules import Held, after
from hygie.access.quality.values import Counts, Report, Result
from hygie.base import law

POLICY = law.preset("opensafely-7-5", on=date(2026, 11, 23))
KNOWN = {each.id: each for each in checks()}
REQUIRED = KNOWN["field_isrequired_person_year_of_birth"]
FULL = KNOWN["field_measurevaluecompleteness_person_year_of_birth"]
LOW = KNOWN["field_plausiblevaluelow_person_year_of_birth"]
SEX = KNOWN["concept_plausiblegender_condition_occurrence_condition_concept_id_26662"]


def report(*results: Result, rows: int = 1000, persons: int = 61) -> Report:
    tables = {each.check.table for each in results}
    return Report(version(), "2026-11-23", results, dict.fromkeys(tables, rows), dict.fromkeys(tables, persons))


def outcome(check: Check, counts: Counts, nulls: int = 0, rows: int = 1000) -> Result:
    return after(check, Held((check.field,), rows, {check.field: nulls}), counts)


@pytest.mark.parametrize("broken", [0, 1, 7])
def test_none_and_a_few_broken_rows_read_the_same(broken: int):
    found = guarded(report(outcome(REQUIRED, Counts(broken, 1000, broken, 61))), POLICY).results[0]
    assert (found.status, found.percent, found.rows) == ("pass", 0, 1000)


def test_a_table_about_codes_is_told_exactly_and_no_other_with_it():
    told = report(outcome(REQUIRED, Counts(3, 5), rows=5), rows=5, persons=-1)
    assert guarded(told, POLICY).results[0].reason == "few:person.year_of_birth"
    assert guarded(told, POLICY, {"visit_occurrence"}).results[0].reason == "few:person.year_of_birth"
    open_ = guarded(told, POLICY, {"person"})
    assert (open_.results[0].status, open_.results[0].rows, open_.results[0].broken) == ("fail", 5, 3)
    assert parse(open_.as_dict()) == open_


def test_many_rows_of_few_persons_read_as_none():
    found = guarded(report(outcome(LOW, Counts(400, 1000, 7, 61))), POLICY).results[0]
    assert (found.status, found.percent) == ("pass", 0)
    shown = guarded(report(outcome(LOW, Counts(400, 1000, 8, 61))), POLICY).results[0]
    assert (shown.status, shown.percent) == ("fail", 40)


def test_all_but_a_few_read_as_all():
    for kept, others in ((0, 0), (5, 5), (100, 3)):
        found = guarded(report(outcome(LOW, Counts(1000 - kept, 1000, 61, others))), POLICY).results[0]
        assert (found.status, found.percent) == ("fail", 100)


def test_a_concept_of_few_reads_as_one_of_nobody():
    nobody = outcome(SEX, Counts(0, 0, 0, 0))
    few = [outcome(SEX, Counts(broken, 12, min(broken, 7), 6)) for broken in (0, 2, 12)]
    read = {guarded(report(each), POLICY).results[0] for each in [nobody, *few]}
    assert {(each.status, each.reason.split(":")[0], each.percent, each.rows) for each in read} == {
        ("not applicable", "few", None, None)
    }


def test_a_field_that_few_have_reads_as_one_that_nobody_has():
    def read(given_rows: int) -> list[tuple[str, int | None]]:
        nulls = 1000 - given_rows
        both = (outcome(FULL, Counts(nulls, 1000, 61, given_rows), nulls), outcome(LOW, Counts(0, given_rows), nulls))
        return [(each.status, each.percent) for each in guarded(report(*both), POLICY).results]

    assert read(0) == read(7) != read(8)


def test_a_table_of_few_persons_reads_as_an_empty_one():
    found = guarded(report(outcome(LOW, Counts(0, 1000)), persons=7), POLICY).results[0]
    assert (found.status, found.percent) == ("not applicable", None)


@given(some.integers(0, 2000), some.integers(0, 2000), some.integers(0, 61), some.integers(0, 61))
def test_no_small_figure_is_shown(broken: int, kept: int, persons: int, others: int):
    rows = broken + kept
    if not rows:
        return
    found = guarded(
        report(outcome(LOW, Counts(broken, rows, min(persons, broken), min(others, kept)), rows=rows), rows=rows),
        POLICY,
    )
    shown = found.results[0]
    assert shown.rows is None or (shown.rows >= POLICY.min_count and shown.rows % POLICY.rounding_base == 0)
    if shown.percent not in (None, 0, 100):
        assert min(broken, kept, min(persons, broken), min(others, kept)) >= POLICY.min_count


def test_what_is_kept_is_read_again():
    found = guarded(report(outcome(LOW, Counts(400, 1000, 61, 61))), POLICY)
    assert parse(found.as_dict()) == found
    own = replace(found.results[0], check=Check("SOURCE", "columnDatatype", "t", "c", "", 0.0, "int64", "", "", ""))
    assert parse(replace(found, results=(own,)).as_dict()).results == (own,)
