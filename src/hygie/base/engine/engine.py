"""The Engine: an in-memory DuckDB behind walls, which reads and writes encrypted Parquet."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb

from hygie.base.engine.text import literal, name
from hygie.base.engine.walls import Walls, connect
from hygie.base.engine.wheel import httpfs_file
from hygie.base.kernel import hash_file, new_id, refuse
from hygie.base.kernel.store import held
from hygie.base.keys import check_key

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

ROW_GROUP = 122_880
LONG_ROWS = 20_480  # a group of rows that are long texts: each thread holds a group in memory


@dataclass(frozen=True)
class EncryptedFile:
    """A Parquet file and the key that opens it.

    Parameters
    ----------
    path : Path
    key : bytes       32 raw bytes
    columns : tuple   (name, DuckDB type) of what the file stands for, in order; by default of what is in it
    empty : tuple     names of those columns that have no value: in the file or not, they are not read from it

    Errors     KEY-111
    """

    path: Path
    key: bytes = field(repr=False)
    columns: tuple[tuple[str, str], ...] = ()
    empty: tuple[str, ...] = ()

    @classmethod
    def of(cls, written: WrittenFile, key: bytes) -> EncryptedFile:
        """Return a file that was written with a key."""
        return cls(written.path, key, written.columns, written.empty)

    @property
    def cells(self) -> str:
        """SQL of the columns."""
        told = [f"NULL::{kind} AS {name(each)}" if each in self.empty else name(each) for each, kind in self.columns]
        return ", ".join(told) or "*"

    def __post_init__(self) -> None:
        check_key(self.key)


@dataclass(frozen=True)
class WrittenFile:
    """What was written: rows, columns with their DuckDB types, size and SHA-256 of the encrypted file.

    `empty` are the columns that have no value in any row, `ends` the least and the greatest value of others, as text.
    """

    rows: int
    columns: tuple[tuple[str, str], ...]
    bytes: int
    sha256: str
    path: Path
    empty: tuple[str, ...] = ()
    ends: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class Engine:
    """One walled DuckDB connection; a context manager that leaves nothing behind.

    What DuckDB refuses within it, through the engine or on `con`, leaves it as the refusal that it means.

    Parameters
    ----------
    walls : Walls

    Errors     ENG-102, ENG-103, ENG-106, ENG-108 to ENG-110; on leaving ENG-122, ENG-124, ENG-125
    """

    def __init__(self, walls: Walls) -> None:
        self.walls = walls
        self.spill = walls.home / "spill" / new_id("spill")
        self.spill.mkdir(parents=True, mode=0o700)
        self.holding = contextlib.ExitStack()
        self.holding.enter_context(held(self.spill))
        self.variables: list[str] = []
        self.ibis: Backend | None = None
        try:
            self.con: duckdb.DuckDBPyConnection = connect(walls, self.spill, httpfs_file())
        except BaseException:
            self.holding.close()
            shutil.rmtree(self.spill, ignore_errors=True)
            raise

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if isinstance(error, (duckdb.Error, MemoryError)) and (meant := translate(error)) is not error:
            raise meant from error

    def close(self) -> None:
        """Forget the keys, close the connection and remove the spill folder; a second call does nothing."""
        try:
            while self.variables:
                self.con.execute(f"RESET VARIABLE {name(self.variables.pop())}")
        except duckdb.Error:
            self.variables.clear()
        self.con.close()
        self.holding.close()
        shutil.rmtree(self.spill, ignore_errors=True)

    def backend(self) -> Backend:
        """Return an Ibis backend on this very connection, the same on every call."""
        if self.ibis is None:
            from hygie.base.engine.ibis import backend_on

            self.ibis = backend_on(self.con)
        return self.ibis

    def attach(self, view: str, files: Sequence[EncryptedFile]) -> None:
        """Make a temporary view over encrypted Parquet files, joined by column name, each with its own key.

        Parameters
        ----------
        view : str                        the view's name; an earlier one of that name is replaced
        files : Sequence[EncryptedFile]   at least one

        Errors     ENG-121 no file; ENG-122 a file is not there or out of reach; ENG-124 wrong key or altered file
        """
        if not files:
            raise refuse("ENG-121", view=view)
        parts = []
        for file in files:
            variable = f"key_{secrets.token_hex(8)}"
            self.con.execute(f"SET VARIABLE {name(variable)} = ?", [file.key])
            self.variables.append(variable)
            parts.append(
                f"SELECT {file.cells} FROM read_parquet({literal(str(file.path))}, "
                f"encryption_config = {{footer_key_value: getvariable({literal(variable)})}})"
            )
        try:
            self.con.execute(f"CREATE OR REPLACE TEMP VIEW {name(view)} AS {' UNION ALL BY NAME '.join(parts)}")
        except duckdb.Error as error:
            raise translate(error) from error

    def write_encrypted(
        self,
        query: str,
        path: Path,
        key: bytes,
        *,
        params: Sequence[object] = (),
        order_by: Sequence[str] = (),
        row_group_size: int = ROW_GROUP,
        compressed: bool = True,
        empty: Collection[str] = (),
    ) -> WrittenFile:
        """Write a query's rows as encrypted Parquet (AES-256-GCM, zstd) into a new file.

        Parameters
        ----------
        query : str                  one SELECT, of this program's own making
        path : Path                  a new file in the node's folder
        key : bytes                  32 raw bytes
        params : Sequence[object]    values for the query's `?`
        order_by : Sequence[str]     column names
        row_group_size : int         rows, 2,048 or more
        compressed : bool            False for rows that are mostly hashes, which nothing makes smaller
        empty : Collection[str]      columns known to have no value: nothing of them is written

        Errors     KEY-111; ENG-120 the file is there already; ENG-122 out of reach; ENG-124, ENG-125
        """
        check_key(key)
        if path.exists():
            raise refuse("ENG-120")
        body = query.strip().rstrip(";")
        ordered = f" ORDER BY {', '.join(map(name, order_by))}" if order_by else ""
        try:
            described = self.con.execute(f"DESCRIBE SELECT * FROM ({body})", list(params) or None).fetchall()
            shape = tuple((str(column[0]), str(column[1])) for column in described)
            cells = [name(column) for column, _ in shape if column not in empty] or [name(shape[0][0])]
            written = self.con.execute(
                f"COPY (SELECT {', '.join(cells)} FROM ({body}){ordered}) TO {literal(str(path))} (FORMAT parquet, "
                f"COMPRESSION {'zstd' if compressed else 'uncompressed'}, "
                f"ROW_GROUP_SIZE {int(row_group_size)}, RETURN_STATS, ENCRYPTION_CONFIG {{footer_key_value: ?}})",
                [*params, key],
            ).fetchall()
        except duckdb.Error as error:
            path.unlink(missing_ok=True)
            raise translate(error) from error
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        path.chmod(0o600)
        _, rows, size, _, told, *_ = written[0]
        blanks = tuple(column for column, _ in shape if column in empty or blank(told.get(name(column), {})))
        ends = {
            column: (str(known["min"]), str(known["max"]))
            for column, _ in shape
            if {"min", "max"} <= (known := told.get(name(column), {})).keys()
        }
        return WrittenFile(int(rows), shape, int(size), hash_file(path), path, blanks, ends)

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return every row of a query.

        Parameters
        ----------
        sql : str                   of this program's own making
        params : Sequence[object]   values for its `?`

        Errors     ENG-122, ENG-124, ENG-125; any other fault of the query is a fault of the program
        """
        try:
            return self.con.execute(sql, list(params) or None).fetchall()
        except duckdb.Error as error:
            raise translate(error) from error

    def scalar(self, sql: str, params: Sequence[object] = ()) -> Any:
        """Return the first column of a query's first row, or None when there is no row.

        Errors     as `rows`
        """
        found = self.rows(sql, params)
        return found[0][0] if found else None


def blank(told: Mapping[str, str]) -> bool:
    """Return whether a written column's statistics say that it has no value."""
    return told.get("num_values", "0") == told.get("null_count", "-1") != "0"


def translate(error: duckdb.Error | MemoryError) -> Exception:
    """Return the refusal that an error of DuckDB, or want of memory beside it, means, or the error itself."""
    text = str(error)
    if "AES tag differs" in text or "is encrypted, but" in text:
        return refuse("ENG-124")
    if isinstance(error, duckdb.PermissionException) or "No files found" in text or "Cannot open file" in text:
        return refuse("ENG-122")
    if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)) or "No space left" in text:
        return refuse("ENG-125")
    return error
