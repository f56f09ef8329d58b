"""What a text file may hold before anybody reads its figures: plain UTF-8, nothing hidden, nothing that acts. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LINE = 2_000
LONGEST_WORD = 200
MOST_ROWS = 5_000
MOST_COLUMNS = 200
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")
POINT = re.compile(r"-?\d{1,15}\.\d{1,10}")
COMMA = re.compile(r"-?\d{1,15},\d{1,10}")
THOUSANDS = re.compile(r"-?\d{1,3},\d{3}")
FORMULA = tuple("=+-@\t\r|%＝＋－＠")
MARKUP = re.compile(r"<[A-Za-z!/?]|javascript:|vbscript:|data:[a-z]+/|!\[|\]\(", re.IGNORECASE)
HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
MAGIC = (
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd",
    b"%PDF", b"PAR1", b"PARE", b"\x80\x04", b"\x80\x05", b"\x7fELF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff",
    b"\xd0\xcf\x11\xe0", b"SQLite format 3", b"RDX", b"#!", b"\x93NUMPY", b"\x89HDF", b"ARROW1", b"II*\x00",
)  # fmt: skip


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a file.

    Parameters
    ----------
    rule : str       `content` another format, `encoding`, `characters`, `opaque`, `separator`, `csv`, `empty`, `shape`,
                     `formula` or `active`
    where : tuple    some of the places: lines, signs
    limit : float    the figure that the rule has, 0 where there is none
    cells : int      how many places
    """

    rule: str
    where: tuple[str, ...]
    limit: float = 0
    cells: int = 1


def decode(data: bytes) -> tuple[str, list[Flaw]]:
    """Return a file's text and what is wrong with its characters.

    Example
    -------
    >>> decode("sex,n".encode()), [flaw.rule for flaw in decode(b"%PDF-1.7")[1]]
    (('sex,n', []), ['content'])
    """
    for magic in MAGIC:
        if data.startswith(magic):
            return "", [Flaw("content", (magic[:4].decode("latin-1").strip(),))]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "", [Flaw("encoding", (f"byte {error.start}",))]
    if text.startswith("\ufeff"):
        return text, [Flaw("characters", ("U+FEFF",))]
    bad = sorted({f"U+{ord(sign):04X}" for sign in text if unicodedata.category(sign) in HIDDEN - {"Cc"}})
    bad += sorted(
        {f"U+{ord(sign):04X}" for sign in text if unicodedata.category(sign) == "Cc" and sign not in "\n\r\t"}
    )
    return text, [Flaw("characters", tuple(bad[:5]), cells=len(bad))] if bad else []


def opaque(text: str) -> Iterator[Flaw]:
    """Yield a flaw where lines and words are so long that nobody reads them."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE or any(len(word) > LONGEST_WORD for word in line.split()):
            yield Flaw("opaque", (f"line {number}",), LONGEST_WORD)
            return


def semicolons(text: str) -> bool:
    """Return whether a file's columns have semicolons between them, as spreadsheets write with decimal commas."""
    header = text.partition("\n")[0]
    return ";" in header and "," not in header


def respelled(data: bytes) -> bytes:
    """Return a table with semicolons and decimal commas as one with commas and points; others, and one in doubt, as is.

    In doubt are figures of which some have a comma and some a point, or which all may be thousands. The mark with which
    spreadsheets begin a file is left out.

    Example
    -------
    >>> respelled(b"sex;n;cost\\r\\nmale;40;12,5\\r\\n"), respelled(b"sex;n\\nmale;1,234\\n")
    (b'sex,n,cost\\nmale,40,12.5\\n', b'sex;n\\nmale;1,234\\n')
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)) if semicolons(text) else []
    except (UnicodeDecodeError, csv.Error):
        return data
    cells = [cell.strip() for row in rows for cell in row]
    commas = [cell for cell in cells if COMMA.fullmatch(cell)]
    if not rows or (any(map(POINT.fullmatch, cells)) and commas) or (commas and all(map(THOUSANDS.fullmatch, commas))):
        return data
    plain = io.StringIO(newline="")
    writer = csv.writer(plain, lineterminator="\n")
    writer.writerows(
        [cell.replace(",", ".") if COMMA.fullmatch(cell.strip()) else cell for cell in row] for row in rows
    )
    return plain.getvalue().encode()


def read_csv(data: bytes) -> tuple[list[list[str]], list[Flaw]]:
    """Return a CSV file's rows and what is wrong with it as a file.

    Comma-separated, one header, every row as long as the header, no formula, no number out of plain digits' form.

    Parameters
    ----------
    data : bytes

    Source     RFC 4180

    Example
    -------
    >>> read_csv(b"sex,n\\nmale,40\\n")
    ([['sex', 'n'], ['male', '40']], [])
    """
    text, found = decode(data)
    if found:
        return [], found
    found += opaque(text)
    if semicolons(text):
        return [], [*found, Flaw("separator", ("line 1",))]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return [], [*found, Flaw("csv", (str(error)[:60],))]
    if len(rows) == 1:
        return [], [*found, Flaw("empty", ("line 1",))]
    if not rows or len(rows) > MOST_ROWS + 1 or len(rows[0]) > MOST_COLUMNS:
        return [], [*found, Flaw("shape", (f"{len(rows)} lines",), MOST_ROWS)]
    ragged = [str(number) for number, row in enumerate(rows, 1) if len(row) != len(rows[0])]
    if ragged or len(set(rows[0])) != len(rows[0]) or not all(name.strip() for name in rows[0]):
        where = tuple(f"line {number}" for number in ragged[:5]) or ("header",)
        return [], [*found, Flaw("shape", where, cells=max(1, len(ragged)))]
    formulas = [
        f"line {number}"
        for number, row in enumerate(rows, 1)
        for cell in row
        if (cell.lstrip().startswith(FORMULA) and not NUMBER.fullmatch(cell)) or any(sign in cell for sign in "\n\r\t")
    ]
    if formulas:
        found.append(Flaw("formula", tuple(formulas[:5]), cells=len(formulas)))
    marks = {mark for row in rows for cell in row for mark in MARKUP.findall(cell)}
    if marks:
        found.append(Flaw("active", tuple(sorted(marks)[:5]), cells=len(marks)))
    return rows, found
