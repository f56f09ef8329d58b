"""Which files of a delivery hold which SNDS table, whatever their case, split into parts, packed or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hygie.base.kernel import Refusal, refuse
from hygie.intake.sources import listing, unpack
from hygie.intake.sources.snds.schema import Edition, Table

ENDINGS = (".csv", ".txt", ".parquet")
PART = re.compile(r"([_.-][0-9]{1,6})+$")
PARQUET = b"PAR1"
BOM = b"\xef\xbb\xbf"
MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")


@dataclass(frozen=True)
class Part:
    """A file that is named after a table.

    Parameters
    ----------
    table : Table
    name : str      in the delivery
    path : Path
    year : str      the two or four digits of a yearly table's name, empty when the name has none
    kind : str      csv or parquet, by its first bytes
    packed : bool   gzip, by its first bytes
    """

    table: Table
    name: str
    path: Path
    year: str
    kind: str
    packed: bool

    def bytes(self, cut: list[bool]) -> Iterator[bytes]:
        """Yield the file's bytes, unpacked; where gzip is cut off or damaged, end there and say so in `cut`."""
        if not self.packed:
            yield from unpack.pieces(self.path)
            return
        try:
            yield from unpack.gunzip(unpack.pieces(self.path), self.name)
        except Refusal as refusal:
            if refusal.code != "SRC-113":
                raise
            cut.append(True)


@dataclass(frozen=True)
class Parts:
    """What a delivery holds: parts by table in the order of names, and what was passed over with counts."""

    parts: dict[str, tuple[Part, ...]]
    notes: tuple[str, ...]


def table_of(name: str, editions: Sequence[Edition]) -> tuple[Table, str] | None:
    """Return the table that a file's name names and the year in it, or None.

    Example
    -------
    >>> from hygie.intake.sources.snds.schema import edition
    >>> table, year = table_of("2019/T_MCO19C_02.csv.gz", [edition()])
    >>> table.name, year
    ('T_MCOaaC', '19')
    """
    base = PurePosixPath(name).name
    base = base[:-3] if base.lower().endswith(".gz") else base
    stem = next((base[: -len(ending)] for ending in ENDINGS if base.lower().endswith(ending)), None)
    if stem is None:
        return None
    for known in editions:
        table = known.find(stem) or known.find(PART.sub("", stem))
        if table is not None:
            found = table.pattern.fullmatch(stem) or table.pattern.fullmatch(PART.sub("", stem))
            year = (found.groupdict().get("year") or "") if found else ""
            return table, year if year.isdigit() else ""
    return None


def find(path: Path, editions: Sequence[Edition]) -> Parts:
    """Return the tables of a delivery.

    Parameters
    ----------
    path : Path                    a folder, or one file
    editions : Sequence[Edition]   the tables, then the code lists

    Errors      SRC-101 to SRC-103; SRC-304 no file is named after a table
    """
    found: dict[str, list[Part]] = {}
    junk, other = 0, []
    for each in listing.files(path):
        named = table_of(each.name, editions)
        if listing.is_junk(each.name):
            junk += 1
        elif named is not None:
            table, year = named
            kind, packed = form(each.path)
            found.setdefault(table.name, []).append(Part(table, each.name, each.path, year, kind, packed))
        elif each.name not in (listing.MARKER, listing.TRUTH):
            other.append(each.name)
    if not any(name in editions[0].tables for name in found):
        raise refuse("SRC-304", found=path.name, edition=editions[0].name)
    notes = [f"files left by operating systems, ignored: {junk}"] if junk else []
    if other:
        notes.append(f"files that are named after no table of the edition, ignored: {len(other)}")
    return Parts({name: tuple(parts) for name, parts in found.items()}, tuple(notes))


def form(path: Path) -> tuple[str, bool]:
    """Return whether a file is Parquet or CSV, and whether gzip packs it, by its first bytes."""
    with path.open("rb") as handle:
        head = handle.read(4)
    return "parquet" if head == PARQUET else "csv", head.startswith(unpack.GZIP)


@dataclass(frozen=True)
class Survey:
    """What the bytes of a CSV file are.

    Parameters
    ----------
    cut : bool      gzip that is damaged or ends too early
    latin : bool    not UTF-8, and nowhere a sign that only UTF-8 writes so
    careful : bool  to be read line by line: cut, a byte-order mark in the middle, NUL, UTF-8 and other bytes mixed
    """

    cut: bool = False
    latin: bool = False
    careful: bool = False


def survey(part: Part) -> Survey:
    """Look at every byte of a CSV file once: DuckDB takes a gzip that is cut off for a whole one.

    Parameters
    ----------
    part : Part
    """
    cut: list[bool] = []
    held = b""
    valid = broken = odd = False
    for place, data in enumerate(part.bytes(cut)):
        odd = odd or b"\0" in data or BOM in (data if place else data[3:])
        if data.isascii() and not held:
            continue
        end = data.rfind(b"\n") + 1
        whole, held = held + data[:end], data[end:]
        valid, broken = judged(whole, valid, broken)
    valid, broken = judged(held, valid, broken)
    return Survey(bool(cut), broken and not valid, bool(cut) or odd or (broken and valid))


def judged(data: bytes, valid: bool, broken: bool) -> tuple[bool, bool]:
    """Return whether signs that only UTF-8 writes so, and bytes that are not UTF-8, were met."""
    if data.isascii():
        return valid, broken
    try:
        data.decode()
    except UnicodeDecodeError:
        return valid or MULTIBYTE.search(data) is not None, True
    return True, broken
