"""What a file's header has beyond its schema, or lacks of it: named, and set apart as one entry each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hygie.base.engine import Engine, name
from hygie.base.kernel import first_of
from hygie.intake.sources.table.values import Schema

EXTRA, LACKING = "SRC-t06", "SRC-t07"


def compare(
    engine: Engine, schema: Schema, file: tuple[int, str], given: Collection[str], other: Sequence[str]
) -> list[str]:
    """Set apart a header that has columns too many or too few, in line 1 of its file; return notes that say so.

    A file of another table is set apart whole, and what its first line holds may be data: it is counted alone.

    Parameters
    ----------
    file : tuple         its number among the table's, and its name
    given : Collection   the columns of the schema that it has
    other : Sequence     the names in it that the schema has not
    """
    number, shown = file
    absent = [column for column in schema.columns if column.name not in given]
    foreign = not given or any(column.required for column in absent)
    notes = []
    if other:
        notes.append(
            f"{shown}: {len(other)} columns that the schema has not, ignored{'' if foreign else ': ' + named(other)}"
        )
    if absent:
        notes.append(f"{shown}: without {named([column.source for column in absent])}")
    if foreign:
        return notes
    faults = [f"{EXTRA}|columns that the schema has not, whose values are not in: {named(other)}"] if other else []
    if absent:
        faults.append(f"{LACKING}|columns are missing, empty in the table: {named([each.source for each in absent])}")
    for fault in faults:
        engine.con.execute(
            f"INSERT INTO {name(f'stage_{schema.name}')} (part, line, raw, fault) VALUES (?, 1, '', ?)", [number, fault]
        )
    return notes


def named(columns: Sequence[str]) -> str:
    """Return the first of some column names, without the sign that parts a fault from its reason."""
    return first_of([each.replace("|", " ") for each in columns])
