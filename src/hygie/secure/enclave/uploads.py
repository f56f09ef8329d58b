"""What people may bring into the enclave: text files of named types, alone or in one zip, bounded in size and number.

Everything stays in memory until it is sealed: nothing that is uploaded is unpacked on a disk, and nothing is executed
outside the sandbox.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping

from hygie.base.kernel import refuse, visible

MOST_BYTES = 16 << 20
MOST_FILES = 200
PIECE = 1 << 16
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")
DEEPEST = 6
TYPES = ("py", "r", "toml", "md", "txt", "csv", "json", "sql", "stan", "yaml", "yml")
BARE = frozenset({"LICENSE", "README"})
FIRST_OF_ZIP = b"PK\x03\x04"
SKIPPED = re.compile(r"(^|/)(__MACOSX|__pycache__|\.git|\.DS_Store)(/|$)")


def gathered(files: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return a study's files by path: those that were sent, or those in the one zip that was, whatever it is called.

    Parameters
    ----------
    files : Iterable   (name, content), at most `MOST_FILES` and `MOST_BYTES` in all

    Errors   ENC-120 too many or too much; ENC-121 no readable zip; ENC-122 a path; ENC-123 a type; ENC-124 not text

    Example
    -------
    >>> sorted(gathered([("study.toml", b"a = 1"), ("analysis.py", b"")]))
    ['analysis.py', 'study.toml']
    """
    sent = list(files)
    if len(sent) == 1 and (sent[0][1].startswith(FIRST_OF_ZIP) or sent[0][0].lower().endswith(".zip")):
        return checked(without_folder(unzipped(sent[0][1])))
    return checked(dict(once(sent)))


def once(files: Iterable[tuple[str, bytes]]) -> Iterable[tuple[str, bytes]]:
    """Yield files whose names differ by more than case; ENC-122."""
    seen = set()
    for name, content in files:
        if name.lower() in seen:
            raise refuse("ENC-122", found=visible(name, 80), why="path.twice")
        seen.add(name.lower())
        yield name, content


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the ordinary files of a zip; sizes are those that come out, not those it claims."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [
                entry for entry in archive.infolist() if not entry.is_dir() and not SKIPPED.search(entry.filename)
            ]
            if len(entries) > MOST_FILES:
                raise refuse("ENC-120", found=f"{len(entries)} files", files=MOST_FILES, mib=MOST_BYTES >> 20)
            found, left = [], MOST_BYTES
            for entry in entries:
                content = opened(archive, entry, left)
                left -= len(content)
                found.append((entry.filename, content))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise refuse("ENC-121", found="zip") from None
    return dict(once(found))


def opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """Return an entry's content, at most `limit` bytes; ENC-120, ENC-122 for what is no file."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise refuse("ENC-122", found=visible(entry.filename, 80), why="path.kind")
    pieces = []
    with archive.open(entry) as file:
        while piece := file.read(PIECE):
            pieces.append(piece)
            limit -= len(piece)
            if limit < 0:
                raise refuse("ENC-120", found="more", files=MOST_FILES, mib=MOST_BYTES >> 20)
    return b"".join(pieces)


def path_checked(name: str) -> None:
    """Refuse a path that leads elsewhere or hides; ENC-122."""
    parts = name.split("/")
    if all(PART.fullmatch(part) for part in parts) and len(parts) <= DEEPEST:
        return
    led = len(parts) > DEEPEST or any(part[:1] in ("", ".") or "\\" in part or ":" in part for part in parts)
    raise refuse("ENC-122", found=visible(name, 80), why="path.elsewhere" if led else "path.signs")


def without_folder(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files without the one folder that holds them all, whatever its name, when `study.toml` lies in it."""
    top, *others = {name.partition("/")[0] for name in files} or {""}
    if others or top in ("", ".", "..") or f"{top}/study.toml" not in files:
        return dict(files)
    return {name.partition("/")[2]: content for name, content in files.items()}


def checked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files whose number, size, paths, types and contents may come in; ENC-120, ENC-122 to ENC-124."""
    size = sum(map(len, files.values()))
    if not files or len(files) > MOST_FILES or size > MOST_BYTES:
        found = f"{len(files)} files, {size >> 10} KiB"
        raise refuse("ENC-120", found=found, files=MOST_FILES, mib=MOST_BYTES >> 20)
    for name, content in files.items():
        path_checked(name)
        last = name.rpartition("/")[2]
        if last.rpartition(".")[2].lower() not in TYPES and last not in BARE:
            raise refuse("ENC-123", found=visible(name, 80), accepted=", ".join(TYPES))
        if not is_text(content):
            raise refuse("ENC-124", found=visible(name, 80))
    return dict(files)


def is_text(content: bytes) -> bool:
    """Return whether a content is UTF-8 without signs that no editor shows."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(sign < " " and sign not in "\n\r\t\f" for sign in text)


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as one zip, the same bytes for the same files, to be sealed or handed back."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files that `packed` packed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
