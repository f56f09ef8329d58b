"""NDJSON lines with exact numbers, as Arrow batches of bounded size, whatever the bytes are."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from hygie.base.kernel import Refusal, refuse
from hygie.intake.sources.fhir.structure import doubtful, fault, unreadable
from hygie.intake.sources.unpack import GZIP, Ending, gunzip, pieces
from hygie.intake.sources.values import LongLine

LONGEST = 16 << 20
HEAD = 64 << 10
# Lines longer than this are looked at here, so that a page of suspect lines stays small.
CUT = "SRC-f21|the gzip file is cut off or damaged here; what follows is not in the delivery"
CLOSER = 1 << 20
BOM = b"\xef\xbb\xbf"
SCHEMA = pa.schema([("line", pa.int64()), ("raw", pa.string()), ("fault", pa.string()), ("closer", pa.bool_())])


@dataclass
class Lines:
    """One file's lines and, once they were read, what the file was.

    Parameters
    ----------
    path : Path   a file, plain or gzip: its first bytes say which
    name : str    its name in the delivery
    kind : str    the resourceType of its first line
    cut : bool    gzip ends, or is damaged, before the file is whole
    """

    path: Path
    name: str
    kind: str = ""
    size: int = 0
    blank: int = 0
    read: int = 0
    sha256: str = ""
    refusal: Refusal | None = None
    cut: bool = False
    long_lines: list[LongLine] = field(default_factory=list)

    def reader(self) -> pa.RecordBatchReader:
        """Return Arrow batches (line, raw, fault, closer); lines count from 1, blank ones are left out."""
        return pa.RecordBatchReader.from_batches(SCHEMA, self.noted())

    def noted(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; a refusal is kept too, for whoever reads through a library that hides it."""
        try:
            yield from self.batches()
        except Refusal as refusal:
            self.refusal = refusal
            raise

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches.

        Errors   SRC-113 for a gzip of which not one line can be read, SRC-111 for one that unpacks beyond reason
        """
        number, carry, at = 1, b"", 0
        chunks = self.chunks()
        for chunk in chunks:
            carry = carry + chunk if carry else chunk
            if not at and carry.startswith(BOM):
                carry, at = carry[len(BOM) :], len(BOM)
            cut = carry.rfind(b"\n") + 1
            if cut:
                batch, number = self.batch(carry[:cut], number, at)
                carry, at = carry[cut:], at + cut
                yield batch
            elif len(carry) > LONGEST:
                batch, carry = self.long(carry, chunks, number, at)
                number, at = number + 1, at + self.long_lines[-1].length + 1
                yield batch
        if self.cut and number == 1:
            raise refuse("SRC-113", file=self.name)
        if self.cut:
            self.read += 1
            yield looked_at([number], [readable(carry[:HEAD])], [CUT], [False])
        elif carry:
            yield self.batch(carry, number, at)[0]

    def chunks(self) -> Iterator[bytes]:
        """Yield the file's unpacked bytes, hashing it as it lies on disk."""
        self.size = self.blank = self.read = 0
        self.cut = False
        self.long_lines.clear()
        stored = self.stored()
        first = next(stored, b"")
        whole = itertools.chain([first], stored)
        ending = Ending(lambda: gunzip(whole, self.name) if first.startswith(GZIP) else whole)
        yield from ending.read()
        self.cut = ending.cut
        for _ in stored:
            pass

    def stored(self) -> Iterator[bytes]:
        """Yield the file's bytes as they lie on disk, hashing them on another thread."""
        state = hashlib.sha256()
        with ThreadPoolExecutor(1) as worker:
            hashed: Future[None] | None = None
            for piece in pieces(self.path):
                if hashed is not None:
                    hashed.result()
                hashed = worker.submit(state.update, piece)
                self.size += len(piece)
                yield piece
        self.sha256 = state.hexdigest()

    def batch(self, body: bytes, number: int, at: int) -> tuple[pa.RecordBatch, int]:
        """Return the lines of `body`, which lies `at` there and begins with line `number`, and the number after."""
        letters = np.frombuffer(body, dtype=np.uint8)
        ends = np.flatnonzero(letters == 10) + 1
        if not ends.size or ends[-1] != len(body):
            ends = np.append(ends, len(body))
        offsets = np.concatenate(([0], ends)).astype(np.int32)
        lengths = np.diff(offsets)
        following = number + len(lengths)
        if lengths.max() > CLOSER or b"\0" in body or not is_utf8(body):
            return self.careful(body, offsets, number, at), following
        raw = pa.StringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(body))
        lines = numbers(np.arange(number, following, dtype=np.int64))
        closer = np.zeros(len(lengths), dtype=bool)
        closer[np.searchsorted(ends, doubtful(body), side="right")] = True
        batch = pa.record_batch([lines, raw, pa.nulls(len(lengths), pa.string()), truths(closer)], schema=SCHEMA)
        if lengths.min() <= 2:
            blank = (lengths <= 2) & ((letters[ends - 1] == 10) & ((lengths == 1) | (letters[offsets[:-1]] == 13)))
            batch = batch.filter(truths(~blank))
            self.blank += int(blank.sum())
        self.read += batch.num_rows
        return batch, following

    def careful(self, body: bytes, offsets: np.ndarray, number: int, at: int) -> pa.RecordBatch:
        """Return a batch whose lines were looked at one by one."""
        lines: list[int] = []
        raws: list[str] = []
        faults: list[str] = []
        closer: list[bool] = []
        for position, (start, end) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
            line = body[start:end].rstrip(b"\r\n")
            if body[start:end] in (b"\n", b"\r\n"):
                self.blank += 1
                continue
            found: str | None
            if len(line) > LONGEST:
                digest = hashlib.sha256(line).hexdigest()
                self.long_lines.append(LongLine(self.name, self.path, number + position, at + start, len(line), digest))
                found, raw = too_long(len(line), digest), readable(line[:HEAD])
            else:
                raw = readable(line)
                found = unreadable(line) or (fault(raw) if len(line) > CLOSER else None)
            lines.append(number + position)
            raws.append(raw)
            faults.append(found or "")
            closer.append(found is None and len(line) <= CLOSER and bool(doubtful(line)))
        self.read += len(lines)
        return looked_at(lines, raws, faults, closer)

    def long(self, begun: bytes, chunks: Iterator[bytes], number: int, at: int) -> tuple[pa.RecordBatch, bytes]:
        """Pass over a line longer than LONGEST; return its beginning as a batch, and what follows the line."""
        state, length, rest = hashlib.sha256(begun), len(begun), b""
        for chunk in chunks:
            end = chunk.find(b"\n")
            state.update(chunk if end < 0 else chunk[:end])
            length += len(chunk) if end < 0 else end
            if end >= 0:
                rest = chunk[end + 1 :]
                break
        self.read += 1
        self.long_lines.append(LongLine(self.name, self.path, number, at, length, state.hexdigest()))
        return looked_at([number], [readable(begun[:HEAD])], [too_long(length, state.hexdigest())], [False]), rest


