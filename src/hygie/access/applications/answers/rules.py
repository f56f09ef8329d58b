"""A table of an answer in statistics, held against art. 69(1) and the output preset: what is wrong, and where. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hygie.base.disclosure.stated import Stated, Statement, fits, judged, mended, read, rowwise, written
from hygie.base.disclosure.text import Flaw, read_csv, respelled
from hygie.base.disclosure.values import Finding
from hygie.base.kernel import Reason, Verdict
from hygie.base.law import Preset

MOST_BYTES = 1 << 20
MOST_TABLES = 20
MOST_WHERE = 12
TITLE = 200
FLAWS = {
    "formula": "APP-282", "active": "APP-282", "columns": "APP-283", "rows": "APP-284", "figures": "APP-285",
    "size": "APP-286", "separator": "APP-301",
}  # fmt: skip
NO_CSV = "APP-281"
SMALL = frozenset({"threshold", "part", "contributors"})
DOMINATED = frozenset({"dominance", "p-percent"})
UNROUNDED = frozenset({"rounding", "total", "mismatch"})

Place = tuple[int, str]
"""A line of the file, from 1, and a column; an empty one for the whole line."""


@dataclass(frozen=True)
class Examined:
    """What was found of a table.

    Parameters
    ----------
    verdict : Verdict    why it cannot be kept
    look : Verdict       what a person has to look at before it is kept
    rows : Sequence      the file as sent; empty where it cannot be read
    marks : Mapping      the rules that each place breaks
    stated : Stated      the table, None where it cannot be read
    preset : Preset
    """

    verdict: Verdict
    look: Verdict = field(default_factory=Verdict)
    rows: Sequence[Sequence[str]] = ()
    marks: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    stated: Stated | None = None


def examine(data: bytes, statement: Statement, preset: Preset, personal: Collection[str] = ()) -> Examined:
    """Return what is wrong with a table of an answer: as a file, as a table of rows, and cell by cell.

    Parameters
    ----------
    data : bytes            CSV, or as a spreadsheet writes it where decimals have commas
    statement : Statement   what its columns are
    preset : Preset         the node's
    personal : Collection   further names of columns that identify persons or records, in lower case

    Errors     none raised; APP-280 to APP-292 and APP-301 as reasons
    Source     Reg. (EU) 2025/327 art. 69(1); SU-69-1

    Example
    -------
    >>> from datetime import date
    >>> from hygie.base.law import preset
    >>> policy = preset("acro-10", on=date(2026, 1, 1))
    >>> found = examine(b"sex,n\\nfemale,40\\nmale,9\\n", Statement(("sex",), "n"), policy)
    >>> [reason.code for reason in found.verdict.reasons], dict(found.marks)
    (['APP-287'], {(3, 'n'): ('threshold',)})
    """
    if not 0 < len(data) <= MOST_BYTES:
        return Examined(Verdict((Reason("APP-280", {"found": len(data), "accepted": MOST_BYTES}),)))
    rows, flaws = read_csv(respelled(data))
    if flaws or not rows:
        return Examined(told(flaws))
    for found in (fits(rows[0], statement), rowwise(rows, statement, personal) if covers(rows, statement) else []):
        if found:
            return Examined(told(found), rows=rows, marks=marked(found))
    stated, flaws = read(rows, statement, preset)
    if stated is None:
        return Examined(told(flaws), rows=rows, marks=marked(flaws))
    findings = judged(stated, statement, preset)
    blocking = [each for each in findings if each.severity == "block"]
    looked = [each for each in findings if each.severity == "review"]
    return Examined(
        Verdict(tuple(reasons(blocking, stated, preset))),
        Verdict(tuple(reason("APP-292", looked, stated, preset) for _ in looked[:1])),
        rows,
        placed(findings, stated),
        stated,
    )


def covers(rows: Sequence[Sequence[str]], statement: Statement) -> bool:
    """Return whether a file has every column that a statement speaks of."""
    return set(statement.named) <= set(rows[0])


def told(flaws: Iterable[Flaw]) -> Verdict:
    """Return what is wrong with a file as reasons: places, never what stands there."""
    return Verdict(
        tuple(
            Reason(
                FLAWS.get(flaw.rule, NO_CSV),
                {"where": where(flaw.where), "cells": flaw.cells, "limit": f"{flaw.limit:g}"},
                "$.csv",
            )
            for flaw in flaws
        )
    )


def where(places: Iterable[str]) -> str:
    """Return places as refusals of both languages write them: a line's number, its column in brackets.

    Example
    -------
    >>> where(["line 3, n", "line 4", "person_id"])
    '3 (n), 4, person_id'
    """
    said = []
    for each in places:
        line, _, column = each.removeprefix("line ").partition(", ")
        is_line = each.startswith("line ")
        said.append(f"{line} ({column[:40]})" if is_line and column else line if is_line else each[:40])
    return ", ".join(said)[:300]


def marked(flaws: Iterable[Flaw]) -> dict[Place, tuple[str, ...]]:
    """Return the places of a file's flaws: lines, or columns by their header."""
    found: dict[Place, tuple[str, ...]] = {}
    for flaw in flaws:
        for each in flaw.where:
            line, _, column = each.removeprefix("line ").partition(", ")
            place = (int(line), column) if each.startswith("line ") and line.isdigit() else (1, each)
            found[place] = (*found.get(place, ()), flaw.rule)
    return found


