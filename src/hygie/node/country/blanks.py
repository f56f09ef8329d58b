"""Columns without a value, or with another's, added to a Parquet file by its footer: writing them took half the time.

In a group of rows a column without a value is one page that says once that all are null; DuckDB looks at each row.
Source: the Parquet format, `parquet.thrift`, ColumnMetaData and PageHeader; RLE of definition levels.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from hygie.node.country.thrift import BINARY, I32, STRUCT, Fields, Reader, Value, items, number, put_varint, written

MARK = b"PAR1"
TAIL = 8  # the footer's length and the mark
PLAIN, RLE, UNCOMPRESSED, DATA_PAGE = 0, 3, 0, 0
SCHEMA, GROUPS, ORDERS = 2, 4, 7  # fields of the footer
TYPE, NAME, CHILDREN = 1, 4, 5  # of an element of the schema
CHUNKS, BYTES, ROWS = 1, 2, 3  # of a group of rows
FILE_OFFSET, META = 2, 3  # of a column in a group
PATH, SIZE, PLACES, BLOOM = 3, 7, (9, 10, 11), (14, 15)  # of its metadata
NONE: Mapping[str, str] = {}


def add_blanks(path: Path, template: Path, copies: Mapping[str, str] = NONE) -> None:
    """Add to a file every column of a template that it lacks, in the template's order: a copy of another, or all null.

    Parameters
    ----------
    path : Path         Parquet, flat, not encrypted; columns of the template, in its order
    template : Path     Parquet with all columns, nullable; its rows do not matter
    copies : Mapping    column that is lacking -> column that is there and has the same values and type
    """
    wanted = columns(footer(template)[0])
    tail, start = footer(path)
    held = columns(tail)
    same = {copy.encode(): of.encode() for copy, of in copies.items()}
    with path.open("r+b") as file:
        file.seek(start)
        for group in tail[GROUPS].held[1]:
            chunks = dict(zip(held, group[CHUNKS].held[1], strict=True))
            page = blank_page(group[ROWS].held)
            added = 0
            for each in wanted:
                if each in same:
                    chunks[each], size = copied(file, chunks[same[each]], each)
                elif each not in chunks:
                    chunks[each], size = blank_chunk(wanted[each], group[ROWS].held, file.tell(), len(page)), len(page)
                    file.write(page)
                else:
                    size = 0
                added += size
            group[CHUNKS] = items(STRUCT, [chunks[each] for each in wanted])
            group[BYTES] = number(group[BYTES].held + added)
        elements = {**wanted, **held, **{copy: held[of] | {NAME: Value(BINARY, copy)} for copy, of in same.items()}}
        root = tail[SCHEMA].held[1][0] | {CHILDREN: number(len(wanted), I32)}
        tail[SCHEMA] = items(STRUCT, [root, *(elements[each] for each in wanted)])
        if ORDERS in tail:
            tail[ORDERS] = items(STRUCT, tail[ORDERS].held[1][:1] * len(wanted))
        body = written(tail)
        file.write(body + struct.pack("<I", len(body)) + MARK)


def copied(file: BinaryIO, chunk: Fields, copy: bytes) -> tuple[Fields, int]:
    """Write a column's bytes in a group of rows again, and return what the footer says of the copy, and their size."""
    meta: Fields = {at: value for at, value in chunk[META].held.items() if at not in BLOOM}
    here, size = file.tell(), meta[SIZE].held
    begins = min(meta[at].held for at in PLACES if at in meta)
    file.seek(begins)
    data = file.read(size)
    file.seek(here)
    file.write(data)
    moved = {at: number(meta[at].held + here - begins) for at in PLACES if at in meta}
    return {FILE_OFFSET: number(here), META: Value(STRUCT, meta | moved | {PATH: items(BINARY, [copy])})}, size


def footer(path: Path) -> tuple[Fields, int]:
    """Return a file's footer and where it begins."""
    with path.open("rb") as file:
        end = file.seek(-TAIL, 2)
        size, mark = struct.unpack("<I4s", file.read(TAIL))
        if mark != MARK:
            raise ValueError(f"{path.name} is no Parquet in clear")
        file.seek(end - size)
        return Reader(file.read(size)).fields(), end - size


def columns(tail: Fields) -> dict[bytes, Fields]:
    """Return the elements of a flat schema by name, in order."""
    return {element[NAME].held: element for element in tail[SCHEMA].held[1][1:]}


def blank_page(rows: int) -> bytes:
    """Return a page of nulls: its header, and one run of definition levels that are 0."""
    run = bytearray()
    put_varint(run, rows << 1)
    levels = struct.pack("<I", len(run) + 1) + bytes(run) + b"\0"
    inner = {1: number(rows, I32), 2: number(PLAIN, I32), 3: number(RLE, I32), 4: number(RLE, I32)}
    sizes = {2: number(len(levels), I32), 3: number(len(levels), I32)}
    return written({1: number(DATA_PAGE, I32), **sizes, 5: Value(STRUCT, inner)}) + levels


def blank_chunk(element: Fields, rows: int, at: int, size: int) -> Fields:
    """Return what the footer says of a column without a value in one group of rows."""
    meta = {
        1: element[TYPE],
        2: items(I32, [PLAIN, RLE]),
        3: items(BINARY, [element[NAME].held]),
        4: number(UNCOMPRESSED, I32),
        5: number(rows),
        6: number(size),
        7: number(size),
        9: number(at),
        12: Value(STRUCT, {3: number(rows)}),
    }
    return {2: number(at), 3: Value(STRUCT, meta)}
