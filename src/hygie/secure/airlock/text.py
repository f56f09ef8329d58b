"""What a text file may hold: plain UTF-8, nothing hidden, nothing that acts."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator

from hygie.secure.airlock.values import Check

LONGEST_LINE = 2_000
LONGEST_WORD = 200
MOST_ROWS = 5_000
MOST_COLUMNS = 200
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")
FORMULA = tuple("=+-@\t\r|%＝＋－＠")
MARKUP = re.compile(r"<[A-Za-z!/?]|javascript:|vbscript:|data:[a-z]+/|!\[|\]\(", re.IGNORECASE)
HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
MAGIC = (
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd",
    b"%PDF", b"PAR1", b"PARE", b"\x80\x04", b"\x80\x05", b"\x7fELF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff",
    b"\xd0\xcf\x11\xe0", b"SQLite format 3", b"RDX", b"#!", b"\x93NUMPY", b"\x89HDF", b"ARROW1", b"II*\x00",
)  # fmt: skip


def decode(data: bytes) -> tuple[str, list[Check]]:
    """Return a file's text and what is wrong with its characters."""
    for magic in MAGIC:
        if data.startswith(magic):
            return "", [Check("content", "AIR-209", "block", where=(magic[:4].decode("latin-1").strip(),))]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "", [Check("encoding", "AIR-205", "block", where=(f"byte {error.start}",))]
    found = []
    if text.startswith("﻿"):
        found.append(Check("characters", "AIR-206", "block", where=("U+FEFF",)))
    bad = sorted({f"U+{ord(sign):04X}" for sign in text if unicodedata.category(sign) in HIDDEN - {"Cc"}})
    bad += sorted(
        {f"U+{ord(sign):04X}" for sign in text if unicodedata.category(sign) == "Cc" and sign not in "\n\r\t"}
    )
    if bad and not found:
        found.append(Check("characters", "AIR-206", "block", cells=len(bad), where=tuple(bad[:5])))
    return text, found


def opaque(text: str) -> Iterator[Check]:
    """Yield a check against lines and words so long that nobody reads them."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE or any(len(word) > LONGEST_WORD for word in line.split()):
            yield Check("opaque", "AIR-214", "block", LONGEST_WORD, where=(f"line {number}",))
            return


def plain(data: bytes, ending: str) -> list[Check]:
    """Return what is wrong with a text, Markdown or JSON file."""
    text, found = decode(data)
    if found:
        return found
    if ending == "json":
        return [*opaque(text), *json_checks(text)]
    if marks := MARKUP.findall(text):
        found.append(Check("active", "AIR-210", "block", cells=len(marks), where=tuple(sorted(set(marks))[:5])))
    return [*found, *opaque(text)]


def json_checks(text: str) -> list[Check]:
    """Return what is wrong with a JSON text: not JSON, a key twice, not finite, nested too deep."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key comes twice")
        return dict(pairs)

    def finite(word: str) -> float:
        raise ValueError(word)

    try:
        json.loads(text, object_pairs_hook=once, parse_constant=finite)
    except (ValueError, RecursionError) as error:
        return [Check("content", "AIR-209", "block", where=(str(error)[:60],))]
    marks = sorted(set(MARKUP.findall(text)))
    return [Check("active", "AIR-210", "block", cells=len(marks), where=tuple(marks[:5]))] if marks else []


def read_csv(data: bytes) -> tuple[list[list[str]], list[Check]]:
    """Return a CSV file's rows and what is wrong with it as a file.

    Comma-separated, one header, every row as long as the header, no formula, no number out of plain digits' form.
    """
    text, found = decode(data)
    if found:
        return [], found
    found += opaque(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return [], [*found, Check("content", "AIR-208", "block", where=(str(error)[:60],))]
    if len(rows) == 1:
        return [], [*found, Check("shape", "AIR-216", "block", where=("line 1",))]
    if not rows or len(rows) > MOST_ROWS + 1 or len(rows[0]) > MOST_COLUMNS:
        return [], [*found, Check("shape", "AIR-208", "block", MOST_ROWS, where=(f"{len(rows)} lines",))]
    ragged = [str(number) for number, row in enumerate(rows, 1) if len(row) != len(rows[0])]
    if ragged or len(set(rows[0])) != len(rows[0]) or not all(name.strip() for name in rows[0]):
        where = tuple(f"line {number}" for number in ragged[:5]) or ("header",)
        found.append(Check("shape", "AIR-208", "block", cells=max(1, len(ragged)), where=where))
        return [], found
    formulas = [
        f"line {number}"
        for number, row in enumerate(rows, 1)
        for cell in row
        if (cell.lstrip().startswith(FORMULA) and not NUMBER.fullmatch(cell)) or any(sign in cell for sign in "\n\r\t")
    ]
    if formulas:
        found.append(Check("formula", "AIR-207", "block", cells=len(formulas), where=tuple(formulas[:5])))
    marks = {mark for row in rows for cell in row for mark in MARKUP.findall(cell)}
    if marks:
        found.append(Check("active", "AIR-210", "block", cells=len(marks), where=tuple(sorted(marks)[:5])))
    return rows, found
