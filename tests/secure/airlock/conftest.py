"""A small population in a walled engine, and a declared table on it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hygie.base.engine import Engine, Walls
from hygie.secure.airlock.declaration import Output

SEXES = {"8507": "male", "8532": "female"}
EXPOSED = {
    "name": "exposed",
    "has": {"table": "drug_exposure", "column": "source_code", "in": ["A"], "date": "drug_exposure_start_date"},
}
OUTCOME = {
    "name": "ill",
    "has": {
        "table": "drug_exposure",
        "column": "source_code",
        "in": ["B"],
        "date": "drug_exposure_start_date",
        "after": "exposed",
        "days": [1, 365],
    },
}
SEX = {"name": "sex", "map": {"column": "gender_concept_id", "values": SEXES, "other": "missing"}}
AGE = {"name": "age", "age": {"at": "2020-01-01", "bands": [0, 18, 65]}}


def population(persons: int, seed: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Return persons and drug rows."""
    chance = random.Random(seed)
    start = date(2015, 1, 1)
    return {
        "person": [
            {
                "person_id": one,
                "gender_concept_id": chance.choice([8507, 8532, None]) if one % 50 == 0 else 8507 + 25 * (one % 2),
                "year_of_birth": chance.randint(1930, 2012),
            }
            for one in range(1, persons + 1)
        ],
        "drug_exposure": [
            {
                "drug_exposure_id": row,
                "person_id": chance.randint(1, persons),
                "source_code": chance.choice("AABC"),
                "drug_exposure_start_date": start + timedelta(chance.randint(0, 900)),
                "quantity": round(chance.random() * 100, 2) if row % 7 else None,
            }
            for row in range(persons * 2)
        ],
    }


def loaded(engine: Engine, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the rows as Ibis tables on an engine."""
    for name, each in rows.items():
        engine.con.register(f"arrow_{name}", pa.Table.from_pylist(each))
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arrow_{name}")
        engine.con.unregister(f"arrow_{name}")
    backend = engine.backend()
    return {name: backend.table(name) for name in rows}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(Walls(tmp_path_factory.mktemp("engine"), (), "1GB", 2)) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    return population(2000)


@pytest.fixture(scope="module")
def tables(engine: Engine, rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return loaded(engine, rows)


def declared(**changes: Any) -> Output:
    """Return the declaration of exposure by sex with the risk of illness, or with some of it changed."""
    body: dict[str, Any] = {
        "file": "table.csv",
        "kind": "table",
        "source": "person",
        "derive": [EXPOSED, OUTCOME, SEX, AGE],
        "groups": ["exposed", "sex"],
        "measures": [{"name": "n", "kind": "persons"}],
        "totals": ["exposed", "sex"],
    }
    return Output.model_validate({**body, **changes})


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path
