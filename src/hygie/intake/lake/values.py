"""What the lake says of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hygie.intake.sources.cdm import TABLES, Field, Table
from hygie.intake.sources.values import Kind, SourceFile, Tally

SCHEMA = "hygie-snapshot/1"
STATES = {
    "draft": "being written; nobody reads it",
    "current": "what permits are prepared from",
    "superseded": "a later delivery took its place; kept, still readable",
    "erasing": "a person's erasure was decided: nobody reads it, its key is being destroyed",
    "erased": "its key is destroyed and its files are gone; the row and the ledger's facts stay",
}


@dataclass(frozen=True)
class SnapshotTable:
    """A table of a snapshot.

    Parameters
    ----------
    kind : str         omop, vocabulary, source, or staged: what an increment needs
    rows : int
    columns : tuple    (name, DuckDB type) in order
    file : str         `<sha256>.parquet` in the snapshot's folder
    sha256 : str       of the encrypted file
    bytes : int
    wrapped_key : str  the file's data key under the snapshot's key, base64
    person : str|None  the column that holds person_id
    fields : tuple     of a source's own table: its columns with their roles, where a schema tells them
    empty : tuple      names of columns without any value, which the file need not have
    """

    kind: Kind
    rows: int
    columns: tuple[tuple[str, str], ...]
    file: str
    sha256: str
    bytes: int
    wrapped_key: str
    person: str | None = None
    fields: tuple[Field, ...] = ()
    empty: tuple[str, ...] = ()

    def shape(self, name: str) -> Table | None:
        """Return what is known of the table by its name: the CDM's, what its schema tells, or None."""
        if name in TABLES or not self.fields:
            return TABLES.get(name)
        return Table(name, self.fields, next((field.name for field in self.fields if field.is_primary), None))


