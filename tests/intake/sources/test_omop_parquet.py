"""OMOP as Parquet: the same tables as its CSV gives, the same rules, and what is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hygie.base.engine import Engine, Walls, literal
from hygie.base.kernel import Refusal
from hygie.intake.sources import omop
from hygie.intake.sources.values import Delivery

PEOPLE = """
SELECT i AS person_id, 8507 AS "GENDER_concept_id", 1950 + i::INTEGER AS year_of_birth, 0 AS race_concept_id,
       0 AS ethnicity_concept_id, TIMESTAMP '1980-02-03 04:05:06' + to_days(i::INTEGER) AS birth_datetime,
       CASE WHEN i % 3 > 0 THEN ' a "quoted", one' || chr(10) || i END AS person_source_value, true AS other
FROM range(1, 60) t(i)
"""
VALUES = """
SELECT i AS measurement_id, 1 + i % 59 AS person_id, 0 AS measurement_concept_id, DATE '2020-01-06' + (i % 9)::INTEGER
       AS measurement_date, 32817 AS measurement_type_concept_id, CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 1e-9 * i
       ELSE i / 3 END AS value_as_number, CASE i % 5 WHEN 0 THEN '' ELSE 'ü' || i END AS measurement_source_value
FROM range(2000) t(i)
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    for each in ("home", "in"):
        (tmp_path / each).mkdir()
    with Engine(Walls(tmp_path / "home", (tmp_path / "in",), "512MB", 2)) as opened:
        yield opened


def put(engine: Engine, path: Path, query: str, form: str = "") -> Path:
    """Write a delivery's table, through the engine's own folder."""
    path.parent.mkdir(exist_ok=True)
    draft = engine.walls.home / path.name
    engine.con.execute(f"COPY ({query}) TO {literal(str(draft))} ({form or 'FORMAT parquet'})")
    return draft.rename(path)


def taken(engine: Engine, path: Path) -> Delivery:
    return omop.deliver(engine, omop.stage(engine, path, dataset="test", identifier_system="urn:x"))


def rows(engine: Engine, delivery: Delivery) -> dict[str, list[tuple]]:
    found = {each.name: engine.rows(f"SELECT * FROM ({each.query}) ORDER BY ALL") for each in delivery.tables}
    return found | {"identifiers": engine.rows(f"SELECT * FROM ({delivery.identifiers}) ORDER BY ALL")}


def test_csv_and_parquet_give_equal_tables(engine: Engine, tmp_path: Path) -> None:
    found = []
    for ending, form in (("csv", "FORMAT csv, HEADER"), ("parquet", "")):
        for table, query in (("PERSON", PEOPLE), ("measurement", VALUES)):
            put(engine, tmp_path / "in" / ending / f"{table}.{ending}", query, form)
        delivery = taken(engine, tmp_path / "in" / ending)
        assert [(each.read, each.kept) for each in delivery.tallies] == [(59, 59), (2000, 2000)]
        assert delivery.standard == "OMOP CDM 5.4"
        assert list(delivery.notes) == ["person: 1 columns that CDM 5.4 has not, ignored"]
        found.append(rows(engine, delivery))
    assert found[0] == found[1]
    assert any(isinstance(cell, float) and 0 < cell < 1e-6 for row in found[1]["measurement"] for cell in row)


def test_rows_that_break_the_cdm_are_set_apart_by_line_as_csv(engine: Engine, tmp_path: Path) -> None:
    put(engine, tmp_path / "in" / "person.parquet", PEOPLE)
    broken = VALUES.replace("1 + i % 59", "CASE i WHEN 7 THEN 99 WHEN 8 THEN NULL ELSE 1 + i % 59 END").replace(
        "0 AS measurement_concept_id", "CASE i WHEN 9 THEN 0.5 ELSE 0 END AS measurement_concept_id"
    )
    named = "CASE i WHEN 11 THEN 'a' || chr(0) ELSE 'ü' || i END AS measurement_source_value"
    broken = broken.replace("CASE i % 5 WHEN 0 THEN '' ELSE 'ü' || i END AS measurement_source_value", named)
    broken = broken.replace("SELECT i AS", "SELECT CASE i WHEN 10 THEN 1 ELSE i END AS")
    put(engine, tmp_path / "in" / "measurement.parquet", broken)
    delivery = taken(engine, tmp_path / "in")
    apart = engine.rows(f"SELECT line, rule, raw FROM ({delivery.quarantine}) ORDER BY line")
    assert [each[:2] for each in apart] == [
        *((9, "SRC-o06"), (10, "SRC-o03"), (11, "SRC-o04"), (12, "SRC-o05"), (13, "SRC-o01")),
    ]
    assert apart[0][2] == '"7","99","0.0","2020-01-13","32817","2.3333333333333335","ü7"'
    assert delivery.tallies[1].kept == 1995


def test_an_increment_may_be_parquet(engine: Engine, tmp_path: Path) -> None:
    for table, query in (("person", PEOPLE), ("measurement", VALUES)):
        put(engine, tmp_path / "in" / "whole" / f"{table}.parquet", query)
    held = {}
    for draft in taken(engine, tmp_path / "in" / "whole").tables:
        held[draft.name] = f"held_{draft.name}"
        engine.con.execute(f"CREATE TABLE held_{draft.name} AS {draft.query}")
    found = []
    for ending, form in (("csv", "FORMAT csv, HEADER"), ("parquet", "")):
        place = tmp_path / "in" / f"increment-{ending}"
        put(engine, place / f"person.{ending}", PEOPLE.replace("range(1, 60)", "range(59, 62)"), form)
        put(engine, place / f"measurement.deleted.{ending}", "SELECT unnest([5, 6, 5000]) AS measurement_id", form)
        made = omop.stage_increment(engine, place, dataset="test", held=held)
        assert [(each.read, each.kept) for each in made.tallies] == [(3, 2)]
        found.append(rows(engine, omop.deliver(engine, made.staged)))
    assert found[0] == found[1]
    assert (len(found[1]["person"]), len(found[1]["measurement"])) == (61, 1998)


def test_what_is_no_whole_parquet_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = put(engine, tmp_path / "in" / "person.parquet", PEOPLE)
    whole = path.read_bytes()
    for held in (b"person_id\n1\n", whole[: len(whole) // 2], whole[:40] + bytes(400) + whole[440:], b""):
        path.write_bytes(held)
        with pytest.raises(Refusal) as refused:
            taken(engine, tmp_path / "in")
        assert refused.value.code == "SRC-404"


def test_a_table_as_both_and_parquet_in_a_zip_are_refused(engine: Engine, tmp_path: Path) -> None:
    path = put(engine, tmp_path / "in" / "person.parquet", PEOPLE)
    with zipfile.ZipFile(tmp_path / "in" / "delivery.zip", "w") as packed:
        packed.write(path, "person.parquet")
    with pytest.raises(Refusal) as refused:
        taken(engine, tmp_path / "in" / "delivery.zip")
    assert refused.value.code == "SRC-105"
    put(engine, tmp_path / "in" / "person.csv", PEOPLE, "FORMAT csv, HEADER")
    with pytest.raises(Refusal) as refused:
        taken(engine, tmp_path / "in")
    assert refused.value.code == "SRC-106"
    (tmp_path / "in" / "person.csv").unlink()
    put(engine, path, "SELECT 1 AS person_id, 8507 AS gender_concept_id")
    with pytest.raises(Refusal) as refused:
        taken(engine, tmp_path / "in")
    assert refused.value.code == "SRC-107"
