"""The way to read a file that holds broken lines: all are typed at once, and the broken ones alone go on to care.

A query keeps a line or notes its number; so one broken line costs its file no second writing.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from duckdb.func import PythonUDFType

from hygie.base.engine import Engine
from hygie.base.kernel import new_id
from hygie.intake.sources.snds import careful, relations
from hygie.intake.sources.snds.folder import Survey
from hygie.intake.sources.snds.head import Header
from hygie.intake.sources.snds.schema import Table


class Apart:
    """The numbers of the lines that a query leaves out, by the place of their file.

    Parameters
    ----------
    engine : Engine   gets an SQL function (place, line) that notes a line and is false; `function` is its name
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.noted: defaultdict[int, list[npt.NDArray[np.int64]]] = defaultdict(list)
        self.function = new_id("apart").replace("-", "_")
        engine.con.create_function(
            self.function, self.note, ["INTEGER", "BIGINT"], "BOOLEAN", type=PythonUDFType.ARROW, side_effects=True
        )

    def note(self, places: pa.ChunkedArray, lines: pa.ChunkedArray) -> pa.Array:
        """Note lines and return false for each."""
        at, numbers = places.to_numpy(), lines.to_numpy()
        for place in np.unique(at):
            self.noted[int(place)].append(numbers[at == place])
        return pa.array(np.zeros(len(numbers), dtype=bool))

    def count(self, place: int) -> int:
        """Return how many lines of a file are noted."""
        return sum(map(len, self.noted.get(place, [])))

    def take(self, place: int) -> str:
        """Return the name of a table of a file's noted lines, until the next is taken."""
        self.engine.con.register("snds_noted", pa.table({"line": np.concatenate(self.noted[place])}))
        self.engine.con.execute("CREATE OR REPLACE TEMP TABLE snds_apart AS SELECT line FROM snds_noted")
        self.engine.con.unregister("snds_noted")
        return "snds_apart"


def of_csv(table: Table, header: Header, seen: Survey, listed: dict[str, str], year: str, records: str) -> str:
    """Return SQL -> (the fields, bad, snds_year, line) of a file's records.

    Parameters
    ----------
    listed : dict   column -> SQL: whether its list lacks the code
    year : str      SQL of the year in the file's name
    records : str   what holds the records
    """
    source, extra = careful.texts(header, records), "line, told, width, "
    typed = relations.typed(table, header.names, source, {}, extra, blank=seen.blank, comma=seen.comma)
    odd = f"told IS NOT NULL OR width <> {len(header.names)}"
    return query(table, f"{odd} OR {relations.breaks(table, header.names, {}, listed)}", year, typed)


def of_parquet(table: Table, source: str, types: dict[str, str], listed: dict[str, str], year: str) -> str:
    """Return SQL -> (the fields, bad, snds_year, line) of a Parquet file's rows.

    Parameters
    ----------
    source : str    SQL -> (line, t_<column>)
    types : dict    column -> type
    listed, year    as for `of_csv`
    """
    typed = relations.typed(table, tuple(types), source, types, "line, ")
    return query(table, relations.breaks(table, tuple(types), types, listed), year, typed)


def query(table: Table, bad: str, year: str, typed: str) -> str:
    """Return SQL of typed lines with whether each breaks a rule."""
    return f"SELECT {relations.fields(table)}, ({bad}) AS bad, {year} AS snds_year, line FROM ({typed})"