def placed(findings: Iterable[Finding], stated: Stated) -> dict[Place, tuple[str, ...]]:
    """Return the rules that each place of a table breaks; a combination that has no line stands at the header."""
    persons = stated.table.columns[0].name
    found: dict[Place, tuple[str, ...]] = {}
    for each in findings:
        place = (stated.lines.get(each.key, 1), each.column or persons)
        found[place] = tuple(dict.fromkeys((*found.get(place, ()), each.rule)))
    return found


def reasons(findings: Sequence[Finding], stated: Stated, preset: Preset) -> Iterable[Reason]:
    """Yield a reason for each kind of what was found."""
    kinds = {"APP-287": SMALL, "APP-288": DOMINATED, "APP-289": frozenset({"undeclared"}), "APP-290": UNROUNDED}
    known = frozenset().union(*kinds.values())
    for code, rules in kinds.items():
        if found := [each for each in findings if each.rule in rules]:
            yield reason(code, found, stated, preset)
    if found := [each for each in findings if each.rule not in known]:
        yield reason("APP-291", found, stated, preset)


def reason(code: str, findings: Sequence[Finding], stated: Stated, preset: Preset) -> Reason:
    """Return what was found as one reason, with its places."""
    places = list(placed(findings, stated))
    shown = [f"{line} ({column[:40]})" for line, column in places[:MOST_WHERE]]
    facts: dict[str, str | int | float | bool | None] = {
        "cells": len(places), "where": ", ".join(shown)[:300], "limit": preset.min_count, "preset": preset.id,
        "base": preset.rounding_base, "percent": preset.dominance_percent, "largest": max(preset.dominance_n, 2),
    }  # fmt: skip
    return Reason(code, facts, "$.csv")


def mend(found: Examined, statement: Statement, preset: Preset) -> Examined | None:
    """Return a table changed as little as makes it pass, and examined again; None when that does not mend it."""
    if found.stated is None:
        return None
    safe = mended(found.stated, preset)
    if not any(value is not None for row in safe.shown.values() for value in row.values()):
        return None
    left = judged(safe, statement, preset)
    if any(each.severity == "block" for each in left):
        return None
    look = Verdict(tuple(reason("APP-292", left, safe, preset) for _ in left[:1]))
    return Examined(Verdict(), look, found.rows, placed(left, safe), safe)


def file(found: Examined, statement: Statement) -> bytes:
    """Return the file that is kept of a table: our own spelling, without the columns for the check alone."""
    assert found.stated is not None
    return written(found.stated, statement)
