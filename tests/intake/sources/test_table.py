"""Declared tables: what is kept and typed, what is set apart and why, what is refused whole."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import Refusal
from hygie.intake.sources import table
from hygie.intake.sources.values import Delivery
from tests.intake.sources.table_files import CASE, HEADER, case, register, schema


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "in").mkdir()
    with Engine(Walls(home, (tmp_path / "in",), "512MB", 2)) as opened:
        yield opened


def take(engine: Engine, path: Path, declared: Path | None) -> Delivery:
    staged = table.stage(engine, table.open_package(path, declared), dataset="test")
    engine.con.execute(
        "CREATE OR REPLACE TEMP TABLE person_map AS "
        "SELECT id AS source_id, row_number() OVER (ORDER BY id) AS person_id "
        f"FROM (SELECT DISTINCT * FROM ({staged.patient_ids}) ids(id))"
    )
    return table.deliver(engine, staged)


def apart(engine: Engine, taken: Delivery) -> list[tuple[int, str, str]]:
    return engine.rows(f"SELECT line, rule, reason FROM ({taken.quarantine}) ORDER BY file, line")


def rows(engine: Engine, taken: Delivery, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
    query = next(draft.query for draft in taken.tables if draft.name == name)
    return engine.rows(f"SELECT {columns} FROM ({query}) ORDER BY 1")


def test_each_rule_sets_its_line_apart_and_the_good_rows_are_in(engine: Engine, tmp_path: Path) -> None:
    lines = [
        case(1),
        case(2, Patient=""),
        case(3, birth="31/02/1951"),
        case(4, sex="9"),
        case(5, incidence="1999-12-31"),
        case(6, topography="XX"),
        case(1, note="again"),
        case(7) + ";more",
        case(8)[:20],
        case(9, size="1.5.2"),
        "\ufeff" + case(10),
        case(11, incidence=""),
        case(12, note='"said ""so""; twice"'),
    ]
    taken = take(engine, register(tmp_path / "in", *lines), schema(tmp_path / "declared"))
    assert apart(engine, taken) == [
        (3, "SRC-o03", "patient is required and empty"),
        (4, "SRC-o04", "birth is not a day"),
        (5, "SRC-t01", "sex is none of the values that the schema lists"),
        (6, "SRC-t01", "incidence is below the minimum"),
        (7, "SRC-t01", "topography has not the form of the schema"),
        (8, "SRC-o05", "the primary key is that of an earlier line"),
        (9, "SRC-o02", "cells: 11, in the header: 10, separated by semicolons"),
        (10, "SRC-o02", "cells: 3, in the header: 10, separated by semicolons"),
        (11, "SRC-o04", "size is not a finite number"),
        (12, "SRC-o01", "a byte-order mark in the middle of the file"),
        (13, "SRC-o03", "incidence is required and empty"),
    ]
    raw = [row[0] for row in engine.rows(f"SELECT raw FROM ({taken.quarantine}) ORDER BY line")]
    assert raw == lines[1:12]
    assert [(each.name, each.read, each.kept, each.quarantined) for each in taken.tallies] == [
        ("register_case", 13, 2, 11)
    ]
    assert rows(engine, taken, "register_case") == [
        (1, 1, "0001", "1000000000001", date(1941, 2, 2), 2, date(2021, 5, 6), "C51", "II", 1.5, "2A", "née"),
        (
            2,
            2,
            "0012",
            "1000000000012",
            date(1952, 2, 13),
            1,
            date(2022, 5, 6),
            "C53",
            "I",
            5.5,
            "01",
            'said "so"; twice',
        ),
    ]
    assert rows(
        engine, taken, "person", "person_id, gender_concept_id, year_of_birth, month_of_birth, day_of_birth"
    ) == [
        (1, 8532, 1941, 2, 2),
        (2, 8507, 1952, 2, 13),
    ]


def test_a_column_is_as_careful_as_its_schema_is_silent(engine: Engine, tmp_path: Path) -> None:
    taken = take(engine, register(tmp_path / "in", case(1)), schema(tmp_path / "declared"))
    held = next(draft for draft in taken.tables if draft.name == "register_case")
    assert {field.name: field.role for field in held.fields} == {
        "register_case_id": "event",
        "person_id": "person",
        "patient": "direct",
        "ins": "direct",
        "birth": "direct",
        "sex": "text",
        "incidence": "date",
        "topography": "source_value",
        "stage": "text",
        "size": "number",
        "departement": "place",
        "note": "freetext",
    }
    assert set(engine.rows(taken.identifiers)) == {
        (1, "urn:hygie:dataset:test", "0001"),
        (1, "urn:oid:1.2.250.1.213.1.4.11", "1000000000001"),
    }


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_separators_and_encodings_are_found(engine: Engine, tmp_path: Path, separator: str, encoding: str) -> None:
    lines = [case(number, size="1").replace(";", separator) for number in (1, 2)]
    path = register(tmp_path / "in", *lines, header=HEADER.replace(";", separator), encoding=encoding)
    taken = take(engine, path, schema(tmp_path / "declared"))
    assert apart(engine, taken) == []
    assert [row[0] for row in rows(engine, taken, "register_case", "note")] == ["née", "née"]
    assert ("Windows-1252" in " ".join(taken.notes)) == (encoding == "cp1252")


def test_a_gzip_that_is_cut_off_gives_what_it_holds(engine: Engine, tmp_path: Path) -> None:
    path = register(tmp_path / "in", *(case(number) for number in range(2000)))
    packed = gzip.compress((path / "case.csv").read_bytes(), mtime=0)
    (path / "case.csv").unlink()
    (path / "case.csv.gz").write_bytes(packed[: len(packed) * 2 // 3])
    taken = take(engine, path, schema(tmp_path / "declared"))
    tally = taken.tallies[0]
    assert 500 < tally.kept < 2000 and tally.quarantined == 1
    assert apart(engine, taken) == [
        (tally.read + 1, "SRC-t05", "the gzip file is cut off or damaged here; what follows is not in the delivery")
    ]


def test_a_file_of_another_table_is_set_apart_whole(engine: Engine, tmp_path: Path) -> None:
    folder = register(tmp_path / "in", case(1), case(2))
    (folder / "vaccines.csv").write_text("lot,day\nA1,2020-01-01\nA2,2020-01-02\n")
    taken = take(engine, folder, schema(tmp_path / "declared"))
    assert {reason for _, rule, reason in apart(engine, taken) if rule == "SRC-t02"} == {
        "another table: the header lacks Patient, incidence, topography"
    }
    assert [(each.read, each.kept, each.quarantined) for each in taken.tallies] == [(4, 2, 2)]


def package(folder: Path) -> Path:
    """Patients, their tumours, and treatments of tumours: two tables know persons through others."""
    (folder / "patients.csv").write_text("id;sex\np1;F\np2;M\np3;F\n")
    (folder / "tumours.csv").write_text("tumour,patient,code\nt1,p1,C50\nt2,p2,C18\nt3,p9,C18\nt4,p1,C51\n")
    (folder / "cures.csv").write_text("n,tumour,day\n1,t1,2020-01-01\n2,t3,2020-01-02\n3,,2020-01-03\n4,t4,20200104\n")
    body = {
        "resources": [
            {
                "name": "cures",
                "path": "cures.csv",
                "schema": {
                    "fields": [
                        {"name": "n", "type": "integer"},
                        {"name": "tumour"},
                        {"name": "day", "type": "date"},
                    ],
                    "primaryKey": "n",
                    "foreignKeys": [{"fields": "tumour", "reference": {"resource": "tumours", "fields": "tumour"}}],
                },
            },
            {
                "name": "tumours",
                "path": ["tumours.csv"],
                "dialect": {"delimiter": ","},
                "schema": {
                    "fields": [{"name": "tumour"}, {"name": "patient"}, {"name": "code", "hygie:role": "code"}],
                    "primaryKey": ["tumour"],
                    "foreignKeys": [{"fields": ["patient"], "reference": {"resource": "patients", "fields": ["id"]}}],
                },
            },
            {
                "name": "patients",
                "path": "patients.csv",
                "schema": {
                    "fields": [{"name": "id", "hygie:role": "person"}, {"name": "sex", "hygie:role": "sex"}],
                    "primaryKey": "id",
                },
            },
        ]
    }
    (folder / "datapackage.json").write_text(json.dumps(body))
    return folder


def test_tables_know_persons_through_those_they_point_at(engine: Engine, tmp_path: Path) -> None:
    taken = take(engine, package(tmp_path / "in"), None)
    assert apart(engine, taken) == [
        (3, "SRC-t04", "tumour names no row of tumours that was kept"),
        (4, "SRC-t04", "patient names no row of patients that was kept"),
    ]
    assert rows(engine, taken, "tumours") == [
        (1, 1, 1, "t1", "p1", "C50"),
        (2, 2, 2, "t2", "p2", "C18"),
        (3, 1, 1, "t4", "p1", "C51"),
    ]
    assert rows(engine, taken, "cures") == [
        (1, 1, 1, 1, "t1", date(2020, 1, 1)),
        (2, None, None, 3, None, date(2020, 1, 3)),
        (3, 1, 3, 4, "t4", date(2020, 1, 4)),
    ]
    assert next(draft for draft in taken.tables if draft.name == "cures").person == "person_id"
    assert taken.headers["patients.csv"] == "person_id;sex"


def changed(**more: Any) -> dict[str, Any]:
    return {**CASE, **more}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"no": 1}, {"$.fields"}),
        (changed(name="person"), {"$.name"}),
        (changed(primaryKey="absent"), {"$.primaryKey"}),
        (changed(missingValues="NA"), {"$.missingValues"}),
        (
            changed(fields=[{"name": "a", "type": "text"}, {"type": "string"}]),
            {"$.fields[0].type", "$.fields[1]", "$.primaryKey"},
        ),
        (
            {"fields": [{"name": "p", "hygie:role": "person"}, {"name": "q", "hygie:role": "person"}, {"name": "P"}]},
            {"$.fields"},
        ),
        ({"fields": [{"name": "p", "hygie:role": "patient"}]}, {"$.fields[0].hygie:role"}),
        ({"fields": [{"name": "p"}]}, {"$"}),
        (
            {
                "fields": [{"name": "p", "hygie:role": "person"}],
                "foreignKeys": [{"fields": "p", "reference": {"resource": "x", "fields": "y"}}],
            },
            {"case.foreignKeys"},
        ),
        (
            {"fields": [{"name": "p", "hygie:role": "person", "constraints": {"pattern": "(", "minLength": -1}}]},
            {"$.fields[0].constraints.minLength"},
        ),
        (
            {"fields": [{"name": "p", "hygie:role": "person", "title": ["Patient"], "description": 7}]},
            {"$.fields[0].title", "$.fields[0].description"},
        ),
    ],
)
def test_a_faulty_schema_is_refused_by_path(engine: Engine, tmp_path: Path, body: Any, paths: set[str]) -> None:
    with pytest.raises(Refusal) as refused:
        take(engine, register(tmp_path / "in", case(1)), schema(tmp_path / "declared", body))
    assert {reason.code for reason in refused.value.verdict.reasons} == {"SRC-401"}
    assert {reason.path for reason in refused.value.verdict.reasons} == paths


def test_a_bound_or_pattern_that_is_none_is_refused(engine: Engine, tmp_path: Path) -> None:
    fields = [
        {"name": "p", "hygie:role": "person", "constraints": {"pattern": "("}},
        {"name": "n", "type": "integer", "constraints": {"minimum": "low", "enum": [1, "two"]}},
    ]
    with pytest.raises(Refusal) as refused:
        take(engine, register(tmp_path / "in", case(1)), schema(tmp_path / "declared", {"fields": fields}))
    assert len(refused.value.verdict.reasons) == 3


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (lambda folder: (folder / "case.csv").write_bytes("é;b\n".encode("utf-16")), "SRC-114"),
        (lambda folder: (folder / "case.csv").write_text("Patient;Patient\n1;2\n"), "SRC-108"),
        (lambda folder: (folder / "case.csv").rename(folder / "case.xls"), "SRC-403"),
        (lambda folder: (folder / "b.parquet").write_bytes(b"PAR1 no"), "SRC-404"),
    ],
)
def test_what_is_no_table_is_refused(
    engine: Engine, tmp_path: Path, write: Callable[[Path], object], code: str
) -> None:
    folder = register(tmp_path / "in", case(1))
    write(folder)
    with pytest.raises(Refusal) as refused:
        take(engine, folder, schema(tmp_path / "declared"))
    assert refused.value.code == code


@pytest.mark.parametrize("path", ["../outside.csv", "/etc/passwd", "https://example.org/a.csv", "absent.csv"])
def test_a_package_reads_only_what_lies_below_it(engine: Engine, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.csv").write_text("id\n1\n")
    declared = {"name": "a", "path": path, "schema": {"fields": [{"name": "id", "hygie:role": "person"}]}}
    (tmp_path / "in" / "datapackage.json").write_text(json.dumps({"resources": [declared]}))
    with pytest.raises(Refusal) as refused:
        take(engine, tmp_path / "in", None)
    assert refused.value.code == "SRC-401"
    with pytest.raises(Refusal) as refused:
        take(engine, register(tmp_path / "bare", case(1)), None)
    assert refused.value.code == "SRC-402"


TYPED = {
    "name": "t",
    "fields": [
        {"name": "p", "hygie:role": "person"},
        {"name": "i", "type": "integer"},
        {"name": "n", "type": "number"},
        {"name": "b", "type": "boolean"},
        {"name": "d", "type": "date"},
        {"name": "m", "type": "datetime"},
        {"name": "s", "type": "string"},
    ],
}
CELLS = some.fixed_dictionaries(
    {
        "p": some.text("ab01", max_size=2),
        "i": some.none() | some.integers(-(2**63), 2**63 - 1),
        "n": some.none() | some.floats(allow_nan=False, allow_infinity=False, width=32),
        "b": some.none() | some.booleans(),
        "d": some.none() | some.dates(date(1900, 1, 1), date(2100, 1, 1)),
        "m": some.none()
        | some.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda m: m.replace(microsecond=0)),
        "s": some.none() | some.text('aé";,\n ', min_size=1, max_size=6),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(CELLS, min_size=1, max_size=12))
def test_the_same_rows_as_csv_and_as_parquet_are_one_table(
    engine: Engine, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    import csv

    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path / "in"
    for old in folder.iterdir():
        old.unlink()
    declared = schema(tmp_path / "declared", TYPED)
    with (folder / "t.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(records[0]), delimiter=";", lineterminator="\n")
        writer.writeheader()
        for record in records:
            said = {name: str(cell).lower() if isinstance(cell, bool) else cell for name, cell in record.items()}
            writer.writerow(said)
    delivered = take(engine, folder, declared)
    first = rows(engine, delivered, "t")
    assert delivered.tallies[0].read == len(records)
    rules = [rule for _, rule, _ in apart(engine, delivered)]
    (folder / "t.csv").unlink()
    kinds = [pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us"), pa.string()]
    fields = pa.schema([(field["name"], kind) for field, kind in zip(TYPED["fields"], kinds, strict=True)])
    pq.write_table(pa.Table.from_pylist(records, fields), folder / "t.parquet")
    again = take(engine, folder, declared)
    assert rows(engine, again, "t") == first
    assert [rule for _, rule, _ in apart(engine, again)] == rules
    assert all(rule == "SRC-o03" for rule in rules)


def test_parquet_of_other_types_loses_nothing_silently(engine: Engine, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    moments = [datetime(2020, 1, 1), datetime(2020, 1, 1, 12), datetime(2020, 1, 2)]
    body = pa.table({"p": ["a", "b", "c"], "i": [1.0, 2.0, 2.5], "d": moments, "n": ["1", "x", "2"]})
    pq.write_table(body, tmp_path / "in" / "t.parquet")
    taken = take(engine, tmp_path / "in", schema(tmp_path / "declared", TYPED))
    assert [row[2] for row in apart(engine, taken)] == [
        "columns are missing, empty in the table: b, m, s",
        "n is not a finite number",
        "i is not a whole number",
    ]
    assert rows(engine, taken, "t", "t_id, i, d, n") == [(1, 1, date(2020, 1, 1), 1.0)]
    raw = engine.rows(f"SELECT raw FROM ({taken.quarantine}) ORDER BY line")
    assert raw[2] == ('"c","2.5","2",,"2020-01-02 00:00:00",,',)
