"""The beginning of a CSV file: its encoding, the sign between cells, the names of its columns."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hygie.base.kernel import visible
from hygie.intake.sources.snds.persons import hubs, route
from hygie.intake.sources.snds.schema import Edition, Table

BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
LONGEST = 1 << 16
SEPARATORS = ";,\t|"
MISSING = 5  # columns that a note names


@dataclass(frozen=True)
class Header:
    """The first line of a file.

    Parameters
    ----------
    names : tuple     the columns, lower case, in the file's order; empty when the line is no header
    separator : str   one character
    marked : bool     a byte-order mark says that the file is UTF-8
    latin : bool      the file is not UTF-8: every byte is a character of Latin-1
    twice : tuple     the columns of a line that would be a header, did it not name one of them twice
    wide : bool       the file seems to be UTF-16 or UTF-32
    """

    names: tuple[str, ...]
    separator: str
    marked: bool = False
    latin: bool = False
    twice: tuple[str, ...] = ()
    wide: bool = False


def read_header(chunks: Iterator[bytes]) -> Header:
    """Return a file's header; its names are empty when the first line is none.

    Parameters
    ----------
    chunks : Iterator[bytes]   the file's bytes from the beginning, unpacked
    """
    data = b""
    for chunk in itertools.chain(chunks, [b"\n"]):
        data += chunk
        if b"\n" in data or len(data) > LONGEST:
            break
    marked = data.startswith(BOM)
    line = data.removeprefix(BOM).split(b"\n", 1)[0].rstrip(b"\r")
    if data.startswith(UTF16) or b"\0" in line or len(line) > LONGEST:
        return Header((), ";", marked, wide=is_wide(data))
    text = line.decode("latin-1")
    separator = max(SEPARATORS, key=text.count)
    try:
        names = [cell.strip().lower() for cell in next(csv.reader([text], delimiter=separator, strict=True), [])]
    except csv.Error:
        names = []
    plain = tuple(names) if all(name.isidentifier() for name in names) else ()
    if len(set(plain)) < len(plain):
        return Header((), separator, marked, twice=plain)
    return Header(plain, separator, marked)


def is_wide(data: bytes) -> bool:
    """Return whether text seems to be UTF-16 or UTF-32: by its mark, or by NUL in every second place.

    Example
    -------
    >>> is_wide("BEN_NIR_PSA".encode("utf-16-le")), is_wide(b"BEN_NIR_PSA"), is_wide(bytes(1) + b"ELF1234")
    (True, False, False)
    """
    begin = data[:8]
    return data.startswith((*UTF16, b"\0\0\xfe\xff")) or b"\0" * 4 in (begin[::2], begin[1::2])


def no_header(header: Header, table: Table) -> str:
    """Return why a file begins with no header; names are told where half of them are the table's: others may be data.

    Parameters
    ----------
    header : Header   without names
    """
    if header.wide:
        return "the file's text is not UTF-8; it looks like UTF-16 or UTF-32"
    names = set(header.twice)
    if names and 2 * len(names & set(table.by_name)) >= len(names):
        twice = [each.upper() for each in dict.fromkeys(header.twice) if header.twice.count(each) > 1]
        return f"the header names a column twice: {', '.join(visible(each) for each in twice[:MISSING])}"
    return "the file is empty or does not begin with a line of column names"


def fault(header: Header, table: Table, edition: Edition) -> str | None:
    """Return why a file's columns are not those of its table, as `code|reason`, or None.

    Parameters
    ----------
    header : Header
    table : Table       what the file's name says
    edition : Edition   where another table is looked for
    """
    if not header.names:
        return f"SRC-s10|{no_header(header, table)}"
    known, names = set(table.by_name), set(header.names)
    shared = known & names
    keys = [name.lower() for name in table.primary_key or tuple(set().union(*(key.fields for key in table.keys)))]
    missing = [name for name in keys if name not in names]
    other = likest(header, edition)
    another = other is not None and other is not table
    if 2 * len(shared) < len(names) or (another and (missing or not shared)) or outdone(names, table, other):
        seems = f"; they are those of {other.name}" if other is not None and another else ""
        return f"SRC-s11|the file's columns are not those of {table.name}{seems}"
    hub = route(table).hub
    needed = dict.fromkeys([*table.primary_key, *(hub.key if hub else ())])
    lacking = [name for name in needed if name.lower() not in names]
    if lacking:
        return f"SRC-s12|the file lacks key columns of {table.name}: {', '.join(lacking)}"
    return None


def outdone(names: set[str], table: Table, other: Table | None) -> bool:
    """Return whether another table has more of a header's columns than a file's own, join keys set aside."""
    if other is None:
        return False
    told = names - join_keys()
    return len(told & set(other.by_name)) > len(told & set(table.by_name))


@cache
def join_keys() -> frozenset[str]:
    """Return the columns by which tables are joined, whatever they hold: every hub's key."""
    return frozenset(column.lower() for hub in hubs().values() for column in hub.key)


def likest(header: Header, edition: Edition) -> Table | None:
    """Return the table that has the most of a header's columns, join keys last; None when none has half of them."""
    names = set(header.names)
    told = names - join_keys()

    def likeness(table: Table) -> tuple[int, int, int]:
        return len(told & set(table.by_name)), len(names & set(table.by_name)), -len(table.fields)

    best = max(edition.tables.values(), key=likeness)
    return best if 2 * len(names & set(best.by_name)) >= len(names) else None


def strange(table: Table, names: tuple[str, ...], *, latin: bool) -> Iterator[str]:
    """Yield notes on a file's columns that are too many or missing, and on another encoding."""
    other = [column.upper() for column in names if column not in table.by_name]
    missing = [each.name for each in table.fields if each.column not in names]
    if other:
        yield f"{table.name}: columns that the edition has not, ignored: {', '.join(other)[:500]}"
    if missing:
        shown = ", ".join(missing[:MISSING]) + (" and others" if len(missing) > MISSING else "")
        yield f"{table.name}: {len(missing)} columns are missing, empty in the table: {shown}"
    if latin:
        yield f"{table.name}: read as Windows-1252"
