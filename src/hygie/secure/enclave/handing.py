"""Hands an extract's tables to the sandbox as plain Parquet, batch by batch, without a file on disk."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow
    from _typeshed import ReadableBuffer

    from hygie.base.engine import Engine

ROW_GROUP = 122_880


class Pieces(io.RawIOBase):
    """A file that keeps what is written only until it is taken."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Keep a piece."""
        piece = bytes(data)
        self.waiting.append(piece)
        return len(piece)

    def take(self) -> Iterator[bytes]:
        """Yield what waits and forget it."""
        waiting, self.waiting = self.waiting, []
        yield from waiting


def parquet(batches: Iterator[pyarrow.RecordBatch], schema: pyarrow.Schema) -> Iterator[bytes]:
    """Yield a Parquet file of the batches, piece by piece.

    Parameters
    ----------
    batches : Iterator   of one schema
    schema : Schema
    """
    from pyarrow import parquet as pq

    target = Pieces()
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=ROW_GROUP)
            yield from target.take()
    yield from target.take()


def views(engine: Engine, names: Mapping[str, str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield each table's file name and its content from a view of the engine.

    Parameters
    ----------
    engine : Engine
    names : Mapping[str, str]   table -> view
    """
    for table, view in names.items():
        quoted = '"' + view.replace('"', '""') + '"'
        reader = engine.con.execute(f"SELECT * FROM {quoted}").to_arrow_reader(ROW_GROUP)
        yield f"{table}.parquet", parquet(iter(reader), reader.schema)


def tables(found: Mapping[str, pyarrow.Table]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield each table's file name and its content from memory."""
    for table, rows in found.items():
        yield f"{table}.parquet", parquet(iter(rows.to_batches(ROW_GROUP)), rows.schema)
