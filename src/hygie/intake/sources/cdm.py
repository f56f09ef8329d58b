"""The tables and fields of the OMOP Common Data Model 5.4, and what each column is to a person's privacy.

Source   OHDSI CommonDataModel, `OMOP_CDMv5.4_Field_Level.csv` (names, types, required, keys); the roles are ours.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType

VERSION = "5.4"
ABOUT = 300

SQL_TYPES = {
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "text": "VARCHAR",
}

IDENTIFIER_ROLES = frozenset({"person", "visit", "event", "provider", "site", "location", "document"})
ROLES = (
    IDENTIFIER_ROLES
    | {"day", "month", "birth_month"}  # written as text or number: they leave where the permit's are as fine
    | {
        "concept",
        "date",
        "datetime",
        "number",
        "text",
        "source_value",
        "direct",
        "freetext",
        "place",
    }
)

VOCABULARY = frozenset(
    {
        "concept",
        "vocabulary",
        "domain",
        "concept_class",
        "concept_relationship",
        "relationship",
        "concept_synonym",
        "concept_ancestor",
        "source_to_concept_map",
        "drug_strength",
    }
)


@dataclass(frozen=True)
class Field:
    """One column.

    Parameters
    ----------
    name : str                   lower case
    type : str                   integer, bigint, float, date, datetime or text; every identifier is a bigint
    required : bool              may not be NULL
    is_primary : bool            is the table's primary key
    foreign_table : str or None  the table whose key it holds
    role : str                   one of ROLES: what re-keying, coarsening and refusal go by
    about : str                  what its source says of it, at most ABOUT signs; two fields that differ in it alone
                                 are the same
    """

    name: str
    type: str
    required: bool
    is_primary: bool
    foreign_table: str | None
    role: str
    about: str = field(default="", compare=False)

    @property
    def sql_type(self) -> str:
        """DuckDB's type."""
        return SQL_TYPES[self.type]


# What a table carries after the CDM's own columns: the code as delivered, and how its dates were written.
SOURCE_CODE: tuple[Field, ...] = (
    Field("source_system", "text", False, False, None, "text"),
    Field("source_code", "text", False, False, None, "source_value"),
)
DATE_WRITTEN: tuple[Field, ...] = (
    Field("date_precision", "text", False, False, None, "text"),
    Field("date_offset", "text", False, False, None, "text"),
)
END_WRITTEN: tuple[Field, ...] = (
    Field("end_date_precision", "text", False, False, None, "text"),
    Field("end_date_offset", "text", False, False, None, "text"),
)
PRECISIONS = frozenset({DATE_WRITTEN[0].name, END_WRITTEN[0].name})
OFFSETS = frozenset({DATE_WRITTEN[1].name, END_WRITTEN[1].name})

# The event's own code, whose source system and code the extension columns keep.
EXTENDED: Mapping[str, str] = MappingProxyType(
    {
        "visit_occurrence": "visit",
        "condition_occurrence": "condition",
        "drug_exposure": "drug",
        "procedure_occurrence": "procedure",
        "device_exposure": "device",
        "measurement": "measurement",
        "observation": "observation",
    }
)


@dataclass(frozen=True)
class Table:
    """One table: its fields in the CDM's order, and its primary key or None."""

    name: str
    fields: tuple[Field, ...]
    primary_key: str | None

    @property
    def columns(self) -> tuple[Field, ...]:
        """The CDM's fields, then the extension columns."""
        return self.fields + self.extensions

    @property
    def extensions(self) -> tuple[Field, ...]:
        """Columns beyond the CDM's: of an event its code, its date and its end if it has one; of a death its date."""
        if self.name == "death":
            return DATE_WRITTEN
        if self.name not in EXTENDED:
            return ()
        ends = any(field.name.endswith("_end_date") for field in self.fields)
        return SOURCE_CODE + DATE_WRITTEN + (END_WRITTEN if ends else ())

    @property
    def vocabulary(self) -> bool:
        """True for a table about codes, which holds no person."""
        return self.name in VOCABULARY

    @property
    def person_column(self) -> str | None:
        """The column that holds the person, or None."""
        return next((field.name for field in self.fields if field.role == "person"), None)

    def field(self, name: str) -> Field | None:
        """Return a column by name, extension columns included."""
        return next((field for field in self.columns if field.name == name), None)


def load() -> Mapping[str, Table]:
    """Return every table of CDM 5.4 by its lower-case name, read from `cdm54.csv`.

    Example
    -------
    >>> load()["person"].primary_key
    'person_id'
    """
    rows: dict[str, list[Field]] = {}
    with (resources.files(__package__) / "cdm54.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            rows.setdefault(row["table"], []).append(
                Field(
                    row["field"],
                    row["type"],
                    row["required"] == "yes",
                    row["primary_key"] == "yes",
                    row["foreign_table"] or None,
                    row["role"],
                )
            )
    return MappingProxyType(
        {
            name: Table(name, tuple(fields), next((field.name for field in fields if field.is_primary), None))
            for name, fields in rows.items()
        }
    )


TABLES: Mapping[str, Table] = load()
