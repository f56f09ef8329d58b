"""Rows that a schema says are diagnoses or drugs: OMOP's tables, codes that no vocabulary maps, what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hygie.base.engine import Engine
from hygie.base.kernel import Refusal
from hygie.intake.sources import table
from hygie.intake.sources.fhir import Vocabulary
from tests.intake.sources.table_files import CASE, case, register, schema
from tests.intake.sources.test_table import changed, rows, take
from tests.intake.sources.test_table_increment import grounds

ICD = "http://hl7.org/fhir/sid/icd-10"
DIAGNOSIS = {"table": "condition_occurrence", "code": "topography", "system": ICD, "date": "incidence"}


def test_rows_that_are_events_are_omop_with_their_codes_counted() -> None:
    with grounds() as ground:
        check_events(ground.engine, ground.folder)


def check_events(engine: Engine, tmp_path: Path) -> None:
    body = {**CASE, "primaryKey": [], "hygie:omop": [DIAGNOSIS, {**DIAGNOSIS, "table": "drug_exposure"}]}
    path = register(tmp_path / "cases", case(1), case(2, topography="C01"), case(3, topography=""), case(4, sex="9"))
    taken = take(engine, path, schema(tmp_path, body))
    columns = (
        "condition_occurrence_id, person_id, condition_concept_id, condition_start_date, condition_type_concept_id, "
        "condition_source_value, source_system, source_code, date_precision"
    )
    assert rows(engine, taken, "condition_occurrence", columns) == [
        (1, 1, 0, date(2021, 5, 6), 32879, "C51", ICD, "C51", "day"),
        (2, 2, 0, date(2022, 5, 6), 32879, "C01", ICD, "C01", "day"),
    ]
    [first, _] = rows(engine, taken, "drug_exposure", "drug_exposure_start_date, drug_exposure_end_date, source_code")
    assert first == (date(2021, 5, 6), date(2021, 5, 6), "C51")
    assert taken.unmapped == {ICD: 4}
    assert "register_case: rows without a person, a code or a day, not in condition_occurrence: 1" in taken.notes
    engine.con.execute(
        "CREATE TEMP TABLE words AS SELECT 7 AS concept_id, 'S' AS standard_concept, 'ICD10' AS vocabulary_id, "
        "'C01' AS concept_code"
    )
    staged = table.stage(engine, table.open_package(path, schema(tmp_path, body)), dataset="test")
    taken = table.deliver(engine, staged, vocabulary=Vocabulary("words"))
    assert rows(engine, taken, "condition_occurrence", "condition_concept_id, condition_source_concept_id") == [
        (0, 0),
        (7, 7),
    ]
    assert taken.unmapped == {ICD: 2}


@pytest.mark.parametrize(
    ("said", "paths"),
    [
        ({**DIAGNOSIS, "code": "topographie"}, {"$.hygie:omop.code"}),
        ({**DIAGNOSIS, "code": "note"}, {"$.hygie:omop.code"}),
        ({**DIAGNOSIS, "table": "measurement"}, {"$.hygie:omop.table"}),
        ({each: DIAGNOSIS[each] for each in ("table", "code", "date")}, {"$.hygie:omop.system"}),
        ({**DIAGNOSIS, "system": "ICD 10"}, {"$.hygie:omop.system"}),
        ({**DIAGNOSIS, "date": "birth"}, {"$.hygie:omop.date"}),
        ([DIAGNOSIS, {**DIAGNOSIS, "end": "incidence"}], {"$.hygie:omop[1].end"}),
        ("condition_occurrence", {f"$.hygie:omop.{part}" for part in DIAGNOSIS}),
    ],
)
def test_events_that_cannot_be_are_refused_by_path(tmp_path: Path, said: Any, paths: set[str]) -> None:
    with pytest.raises(Refusal) as refused:
        table.open_package(register(tmp_path / "cases", case(1)), schema(tmp_path, changed(**{"hygie:omop": said})))
    assert {reason.path for reason in refused.value.verdict.reasons} == paths and refused.value.code == "SRC-401"
