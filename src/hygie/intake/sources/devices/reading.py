"""The data points of a delivery as (line, raw): one a line, or the elements of an array."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from hygie.base.kernel import Refusal, refuse
from hygie.intake.sources import listing, unpack
from hygie.intake.sources.omop.records import BOM

ENDINGS = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")
SCHEMA = pa.schema([("line", pa.int64()), ("raw", pa.string()), ("fault", pa.string())])
CUT = "SRC-d08|the gzip file is cut off or damaged here; what follows is not in the delivery"
WHOLE = 256 << 20  # bytes of a file that is one JSON value
LONGEST = 16 << 20
BATCH = 5_000
HEAD = 64 << 10
Row = tuple[int, str, str | None]


@dataclass
class File:
    """One delivered file of data points, and what it was refused for while it was read."""

    name: str
    path: Path
    refused: Refusal | None = None

    @property
    def parquet(self) -> bool:
        """Whether it is Parquet, by its name."""
        return self.name.endswith(".parquet")

    def reader(self) -> pa.RecordBatchReader:
        """Return Arrow batches (line, raw, fault)."""
        return pa.RecordBatchReader.from_batches(SCHEMA, self.batches())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; a refusal, which the engine would turn into its own error, is kept in `refused`."""
        try:
            rows = self.rows()
            while batch := list(itertools.islice(rows, BATCH)):
                columns = zip(*batch, strict=True)
                arrays = [pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)]
                yield pa.record_batch(arrays, SCHEMA)
        except Refusal as refusal:
            self.refused = refusal
            raise

    def rows(self) -> Iterator[Row]:
        """Yield the data points with their line, or their place in an array, and why one cannot be read."""
        ending = unpack.Ending(self.chunks)
        chunks = ending.read()
        first = next(chunks, b"").removeprefix(BOM)
        if is_whole(first):
            yield from elements(self.chunks(), self.name)
        else:
            yield from lines(itertools.chain([first], chunks), ending)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes, unpacked."""
        with self.path.open("rb") as handle:
            packed = handle.read(2) == unpack.GZIP
        return unpack.gunzip(unpack.pieces(self.path), self.name) if packed else unpack.pieces(self.path)


def is_whole(first: bytes) -> bool:
    """Return whether a file is one JSON value: an array, or an object over several lines.

    Example
    -------
    >>> is_whole(b'[{"a": 1}]'), is_whole(b'{\\n "a": 1}'), is_whole(b'{"a": 1}\\n{"a": 2}')
    (True, True, False)
    """
    text = first.lstrip()
    if text.startswith(b"["):
        return True
    try:
        json.loads(text.split(b"\n", 1)[0])
    except ValueError:
        return text.split(b"\n", 1)[0].strip() == b"{"
    return False


def lines(chunks: Iterator[bytes], ending: unpack.Ending) -> Iterator[Row]:
    """Yield the lines that are not blank, counted from 1; where the file is cut off, what its last line begins with."""
    carry, number = b"", 0
    for chunk in chunks:
        *whole, carry = (carry + chunk).split(b"\n")
        for line in whole:
            number += 1
            if line.strip():
                yield told(number, line)
        if len(carry) > LONGEST:
            raise refuse("SRC-504", accepted=LONGEST)
    if ending.cut:
        yield number + 1, told(number + 1, carry)[1], CUT
    elif carry.strip():
        yield told(number + 1, carry)


def told(number: int, line: bytes) -> Row:
    """Return one line as text, or with its fault."""
    try:
        return number, line.decode().rstrip("\r"), None if b"\0" not in line else "SRC-d01|a NUL byte"
    except UnicodeDecodeError:
        return number, line[:HEAD].decode("utf-8", "backslashreplace"), "SRC-d01|not UTF-8"


def elements(chunks: Iterator[bytes], name: str) -> Iterator[Row]:
    """Yield the elements of an array, or the one object; SRC-503 when it is no JSON or too large."""
    data = b""
    for chunk in chunks:
        data += chunk if data else chunk.removeprefix(BOM)
        if len(data) > WHOLE:
            raise refuse("SRC-503", file=name, accepted=WHOLE)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise refuse("SRC-503", file=name, accepted=WHOLE) from None
    for at, each in enumerate(value if isinstance(value, list) else [value], start=1):
        yield at, json.dumps(each, ensure_ascii=False), None


def find(path: Path) -> tuple[list[File], tuple[str, ...], bool]:
    """Return the files of a delivery, notes on what was passed over, and whether it says that it is synthetic.

    Errors      SRC-101 to SRC-104; SRC-501 none is named as JSON
    """
    present = listing.files(path)
    wanted = [
        each
        for each in present
        if each.name.lower().endswith((*ENDINGS, ".parquet"))
        and not listing.is_junk(each.name)
        and each.name not in (listing.MARKER, listing.TRUTH)
    ]
    if not wanted:
        raise refuse("SRC-501", found=path.name)
    other = len([each for each in present if not listing.is_junk(each.name)]) - len(wanted)
    other -= sum(each.name in (listing.MARKER, listing.TRUTH) for each in present)
    notes = (f"files that are no JSON, ignored: {other}",) if other else ()
    return [File(each.name, each.path) for each in wanted], notes, listing.says_synthetic(present)
