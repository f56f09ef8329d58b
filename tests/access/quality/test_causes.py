"""What to fix first, by what one repair ends."""

from __future__ import annotations

from dataclasses import replace

from hygie.access.quality.definitions import checks
from hygie.access.quality.rules import causes, fix_first, repair
from hygie.access.quality.values import Counts, Result

NAMED = {each.id: each for each in checks()}
DRUG = NAMED["field_standardconceptrecordcompleteness_drug_exposure_drug_concept_id"]
UNIT = NAMED["field_sourceconceptrecordcompleteness_measurement_measurement_source_concept_id"]
KEY = NAMED["field_isprimarykey_person_person_id"]


def test_checks_that_one_repair_ends_are_one_cause_and_weigh_together() -> None:
    failing = [
        Result(DRUG, "fail", "", Counts(60, 100)),
        Result(UNIT, "fail", "", Counts(50, 100)),
        Result(KEY, "fail", "", Counts(70, 100)),
        Result(NAMED["field_isrequired_person_person_id"], "pass", "", Counts(0, 100)),
    ]
    fixes = fix_first(failing, {})
    assert fixes[0].result.check is KEY
    first, second = causes(fixes)
    assert (first.name, [each.result.check for each in first.fixes]) == ("map", [DRUG, UNIT])
    assert (first.rows, first.weight) == (sum(each.rows for each in first.fixes), sum(e.weight for e in first.fixes))
    assert second.rows == 70
    used = causes(fix_first(failing, {"person": 3}))
    assert (used[0].name, used[0].permits) == ("key", 3)


def test_nothing_that_fails_is_no_cause() -> None:
    assert causes(fix_first([], {})) == ()


def test_an_end_that_may_be_planned_is_no_error_of_dates() -> None:
    late = ("plausiblevaluehigh", "plausibleduringlife", "plausiblebeforedeath")
    for name in late:
        assert repair(NAMED[f"field_{name}_condition_occurrence_condition_end_date"]) == "ends"
        assert repair(NAMED[f"field_{name}_condition_occurrence_condition_start_date"]) == "dates"
        assert repair(NAMED[f"field_{name}_visit_occurrence_visit_end_date"]) == "dates"
    assert repair(NAMED["field_plausiblevaluelow_condition_occurrence_condition_end_date"]) == "dates"
    assert repair(NAMED["field_plausiblevaluehigh_drug_exposure_days_supply"]) == "values"


def test_a_missing_value_is_asked_for_only_where_it_must_be_there() -> None:
    assert repair(NAMED["field_isrequired_condition_occurrence_condition_start_date"]) == "fill"
    end = NAMED["field_measurevaluecompleteness_condition_occurrence_condition_end_date"]
    assert repair(end) == "explain"
    assert repair(replace(end, level="SOURCE", threshold=0.0)) == "fill"
