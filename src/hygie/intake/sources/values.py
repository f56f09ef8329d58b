"""What a source hands to the lake: tables as queries, a quarantine, identifiers for linkage, and every count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hygie.base.engine import WrittenFile
from hygie.intake.sources.cdm import Field

Kind = Literal["omop", "vocabulary", "source", "staged"]


@dataclass(frozen=True)
class SourceFile:
    """A file that was read: its name in the delivery, SHA-256 and size in bytes."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class LongLine:
    """A line too long for the quarantine, where it lies: the lake keeps it whole, sealed.

    Parameters
    ----------
    file : str     the file's name in the delivery
    path : Path    the file, plain or gzip
    line : int     from 1
    offset : int   of its first byte, unpacked
    length : int   bytes, the line's end left out
    sha256 : str   of those bytes
    """

    file: str
    path: Path
    line: int
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True)
class Prepared:
    """A table's encrypted file, written already as the snapshot is to hold it, and its data key."""

    file: WrittenFile
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class TableDraft:
    """A table to be written.

    Parameters
    ----------
    name : str                  lower case; an OMOP table's name, or the source's own (`fhir_claim`)
    query : str                 SQL that the delivering engine's connection runs
    kind : str                  omop, vocabulary, source (the source's own table), or staged (what an increment needs;
                                no permit names it)
    order_by : tuple[str, ...]  columns the rows are sorted by
    person : str or None        the column that holds person_id, None when the table holds no person
    fields : tuple              of the source's own table: its columns with their roles, where a schema tells them;
                                without them no permit can name the table
    prepared : Prepared or None the file that the query would write, where it is written: the snapshot takes it over
    empty : tuple[str, ...]     columns known to have no value
    long : bool                 the rows are long texts
    """

    name: str
    query: str
    kind: Kind
    order_by: tuple[str, ...] = ()
    person: str | None = None
    fields: tuple[Field, ...] = ()
    prepared: Prepared | None = None
    empty: tuple[str, ...] = ()
    long: bool = False


@dataclass(frozen=True)
class Tally:
    """How many rows or resources of one name were read, kept and quarantined.

    Errors   ValueError when read differs from kept + quarantined: nothing may be lost
    """

    name: str
    read: int
    kept: int
    quarantined: int

    def __post_init__(self) -> None:
        if self.read != self.kept + self.quarantined:
            raise ValueError(f"{self.name}: read {self.read} is not kept {self.kept} + quarantined {self.quarantined}")


@dataclass(frozen=True)
class Delivery:
    """What a source read, ready to be written into a snapshot.

    Parameters
    ----------
    standard : str        "FHIR R4 bulk NDJSON" or "OMOP CDM 5.4 CSV"
    files : tuple         the files read
    tables : tuple        the tables to write
    quarantine : str      SQL query -> (file VARCHAR, line BIGINT, rule VARCHAR, reason VARCHAR, raw VARCHAR)
    identifiers : str     SQL query -> (person_id BIGINT, system VARCHAR, value VARCHAR); the source's own patient id
                          has the system `urn:hygie:dataset:<dataset>`
    tallies : tuple       by resource type or table
    notes : tuple         codes and counts in words: ignored junk, what was not mapped
    unmapped : Mapping    code system -> codes that no loaded vocabulary maps
    dangling : Mapping    kind of reference -> references whose target was not delivered
    synthetic : bool      the delivery says that no real person is behind it
    headers : Mapping     file -> its field names, between its separators (CSV)
    long_lines : tuple    quarantined lines of which the quarantine holds only the beginning
    carried : str         SQL query -> (person_id BIGINT): persons of an increment whose identifiers are those known
    """

    standard: str
    files: tuple[SourceFile, ...]
    tables: tuple[TableDraft, ...]
    quarantine: str
    identifiers: str
    tallies: tuple[Tally, ...]
    notes: tuple[str, ...] = ()
    unmapped: Mapping[str, int] = field(default_factory=dict)
    dangling: Mapping[str, int] = field(default_factory=dict)
    synthetic: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    long_lines: tuple[LongLine, ...] = ()
    carried: str = ""


def dataset_system(dataset: str) -> str:
    """Return the identifier system of a dataset's own patient ids.

    Example
    -------
    >>> dataset_system("chu-demo")
    'urn:hygie:dataset:chu-demo'
    """
    return f"urn:hygie:dataset:{dataset}"
