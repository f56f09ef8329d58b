"""The quick way to read a clean CSV file: typed by DuckDB's own reader, each column as the file's first lines show it.

No line is left out this way: one that breaks a rule ends the reading with an error, and the file is read with care.
A value read this way is the value that care gives it; a rule here may be stricter, never milder. Whether a list has the
codes is asked when they are written: beside a hundred columns each such question takes ten times as long.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from hygie.base.engine import literal, name
from hygie.intake.sources.snds import relations
from hygie.intake.sources.snds.casts import MONTHS, value, wrong
from hygie.intake.sources.snds.folder import Part, Survey
from hygie.intake.sources.snds.head import Header
from hygie.intake.sources.snds.schema import Field, Table

LINES = 256  # that are looked at
BAD = "snds: a line breaks a rule"
WHOLE = re.compile(r"[+-]?[0-9]{1,15}(\.0*)?")
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]*)?")
DIGITS = re.compile(r"[0-9]{1,18}")
MONTH = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Manner:
    """How a column is read.

    Parameters
    ----------
    read_as : str   the type that `read_csv` gives it
    value : str     SQL of the field's value
    wrong : str     SQL: whether the cell breaks a rule, NULL counts as no; empty when it can break none
    """

    read_as: str
    value: str
    wrong: str


def query(table: Table, header: Header, part: Part, seen: Survey, year: str) -> str:
    """Return SQL -> (the fields, bad, snds_year) of a file.

    Parameters
    ----------
    year : str   SQL of the year in the file's name
    """
    shown = first_cells(seen.head, header)
    found = {
        each.column: manner(each, shown.get(each.column), seen)
        for each in relations.columns(table, header.names)
        if each.column in header.names
    }
    types = {column: each.read_as for column, each in found.items()}
    source = relations.texts_of_csv(part, header, latin=seen.latin, types=types)
    cells = ", ".join(
        f"{found[each.column].value if each.column in found else f'NULL::{each.sql_type}'} AS {name(each.column)}"
        for each in table.fields
    )
    tests = [f"({each.wrong})" for each in found.values() if each.wrong]
    first = next(iter(found), None)
    if first and found[first].read_as == "VARCHAR":
        tests.append(relations.again(table.by_name[first]))
    bad = " OR ".join(tests) or "false"
    return f"SELECT {cells}, ({bad}) AS bad, {year} AS snds_year FROM ({source})"


def first_cells(head: bytes, header: Header) -> dict[str, list[str]]:
    """Return the cells of a file's first lines by column; nothing when they are not of the header's width."""
    lines = head.decode("latin-1").split("\n")[1 : LINES + 1]
    try:
        rows = [row for row in csv.reader(lines, delimiter=header.separator, strict=True) if row]
    except csv.Error:
        return {}
    rows = rows[:-1] if len(lines) <= LINES else rows  # the last may be cut
    if any(len(row) != len(header.names) for row in rows):
        return {}
    return {column: [row[place] for row in rows if row[place]] for place, column in enumerate(header.names)}


def manner(field: Field, cells: list[str] | None, seen: Survey) -> Manner:
    """Return how a column is read.

    Parameters
    ----------
    field : Field
    cells : list or None   what the first lines hold, None when it is not known
    seen : Survey
    """
    text = name("t_" + field.column)
    kind = field.kind if cells is not None else ""
    shown = cells or []
    if (seen.comma and not shown) or (seen.comma and kind == "number"):
        kind = ""  # a later line may have 1,5: what the first lines show is not enough
    if kind in ("integer", "flag", "month", "year") and field.sql_type != "BIGINT" and every(WHOLE, shown):
        read = f"CAST({text} AS {field.sql_type})"
        bounds = {"flag": (-99, 999), "month": (0, 12), "year": (1000, 9999)}.get(kind)
        limit = f" OR {text} NOT BETWEEN {bounds[0]} AND {bounds[1]}" if bounds else ""
        return Manner("DOUBLE", read, f"{text} <> {read}{limit}")
    if kind == "number" and every(NUMBER, shown):
        return Manner("DOUBLE", text, f"NOT isfinite({text})")
    if kind == "integer" and every(DIGITS, shown):
        return Manner("VARCHAR", f"CAST({text} AS BIGINT)", f"NOT regexp_full_match({text}, '{DIGITS.pattern}')")
    if kind == "yearmonth" and every(MONTH, shown):
        read = value(field, text)
        first = f"CASE WHEN strlen({text}) = 6 THEN"
        known = f"regexp_matches({text}, {literal(MONTHS)})"
        return Manner(
            "VARCHAR",
            f"{first} {text} ELSE {read} END",
            f"{first} NOT {known} ELSE {wrong(field, text, f'({read})')} END",
        )
    if kind == "string" and not seen.blank:
        length = "strlen" if seen.ascii else "length"
        return Manner("VARCHAR", text, f"{length}({text}) > {field.digits}" if field.digits else "")
    read = value(field, text)
    return Manner("VARCHAR", read, wrong(field, text, f"({read})"))


def every(pattern: re.Pattern[str], cells: list[str]) -> bool:
    """Return whether every cell is of a pattern; True of none."""
    return all(map(pattern.fullmatch, cells))