@dataclass(frozen=True)
class SealedLine:
    """A quarantined line too long for the quarantine's table, sealed whole under the snapshot's key.

    Parameters
    ----------
    source : str   the delivered file
    line : int     from 1
    length : int   bytes, unsealed
    file : str     `<sha256>.sealed` in the snapshot's folder
    sha256 : str   of the sealed file
    bytes : int    of the sealed file
    """

    source: str
    line: int
    length: int
    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a snapshot is: its tables, where they come from, what was kept and what was not.

    Parameters
    ----------
    dataset, snapshot : str   identifiers
    version : int             counts from 1 in a dataset
    standard : str            of the delivery
    created : str             UTC, ISO 8601
    synthetic : bool          no real person is behind it
    placement : str           the Gate's statement
    key_id : str              the snapshot's key
    tables : Mapping          name -> SnapshotTable
    quarantine : SnapshotTable
    sources : tuple           files read
    tallies : tuple           by resource type or table, as delivered
    notes : tuple             what was ignored or not mapped
    unmapped, dangling : Mapping
    persons : int             records of persons
    linkage : Mapping         counts of the person index
    erased : int              persons erased since the delivery, or left out because they were erased before
    removed : Mapping         table or quarantine -> rows of theirs; with them the tallies add up
    headers : Mapping         delivered file -> its field names, between its separators (CSV)
    long_lines : tuple        sealed lines of which the quarantine holds only the beginning
    mapping : str             by what the files were read beyond the standard: a vocabulary, a schema, code lists
    """

    dataset: str
    snapshot: str
    version: int
    standard: str
    created: str
    synthetic: bool
    placement: str
    key_id: str
    tables: Mapping[str, SnapshotTable]
    quarantine: SnapshotTable
    sources: tuple[SourceFile, ...]
    tallies: tuple[Tally, ...]
    notes: tuple[str, ...] = ()
    unmapped: Mapping[str, int] = field(default_factory=dict)
    dangling: Mapping[str, int] = field(default_factory=dict)
    persons: int = 0
    linkage: Mapping[str, int] = field(default_factory=dict)
    erased: int = 0
    removed: Mapping[str, int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    long_lines: tuple[SealedLine, ...] = ()
    mapping: str = ""
    schema: str = SCHEMA

    @property
    def read(self) -> int:
        """Rows or resources read."""
        return sum(tally.read for tally in self.tallies)

    @property
    def kept(self) -> int:
        """Rows or resources kept."""
        return sum(tally.kept for tally in self.tallies)

    @property
    def quarantined(self) -> int:
        """Rows or resources in quarantine."""
        return sum(tally.quarantined for tally in self.tallies)

    def as_dict(self) -> dict[str, object]:
        """Return the manifest as JSON values."""
        return asdict(self)


def parse(body: Mapping[str, Any]) -> Manifest:
    """Return the manifest that `as_dict` gave.

    Parameters
    ----------
    body : Mapping   JSON values

    Errors      KeyError or TypeError when they are not a manifest
    """
    rest = dict(body)
    tables = rest.pop("tables")
    return Manifest(
        tables={name: parse_table(table) for name, table in tables.items()},
        quarantine=parse_table(rest.pop("quarantine")),
        sources=tuple(SourceFile(**each) for each in rest.pop("sources")),
        tallies=tuple(Tally(**each) for each in rest.pop("tallies")),
        notes=tuple(rest.pop("notes")),
        long_lines=tuple(SealedLine(**each) for each in rest.pop("long_lines", ())),
        **rest,
    )


def parse_table(body: Mapping[str, Any]) -> SnapshotTable:
    """Return the table that `as_dict` gave."""
    columns = tuple((str(name), str(kind)) for name, kind in body["columns"])
    fields = tuple(Field(**each) for each in body.get("fields", ()))
    return SnapshotTable(**{**body, "columns": columns, "fields": fields, "empty": tuple(body.get("empty", ()))})


def declared(manifests: Iterable[Manifest]) -> dict[str, Table]:
    """Return the sources' own tables of some snapshots that a schema describes and that know their rows' persons.

    Where snapshots hold tables of one name that differ, the columns that are the same in all are left.

    Parameters
    ----------
    manifests : Iterable
    """
    found: dict[str, Table] = {}
    for manifest in manifests:
        for name, held in manifest.tables.items():
            table = held.shape(name) if name not in TABLES and held.person else None
            if table and name in found:
                shared = tuple(field for field in found[name].fields if field in table.fields)
                table = Table(name, shared, table.primary_key)
            if table:
                found[name] = table
    return found


@dataclass(frozen=True)
class Ingested:
    """The outcome of an ingest: the manifest, and whether the very same files were known already."""

    manifest: Manifest
    recognised: bool


@dataclass(frozen=True)
class Verified:
    """A dataset whose files, manifests, rows and facts agree: snapshots looked at, files, bytes."""

    dataset: str
    snapshots: tuple[str, ...]
    files: int
    bytes: int


@dataclass(frozen=True)
class Erasure:
    """The outcome of an erasure.

    Parameters
    ----------
    dataset : str
    snapshot : str         the new snapshot, without the person
    destroyed : tuple      snapshots whose keys were destroyed
    person_id : int        the person's former id in the dataset (for extracts that hold it), never to be shown
    person_uid : int       the same across datasets, never to be shown
    rows : Mapping         table -> rows removed
    quarantine : int       quarantined lines removed
    linked : Mapping       other datasets -> records of the same person, which stay
    permits : tuple        permits whose extracts held the person, None when nobody asked
    """

    dataset: str
    snapshot: str
    destroyed: tuple[str, ...]
    person_id: int
    person_uid: int
    rows: Mapping[str, int]
    quarantine: int
    linked: Mapping[str, int]
    permits: tuple[str, ...] | None


@dataclass(frozen=True)
class DatasetEntry:
    """A dataset as a list shows it: its current snapshot's figures and all its snapshots by state."""

    id: str
    snapshot: str
    version: int
    synthetic: bool
    standard: str
    persons: int
    rows: int
    quarantined: int
    created: str
    snapshots: Mapping[str, str]
