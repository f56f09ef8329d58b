"""Columns of a declared table that are too many or missing: named, counted as set apart, the rows are in."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from hygie.base.engine import Engine, Walls
from tests.intake.sources.table_files import HEADER, case, register, schema
from tests.intake.sources.test_table import apart, rows, take


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(Walls(home=tmp_path / "home", readable=(tmp_path,), memory="512MB")) as made:
        yield made


def test_a_column_too_many_or_missing_in_the_header_is_named_and_set_apart(engine: Engine, tmp_path: Path) -> None:
    header = HEADER.replace(";size", "") + ";ex|tra;"
    line = case(1).split(";")
    folder = register(tmp_path / "in", ";".join([*line[:7], *line[8:], "x", "y"]), header=header.replace("|", "\u202e"))
    taken = take(engine, folder, schema(tmp_path))
    assert taken.notes == (
        "case.csv: 2 columns that the schema has not, ignored: ex\ufffdtra, (no name)",
        "case.csv: without size",
    )
    assert apart(engine, taken) == [
        (1, "SRC-t06", "columns that the schema has not, whose values are not in: ex\ufffdtra, (no name)"),
        (1, "SRC-t07", "columns are missing, empty in the table: size"),
    ]
    assert [(each.read, each.kept, each.quarantined) for each in taken.tallies] == [(3, 1, 2)]
    assert rows(engine, taken, "register_case", "register_case_id, size") == [(1, None)]


def test_columns_in_another_order_and_case_cost_nothing(engine: Engine, tmp_path: Path) -> None:
    names, cells = HEADER.upper().split(";"), case(1).split(";")
    folder = register(tmp_path / "in", ";".join(reversed(cells)), header=";".join(reversed(names)))
    taken = take(engine, folder, schema(tmp_path))
    assert (apart(engine, taken), taken.notes) == ([], ())


def test_a_name_that_comes_again_in_another_case_is_a_column_too_many(engine: Engine, tmp_path: Path) -> None:
    taken = take(engine, register(tmp_path / "in", case(1) + ";again", header=HEADER + ";Note"), schema(tmp_path))
    assert [(line, rule) for line, rule, _ in apart(engine, taken)] == [(1, "SRC-t06")]


def test_a_file_of_another_table_is_set_apart_by_its_lines_and_names_nothing(engine: Engine, tmp_path: Path) -> None:
    folder = register(tmp_path / "in", case(1))
    (folder / "other.csv").write_text("DURAND;1950\nMARTIN;1960\n")
    taken = take(engine, folder, schema(tmp_path))
    assert [(line, rule) for line, rule, _ in apart(engine, taken)] == [(2, "SRC-t02")]
    assert not any("DURAND" in note for note in taken.notes)


def test_parquet_and_a_gzip_that_is_cut_off_name_their_columns_too(engine: Engine, tmp_path: Path) -> None:
    text = "\n".join([HEADER + ";extra", *(case(number) + ";x" for number in range(2000))])
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "text.csv").write_text(text)
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT * FROM read_csv('{folder / 'text.csv'}', delim = ';', header = true, all_varchar = true) "
            f"LIMIT 3) TO '{folder / 'a.parquet'}' (FORMAT parquet)"
        )
    packed = gzip.compress("\n".join([HEADER + ";more", *(case(n) + ";x" for n in range(3, 900))]).encode(), mtime=0)
    (folder / "text.csv").unlink()
    (folder / "b.csv.gz").write_bytes(packed[: len(packed) * 2 // 3])
    taken = take(engine, folder, schema(tmp_path))
    said = [(rule, reason.rpartition(": ")[2]) for _, rule, reason in apart(engine, taken) if rule == "SRC-t06"]
    assert said == [("SRC-t06", "extra"), ("SRC-t06", "more")]
    assert sum(rule == "SRC-t05" for _, rule, _ in apart(engine, taken)) == 1
    assert all(each.read == each.kept + each.quarantined and each.kept > 100 for each in taken.tallies)
