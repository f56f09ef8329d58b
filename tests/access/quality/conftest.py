"""A small clean database of every table, in which faults are planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from hygie.access.quality.running import Running
from hygie.base.engine import Engine, Walls
from hygie.intake.sources.cdm import TABLES

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine for a module's tables."""
    with Engine(Walls(tmp_path_factory.mktemp("quality"), memory="512MB", threads=2)) as made:
        yield made


@pytest.fixture(scope="module")
def make(engine: Engine) -> Callable[..., None]:
    """Make tables of the CDM: `make(person=["1, 8507, …"])` with `columns` in the CDM's order."""

    def made(**tables: str) -> None:
        for name, rows in tables.items():
            columns = ", ".join(f"NULL::{each.sql_type} AS {each.name}" for each in TABLES[name].fields)
            engine.con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} LIMIT 0")
            if rows:
                engine.con.execute(f"INSERT INTO {name} BY NAME {rows}")

    return made


@pytest.fixture
def running(engine: Engine) -> Callable[..., Running]:
    """Checks under way on some tables of the engine."""

    def begun(*names: str, counted: tuple[str, ...] | None = None) -> Running:
        held = {name: engine.backend().table(name) for name in names}
        found = Running(engine, held, TODAY, set())
        for name in () if counted is None else counted:
            found.table(name)
        return found

    return begun
