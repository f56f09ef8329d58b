"""A synthetic hospital: its population, what happened to it, and one effect whose truth is known."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from hygie.base.engine import Engine, literal
from hygie.base.kernel import Progress, silent

LAST_DAY = date(2026, 6, 30)
FIRST_CONCEPT = 2_000_000_001
SCRIPTS = ("macros.sql", "hospital.sql")
KINDS = ("condition", "drug", "measurement", "procedure", "vaccine", "allergy", "device")
PLACE = "i INTEGER, city VARCHAR, department VARCHAR, postcode VARCHAR, share DOUBLE"
CODE = (
    "code_id INTEGER, kind VARCHAR, i INTEGER, vocabulary VARCHAR, system VARCHAR, code VARCHAR, display VARCHAR, "
    "weight DOUBLE, why VARCHAR, youngest INTEGER, oldest INTEGER, sex VARCHAR, unit VARCHAR, mean DOUBLE, sd DOUBLE, "
    "category VARCHAR, concept_id INTEGER"
)


@dataclass(frozen=True)
class Effect:
    """What is planted: an exposure in 2018 multiplies the hazard of an outcome from 2019 to 2025.

    The effect is invented, and so is how age and sex drive exposure and outcome, which biases the crude ratio upwards.

    Parameters
    ----------
    hazard_ratio : float   of the exposed
    base_hazard : float    a year, for a woman of 55 who is not exposed
    age_ratio : float      hazard ratio for each 10 years of age
    male_ratio : float     hazard ratio of men
    """

    hazard_ratio: float = 1.8
    base_hazard: float = 0.006
    age_ratio: float = 1.7
    male_ratio: float = 1.4


@dataclass(frozen=True)
class Hospital:
    """What is asked for.

    Parameters
    ----------
    persons : int     1 to 10,000,000
    seed : int        the same seed gives the same hospital
    rare : int        persons who take a rarely used drug: a cell that no output may show
    effect : Effect
    """

    persons: int
    seed: int = 1
    rare: int = 4
    effect: Effect = Effect()


@cache
def codes() -> dict[str, Any]:
    """Return the package's lists of codes, places and names."""
    return tomllib.loads(resources.files("hygie.node.demo").joinpath("codes.toml").read_text("utf-8"))


def code_rows() -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table `code`; only those with a number `i` are drawn at random, by weight."""
    number = 0
    for kind in KINDS:
        group = codes()[kind]
        for planted, rows in ((False, group["rows"]), (True, group.get("planted", []))):
            for i, (vocabulary, code, display, drawn, *rest) in enumerate(rows):
                weight, why = (0.0, drawn) if planted else (drawn, "")
                measured = kind == "measurement"
                youngest, oldest, sex = (0, 120, "") if planted or measured else rest
                unit, mean, sd, category = rest if measured else ("", 0.0, 0.0, "")
                yield (
                    *(number, kind, None if planted else i, vocabulary, codes()["systems"][vocabulary], code, display),
                    *(weight, why, youngest, oldest, sex, unit, mean, sd, category, FIRST_CONCEPT + number),
                )
                number += 1


def populate(engine: Engine, hospital: Hospital, progress: Progress = silent) -> None:
    """Make the hospital's tables in an engine: person, encounter, condition, prescription and the others.

    Parameters
    ----------
    engine : Engine
    hospital : Hospital
    """
    effect = hospital.effect
    variables = {
        "seed": hospital.seed,
        "persons": hospital.persons,
        "rare": hospital.rare,
        "last_day": LAST_DAY,
        "log_ratio": math.log(effect.hazard_ratio),
        "base_hazard": effect.base_hazard,
        "log_age": math.log(effect.age_ratio),
        "log_male": math.log(effect.male_ratio),
        **codes()["names"],
    }
    for name, value in variables.items():
        engine.con.execute(f"SET VARIABLE {name} = {cell(value)}")
    fill(engine, "code", CODE, list(code_rows()))
    fill(engine, "place", PLACE, [(i, *row) for i, row in enumerate(codes()["places"]["rows"])])
    scripts = [resources.files("hygie.node.demo").joinpath(name).read_text("utf-8") for name in SCRIPTS]
    statements = [statement for script in scripts for statement in script.split(";\n") if statement.strip()]
    for done, statement in enumerate(statements):
        progress("population", done, len(statements))
        engine.con.execute(statement)
    progress("population", len(statements), len(statements))


def fill(engine: Engine, table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
    """Make a small table and insert its rows in one statement."""
    engine.con.execute(f"CREATE TABLE {table} ({columns})")
    lines = (f"({', '.join(map(cell, row))})" for row in rows)
    engine.con.execute(f"INSERT INTO {table} VALUES {', '.join(lines)}")


def cell(value: object) -> str:
    """Return a value of this module as SQL text; parameters would have DuckDB import pandas first."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, date):
        return f"DATE {literal(value.isoformat())}"
    if isinstance(value, list):
        return f"[{', '.join(map(cell, value))}]"
    return "NULL" if value is None else repr(value)
