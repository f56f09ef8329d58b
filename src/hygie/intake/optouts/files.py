"""A file of opt-outs: CSV with `system,value` or `dataset,value`, and optionally wish, scope, detail, valid_from."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time
from pathlib import Path

from hygie.base.kernel import Reason, Refusal, Verdict, refuse
from hygie.intake.linkage.systems import ADDRESS
from hygie.intake.optouts.values import Line, Wish
from hygie.intake.sources.values import dataset_system

COLUMNS = ("system", "dataset", "value", "wish", "scope", "detail", "valid_from")
WISHES: dict[str, Wish] = {"": "add", "add": "add", "withdraw": "withdraw"}
SHOWN = 20


def read(path: Path) -> list[Line]:
    """Return the lines of a file of opt-outs.

    Parameters
    ----------
    path : Path   UTF-8 CSV with a header

    Errors      OPT-108 not such a file; OPT-109 lines that cannot be read, each with its number
    """
    lines: list[Line] = []
    wrong: list[Reason] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, strict=True)
            header = [name.strip().lower() for name in reader.fieldnames or []]
            if "value" not in header or not {"system", "dataset"} & set(header) or not_distinct(header):
                raise refuse("OPT-108", file=path.name, accepted=", ".join(COLUMNS))
            reader.fieldnames = header
            for row in reader:
                line = read_line(row, reader.line_num)
                if line is None:
                    wrong.append(Reason("OPT-109", {"file": path.name}, f"line {reader.line_num}"))
                else:
                    lines.append(line)
    except (OSError, UnicodeDecodeError, csv.Error):
        raise refuse("OPT-108", file=path.name, accepted=", ".join(COLUMNS)) from None
    if wrong:
        raise Refusal(Verdict(tuple(wrong[:SHOWN])))
    return lines


def not_distinct(header: list[str]) -> bool:
    """Return whether a header has an unknown column, or one twice."""
    return bool(set(header) - set(COLUMNS)) or len(set(header)) != len(header)


def read_line(row: dict[str | None, object], number: int) -> Line | None:
    """Return one line's wish, or None when it cannot be read."""
    if None in row or None in row.values():
        return None
    cell = {str(name): str(value).strip() for name, value in row.items()}
    system, dataset = cell.get("system", ""), cell.get("dataset", "")
    wish = WISHES.get(cell.get("wish", "").lower())
    address = system or dataset_system(dataset)
    if bool(system) == bool(dataset) or wish is None or not ADDRESS.fullmatch(address) or not cell["value"]:
        return None
    try:
        begins = read_time(cell.get("valid_from", ""))
    except ValueError:
        return None
    return Line(number, address, cell["value"], wish, cell.get("scope") or "all", cell.get("detail", ""), begins)


def moment(text: str) -> datetime | None:
    """Return the instant a person wrote, None for nothing: OPT-110 when it cannot be read."""
    try:
        return read_time(text)
    except ValueError:
        raise refuse("OPT-110") from None


def read_time(text: str) -> datetime | None:
    """Return an instant written as `2026-05-02` (its beginning, UTC) or with time and offset; None for nothing."""
    if not text:
        return None
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("a time carries its offset")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time lies in the years 1 to 9999") from None
