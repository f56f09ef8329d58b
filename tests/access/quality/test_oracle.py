"""The plan counts what one plain query a check counts, on OHDSI's synthetic database and on a faulty one."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hygie.access.quality import running
from hygie.access.quality.oracle import queries
from hygie.access.quality.running import run
from hygie.access.quality.values import Counts, Report
from hygie.base.engine import Engine, Walls
from hygie.intake.sources.cdm import TABLES
from tests.access.quality.conftest import TODAY
from tests.access.quality.planted import CLEAN, FAULTS

DATA = Path(os.environ.get("HYGIE_TESTDATA", "")) / "omop-synthea27nj" / "Synthea27Nj_5.4.zip"
COUNTED = ("person", "observation_period", "visit_occurrence", "condition_occurrence", "condition_era", "drug_exposure",
           "measurement", "death", "concept", "procedure_occurrence", "domain")  # fmt: skip


@pytest.fixture(scope="module")
def synthea(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if not DATA.exists():
        pytest.skip("no HYGIE_TESTDATA")
    folder = tmp_path_factory.mktemp("synthea")
    with (
        Engine(Walls(folder / "node", readable=(folder,), memory="512MB", threads=2)) as engine,
        zipfile.ZipFile(DATA) as held,
    ):
        for name in COUNTED:
            path = folder / f"{name}.csv"
            path.write_bytes(held.read(f"{name.upper()}.csv"))
            columns = ", ".join(
                f'try_cast("{each.name}" AS {each.sql_type}) AS {each.name}' for each in TABLES[name].fields
            )
            read = f"read_csv('{path}', all_varchar = true, header = true, normalize_names = true)"
            engine.con.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM {read}")
        yield engine


def compared(engine: Engine, found: Report) -> int:
    """Compare every check that counted something with its plain query; return how many."""
    wrong, done = {}, 0
    for each in found.results:
        if each.counts is None or each.check.name in ("cdmTable", "cdmField"):
            continue
        broken, looked = queries(each.check, TODAY)
        expected = (engine.scalar(broken), engine.scalar(looked))
        if expected != (each.counts.violated, each.counts.denominator):
            wrong[each.check.id] = (expected, each.counts)
        done += 1
    assert wrong == {}
    return done


def test_the_plan_agrees_with_the_oracle_on_a_synthetic_database(synthea: Engine):
    found = run(synthea, {name: synthea.backend().table(name) for name in COUNTED}, today=TODAY)
    assert compared(synthea, found) > 400
    assert sum(each.counts.violated > 0 for each in found.results if each.counts) > 50


def test_the_plan_agrees_with_the_oracle_on_a_faulty_database(engine: Engine, make: Callable[..., None]):
    make(**CLEAN)
    for statement, _ in FAULTS:
        for each in statement.split("; "):
            if "VARCHAR" not in each and "'2.5'" not in each:
                engine.con.execute(each)
    held: dict[str, Any] = {name: engine.backend().table(name) for name in CLEAN}
    assert compared(engine, run(engine, held, today=TODAY)) > 400


def test_tables_that_are_looked_up_part_by_part_are_counted_as_when_whole(
    engine: Engine, make: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    names = ("person", "observation_period", "visit_occurrence", "condition_occurrence", "death", "concept")
    make(**CLEAN)
    for statement, _ in FAULTS:
        for each in statement.split("; "):
            if "VARCHAR" not in each and "'2.5'" not in each:
                engine.con.execute(each)
    for key in ("person_id", "visit_occurrence_id"):  # keys that are all even, as negative as positive, one of nobody
        for name in ("visit_occurrence", "condition_occurrence"):
            engine.con.execute(f"UPDATE {name} SET {key} = 2 * ({key} - 10)")
    engine.con.execute("UPDATE person SET person_id = 2 * (person_id - 10)")
    engine.con.execute("UPDATE condition_occurrence SET visit_occurrence_id = NULL WHERE condition_occurrence_id = 9")
    held: dict[str, Any] = {name: engine.backend().table(name) for name in names}
    whole = run(engine, held, today=TODAY)
    assert sum(each.counts.violated > 0 for each in whole.results if each.counts) > 20
    monkeypatch.setattr(running, "PART", 7)
    monkeypatch.setattr(running, "FEW", 5)
    assert run(engine, held, today=TODAY) == whole


def test_persons_of_rare_faults_are_looked_for_in_all_rows(
    engine: Engine, make: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    make(
        condition_occurrence="SELECT i AS condition_occurrence_id, i AS person_id, i % 2 AS condition_concept_id, "
        "if(i < 1998, 32817, NULL) AS condition_type_concept_id, DATE '2016-01-02' AS condition_start_date "
        "FROM range(2000) t(i)"
    )
    monkeypatch.setattr(running, "FEW", 500)
    found = run(engine, {"condition_occurrence": engine.backend().table("condition_occurrence")}, today=TODAY)
    counts = {each.check.id: each.counts for each in found.results}
    half = "field_standardconceptrecordcompleteness_condition_occurrence_condition_concept_id"
    assert counts[half] == Counts(1000, 2000, 61, 61)
    rare = "field_isrequired_condition_occurrence_condition_type_concept_id"
    assert counts[rare] == Counts(2, 2000, 2, 61)
