"""An OMOP-like encrypted snapshot made straight by the engine, sorted by person, for benches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from hygie.base.engine import EncryptedFile, Engine, Walls
from hygie.base.keys import new_data_key

EVENTS_PER_PERSON = 50
CODES = 20_000
START = "DATE '2015-01-01'"

PERSON = """
SELECT i AS person_id, 8507 + 25 * (hash(i) % 2)::BIGINT AS gender_concept_id,
       (1925 + hash(i + 1) % 90)::INTEGER AS year_of_birth
FROM range({persons}) t(i)
"""
INDEX = "SELECT 'bench' AS dataset, i AS person_id, i + 1000000000 AS person_uid FROM range({persons}) t(i)"
VISIT = """
SELECT i AS visit_occurrence_id, i // 10 AS person_id, 9201::BIGINT AS visit_concept_id,
       {start} + (hash(i + 2) % 4000)::INTEGER AS visit_start_date
FROM range({persons} * 10) t(i)
"""
EVENT = """
SELECT i AS {table}_id, i // {each} AS person_id, {base} + (hash(i + {seed}) % {codes})::BIGINT AS {word}_concept_id,
       {start} + (hash(i + {seed} + 1) % 4000)::INTEGER AS {day}, 32817::BIGINT AS {word}_type_concept_id,
       (i // {each}) * 10 + (hash(i + {seed} + 2) % 10)::BIGINT AS visit_occurrence_id,
       'http://snomed.info/sct' AS source_system,
       ({base} + hash(i + {seed}) % {codes})::VARCHAR AS source_code, {value}
FROM range({persons} * {each}) t(i)
"""
EVENTS = {
    "condition_occurrence": (15, 100_000, "condition", "condition_start_date", "NULL::BIGINT AS provider_id"),
    "drug_exposure": (15, 200_000, "drug", "drug_exposure_start_date", "(hash(i + 9) % 90)::INTEGER AS days_supply"),
    "measurement": (20, 300_000, "measurement", "measurement_date", "(hash(i + 8) % 9999) / 7.0 AS value_as_number"),
}


def snapshot(home: Path, persons: int, tables: Collection[str] = ()) -> Mapping[str, EncryptedFile]:
    """Write a person index and five tables, 50 events and 10 visits a person, and return the files by name.

    Parameters
    ----------
    home : Path    an existing folder
    persons : int  1 or more
    tables : Collection   which of them; empty for all
    """
    queries = {"person": PERSON, "person_index": INDEX, "visit_occurrence": VISIT.replace("{start}", START)}
    for number, (table, (each, base, word, day, value)) in enumerate(EVENTS.items()):
        queries[table] = EVENT.format(
            table=table,
            each=each,
            base=base,
            word=word,
            day=day,
            value=value,
            seed=100 * number + 11,
            codes=CODES,
            start=START,
            persons=persons,
        )
    files = {}
    with Engine(Walls(home, memory="1GB", threads=2)) as engine:
        for name, query in queries.items():
            if tables and name not in tables:
                continue
            key = new_data_key()
            engine.write_encrypted(query.format(persons=persons), home / f"{name}.parquet", key)
            files[name] = EncryptedFile(home / f"{name}.parquet", key)
    return files
