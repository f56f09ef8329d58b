"""A permit's plan as a value: tables, columns and what is done to each, and the manifest of an extract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

from hygie.base.kernel import canonical, digest
from hygie.intake.sources.cdm import TABLES, Field, Table

Treatment = Literal["keep", "pseudonym", "number", "key", "day", "month", "year", "precision", "cut"]
Reach = Literal["persons", "referenced", "all"]

CUT = 3


@dataclass(frozen=True)
class Column:
    """One column of an extract and what is done to its cells.

    Parameters
    ----------
    name : str        as in the snapshot
    role : str        the CDM's role, one of `sources.cdm.ROLES`
    treatment : str   `keep`; `pseudonym` (person); `number` (a row's own key, numbered afresh); `key` (a key that
                      several columns share, by AES); `day`, `month`, `year` (a date cut to its first day);
                      `precision` (the word for a date's precision, no finer than the dates); `cut` (3 characters)
    space : str       for `key`: the table whose keys it holds
    """

    name: str
    role: str
    treatment: Treatment
    space: str = ""


@dataclass(frozen=True)
class TablePlan:
    """One table of an extract.

    Parameters
    ----------
    name : str
    reach : str       which rows: of the cohort's `persons`, those that permitted columns `referenced`, or `all`
                      (vocabulary, which holds no person)
    columns : tuple   in the CDM's order
    person : str      the column that holds the person, empty without one
    start : str       the column the period is held against, empty where there is none
    """

    name: str
    reach: Reach
    columns: tuple[Column, ...]
    person: str = ""
    start: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Left:
    """A column that the permit names and its own minimisation takes away."""

    table: str
    column: str
    setting: str


@dataclass(frozen=True)
class Plan:
    """What a permit says of the data, ready to be compiled.

    Parameters
    ----------
    datasets : tuple[str, ...]   at least one
    tables : tuple[TablePlan, ...]
    start, end : date            the period, both days included
    cohort : object              a criterion of `cohorts.values`
    opt_outs : bool              False only under an exception of art. 71(4) that the permit states
    decided_at : datetime        the decision, UTC: the day that opt-outs are read as of
    left : tuple[Left, ...]      what minimisation took away
    birth, dates, location, codes : str   the minimisation settings
    see : str                    which snapshots, as the permit says it: `each`, `first`, `pinned`; empty when it
                                 does not
    """

    datasets: tuple[str, ...]
    tables: tuple[TablePlan, ...]
    start: date
    end: date
    cohort: Any
    opt_outs: bool
    decided_at: datetime
    left: tuple[Left, ...]
    birth: str
    dates: str
    location: str
    codes: str
    see: str = ""

    @property
    def spaces(self) -> tuple[str, ...]:
        """The tables whose keys are replaced through a map, in order."""
        return tuple(sorted({column.space for table in self.tables for column in table.columns if column.space}))

    def outputs(self, dataset: str, table: str) -> str:
        """Return a table's name in the extract: with the dataset before it where there are several."""
        return table if len(self.datasets) == 1 else f"{dataset}/{table}"


@dataclass(frozen=True)
class ExtractedTable:
    """One table of an extract as it lies in the node: `wrapped_key` is base64."""

    name: str
    rows: int
    columns: tuple[tuple[str, str], ...]
    file: str
    sha256: str
    bytes: int
    wrapped_key: str
    fields: tuple[Field, ...] = ()

    @property
    def shape(self) -> Table:
        """What is known of the table: the CDM's, or what the source's schema tells."""
        base = self.name.rsplit("/", 1)[-1]
        key = next((field.name for field in self.fields if field.is_primary), None)
        return TABLES.get(base) or Table(base, self.fields, key)


@dataclass(frozen=True)
class Steps:
    """Persons before and after each filter.

    Parameters
    ----------
    delivered : int   persons of the snapshots, each once however many datasets know them
    opted_out : int   of them, removed before anything else
    remaining : int   delivered less opted out
    cohort : int      of the remaining, those who meet the criteria
    """

    delivered: int
    opted_out: int
    remaining: int
    cohort: int


@dataclass(frozen=True)
class ExtractManifest:
    """What an extract holds, and from what it was made.

    Parameters
    ----------
    id : str                `extract-…`
    permit_hash : str       SHA-256 of the signed permit
    plan : Mapping          the plan in words, by language
    opt_out_list : str      version of the list of opt-outs as it stood on `as_of`; empty under an exception
    as_of : str             the decision's time, ISO 8601
    key_id : str            the permit's key: pseudonyms are derived from it, files' keys wrapped by it
    snapshots : Mapping     dataset -> snapshot id
    collisions : int        ids that took a further counter
    known_at : str          wishes that the node knew then were read
    map : ExtractedTable    the sealed pseudonym map (dataset, person_id, person_uid, pseudonym), in the vault
    synthetic : bool        True when every snapshot is
    """

    id: str
    permit: str
    permit_version: int
    permit_hash: str
    plan: Mapping[str, tuple[str, ...]]
    tables: tuple[ExtractedTable, ...]
    persons: Steps
    opt_out_list: str
    as_of: str
    known_at: str
    key_id: str
    snapshots: Mapping[str, str]
    collisions: int
    map: ExtractedTable
    created: str
    placement: str
    synthetic: bool

    def public(self) -> dict[str, Any]:
        """Return what everyone may know of the extract, as JSON values: no count of persons or rows."""
        return {
            "id": self.id,
            "permit": self.permit,
            "created": self.created,
            "manifest": digest(canonical(self.as_json())),
            "snapshots": dict(self.snapshots),
            "opt_out_list": self.opt_out_list,
            "tables": [table.name for table in self.tables],
            "synthetic": self.synthetic,
        }

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ExtractManifest:
        """Return the manifest that `as_json` gave."""
        tables = tuple(table_from(table) for table in body["tables"])
        plan = {language: tuple(lines) for language, lines in body["plan"].items()}
        return cls(
            **{
                **body,
                "plan": plan,
                "tables": tables,
                "persons": Steps(**body["persons"]),
                "map": table_from(body["map"]),
            }
        )

    def table(self, name: str) -> ExtractedTable | None:
        """Return one table by its name in the extract."""
        return next((table for table in self.tables if table.name == name), None)


def table_from(body: Mapping[str, Any]) -> ExtractedTable:
    """Return the table that `ExtractManifest.as_json` gave."""
    columns = tuple((name, kind) for name, kind in body["columns"])
    return ExtractedTable(
        **{**body, "columns": columns, "fields": tuple(Field(**each) for each in body.get("fields", ()))}
    )
