"""CSV records with exact line numbers, as Arrow batches of bounded size, whatever the bytes are.

A line without a quotation mark is split by the engine. A record with quotes is parsed here, and may span lines; one
whose quotes never close costs its first line alone, and reading goes on with the next.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hygie.base.engine import literal
from hygie.base.kernel import Refusal, refuse
from hygie.intake.sources.unpack import Ending

LONGEST = 16 << 20  # bytes of a line
TALLEST = 1_000  # lines of a record
HEAD = 64 << 10
BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
NOT_UTF8 = "SRC-o01|not UTF-8"
MARK = "SRC-o01|a byte-order mark in the middle of the file"
CUT = "SRC-o10|the gzip file is cut off or damaged here; what follows is not in the delivery"
SCHEMA = pa.schema(
    [("line", pa.int64()), ("raw", pa.string()), ("cells", pa.list_(pa.string())), ("fault", pa.string())]
)
Row = tuple[int, str, list[str] | None, str | None]


@dataclass(frozen=True)
class Header:
    """A file's field names in lower case, and what stands between cells."""

    names: tuple[str, ...]
    separator: str


def miscounted(rule: str, cells: str, width: int, separator: str) -> str:
    """Return SQL of a CASE: the fault of a line whose cells are not as many as the header's.

    Parameters
    ----------
    cells : str   SQL of how many the line has
    width : int   how many the header has
    """
    between = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(separator, separator)
    told = literal(f", in the header: {width}, separated by {between}")
    return f"WHEN {cells} <> {width} THEN '{rule}|cells: ' || {cells} || {told}"


def read_header(chunks: Iterator[bytes], file: str) -> Header:
    """Return a file's header: SRC-108 when its first line is none, SRC-114 when it is in UTF-16 or UTF-32."""
    data = b""
    for chunk in chunks:
        data += chunk
        if b"\n" in data or len(data) > HEAD:
            break
    if data.startswith(UTF16) or b"\0" in data[:64]:
        raise refuse("SRC-114", file=file, found="UTF-16, UTF-32")
    line = data.removeprefix(BOM).split(b"\n", 1)[0].rstrip(b"\r")
    try:
        text = line.decode()
        separator = "\t" if text.count("\t") > text.count(",") else ","
        names = [cell.strip().strip('"').lower() for cell in next(csv.reader([text], delimiter=separator, strict=True))]
    except (UnicodeDecodeError, csv.Error, StopIteration):
        raise refuse("SRC-108", file=file) from None
    if not names or "\0" in text or len(set(names)) != len(names) or not all(names) or len(line) > HEAD:
        raise refuse("SRC-108", file=file)
    return Header(tuple(names), separator)


