"""The CDM tables of a delivery: which file holds which, whatever its case, in a folder or a zip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from hygie.base.kernel import refuse
from hygie.intake.sources import listing, unpack
from hygie.intake.sources.cdm import TABLES, Table

ENDINGS = (".csv", ".tsv", ".txt")
PARQUET = ".parquet"
DELETED = ".deleted."
ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Member:
    """A file that holds a CDM table: its name in the delivery, how its bytes are had anew, its path if Parquet."""

    table: Table
    file: str
    chunks: Callable[[], Iterator[bytes]]
    parquet: Path | None = None


@dataclass(frozen=True)
class Members:
    """What a delivery holds: tables, what was passed over with counts, its own word on being synthetic, deletions."""

    tables: tuple[Member, ...]
    notes: tuple[str, ...]
    synthetic: bool
    deleted: tuple[Member, ...] = ()


def table_of(name: str) -> Table | None:
    """Return the CDM table that a file's name names, or None.

    Example
    -------
    >>> table_of("omop/PERSON.csv.gz").name, table_of("Person.parquet").name, table_of("person.parquet.gz")
    ('person', 'person', None)
    """
    base = PurePosixPath(name).name.lower()
    endings = (PARQUET, *ENDINGS, *(f"{ending}.gz" for ending in ENDINGS))
    stem = next((base.removesuffix(ending) for ending in endings if base.endswith(ending)), None)
    return TABLES.get(stem) if stem else None


def deleted_of(name: str) -> Table | None:
    """Return the CDM table whose deleted rows a file names by their keys, or None.

    Example
    -------
    >>> deleted_of("PERSON.deleted.csv.gz").name, deleted_of("person.csv")
    ('person', None)
    """
    base = PurePosixPath(name).name.lower()
    return table_of(base.replace(DELETED, ".", 1)) if DELETED in base else None


def find(path: Path, *, part: bool = False) -> Members:
    """Return the tables of a delivery; a folder that holds no table but one zip stands for the zip.

    Parameters
    ----------
    path : Path   a folder, a zip, or one file
    part : bool   of an increment: PERSON may be missing, and files of deletions are told apart

    Errors      SRC-101 to SRC-106, SRC-109 to SRC-112
    """
    present = listing.files(path)
    packed = the_zip(path, present)
    if packed is not None:
        zipped = [(info.filename, partial(unpack.unzip, packed, info)) for info in unpack.open_zip(packed)]
        return arrange([(name, chunks, None) for name, chunks in zipped], packed, part=part)
    return arrange([(each.name, partial(unpack.pieces, each.path), each.path) for each in present], path, part=part)


def the_zip(path: Path, present: Sequence[listing.Found]) -> Path | None:
    """Return the zip that holds the delivery: the file itself, or the only one of a folder without a table."""
    real = [each for each in present if not listing.is_junk(each.name)]
    if path.is_file():
        return path if is_zip(path) else None
    zips = [each.path for each in real if each.name.lower().endswith(".zip")]
    return zips[0] if len(zips) == 1 and not any(table_of(each.name) for each in real) else None


def is_zip(path: Path) -> bool:
    """Return whether a file begins as a zip, or is named one."""
    with path.open("rb") as handle:
        return handle.read(4) == ZIP or path.suffix.lower() == ".zip"


def arrange(
    entries: list[tuple[str, Callable[[], Iterator[bytes]], Path | None]], path: Path, *, part: bool = False
) -> Members:
    """Return the tables among named byte sources; SRC-105 without PERSON, SRC-106 for a table twice.

    Parquet is read where it lies: in a zip it is a file that is no table.
    """
    tables: dict[str, Member] = {}
    deleted: dict[str, Member] = {}
    junk, other, synthetic = 0, 0, False
    for name, chunks, place in sorted(entries, key=lambda entry: entry[0]):
        columnar = name.lower().endswith(PARQUET)
        gone = deleted_of(name) if part else None
        table, into = gone or table_of(name), deleted if gone else tables
        table = None if columnar and place is None else table
        if listing.is_junk(name):
            junk += 1
        elif name == listing.MARKER:
            synthetic = listing.marker_says(head(chunks()))
        elif table is None:
            other += 1
        elif table.name in into:
            raise refuse("SRC-106", table=table.name, first=into[table.name].file, second=name)
        else:
            packed = name.lower().endswith(".gz")
            read = partial(unzipped, chunks, name) if packed else chunks
            into[table.name] = Member(table, name, read, place if columnar else None)
    if "person" not in tables and not part:
        raise refuse("SRC-105", found=path.name)
    notes = []
    if junk:
        notes.append(f"files left by operating systems, ignored: {junk}")
    if other:
        notes.append(f"files that are no CDM 5.4 table, ignored: {other}")
    return Members(tuple(tables.values()), tuple(notes), synthetic, tuple(deleted.values()))


def unzipped(chunks: Callable[[], Iterator[bytes]], name: str) -> Iterator[bytes]:
    """Yield what a gzip file unpacks to."""
    return unpack.gunzip(chunks(), name)


def head(chunks: Iterator[bytes]) -> bytes:
    """Return the first bytes of a marker, one more than it may have."""
    data = b""
    for chunk in chunks:
        data += chunk
        if len(data) > listing.MARKER_BYTES:
            raise refuse("SRC-104", found=listing.MARKER)
    return data
