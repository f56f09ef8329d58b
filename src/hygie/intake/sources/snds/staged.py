"""What reading a delivery gives: its tables as they were read, notes and counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from hygie.base.engine import Engine, WrittenFile
from hygie.intake.sources.snds.schema import Edition, Table


@dataclass(frozen=True)
class Native:
    """A table as it was read: kept lines in an encrypted file, behind a view.

    Parameters
    ----------
    final : bool   the file is the snapshot's as it is: persons are in it
    kept : int     lines of the delivery that are in it, among held ones of an increment
    """

    table: Table
    view: str
    key: bytes = field(repr=False)
    written: WrittenFile
    read: int
    final: bool
    kept: int = 0


@dataclass
class Staged:
    """A delivery in the engine: a view of each table, `snds_faults` of (file, line, rule, reason, raw).

    Parameters
    ----------
    ways : dict     file -> how it was read: TYPED, SIFTED or CAREFUL
    astray : dict   table -> how many entries of `snds_faults` stand for a header or a file that was not read
    """

    dataset: str
    edition: Edition
    natives: dict[str, Native] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    dangling: dict[str, int] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)
    astray: dict[str, int] = field(default_factory=dict)

    def set_apart(self, engine: Engine, table: Table, file: str, fault: str) -> None:
        """Set apart a header, or a file that is not read, as one line of a table."""
        rule, _, reason = fault.partition("|")
        engine.con.execute("INSERT INTO snds_faults VALUES (?, 1, ?, ?, '')", [file, rule, reason])
        self.astray[table.name] = self.astray.get(table.name, 0) + 1
