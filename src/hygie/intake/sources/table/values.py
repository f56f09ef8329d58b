"""What a declared table is: columns with types, formats, constraints and roles; keys, and links to other tables."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from hygie.intake.sources.cdm import TABLES, Field

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Table Schema's types -> DuckDB's. A type that is not here is kept as text.
SQL_TYPES = {
    "integer": "BIGINT",
    "year": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}
TEXT_TYPES = frozenset({"string", "any", "time", "yearmonth", "duration", "object", "array", "geopoint", "geojson"})
TYPES = frozenset(SQL_TYPES) | TEXT_TYPES

# What a schema may say that a column is (`hygie:role`) -> the role that permits, extracts and the catalogue go by.
ROLES = {
    "person": "direct",
    "birth": "direct",
    "sex": "text",
    "direct": "direct",
    "freetext": "freetext",
    "key": "event",
    "code": "source_value",
    "text": "text",
    "number": "number",
    "date": "date",
    "place": "place",
}
BIRTHS = frozenset({"date", "datetime", "year", "yearmonth", "string"})
# The OMOP tables that a declared table's rows may be events of (`hygie:omop`).
TARGETS = ("condition_occurrence", "drug_exposure")
SOURCE = "source_"  # before a column's name that is one of the lake's own


@dataclass(frozen=True)
class Column:
    """A declared column.

    Parameters
    ----------
    source : str         its name in the delivery
    name : str           its name in the lake
    type : str           one of TYPES
    format : str         of a date or datetime: `default`, `any`, or a pattern of strptime
    role : str           one of ROLES, as the schema says or as its type tells
    system : str         the address of the identifier system its values belong to, or empty
    required, unique : bool
    enum : tuple         the only values, as written; empty for any
    minimum, maximum : str    as written, or empty; `open_minimum`, `open_maximum` leave the bound itself out
    min_length, max_length : int or None
    pattern : str        the whole value must match, or empty
    true, false : tuple  the ways a boolean is written
    decimal, group : str   of numbers
    bare : bool          a number is written without signs of currency or percent
    about : str          its title and description, in the schema's own words
    """

    source: str
    name: str
    type: str
    format: str
    role: str
    system: str = ""
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    minimum: str = ""
    maximum: str = ""
    open_minimum: str = ""
    open_maximum: str = ""
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    true: tuple[str, ...] = ("true", "True", "TRUE", "1")
    false: tuple[str, ...] = ("false", "False", "FALSE", "0")
    decimal: str = "."
    group: str = ""
    bare: bool = True
    about: str = field(default="", compare=False)

    @property
    def sql_type(self) -> str:
        """DuckDB's type."""
        return SQL_TYPES.get(self.type, "VARCHAR")

    @property
    def field(self) -> Field:
        """The column as permits, extracts and the catalogue know it."""
        role = ROLES[self.role]
        kind = {"BIGINT": "bigint", "INTEGER": "integer", "DOUBLE": "float", "DATE": "date", "TIMESTAMP": "datetime"}
        if role == "date" and self.type == "datetime":
            role = "datetime"
        return Field(self.name, kind.get(self.sql_type, "text"), self.required, False, None, role, self.about)


@dataclass(frozen=True)
class Link:
    """A foreign key: columns, and the table and columns whose values they hold."""

    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """What a row is in OMOP: the table, the columns of its code and its day, and the address of its code system."""

    table: str
    code: str
    system: str
    date: str


@dataclass(frozen=True)
class Schema:
    """A declared table.

    Parameters
    ----------
    name : str          of the table in the lake
    columns : tuple
    missing : tuple     what stands for no value
    key : tuple         names of the primary key's columns
    links : tuple
    events : tuple      what a row is in OMOP
    """

    name: str
    columns: tuple[Column, ...]
    missing: tuple[str, ...] = ("",)
    key: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    events: tuple[Event, ...] = ()

    def column(self, name: str) -> Column:
        """Return a column by its name in the lake."""
        return next(column for column in self.columns if column.name == name)

    def having(self, role: str) -> Column | None:
        """Return the first column of a role, or None."""
        return next((column for column in self.columns if column.role == role), None)

    @property
    def person(self) -> Column | None:
        """The column of the person's id."""
        return self.having("person")

    @property
    def row_key(self) -> str:
        """The name of the number that every row gets: what stands for the row's own key in an extract."""
        return f"{self.name}_id"

    def fields_of(self, *, person: bool) -> tuple[Field, ...]:
        """Return the table's columns in the lake with their roles; `person` when its rows' persons are known."""
        own = [Field(self.row_key, "bigint", True, True, None, "event")]
        if person:
            own.append(Field("person_id", "bigint", True, False, "person", "person"))
        own += [Field(f"{link.table}_id", "bigint", False, False, link.table, "event") for link in self.linked]
        return (*own, *(column.field for column in self.columns))

    @property
    def linked(self) -> tuple[Link, ...]:
        """The first link to each other table."""
        others = [link for link in self.links if link.table != self.name]
        return tuple(link for at, link in enumerate(others) if link.table not in {each.table for each in others[:at]})


def slug(text: str) -> str:
    """Return a name as the lake and permits have it; empty when nothing of it is left.

    Example
    -------
    >>> slug("Date d'incidence"), slug("BEN_NIR_PSA"), slug("2e ligne")
    ('date_d_incidence', 'ben_nir_psa', 'c_2e_ligne')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if words and not words[0].isalpha():
        words = f"c_{words}"
    return words[:63].rstrip("_")


def is_taken(name: str) -> bool:
    """Return whether a name is a CDM table's or one that the lake uses itself.

    Example
    -------
    >>> is_taken("person"), is_taken("register_case")
    (True, False)
    """
    return name in TABLES or name in ("quarantine", "manifest")
