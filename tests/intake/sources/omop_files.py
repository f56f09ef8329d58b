"""Small OMOP deliveries written by tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hygie.intake.sources.cdm import TABLES

PERSON = (
    "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id,person_source_value,birth_datetime"
)
CONDITION = (
    "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id,"
    "condition_source_value,stop_reason"
)


def person(number: int, source: str = "") -> str:
    """One PERSON line."""
    return f"{number},8507,1980,0,0,{source},1980-02-03 00:00:00"


def condition(number: int, of: int, source: str = "I10", reason: str = "") -> str:
    """One CONDITION_OCCURRENCE line."""
    return f"{number},{of},0,2020-01-0{1 + number % 9},32817,{source},{reason}"


def text(header: str, *lines: str) -> bytes:
    """A CSV file."""
    return ("\n".join([header, *lines]) + "\n").encode()


def delivery(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A folder of files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def header(table: str) -> str:
    """The whole header of a table."""
    return ",".join(field.name for field in TABLES[table].fields)
