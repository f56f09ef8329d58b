"""The beginning of a CSV file: its encoding, the sign between cells, the names of its columns."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from hygie.intake.sources.snds.schema import Edition, Table

BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
LONGEST = 1 << 16
SEPARATORS = ";,\t|"


@dataclass(frozen=True)
class Header:
    """The first line of a file.

    Parameters
    ----------
    names : tuple     the columns, lower case, in the file's order; empty when the line is no header
    separator : str   one character
    marked : bool     a byte-order mark says that the file is UTF-8
    latin : bool      the file is not UTF-8: every byte is a character of Latin-1
    """

    names: tuple[str, ...]
    separator: str
    marked: bool = False
    latin: bool = False


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
        return Header((), ";", marked)
    text = line.decode("latin-1")
    separator = max(SEPARATORS, key=text.count)
    try:
        names = [cell.strip().lower() for cell in next(csv.reader([text], delimiter=separator, strict=True), [])]
    except csv.Error:
        names = []
    plain = bool(names) and len(set(names)) == len(names) and all(name.isidentifier() for name in names)
    return Header(tuple(names) if plain else (), separator, marked)


def fault(header: Header, table: Table, edition: Edition) -> str | None:
    """Return why a file's columns are not those of its table, as `code|reason`, or None.

    Parameters
    ----------
    header : Header
    table : Table       what the file's name says
    edition : Edition   where another table is looked for
    """
    if not header.names:
        return "SRC-s10|the file does not begin with a line of column names"
    known = set(table.by_name)
    shared = known & set(header.names)
    keys = [name.lower() for name in table.primary_key or tuple(set().union(*(key.fields for key in table.keys)))]
    missing = [name for name in keys if name not in header.names]
    other = likest(header, edition)
    if 2 * len(shared) < len(header.names) or (other is not None and other is not table and (missing or not shared)):
        seems = f"; they are those of {other.name}" if other is not None and other is not table else ""
        return f"SRC-s11|the file's columns are not those of {table.name}{seems}"
    primary = [name.lower() for name in table.primary_key if name.lower() not in header.names]
    if primary:
        return f"SRC-s12|the file lacks key columns of {table.name}: {', '.join(primary)}"
    return None


def likest(header: Header, edition: Edition) -> Table | None:
    """Return the table that has the most of a header's columns, None when none has half of them."""
    names = set(header.names)
    best = max(edition.tables.values(), key=lambda table: (len(names & set(table.by_name)), -len(table.fields)))
    return best if 2 * len(names & set(best.by_name)) >= len(names) else None
