"""Opening what is packed, in pieces, within reason: gzip and zip."""

from __future__ import annotations

import itertools
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hygie.base.kernel import Refusal, refuse

CHUNK = 1 << 20
DENSEST = 250  # deflate reaches 1,032; the densest real exports unpack about fifty-fold
SLACK = 64 << 20
MEMBERS = 10_000
GZIP = b"\x1f\x8b"


def pieces(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes."""
    with path.open("rb") as handle:
        while data := handle.read(CHUNK):
            yield data


def section(path: Path, name: str, offset: int, length: int) -> Iterator[bytes]:
    """Yield `length` bytes of a file from `offset` on, both counted unpacked where it is gzip.

    Errors      SRC-113, SRC-111; fewer bytes are yielded when the file has no more
    """
    stored = pieces(path)
    first = next(stored, b"")
    whole = itertools.chain([first], stored)
    for data in gunzip(whole, name) if first.startswith(GZIP) else whole:
        part = data[offset : offset + length]
        offset, length = max(0, offset - len(data)), length - len(part)
        if part:
            yield part
        if not length:
            return


def gunzip(packed: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Yield what gzip bytes unpack to, every member of them.

    Errors      SRC-113 damaged or cut off; SRC-111 it unpacks beyond reason
    Source      RFC 1952
    """
    state, fresh = zlib.decompressobj(31), True
    read = given = 0
    for data in packed:
        read += len(data)
        while data:
            if state.eof:
                data = data.lstrip(b"\0")
                state, fresh = zlib.decompressobj(31), True
                continue
            try:
                piece = state.decompress(data, CHUNK)
            except zlib.error:
                raise refuse("SRC-113", file=name) from None
            fresh = False
            data = state.unused_data if state.eof else state.unconsumed_tail
            given += len(piece)
            check_density(name, read, given)
            if piece:
                yield piece
    while not state.eof and (piece := state.decompress(b"", CHUNK) if not fresh else b""):
        given += len(piece)
        check_density(name, read, given)
        yield piece
    if not state.eof and not fresh:
        raise refuse("SRC-113", file=name)


@dataclass
class Ending:
    """The bytes of a file to the point where gzip is cut off or damaged.

    Parameters
    ----------
    chunks : Callable   returns the file's bytes, unpacked
    cut : bool          the last reading ended before the file did
    """

    chunks: Callable[[], Iterator[bytes]]
    cut: bool = False

    def read(self) -> Iterator[bytes]:
        """Yield the bytes: SRC-113 where not one of them can be unpacked."""
        self.cut, some = False, False
        try:
            for piece in self.chunks():
                some = True
                yield piece
        except Refusal as refusal:
            if refusal.code != "SRC-113" or not some:
                raise
            self.cut = True


def check_density(name: str, packed: int, unpacked: int) -> None:
    """Refuse bytes that unpack to more than DENSEST times their size, beyond SLACK: SRC-111."""
    if unpacked > SLACK + DENSEST * packed:
        raise refuse("SRC-111", file=name, packed=packed, unpacked=unpacked, accepted=DENSEST)


def open_zip(path: Path) -> list[zipfile.ZipInfo]:
    """Return the files of a zip after looking at every entry.

    Errors      SRC-103 too many; SRC-109 damaged; SRC-110 names that lead outside, links; SRC-111 bombs;
                SRC-112 password or another method
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise refuse("SRC-109", file=path.name) from None
    if len(listed) > MEMBERS:
        raise refuse("SRC-103", found=path.name, accepted=MEMBERS)
    for info in listed:
        check_entry(info, path.name)
    size = path.stat().st_size
    if sum(info.compress_size for info in listed) > size:  # entries that overlap
        declared = sum(info.file_size for info in listed)
        raise refuse("SRC-111", file=path.name, packed=size, unpacked=declared, accepted=DENSEST)
    return [info for info in listed if not info.is_dir()]


def check_entry(info: zipfile.ZipInfo, file: str) -> None:
    """Refuse an entry that is not plain data under a plain name."""
    name = info.orig_filename
    parts = PurePosixPath(name).parts
    kind = stat.S_IFMT(info.external_attr >> 16)
    if name.startswith("/") or "\\" in name or ".." in parts or ":" in name or "\0" in name:
        raise refuse("SRC-110", file=file)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refuse("SRC-110", file=file)
    if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refuse("SRC-112", file=file)
    check_density(file, info.compress_size, info.file_size)


def unzip(path: Path, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield one entry's bytes: as many as it declares, with its checksum.

    Errors      SRC-109 damaged or cut off
    """
    given = 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(info) as handle:
            while piece := handle.read(CHUNK):
                given += len(piece)
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        raise refuse("SRC-109", file=path.name) from None
    if given != info.file_size:
        raise refuse("SRC-109", file=path.name)
