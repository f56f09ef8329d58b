"""What a table that cannot be recomputed shows on its face."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hygie.base.disclosure.figures import PLAIN
from hygie.base.law import Preset
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.summary import MOST_WHERE
from hygie.secure.airlock.values import Check, Outcome

EXTREME = {"min", "max", "minimum", "maximum", "minima", "maxima"}
WORD = re.compile(r"[A-Za-z]+")

Rows = Sequence[Sequence[str]]


def by_face(output: Output, rows: Rows, preset: Preset) -> list[Check]:
    """Return the checks of a table that is declared only: small whole numbers, degrees of freedom, extremes."""
    return [
        *small_numbers(output, rows, preset),
        *freedom(output, rows, preset),
        *extremes(rows, preset),
    ]


def freedom(output: Output, rows: Rows, preset: Preset) -> list[Check]:
    """Return a check of each row's residual degrees of freedom; people look where the study names no column of them.

    Source   ACRO, safe_dof_threshold
    """
    least = preset.degrees_of_freedom
    if not least or output.source:
        return []
    if output.dof is None:
        return [Check("degrees of freedom", "AIR-244", "review", least, len(rows) - 1, ("no column named",))]
    if output.dof not in rows[0]:
        return [Check("degrees of freedom", "AIR-244", "block", least, len(rows) - 1, (output.dof,))]
    at = rows[0].index(output.dof)
    low = [
        f"line {number}"
        for number, row in enumerate(rows[1:], 2)
        if not PLAIN.fullmatch(row[at]) or float(row[at]) < least
    ]
    outcome: Outcome = "block" if low else "pass"
    return [Check("degrees of freedom", "AIR-244", outcome, least, len(low), tuple(low[:MOST_WHERE]))]


def extremes(rows: Rows, preset: Preset) -> list[Check]:
    """Return a check against minima and maxima, by the words of the header and the labels."""
    if preset.extremes == "show":
        return []
    where = [
        f"line {number}, {cell[:40]}"
        for number, row in enumerate(rows, 1)
        for cell in row
        if EXTREME.intersection(WORD.findall(cell.lower().replace("_", " ")))
    ]
    if not where:
        return []
    outcome: Outcome = "block" if preset.extremes == "hide" else "review"
    return [Check("extremes", "AIR-245", outcome, 0, len(where), tuple(where[:MOST_WHERE]))]


def small_numbers(output: Output, rows: Sequence[Sequence[str]], preset: Preset) -> list[Check]:
    """Return a check against small whole numbers in columns of whole numbers, which may be counts of persons."""
    where = []
    for at, name in enumerate(rows[0]):
        figures = [row[at] for row in rows[1:] if PLAIN.fullmatch(row[at])]
        if name in output.groups or not figures or not all(text.isdigit() for text in figures):
            continue
        where += [
            f"line {number}, {name}"
            for number, row in enumerate(rows[1:], 2)
            if row[at].isdigit() and 0 < int(row[at]) < preset.min_count
        ]
    if not where:
        return []
    return [Check("threshold", "AIR-243", "block", preset.min_count, len(where), tuple(where[:MOST_WHERE]))]
