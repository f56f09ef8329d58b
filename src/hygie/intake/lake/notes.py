"""What a snapshot says of itself beside its figures: what linkage did not use, what the version before had."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.intake.lake.values import Manifest, SnapshotTable
from hygie.intake.linkage.values import Linked

FAR_LESS = 0.8  # of the rows that the version before has of a table


def of_linkage(linked: Linked) -> tuple[str, ...]:
    """Return what linkage did not use."""
    notes = []
    if linked.malformed:
        notes.append(f"identifiers without the form of their national system, not used for linkage: {linked.malformed}")
    if linked.implausible:
        notes.append(f"identifiers shared by too many records, not used for linkage: {linked.implausible}")
    if linked.stopped:
        notes.append(f"persons erased from the dataset before, left out: {len(linked.stopped)}")
    return tuple(notes)


def of_version(before: Manifest | None, tables: Mapping[str, SnapshotTable]) -> tuple[str, ...]:
    """Return what the version before had and this one has not: tables, and a fifth of a table's rows about persons."""
    if before is None:
        return ()
    notes = []
    gone = sorted(set(before.tables) - set(tables))
    if gone:
        notes.append(f"tables of the delivery before that this one has not: {', '.join(gone)}")
    less = [
        f"{name} {tables[name].rows:,} of {former.rows:,}"
        for name, former in sorted(before.tables.items())
        if name in tables and former.kind != "staged" and former.person and tables[name].rows < FAR_LESS * former.rows
    ]
    if less:
        notes.append(f"far fewer rows than version {before.version}, is the delivery whole: {', '.join(less)}")
    return tuple(notes)
