"""OMOP CSV: what is kept, what is set apart and why, and what is refused whole."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hygie.base.engine import Engine, Walls
from hygie.base.kernel import Refusal
from hygie.intake.sources import omop
from hygie.intake.sources.cdm import TABLES
from hygie.intake.sources.values import Delivery
from tests.intake.sources.omop_files import CONDITION, PERSON, condition, delivery, header, person, text


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    home = tmp_path / "home"
    home.mkdir()
    with Engine(Walls(home, (tmp_path / "in",), "512MB", 2)) as opened:
        yield opened


def take(engine: Engine, tmp_path: Path, files: Mapping[str, bytes], **options: str) -> Delivery:
    path = delivery(tmp_path / "in", files)
    return omop.deliver(engine, omop.stage(engine, path, dataset="test", **options))


def quarantine(engine: Engine, taken: Delivery) -> list[tuple[str, int, str, str, str]]:
    return engine.rows(f"SELECT * FROM ({taken.quarantine}) ORDER BY file, line")


def rows(engine: Engine, taken: Delivery, table: str, columns: str = "*") -> list[tuple]:
    query = next(draft.query for draft in taken.tables if draft.name == table)
    return engine.rows(f"SELECT {columns} FROM ({query}) ORDER BY 1")


def test_each_rule_sets_its_line_apart_with_the_raw_line(engine: Engine, tmp_path: Path) -> None:
    people = text(
        PERSON,
        person(1),
        person(2).replace("1980,", ",", 1),  # required and empty
        person(3).replace("8507", "x"),  # not a whole number
        person(4) + ",more",  # too many cells
        person(1, "again"),  # key twice
        person(5).replace("1980-02-03", "1980-02-30"),  # no such day
        person(6),
    )
    events = text(
        CONDITION,
        condition(1, 1),
        condition(2, 6, reason='"two\nlines"'),
        condition(3, 99),  # nobody
        condition(4, 2),  # a person who was set apart
        condition(5, 6).replace("2020-01-06", "06/01/2020"),
    )
    taken = take(engine, tmp_path, {"PERSON.csv": people, "condition_occurrence.CSV": events})
    assert [(file, line, rule, reason) for file, line, rule, reason, _ in quarantine(engine, taken)] == [
        ("PERSON.csv", 3, "SRC-o03", "year_of_birth is required and empty"),
        ("PERSON.csv", 4, "SRC-o04", "gender_concept_id is not a whole number"),
        ("PERSON.csv", 5, "SRC-o02", "cells: 8, in the header: 7, separated by commas"),
        ("PERSON.csv", 6, "SRC-o05", "person_id is that of an earlier line"),
        ("PERSON.csv", 7, "SRC-o04", "birth_datetime is not a day and time"),
        ("condition_occurrence.CSV", 5, "SRC-o06", "person_id names no person that was kept"),
        ("condition_occurrence.CSV", 6, "SRC-o06", "person_id names no person that was kept"),
        ("condition_occurrence.CSV", 7, "SRC-o04", "condition_start_date is not a day"),
    ]
    raw = [row[4] for row in quarantine(engine, taken)]
    source = people.decode().split("\n")[2:7] + events.decode().split("\n")[4:7]
    assert raw == source
    assert {(tally.name, tally.read, tally.kept, tally.quarantined) for tally in taken.tallies} == {
        ("person", 7, 2, 5),
        ("condition_occurrence", 5, 2, 3),
    }
    assert rows(engine, taken, "condition_occurrence", "condition_occurrence_id, stop_reason") == [
        (1, None),
        (2, "two\nlines"),
    ]


def test_values_as_exports_write_them(engine: Engine, tmp_path: Path) -> None:
    lines = [
        "1,8507.0,1980,0,0,,1980-02-03T04:05:06+02:00",
        '2,"8507", 1981 ,0,0,"",1981-02-03 04:05',
        "3,8507,1982.5,0,0,,",
        "4,8507,1e3,0,0,,",
        "5,8507,true,0,0,,",
        "99999999999999999999,8507,1980,0,0,,",
    ]
    events = text(
        CONDITION,
        condition(1, 1).replace("2020-01-02", "20200102"),
        condition(2, 1).replace("2020-01-03", "2020-01-03 00:00:00"),
        condition(3, 1).replace("2020-01-04", "2020-01-04 10:00:00"),
    )
    files = {"person.csv": text(PERSON, *lines), "condition_occurrence.csv": events}
    taken = take(engine, tmp_path, files)
    stamps = rows(engine, taken, "person", "person_id, gender_concept_id, year_of_birth, birth_datetime::VARCHAR")
    assert stamps == [(1, 8507, 1980, "1980-02-03 04:05:06"), (2, 8507, 1981, "1981-02-03 04:05:00")]
    days = rows(engine, taken, "condition_occurrence", "condition_occurrence_id, condition_start_date::VARCHAR")
    assert days == [(1, "2020-01-02"), (2, "2020-01-03")]
    assert [row[1] for row in quarantine(engine, taken)] == [4, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "moment", ["infinity", "-infinity", "0044-03-15 (BC)", "0044-03-15 (BC) 10:00:00", "epoch", "now"]
)
def test_moments_that_only_the_engine_knows_are_set_apart(engine: Engine, tmp_path: Path, moment: str) -> None:
    files = {
        "person.csv": text(PERSON, person(1), person(2).replace("1980-02-03 00:00:00", moment)),
        "condition_occurrence.csv": text(CONDITION, condition(1, 1).replace("2020-01-02", moment)),
    }
    taken = take(engine, tmp_path, files)
    assert [row[2] for row in quarantine(engine, taken)] == ["SRC-o04", "SRC-o04"]


def test_source_code_is_that_of_the_source_concept_or_the_source_value(engine: Engine, tmp_path: Path) -> None:
    named = CONDITION.replace("stop_reason", "condition_source_concept_id")
    concept = (
        "concept_id,concept_name,domain_id,vocabulary_id,concept_class_id,concept_code,valid_start_date,valid_end_date"
    )
    files = {
        "person.csv": text(PERSON, person(1)),
        "condition_occurrence.csv": text(named, condition(1, 1, "I10", "7"), condition(2, 1, "E11", "8")),
        "concept.csv": text(concept, "7,Hypertension,Condition,ICD10,code,I10.0,19700101,20991231"),
    }
    taken = take(engine, tmp_path, files)
    columns = "condition_occurrence_id, source_system, source_code, date_precision, date_offset"
    columns += ", end_date_precision, end_date_offset"
    assert rows(engine, taken, "condition_occurrence", columns) == [
        (1, "ICD10", "I10.0", "day", None, None, None),
        (2, None, "E11", "day", None, None, None),
    ]
    assert {draft.name: draft.kind for draft in taken.tables}["concept"] == "vocabulary"
    assert taken.unmapped == {"condition_occurrence": 2}


def test_every_column_of_every_table_is_typed(engine: Engine, tmp_path: Path) -> None:
    files = {f"{name.upper()}.CSV": (header(name) + "\n").encode() for name in TABLES}
    taken = take(engine, tmp_path, files)
    assert len(taken.tables) == len(TABLES) == 39
    for draft in taken.tables:
        shape = [(row[0], row[1]) for row in engine.rows(f"DESCRIBE {draft.query}")]
        assert shape == [(field.name, field.sql_type) for field in TABLES[draft.name].columns]


def test_dangling_references_are_kept_and_counted(engine: Engine, tmp_path: Path) -> None:
    named = CONDITION.replace("stop_reason", "visit_occurrence_id")
    files = {
        "person.csv": text(PERSON, person(1)),
        "condition_occurrence.csv": text(named, condition(1, 1, reason="5"), condition(2, 1)),
    }
    taken = take(engine, tmp_path, files)
    assert taken.dangling == {"condition_occurrence.visit_occurrence_id": 1}
    assert len(rows(engine, taken, "condition_occurrence")) == 2


def test_junk_other_files_and_other_columns_are_noted(engine: Engine, tmp_path: Path) -> None:
    files = {
        "PERSON.csv": text(PERSON + ",shoe_size", person(1) + ",42"),
        "__MACOSX/._PERSON.csv": b"\0junk",
        ".DS_Store": b"x",
        "readme.md": b"hello",
    }
    taken = take(engine, tmp_path, files)
    assert set(taken.notes) == {
        "files left by operating systems, ignored: 2",
        "files that are no CDM 5.4 table, ignored: 1",
        "person: 1 columns that CDM 5.4 has not, ignored",
    }
    assert len(rows(engine, taken, "person")) == 1


def test_a_folder_of_one_zip_stands_for_the_zip(engine: Engine, tmp_path: Path) -> None:
    folder = delivery(tmp_path / "in", {"README.md": b"about", ".DS_Store": b"x"})
    with zipfile.ZipFile(folder / "Export.zip", "w") as archive:
        archive.writestr("cdm/PERSON.csv", text(PERSON, person(1), person(2)))
    taken = omop.deliver(engine, omop.stage(engine, folder, dataset="test"))
    assert [tally.kept for tally in taken.tallies] == [2]
    (folder / "other.zip").write_bytes((folder / "Export.zip").read_bytes())
    with pytest.raises(Refusal) as caught:
        omop.stage(engine, folder, dataset="test")
    assert caught.value.code == "SRC-105"


def test_gzip_and_tabs(engine: Engine, tmp_path: Path) -> None:
    data = text(PERSON, person(1), person(2)).replace(b",", b"\t")
    taken = take(engine, tmp_path, {"person.tsv.gz": gzip.compress(data[:40]) + gzip.compress(data[40:])})
    assert len(rows(engine, taken, "person")) == 2


def test_person_source_value_is_an_identifier_only_of_a_declared_system(engine: Engine, tmp_path: Path) -> None:
    files = {"person.csv": text(PERSON, person(1, "184127645108946"))}
    taken = take(engine, tmp_path, files)
    assert engine.rows(taken.identifiers) == [(1, "urn:hygie:dataset:test", "1")]
    nir = "urn:oid:1.2.250.1.213.1.4.8"
    taken = take(engine, tmp_path, files, identifier_system=nir)
    assert set(engine.rows(taken.identifiers)) == {(1, "urn:hygie:dataset:test", "1"), (1, nir, "184127645108946")}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"condition_occurrence.csv": text(CONDITION)}, "SRC-105"),
        ({"person.csv": text(PERSON), "PERSON.CSV": text(PERSON)}, "SRC-106"),
        ({"person.csv": text(PERSON), "more/Person.csv.gz": gzip.compress(text(PERSON))}, "SRC-106"),
        ({"person.csv": text("person_id,year_of_birth")}, "SRC-107"),
        ({"person.csv": text(PERSON).decode().encode("utf-16")}, "SRC-114"),
        ({"person.csv": text(PERSON, person(1)).decode().encode("utf-16-be")}, "SRC-114"),
        ({"person.csv": text(PERSON, person(1, "Zoé"), person(2)).decode().encode("latin-1")}, "SRC-114"),
        ({"person.csv": b""}, "SRC-108"),
        ({"person.csv.gz": gzip.compress(text(PERSON, *map(person, range(1, 5000))))[:25]}, "SRC-113"),
        ({"person.csv.gz": b"\x1f\x8bno gzip"}, "SRC-113"),
        ({"person.csv": text(PERSON), "hygie-delivery.json": b"{"}, "SRC-104"),
    ],
)
def test_what_is_no_delivery_is_refused(engine: Engine, tmp_path: Path, files: Mapping[str, bytes], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        take(engine, tmp_path, files)
    assert caught.value.code == code


@pytest.mark.parametrize("cut", [-1, -9, -1500])
def test_a_gzip_that_is_cut_off_gives_the_records_before(engine: Engine, tmp_path: Path, cut: int) -> None:
    packed = gzip.compress(text(PERSON, *map(person, range(1, 5000))))
    found = take(engine, tmp_path, {"person.csv.gz": packed[:cut]})
    [tally] = found.tallies
    assert tally.quarantined == 1
    assert tally.kept == 4999 if cut > -1500 else 500 < tally.kept < 4999
    assert engine.rows(f"SELECT line, rule FROM ({found.quarantine})") == [(tally.kept + 2, "SRC-o10")]


def test_a_link_out_of_the_delivery_is_refused(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(PERSON)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "person.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(Refusal) as caught:
        omop.stage(engine, tmp_path / "in", dataset="test")
    assert caught.value.code == "SRC-102"


def test_nothing_there_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        omop.stage(engine, tmp_path / "nowhere", dataset="test")
    assert caught.value.code == "SRC-101"
