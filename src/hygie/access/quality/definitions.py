"""The checks of the OHDSI DataQualityDashboard for CDM 5.4, read from data.

Source   OHDSI/DataQualityDashboard at 2f81ca9, Apache License 2.0; `tools/quality_data.py` derives `data/` from it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from hygie.base.kernel import canonical, digest

SOURCE = "OHDSI/DataQualityDashboard 2f81ca9, Apache-2.0"
OUTCOMES = 2  # of the rules that tell outcomes: 2 since tables that a standard never fills are not applicable
SOURCE_LEVEL = "SOURCE"  # of tables outside the CDM: every column, completeness and type


@dataclass(frozen=True)
class Kind:
    """A check type: its level, name, and place in the framework of Kahn et al.

    Parameters
    ----------
    level : str         TABLE, FIELD, CONCEPT; SOURCE for the columns of tables outside the CDM
    name : str          as OHDSI writes it, such as `isRequired`
    context : str       Verification or Validation
    category : str      Completeness, Conformance or Plausibility
    subcategory : str   may be empty
    severity : str      fatal, convention or characterization
    """

    level: str
    name: str
    context: str
    category: str
    subcategory: str
    severity: str


@dataclass(frozen=True)
class Check:
    """One check: a type applied to a table, a field or a concept.

    Parameters
    ----------
    level, name : str                the type
    table, field : str               lower case; no field at the level of tables
    concept : str                    identifiers between commas; empty but at the level of concepts
    threshold : float                percent of the rows that may break it; 0 for none at all
    value : str                      what the field is compared with, as published
    other_table, other_field : str   where it looks besides
    about : str                      the concept's name
    """

    level: str
    name: str
    table: str
    field: str
    concept: str
    threshold: float
    value: str
    other_table: str
    other_field: str
    about: str

    @property
    def id(self) -> str:
        """The check's identifier, made as OHDSI makes it."""
        parts = (self.level, self.name, self.table, self.field, self.concept.replace(",", "_"))
        return "_".join(part for part in parts if part).lower()

    @property
    def concepts(self) -> tuple[int, ...]:
        """The identifiers of its concepts."""
        return tuple(int(each) for each in self.concept.split(",") if each)

    @property
    def kind(self) -> Kind:
        """Its type."""
        return kinds()[self.level, self.name]


OWN_KINDS = (
    Kind(SOURCE_LEVEL, "measureValueCompleteness", "Verification", "Completeness", "", "characterization"),
    Kind(SOURCE_LEVEL, "columnDatatype", "Verification", "Conformance", "Value", "fatal"),
)


def rows_of(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one of the room's files."""
    with (resources.files(__package__) / "data" / name).open(encoding="utf-8") as handle:
        yield from csv.DictReader(handle)


@cache
def kinds() -> Mapping[tuple[str, str], Kind]:
    """Return the check types by level and name: OHDSI's, and the two of tables outside the CDM.

    Example
    -------
    >>> kinds()["FIELD", "isRequired"].category
    'Conformance'
    """
    listed = [Kind(**row) for row in rows_of("kinds.csv")]
    return MappingProxyType({(each.level, each.name): each for each in (*listed, *OWN_KINDS)})


@cache
def checks() -> tuple[Check, ...]:
    """Return every check of CDM 5.4 in the order of the published files.

    Example
    -------
    >>> len(checks()), checks()[0].id
    (2535, 'table_cdmtable_person')
    """
    return tuple(check_of(row) for row in rows_of("checks.csv"))


def check_of(row: Mapping[str, Any]) -> Check:
    """Return a check from its row."""
    return Check(**{**row, "threshold": float(row["threshold"] or 0)})


@cache
def tables() -> Mapping[str, tuple[str, bool]]:
    """Return the tables of CDM 5.4: the schema of each (cdm, vocab, cohort) and whether a database must have it."""
    return MappingProxyType({row["table"]: (row["schema"], row["required"] == "yes") for row in rows_of("tables.csv")})


@cache
def version() -> str:
    """Return the digest of the definitions: results made under others are not compared without saying so."""
    listed: list[Any] = [OUTCOMES]
    listed += [[each.id, each.threshold, each.value, each.other_table, each.other_field] for each in checks()]
    return digest(canonical(listed))[:16]
