"""Writing a slice of the country in the table shapes of the SNDS, as Parquet, and hashing what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hygie.base.engine import Engine, literal, name
from hygie.intake.sources.snds.schema import Table as Shape
from hygie.intake.sources.snds.schema import edition
from hygie.node.country.blanks import add_blanks
from hygie.node.country.people import listed

ROWS = 122_880
EVERY_64_BITS = 2**64
LISTS = "2020-12-lists"
ENUMERATED = frozenset({"BEN_RES_DPT", "BEN_RES_COM", "ORG_AFF_BEN", "ORG_CLE_NUM"})


@dataclass(frozen=True)
class Table:
    """One table of `snds.toml`: where its rows come from, which fields are filled, and all fields with their types."""

    title: str
    source: str
    filled: dict[str, str]
    fields: dict[str, str]
    once: bool

    def query(self) -> str:
        """Return the SELECT of the filled fields that are no copies, in the order of the published schema."""
        copies = self.copies()
        columns = ", ".join(
            f"{self.field(field, kind)} AS {name(field)}"
            for field, kind in self.fields.items()
            if field in self.filled and field not in copies
        )
        return f"SELECT {columns} FROM {self.source}"

    def copies(self) -> dict[str, str]:
        """Return the filled fields that another one before them, of the same type, is filled as, and that one."""
        first: dict[tuple[str, str], str] = {}
        filled = [
            (field, (self.field(field, kind), kind)) for field, kind in self.fields.items() if field in self.filled
        ]
        return {field: of for field, what in filled if (of := first.setdefault(what, field)) != field}

    def blank(self) -> str:
        """Return a SELECT of no row with every field."""
        return f"SELECT {', '.join(f'NULL::{kind} AS {name(field)}' for field, kind in self.fields.items())} LIMIT 0"

    def field(self, field: str, kind: str) -> str:
        """Return the SQL of a field in its published type; enumerations stay, they are written as text."""
        sql = self.filled[field]
        return sql if field in ENUMERATED else f"CAST({sql} AS {kind})"


@cache
def shapes() -> dict[str, Shape]:
    """Return the published tables and code lists by name."""
    return {**edition().tables, **edition(LISTS).tables}


@cache
def catalogue() -> tuple[Table, ...]:
    """Return every table, in the order of `snds.toml`."""
    tables = shapes()
    return tuple(
        Table(
            title,
            entry["from"] + (f" WHERE {entry['where']}" if "where" in entry else ""),
            entry["columns"],
            {field.name: field.sql_type for field in tables[title].fields},
            entry.get("once", False),
        )
        for title, entry in listed("snds.toml").items()
    )


def write(engine: Engine, folder: Path, number: int, several: bool) -> list[Path]:
    """Write a slice's tables beside those of the slices before, and their rows and hashes into `written`.

    Parameters
    ----------
    engine : Engine   with the slice's tables
    folder : Path     receives `ER_PRS_F.parquet`, or `ER_PRS_F.000.parquet` and so on when there are several slices
    number : int      of the slice
    several : bool    whether there are several slices
    """
    engine.con.execute("CREATE OR REPLACE TABLE written (title VARCHAR, rows BIGINT, hash HUGEINT)")
    template = folder / f"template.{number:03d}"
    files = []
    for table in catalogue():
        if table.once and number:
            continue
        ending = f"{number:03d}.parquet" if several and not table.once else "parquet"
        files.append(path := folder / f"{table.title}.{ending}")
        engine.con.execute(
            f"COPY ({table.query()}) TO {literal(str(path))} "
            f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROWS})"
        )
        engine.con.execute(f"COPY ({table.blank()}) TO {literal(str(template))} (FORMAT parquet)")
        add_blanks(path, template, table.copies())
        engine.con.execute(f"INSERT INTO written {hashed(table.title, list(table.filled), path)}")
    template.unlink()
    return files


def hashed(title: str, columns: Sequence[str], path: Path) -> str:
    """Return the SELECT of a file's rows and of the sum of its rows' hashes, which does not depend on their order."""
    every = ", ".join(map(name, columns))
    return f"SELECT {literal(title)}, count(*), sum(hash({every})) FROM read_parquet({literal(str(path))})"


def tables_written(engine: Engine) -> Counter[tuple[str, str]]:
    """Return each table's rows and the sum of their hashes: under `(table, "rows")` and `(table, "hash")`."""
    found = Counter[tuple[str, str]]()
    for title, count, total in engine.rows("SELECT title, rows, hash FROM written"):
        found[title, "rows"], found[title, "hash"] = int(count), int(total or 0)
    return found


def hashes(found: Counter[tuple[str, str]]) -> dict[str, dict[str, object]]:
    """Return each table's rows and the order-free hash of its content, from what all slices wrote together."""
    return {
        title: {"rows": found[title, "rows"], "hash": f"{found[title, 'hash'] % EVERY_64_BITS:016x}"}
        for title in sorted({title for title, _ in found})
    }
