"""Each check counts exactly the rows planted for it, and none in a clean database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hygie.access.quality.definitions import kinds
from hygie.access.quality.running import Running, run
from hygie.access.quality.values import Report, parse
from hygie.base.engine import Engine
from tests.access.quality.conftest import TODAY
from tests.access.quality.planted import CLEAN, FAULTS

COMPLETENESS = "measureValueCompleteness"
DEAD = "table_measurepersoncompleteness_death"  # nineteen of twenty live
EXPECTED = {id_: count for _, found in FAULTS for id_, count in found.items()}


def report(engine: Engine) -> Report:
    return run(engine, {name: engine.backend().table(name) for name in CLEAN}, today=TODAY)


def broken(found: Report) -> dict[str, int]:
    """What was counted, of tables that are there; empty columns are no fault."""
    return {
        each.check.id: each.counts.violated
        for each in found.results
        if each.counts
        and each.counts.violated
        and each.check.name != COMPLETENESS
        and each.check.table in CLEAN
        and each.check.id != DEAD
    }


@pytest.fixture(scope="module")
def reports(engine: Engine, make: Callable[..., None]) -> Iterator[tuple[Report, Report]]:
    make(**CLEAN)
    clean = report(engine)
    for statement, _ in FAULTS:
        for each in statement.split("; "):
            engine.con.execute(each)
    yield clean, report(engine)


def test_nothing_is_counted_in_a_clean_database(reports: tuple[Report, Report]):
    clean, _ = reports
    assert broken(clean) == {}
    assert not [each for each in clean.results if each.status == "fail" and each.check.table in CLEAN]


def test_exactly_the_planted_rows_are_counted(reports: tuple[Report, Report]):
    assert broken(reports[1]) == EXPECTED


def test_every_type_of_check_has_its_fault(reports: tuple[Report, Report]):
    planted = {each.check.name for each in reports[1].results if each.check.id in EXPECTED}
    others = {COMPLETENESS, "cdmTable"}  # the next two tests
    assert planted | others == {name for level, name in kinds() if level != "SOURCE"}


def test_a_missing_table_fails_and_nothing_else_applies_to_it(reports: tuple[Report, Report]):
    of_note = [each for each in reports[0].results if each.check.table == "note"]
    assert {each.check.name for each in of_note if each.status == "fail"} == {"cdmTable"}
    assert {each.status for each in of_note if each.check.name != "cdmTable"} == {"not applicable"}


def test_empty_columns_are_complete_to_the_row(reports: tuple[Report, Report]):
    found = {each.check.field: each.counts for each in reports[1].results if each.check.name == COMPLETENESS
             and each.check.table == "condition_occurrence"}  # fmt: skip
    assert (found["condition_type_concept_id"].violated, found["stop_reason"].violated) == (2, 60)


def test_what_cannot_be_looked_up_is_not_run_and_never_passes(reports: tuple[Report, Report]):
    clean, _ = reports
    known = {each.check.id: each for each in clean.results}
    domain = known["field_isforeignkey_concept_domain_id"]
    assert (domain.status, domain.reason) == ("not run", "no vocabulary:domain")
    assert known["field_isforeignkey_condition_occurrence_provider_id"].reason == "no table:provider"
    assert known["table_cdmtable_cohort"].reason == "no cohorts:cohort"


def test_a_vocabulary_without_a_row_cannot_tell_of_any_code(make: Any, engine: Engine, running: Callable[..., Running]):
    make(**{**CLEAN, "concept": "", "concept_ancestor": ""})
    found = running(*CLEAN, counted=())
    without = {"fkDomain", "fkClass", "isStandardValidConcept", "plausibleGenderUseDescendants"}
    from hygie.access.quality.definitions import checks

    for check in checks():
        if check.name in without and check.table in CLEAN and check.table != "concept":
            assert found.result(check).status == "not run", check.id


def test_a_report_is_kept_and_read_again(reports: tuple[Report, Report]):
    found = reports[1]
    again = parse(found.as_dict())
    assert again == found
    assert found.tally["fail"] + found.tally["pass"] + found.tally["not run"] + found.tally["not applicable"] == 2535


def test_persons_behind_broken_rows_are_counted_from_below(reports: tuple[Report, Report]):
    found = {each.check.id: each.counts for each in reports[1].results}
    wide = found["field_sourceconceptrecordcompleteness_condition_occurrence_condition_source_concept_id"]
    assert (wide.persons, wide.others) == (4, 20)
    sex = found["concept_plausiblegender_condition_occurrence_condition_concept_id_26662"]
    assert (sex.violated, sex.persons) == (2, 2)
