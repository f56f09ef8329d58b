"""Which files of a delivery hold which SNDS table, whatever their case, split into parts, packed or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hygie.base.kernel import Refusal, refuse
from hygie.intake.sources import listing, unpack
from hygie.intake.sources.omop.records import LONGEST
from hygie.intake.sources.snds.schema import Edition, Table

ENDINGS = (".csv", ".txt", ".parquet")
PART = re.compile(r"([_.-][0-9]{1,6})+$")
PARQUET = b"PAR1"
BOM = b"\xef\xbb\xbf"
MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")
WINDOWS = re.compile(rb"[\x80-\x9f]")
SPACES = (b"\xa0", b"\xe2\x80", b"\xe2\x81", b"\xe3\x80", b"\xe1\x9a")
EMPTY = re.compile(rb"\n\r?(?=\n)")


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
    """What a delivery holds: parts by table in the order of names, notes on junk, names that are no table's."""

    parts: dict[str, tuple[Part, ...]]
    notes: tuple[str, ...]
    other: tuple[str, ...] = ()


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
    return Parts({name: tuple(parts) for name, parts in found.items()}, tuple(notes), tuple(other))


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
    latin : bool    not UTF-8, and nowhere a sign that only UTF-8 writes so
    careful : bool  no line is to be read typed at once: cut, a byte-order mark in the middle, NUL, UTF-8 and other
                    bytes mixed, letters that Windows alone has
    cut : bool      gzip is cut off or damaged
    ascii : bool    every character is one byte
    blank : bool    a cell may begin or end with a blank, or stand in quotation marks
    comma : bool    a comma may stand in a cell
    lines : int     those below the first that hold anything
    head : bytes    the first of them
    """

    latin: bool = False
    careful: bool = False
    cut: bool = False
    ascii: bool = True
    blank: bool = False
    comma: bool = False
    lines: int = 0
    head: bytes = b""


@dataclass
class Surveyor:
    """Looks at a file's bytes, piece by piece."""

    separator: bytes
    head: bytes = b""
    start: bytes = b""
    lines: int = 0
    last: bytes = b"\n"
    held: bytes = b""
    odd: bool = False
    ascii: bool = True
    blank: bool = False
    comma: bool = False
    valid: bool = False
    broken: bool = False
    windows: bool = False

    def see(self, data: bytes) -> None:
        """Look at a piece."""
        plain, edge = data.isascii(), self.last + data[:3]
        self.odd = (
            self.odd or b"\0" in data or (not plain and (BOM in (data if self.head else data[3:]) or BOM in edge))
        )
        self.head = self.head or data
        self.start = (self.start + data[:2])[:2]
        self.lines += filled(self.last, data)
        self.blank = self.blank or b'"' in data or self.edged(data, plain) or self.edged(edge, plain)
        self.comma = self.comma or (b'"' if self.separator == b"," else b",") in data
        self.last = (self.last + data[-2:])[-2:]
        if plain and not self.held:
            return
        self.ascii = self.ascii and plain
        end = data.rfind(b"\n") + 1
        if end:
            self.judge(self.held + data[:end])
            self.held = data[end:]
        elif len(self.held) > LONGEST:
            self.odd, self.held = True, b""
        else:
            self.held += data

    def edged(self, data: bytes, plain: bool) -> bool:
        """Return whether a blank may stand beside the end of a cell: any space that is not ASCII's counts."""
        if not plain and any(space in data for space in SPACES):
            return True
        beside = (b" " + self.separator, b" \n", b" \r", self.separator + b" ", b"\n ")
        return b" " in data and any(sign in data for sign in beside)

    def judge(self, data: bytes) -> None:
        """Look at whole lines for signs of UTF-8, bytes that are not, and letters that Windows alone has."""
        if data.isascii():
            return
        try:
            data.decode()
        except UnicodeDecodeError:
            self.broken = True
            self.valid = self.valid or MULTIBYTE.search(data) is not None
            self.windows = self.windows or WINDOWS.search(data) is not None
        else:
            self.valid = True

    def end(self, cut: bool) -> Survey:
        """Return what was seen."""
        self.judge(self.held)
        latin = self.broken and not self.valid
        careful = cut or self.odd or (self.broken and self.valid) or (latin and self.windows)
        first = self.start != b"" and not self.start.startswith((b"\n", b"\r\n"))
        lines = self.lines + (not self.last.endswith(b"\n")) - first
        blank = self.blank or self.last.endswith(b" ")
        return Survey(latin, careful, cut, self.ascii, blank, self.comma, lines, self.head)


def survey(part: Part, separator: str) -> Survey:
    """Look at every byte of a CSV file once: DuckDB takes a gzip that is cut off for a whole one.

    Parameters
    ----------
    part : Part
    separator : str   one ASCII character
    """
    cut: list[bool] = []
    surveyor = Surveyor(separator.encode())
    for data in part.bytes(cut):
        surveyor.see(data)
    return surveyor.end(bool(cut))


def filled(before: bytes, data: bytes) -> int:
    """Return how many lines that hold anything end in a piece; `before` are the last two bytes before it.

    Example
    -------
    >>> filled(b"\\n", b"a;b\\n\\n1;2\\r\\n\\r\\n3")
    2
    """
    edge = before + data[:2]
    lines = data.count(b"\n")
    if b"\n\n" not in data and b"\n\n" not in edge and b"\r" not in data and b"\r" not in edge:
        return lines
    return lines - len(EMPTY.findall(before + data)) + (before == b"\n\n")
