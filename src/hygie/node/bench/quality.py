"""The quality checks: one aggregate a table, beside one plain query a check, on the same encrypted snapshot."""

# ruff: noqa: E501 - the rows of a table in one line each

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from hygie.access.quality.oracle import queries
from hygie.access.quality.running import run as checked
from hygie.access.quality.values import Report
from hygie.base.engine import EncryptedFile, Engine, Walls
from hygie.base.keys import new_data_key
from hygie.intake.sources.cdm import TABLES
from hygie.node.bench.measure import interleave, watched

TODAY = date(2026, 1, 1)
MEMORY = "1GB"
PRESENCE = ("cdmTable", "cdmField")
DAY = "DATE '2015-01-01' + (hash(i + {seed}) % 3650)::INTEGER"
CODES = 20_000
# rows a person, and the columns that are filled; the others of the CDM are there without a value
FILLED: Mapping[str, tuple[int, str]] = {
    "person": (1, "i AS person_id, 8507 + 25 * (hash(i) % 2)::BIGINT AS gender_concept_id, (1925 + hash(i + 1) % 89)"
     "::INTEGER AS year_of_birth, 8527 AS race_concept_id, 38003564 AS ethnicity_concept_id, 'F' AS gender_source_value"),
    "observation_period": (1, "i AS observation_period_id, i AS person_id, DATE '2015-01-01' AS "
     "observation_period_start_date, DATE '2025-06-01' AS observation_period_end_date, 32817 AS period_type_concept_id"),
    "visit_occurrence": (5, "i AS visit_occurrence_id, i // 5 AS person_id, 9201 AS visit_concept_id, {day} AS "
     "visit_start_date, {day} + 3 AS visit_end_date, 32817 AS visit_type_concept_id, 'H' AS visit_source_value"),
    "condition_occurrence": (5, "i AS condition_occurrence_id, i // 5 AS person_id, (hash(i + 3) % {codes})::BIGINT AS "
     "condition_concept_id, {day} AS condition_start_date, {day} + 1 AS condition_end_date, 32817 AS "
     "condition_type_concept_id, i AS visit_occurrence_id, 'C' || hash(i + 3) % {codes} AS condition_source_value"),
    "drug_exposure": (15, "i AS drug_exposure_id, i // 15 AS person_id, (hash(i + 5) % {codes})::BIGINT AS drug_concept_id, "
     "{day} AS drug_exposure_start_date, {day} + 30 AS drug_exposure_end_date, 32817 AS drug_type_concept_id, (1 + hash(i) % 9)"
     "::DOUBLE AS quantity, (hash(i + 9) % 400)::INTEGER AS days_supply, i // 3 AS visit_occurrence_id, 'D' || hash(i + 5) % "
     "{codes} AS drug_source_value"),
    "measurement": (10, "i AS measurement_id, i // 10 AS person_id, (3000000 + hash(i + 8) % {codes})::BIGINT AS "
     "measurement_concept_id, {day} AS measurement_date, 32817 AS measurement_type_concept_id, (hash(i + 8) % 9999) / 7.0 AS "
     "value_as_number, 8840 AS unit_concept_id, 'mg/dL' AS unit_source_value, i // 2 AS visit_occurrence_id"),
    "death": (0, "i * 50 AS person_id, DATE '2024-01-01' AS death_date, 32817 AS death_type_concept_id"),
}  # fmt: skip
CONCEPT = (
    "SELECT i AS concept_id, 'name' AS concept_name, ['Condition', 'Drug', 'Measurement'][1 + i % 3] AS domain_id, 'x' AS "
    "vocabulary_id, 'Ingredient' AS concept_class_id, 'S' AS standard_concept, i::VARCHAR AS concept_code, DATE '2000-01-01' "
    "AS valid_start_date, DATE '2099-12-31' AS valid_end_date, NULL::VARCHAR AS invalid_reason FROM range({codes}) t(i) "
)


def query(table: str, persons: int, seed: int) -> str:
    """Return the query that makes a table with every column of the CDM."""
    each, columns = FILLED[table]
    told = columns.format(day=DAY.format(seed=seed), codes=CODES)
    rows = f"SELECT {told} FROM range({persons * each or max(1, persons // 50)}) t(i)"
    nothing = ", ".join(f"NULL::{field.sql_type} AS {field.name}" for field in TABLES[table].fields)
    return f"(SELECT {nothing} LIMIT 0) UNION ALL BY NAME ({rows})"


def snapshot(home: Path, persons: int) -> dict[str, EncryptedFile]:
    """Write eight tables of the CDM, 36 rows of events a person, and return the files by name."""
    made = {name: query(name, persons, number) for number, name in enumerate(FILLED)}
    made["concept"] = CONCEPT.format(codes=CODES)
    files = {}
    with Engine(Walls(home, memory=MEMORY, threads=2)) as engine:
        for name, sql in made.items():
            files[name] = EncryptedFile(home / f"{name}.parquet", new_data_key())
            engine.write_encrypted(sql, files[name].path, files[name].key)
    return files


def ours(home: Path, files: Mapping[str, EncryptedFile]) -> Report:
    """Run the checks as a node does."""
    with Engine(Walls(home, memory=MEMORY, threads=2)) as engine:
        return checked(engine, attached(engine, files), today=TODAY)


def attached(engine: Engine, files: Mapping[str, EncryptedFile]) -> dict[str, Any]:
    """Attach the snapshot's tables."""
    for name, file in files.items():
        engine.attach(name, [file])
    return {name: engine.backend().table(name) for name in files}


def by_hand(home: Path, files: Mapping[str, EncryptedFile], report: Report) -> int:
    """Run the same checks that counted something as two plain queries each; refuse to differ."""
    done = 0
    with Engine(Walls(home, memory=MEMORY, threads=2)) as engine:
        attached(engine, files)
        for each in report.results:
            if each.counts is None or each.check.name in PRESENCE:
                continue
            found = tuple(int(engine.scalar(sql)) for sql in queries(each.check, TODAY))
            if found != (each.counts.violated, each.counts.denominator):
                raise AssertionError(f"{each.check.id}: by hand {found}, ours {each.counts}")
            done += 1
    return done


def run(persons: int) -> dict[str, object]:
    """Measure the checks at three sizes, a sixteenth, a quarter and the whole; by hand at the smallest.

    Parameters
    ----------
    persons : int   the largest size
    """
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in (16, 4, 1):
            home = Path(folder) / str(part)
            home.mkdir()
            files = snapshot(home, persons // part)
            begun = time.process_time()
            seconds, peak, before = watched(partial(ours, home, files))
            found[f"{persons // part} persons"] = {
                "seconds": round(seconds, 2),
                "processor_seconds": round(time.process_time() - begun, 2),
                "grown_mb": round(peak - before),
                "peak_mb": round(peak),
            }
            if part == 16:
                found["the smallest, ours beside one query a check"] = beside(home, files)
    return found


def beside(home: Path, files: Mapping[str, EncryptedFile]) -> dict[str, object]:
    """Run ours and the plain queries in turns."""
    report = ours(home, files)
    counted = sum(1 for each in report.results if each.counts and each.check.name not in PRESENCE)
    candidates: dict[str, Callable[[], object]] = {
        "ours": partial(ours, home, files),
        "by hand": partial(by_hand, home, files, report),
    }
    medians = interleave(candidates, rounds=1, warm_up=0)
    return {"checks": counted, "outcomes": report.tally, **medians.document()}
