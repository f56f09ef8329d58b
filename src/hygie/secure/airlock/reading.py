"""A table's file read as the cells it shows, and a table's cells written as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from hygie.base.disclosure import Key, Shown, Table, due
from hygie.base.disclosure.figures import read_figure, write_figure
from hygie.base.law import Preset
from hygie.secure.airlock.declaration import Output
from hygie.secure.airlock.recompute import columns
from hygie.secure.airlock.values import Check

BOOLEANS = {"true": "True", "false": "False"}


def read_cells(output: Output, rows: Sequence[Sequence[str]], table: Table) -> tuple[Shown, list[Check]]:
    """Return what a file shows by key and column, and what is wrong with its columns, keys and numbers.

    Parameters
    ----------
    output : Output   its declaration
    rows : Sequence   the header and the lines
    table : Table     the true table, for its labels
    """
    header = list(rows[0])
    if sorted(header) != sorted(output.columns):
        odd = sorted(set(header) ^ set(output.columns))
        return {}, [Check("columns", "AIR-236", "block", cells=len(odd), where=tuple(odd[:5]))]
    at = {name: header.index(name) for name in header}
    shown: dict[Key, dict[str, float | None]] = {}
    twice: list[str] = []
    odd_figures: list[str] = []
    spelled: set[str] = set()
    for number, row in enumerate(rows[1:], 2):
        key = read_key(output, [row[at[name]] for name in output.groups], table)
        spelled |= {row[at[name]] for name in output.groups if row[at[name]].lower() in BOOLEANS}
        if key in shown:
            twice.append(f"line {number}")
            continue
        shown[key] = {}
        for column in columns(output):
            value, fits = read_figure(row[at[column.name]], column)
            shown[key][column.name] = value
            if not fits:
                odd_figures.append(f"line {number}, {column.name}")
    found = []
    if len(spelled) > 2:
        twice.append("true and false in several spellings")
    if twice:
        found.append(Check("rows", "AIR-234", "block", cells=len(twice), where=tuple(twice[:5])))
    if odd_figures:
        found.append(Check("figures", "AIR-237", "block", cells=len(odd_figures), where=tuple(odd_figures[:5])))
    return shown, found


def read_key(output: Output, labels: Sequence[str], table: Table) -> Key:
    """Return a row's key: the total's label as None, true and false in our spelling, an empty label as `missing`."""
    key: list[str | None] = []
    for group, text, known in zip(output.groups, labels, table.labels, strict=True):
        label = text or "missing"
        if group in output.totals and label == output.total_label:
            key.append(None)
        elif label not in known and BOOLEANS.get(label.lower()) in known:
            key.append(BOOLEANS[label.lower()])
        else:
            key.append(label)
    return tuple(key)


def canonical_csv(output: Output, table: Table, shown: Shown, preset: Preset) -> bytes:
    """Return the file that leaves for a table which passes: the airlock's own figures, rows and spelling.

    Of what the study wrote only the choice of hidden figures stays. Written again from itself it is the same.

    Parameters
    ----------
    output : Output   its declaration
    table : Table     the true table
    shown : Shown     what the study's file shows
    preset : Preset   the permit's
    """
    rows = due(table, shown, preset)
    return write_cells(output, rows, rows)


def write_cells(output: Output, shown: Shown, keys: Iterable[Key]) -> bytes:
    """Return a table's file: groups, then measures, one line for each key, in order."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(output.columns)
    for key in keys:
        labels = [output.total_label if label is None else label for label in key]
        figures = [write_figure(shown[key][column.name], column) for column in columns(output)]
        writer.writerow([*labels, *figures])
    return made.getvalue().encode()
