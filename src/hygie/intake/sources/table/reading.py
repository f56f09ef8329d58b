"""The bytes of a delivered CSV: unpacked as far as they go, in UTF-8 whatever they were in, with the header found."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hygie.base.kernel import Refusal, refuse
from hygie.intake.sources import unpack
from hygie.intake.sources.omop.records import BOM, HEAD, UTF16

SEPARATORS = (";", ",", "\t", "|")
# What Windows-1252 leaves undefined is read as Latin-1.
WESTERN = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
NAMES = {"utf8": "utf-8", "utf-8": "utf-8", "utf-8-sig": "utf-8"} | dict.fromkeys(
    ("latin-1", "latin1", "iso-8859-1", "iso8859-1", "iso-8859-15", "cp1252", "windows-1252"), "western"
)
CUT = "SRC-113"


@dataclass
class Bytes:
    """One file's bytes, read again on each call; a gzip that is cut off gives what it holds and says so.

    Parameters
    ----------
    path : Path
    name : str       in the delivery
    encoding : str   utf-8 or western
    cut : bool       the last reading ended before the file did
    whole : bool     the last line read ends in a newline
    """

    path: Path
    name: str
    encoding: str = "utf-8"
    cut: bool = field(default=False, init=False)
    whole: bool = field(default=True, init=False)

    def unpacked(self) -> Iterator[bytes]:
        """Yield the bytes as the file has them, unpacked."""
        self.cut = False
        with self.path.open("rb") as handle:
            packed = handle.read(2) == unpack.GZIP
        if not packed:
            yield from unpack.pieces(self.path)
            return
        try:
            yield from unpack.gunzip(unpack.pieces(self.path), self.name)
        except Refusal as refusal:
            if refusal.code != CUT:
                raise
            self.cut = True

    def __call__(self) -> Iterator[bytes]:
        """Yield the bytes in UTF-8."""
        self.whole = True
        for chunk in self.unpacked():
            data = chunk
            if self.encoding == "western" and not chunk.isascii():
                data = codecs.charmap_decode(chunk, "strict", WESTERN)[0].encode()
            self.whole = data.endswith(b"\n")
            yield data


@dataclass(frozen=True)
class Header:
    """A file's field names as written, and what stands between cells."""

    names: tuple[str, ...]
    separator: str


def encoding_of(chunks: Iterator[bytes]) -> str:
    """Return `western` for text with accents of which none is UTF-8, otherwise `utf-8`.

    Example
    -------
    >>> encoding_of(iter(["é".encode("latin-1")])), encoding_of(iter(["é".encode()])), encoding_of(iter([b"e"]))
    ('western', 'utf-8', 'utf-8')
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    for chunk in chunks:
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(chunk)
        wrong = text.count("\ufffd")
        bad += wrong
        good += len(text) - len(text.encode("ascii", "ignore")) - wrong
    bad += decoder.decode(b"", final=True).count("\ufffd")
    return "western" if bad and not good else "utf-8"


def read_header(
    chunks: Callable[[], Iterator[bytes]], file: str, wanted: Sequence[str], separator: str | None
) -> Header:
    """Return a file's header, split by the separator that finds most of the wanted names.

    Errors   SRC-108 the first line is no header; SRC-114 UTF-16 or UTF-32
    """
    data = b""
    for chunk in chunks():
        data += chunk
        if b"\n" in data or len(data) > HEAD:
            break
    if data.startswith(UTF16) or b"\0" in data[:64]:
        raise refuse("SRC-114", file=file, found="UTF-16, UTF-32")
    line = data.removeprefix(BOM).split(b"\n", 1)[0].rstrip(b"\r")
    known = {plain(each) for each in wanted}
    best: Header | None = None
    score = (-1, -1)
    for sign in (separator,) if separator else SEPARATORS:
        try:
            cells = next(csv.reader([line.decode()], delimiter=sign, strict=True))
        except (UnicodeDecodeError, csv.Error, StopIteration):
            continue
        names = tuple(cell.strip() for cell in cells)
        found = (sum(plain(each) in known for each in names), len(names))
        if found > score:
            best, score = Header(names, sign), found
    if best is None or len(line) > HEAD or not any(best.names) or len(set(best.names)) != len(best.names):
        raise refuse("SRC-108", file=file)
    return best


def plain(name: str) -> str:
    """Return a field's name as it is compared."""
    return name.strip().casefold()