@dataclass
class Records:
    """One file's records below its header.

    Parameters
    ----------
    chunks : Callable   returns the file's bytes from the beginning
    separator : str     one character
    joined : int        lines that hold anything and belong to a record begun on an earlier line
    """

    chunks: Callable[[], Iterator[bytes]]
    separator: str
    rest: bytes = b""
    joined: int = 0
    refused: Refusal | None = None

    def reader(self) -> pa.RecordBatchReader:
        """Return Arrow batches (line, raw, cells, fault): cells is NULL where the engine is to split raw."""
        return pa.RecordBatchReader.from_batches(SCHEMA, self.watched())

    def watched(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; a refusal, which the engine would turn into its own error, is kept in `refused`."""
        try:
            yield from self.batches()
        except Refusal as refusal:
            self.refused = refusal
            raise

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; lines count from 1, the header is 1."""
        csv.field_size_limit(LONGEST)
        number, carry = 1, b""
        ending = Ending(self.chunks)
        chunks = ending.read()
        for chunk in chunks:
            carry += chunk
            cut = carry.rfind(b"\n") + 1
            if cut:
                body, carry = carry[:cut], carry[cut:]
                if number == 1:
                    body, number = body[body.index(b"\n") + 1 :], 2
                if body:
                    batch, number, left = self.batch(body, number, last=False)
                    carry = left + carry
                    yield batch
            elif len(carry) > LONGEST:
                yield rows_batch([self.long(carry, number, chunks)])
                number, carry = number + 1, self.rest
        if ending.cut:
            yield rows_batch([(number, readable(carry), None, CUT)])
        elif carry and number > 1:
            yield self.batch(carry, number, last=True)[0]

    def batch(self, body: bytes, number: int, *, last: bool) -> tuple[pa.RecordBatch, int, bytes]:
        """Return the records of whole lines, the number of the line after them, and bytes to be read again."""
        if b"\r" in body:
            body = body.replace(b"\r\n", b"\n")
        if b'"' in body or b"\0" in body or not is_utf8(body) or BOM in body:
            return self.careful(body, number, last=last)
        ends = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == 10)
        if not body.endswith(b"\n"):
            ends = np.append(ends, len(body))
        count = len(ends)
        following = number + count
        longest = int(np.diff(np.concatenate(([-1], ends))).max()) if count else 0
        if longest > LONGEST:
            return self.careful(body, number, last=last)
        # With the newlines in place each text ends in one; the engine trims it.
        offsets = np.concatenate(([0], np.minimum(ends + 1, len(body)))).astype(np.int32)
        raw = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(body))
        lines = pa.array(np.arange(number, following, dtype=np.int64))
        return (
            pa.record_batch(
                [lines, raw, pa.nulls(count, pa.list_(pa.string())), pa.nulls(count, pa.string())], schema=SCHEMA
            ),
            following,
            b"",
        )

    def careful(self, body: bytes, number: int, *, last: bool) -> tuple[pa.RecordBatch, int, bytes]:
        """As `batch`, line by line."""
        lines = body.split(b"\n")
        if lines and not lines[-1]:
            lines.pop()
        rows: list[Row] = []
        place = 0
        while place < len(lines):
            row, taken = self.record(lines, place, number + place, last=last)
            if row is None:
                break
            rows.append(row)
            self.joined += sum(map(bool, lines[place + 1 : place + taken]))
            place += taken
        left = b"".join(line + b"\n" for line in lines[place:])
        return rows_batch(rows), number + place, left

    def record(self, lines: list[bytes], place: int, number: int, *, last: bool) -> tuple[Row | None, int]:
        """Return the record that begins at a line and how many lines it takes; no record when more bytes are needed."""
        line = lines[place]
        wrong = unreadable(line)
        if wrong:
            return (number, readable(line), None, wrong), 1
        text = line.decode()
        if '"' not in text:
            return (number, text, None, None), 1
        taken = 1
        while True:
            try:
                cells = next(csv.reader([text], delimiter=self.separator, strict=True))
                return (number, text, cells, None), taken
            except csv.Error as error:
                if "unexpected end" not in str(error):
                    return (number, line.decode(), None, "SRC-o01|quotation marks do not pair"), 1
            closing = self.closing(lines, place + taken, place + TALLEST, len(text))
            if closing is None:
                if not last and len(lines) - place < TALLEST and sum(map(len, lines[place:])) < LONGEST:
                    return None, 0
                return (number, line.decode(), None, "SRC-o01|a quotation mark is never closed"), 1
            more = lines[place + taken : closing + 1]
            if any(unreadable(each) for each in more):
                return (number, line.decode(), None, "SRC-o01|a quotation mark is never closed"), 1
            text = "\n".join([text, *(each.decode() for each in more)])
            taken = closing + 1 - place

    def closing(self, lines: list[bytes], start: int, end: int, length: int) -> int | None:
        """Return the next line with a quotation mark, before the record becomes too tall or too long."""
        for place in range(start, min(end, len(lines))):
            length += len(lines[place])
            if length > LONGEST:
                return None
            if b'"' in lines[place]:
                return place
        return None

    def long(self, begun: bytes, number: int, chunks: Iterator[bytes]) -> Row:
        """Pass over a line longer than LONGEST and return its beginning; what follows it is `rest`."""
        state, length, self.rest = hashlib.sha256(begun), len(begun), b""
        for chunk in chunks:
            end = chunk.find(b"\n")
            state.update(chunk if end < 0 else chunk[:end])
            length += len(chunk) if end < 0 else end
            if end >= 0:
                self.rest = chunk[end + 1 :]
                break
        return number, readable(begun[:HEAD]), None, too_long(length, state.hexdigest())


def rows_batch(rows: list[Row]) -> pa.RecordBatch:
    """Return rows as a batch."""
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    return pa.record_batch([pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)], SCHEMA)


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def unreadable(line: bytes) -> str | None:
    """Return why a line cannot be read as text, or None."""
    if len(line) > LONGEST:
        return too_long(len(line), hashlib.sha256(line).hexdigest())
    if b"\0" in line:
        return "SRC-o01|a NUL byte"
    if BOM in line:
        return MARK
    return None if is_utf8(line) else NOT_UTF8


def readable(line: bytes) -> str:
    """Return a line's first 64 KiB as text; what is not UTF-8 stands as `\\xNN`."""
    return line[:HEAD].decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def too_long(length: int, sha256: str) -> str:
    """Return the fault of a line longer than LONGEST."""
    return f"SRC-o07|{length} bytes, more than {LONGEST}; SHA-256 {sha256}; the first {HEAD} are kept"
