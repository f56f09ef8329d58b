"""Columns without a value in a Parquet file's footer: what DuckDB and Arrow read is what DuckDB would have written."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygie.base.engine import literal
from hygie.node.country.blanks import add_blanks
from hygie.node.country.thrift import BINARY, DOUBLE, LIST, STRUCT, Reader, Value, items, number, written

KINDS = ("SMALLINT", "VARCHAR", "DATE", "DOUBLE", "TIMESTAMP", "BIGINT", "TINYINT", "DECIMAL(9,2)")
ROWS = 5_000


@pytest.fixture
def con():
    with duckdb.connect() as con:
        yield con


def copied(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> Path:
    con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)")
    return path


@pytest.mark.parametrize("rows", [0, 1, ROWS])
def test_it_reads_as_the_file_with_nulls_written_out(con: duckdb.DuckDBPyConnection, tmp_path: Path, rows: int) -> None:
    blanks = [f"NULL::{kind} AS n{at}" for at, kind in enumerate(KINDS)]
    filled = ["i", "CASE WHEN i % 3 > 0 THEN 'v' || i END AS v", "DATE '2024-01-01' + (i % 9)::INTEGER AS d"]
    whole = (
        f"SELECT {', '.join([*blanks[:3], filled[0], *blanks[3:5], *filled[1:], *blanks[5:]])} FROM range({rows}) t(i)"
    )
    expected = copied(con, whole, tmp_path / "whole.parquet")
    file = copied(con, f"SELECT {', '.join(filled)} FROM range({rows}) t(i)", tmp_path / "slim.parquet")
    add_blanks(file, copied(con, f"{whole} LIMIT 0", tmp_path / "template"))
    ours, theirs = (f"read_parquet({literal(str(path))})" for path in (file, expected))
    assert con.execute(f"DESCRIBE FROM {ours}").fetchall() == con.execute(f"DESCRIBE FROM {theirs}").fetchall()
    assert con.execute(f"FROM {ours}").fetchall() == con.execute(f"FROM {theirs}").fetchall()
    assert con.execute(f"SELECT count(*) FROM {ours} WHERE n6 IS NOT NULL OR n1 = 'v'").fetchall() == [(0,)]
    table = pq.read_table(file)
    table.validate(full=True)
    assert table.equals(pq.read_table(expected))
    assert pq.read_metadata(file).num_row_groups == -(-rows // 2048)


@pytest.mark.parametrize("rows", [0, 1, ROWS])
def test_a_column_that_repeats_another_is_its_copy(con: duckdb.DuckDBPyConnection, tmp_path: Path, rows: int) -> None:
    values = {"b": "CASE WHEN i % 7 > 0 THEN 'v' || i % 50 END", "c": "i * 0.5", "e": "'u' || i"}
    whole = ", ".join(
        f"{values.get(of, 'NULL::DATE')} AS {each}" for each, of in zip("abcdefg", "bbccede", strict=True)
    )
    expected = copied(con, f"SELECT {whole} FROM range({rows}) t(i)", tmp_path / "whole.parquet")
    slim = ", ".join(f"{value} AS {each}" for each, value in values.items())
    file = copied(con, f"SELECT {slim} FROM range({rows}) t(i)", tmp_path / "slim.parquet")
    add_blanks(file, expected, {"a": "b", "d": "c", "g": "e"})
    ours, theirs = (f"read_parquet({literal(str(path))})" for path in (file, expected))
    assert con.execute(f"DESCRIBE FROM {ours}").fetchall() == con.execute(f"DESCRIBE FROM {theirs}").fetchall()
    assert con.execute(f"FROM {ours}").fetchall() == con.execute(f"FROM {theirs}").fetchall()
    assert con.execute(f"SELECT count(*) FROM {ours} WHERE a = 'v1' OR g = 'u3'").fetchall() == (
        con.execute(f"SELECT count(*) FROM {theirs} WHERE b = 'v1' OR e = 'u3'").fetchall()
    )
    table = pq.read_table(file)
    table.validate(full=True)
    assert table.equals(pq.read_table(expected))
    groups = pq.ParquetFile(file).metadata
    for at in range(groups.num_row_groups):
        parts = [groups.row_group(at).column(each) for each in range(groups.num_columns)]
        spans = sorted(
            (min(filter(None, (p.dictionary_page_offset, p.data_page_offset))), p.total_compressed_size) for p in parts
        )
        assert all(start + size <= after for (start, size), (after, _) in pairwise(spans))


def test_a_file_that_lacks_nothing_stays_readable(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = copied(con, "SELECT i FROM range(10) t(i)", tmp_path / "whole.parquet")
    add_blanks(file, file)
    assert pq.read_table(file).column("i").to_pylist() == list(range(10))


def test_what_is_no_parquet_is_not_touched(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = copied(con, "SELECT 1 AS i", tmp_path / "template.parquet")
    other = tmp_path / "other.csv"
    other.write_bytes(b"i;j\r\n1;2\r\n")
    with pytest.raises(ValueError, match=r"other\.csv is no Parquet"):
        add_blanks(other, file)
    assert other.read_bytes() == b"i;j\r\n1;2\r\n"


VALUES = st.recursive(
    st.integers(-(2**63), 2**63 - 1).map(number)
    | st.binary(max_size=300).map(lambda held: Value(BINARY, held))
    | st.booleans().map(lambda held: Value(1 if held else 2, held))
    | st.floats(allow_nan=False).map(lambda held: Value(DOUBLE, held)),
    lambda inner: (
        st.dictionaries(st.integers(1, 2**14), inner, max_size=4).map(lambda held: Value(STRUCT, held))
        | st.lists(st.binary(max_size=9), max_size=20).map(lambda held: items(BINARY, held))
        | st.lists(st.dictionaries(st.integers(1, 40), inner, max_size=3), max_size=4).map(lambda h: items(STRUCT, h))
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.integers(1, 2**14), VALUES, max_size=6))
def test_a_structure_written_reads_as_itself(fields: dict[int, Value]) -> None:
    reader = Reader(written(fields) + b"after")
    assert reader.fields() == fields
    assert reader.data[reader.at :] == b"after"


def test_a_type_that_no_footer_has_is_refused() -> None:
    with pytest.raises(ValueError, match="type 11"):
        Reader(bytes([0x1B, 0])).fields()
    assert Reader(bytes([0x19, 0x08, 0])).fields() == {1: Value(LIST, (8, []))}