# Built from buffers: `pa.array` would import pandas, which takes over a second.


def looked_at(lines: list[int], raws: list[str], faults: list[str], closer: list[bool]) -> pa.RecordBatch:
    """Return a batch of lines looked at one by one; an empty fault is none."""
    columns = [
        numbers(np.array(lines, dtype=np.int64)),
        texts(raws),
        texts(faults),
        truths(np.array(closer, dtype=bool)),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


def numbers(values: np.ndarray) -> pa.Int64Array:
    """Return 64-bit integers as an Arrow array."""
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def truths(values: np.ndarray) -> pa.BooleanArray:
    """Return truth values as an Arrow array."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(np.packbits(values, bitorder="little"))])


def texts(values: list[str]) -> pa.StringArray:
    """Return texts as an Arrow array."""
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def is_utf8(data: bytes) -> bool:
    """Say whether some bytes are UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def readable(line: bytes) -> str:
    """Return a line as text in which what is not UTF-8 stands as `\\xNN` and NUL as `\\x00`."""
    return line.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def too_long(length: int, sha256: str) -> str:
    """Return the fault of a line longer than LONGEST."""
    return (
        f"SRC-f03|{length} bytes, more than {LONGEST}; SHA-256 {sha256}; here the first {HEAD} bytes, all of it sealed"
    )
