"""A file of a delivery and the way it is read.

TYPED     by DuckDB's own reader, where no line breaks a rule
SIFTED    every line typed at once; those that break a rule go on to care by their numbers
CAREFUL   line by line, where gzip is cut off, the file is another table's, or a primary key comes twice
"""

from __future__ import annotations

from dataclasses import dataclass

from hygie.intake.sources.snds.careful import Lines
from hygie.intake.sources.snds.folder import Part, Survey
from hygie.intake.sources.snds.head import Header

TYPED, SIFTED, CAREFUL = "typed", "sifted", "line by line"


@dataclass(frozen=True)
class Read:
    """A file as it will be read.

    Parameters
    ----------
    part : Part
    header : Header
    rows : int      lines of the text below the header that hold anything, or rows of Parquet: counted before reading
    seen : Survey
    lines : Lines   None for Parquet
    way : str       TYPED, SIFTED or CAREFUL
    fast : str      SQL -> (the fields, bad, snds_year) of a file read typed
    view : str      of the lines read with care: (line, raw, fault, the fields, snds_year)
    lost : str      the fault of a file that is cut off or none of the table's, where no line of it can be read
    empty : frozenset   published columns that the file does not have, or has without a value: known before reading
    """

    part: Part
    header: Header
    rows: int
    seen: Survey
    lines: Lines | None = None
    way: str = SIFTED
    fast: str = ""
    view: str = ""
    lost: str = ""
    empty: frozenset[str] = frozenset()

    @property
    def records(self) -> int:
        """How many records the file holds, as far as was told when it was last read: one may span lines."""
        return self.rows - (self.lines.joined if self.lines else 0)
