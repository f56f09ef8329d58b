"""The plan counts what one plain query a check counts, on OHDSI's synthetic database and on a faulty one."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hygie.access.quality.oracle import queries
from hygie.access.quality.running import run
from hygie.access.quality.values import Report
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
