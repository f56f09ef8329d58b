"""Persons by value, by year and by band, of many columns in few scans, are what plain counting gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygie.access.catalogue import tallying
from hygie.access.catalogue.distributions import Asking
from hygie.access.catalogue.measure import table_figures
from hygie.base import law
from hygie.base.engine import Engine, Walls
from hygie.base.engine.node import CATALOGUE_PRESET
from hygie.intake.sources.cdm import Field, Table

CELLS = st.tuples(
    st.none() | st.integers(1, 6),
    st.none() | st.sampled_from(["", "a", "b", "it's", "é"]),
    st.none() | st.integers(-40, 40).map(lambda each: each / 8),
    st.none() | st.integers(0, 1500).map(lambda each: date(2020, 1, 1) + timedelta(each)),
    st.none() | st.integers(1900, 2020),
)
COLUMNS = {"word": ("category", "VARCHAR"), "day": ("year", "DATE"), "born": ("decade", "INTEGER")}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with Engine(Walls(tmp_path_factory.mktemp("home"), memory="256MB")) as opened:
        opened.con.execute("CREATE TEMP TABLE t (who BIGINT, word VARCHAR, number DOUBLE, day DATE, born INTEGER)")
        yield opened


def plain(rows, key):
    """Persons by value, persons with a row without one, and persons with one."""
    found, without, within = defaultdict(set), set(), set()
    for row in rows:
        if row[0] is None:
            continue
        value = key(row)
        (without if value is None else within).add(row[0])
        if value is not None:
            found[value].add(row[0])
    return {value: len(who) for value, who in found.items()}, len(without), len(within)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELLS, min_size=1, max_size=60))
def test_values_years_decades_and_bands_are_what_plain_counting_gives(engine, rows):
    engine.con.execute("DELETE FROM t")
    engine.con.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", rows)
    columns = [tallying.counted(name, *form) for name, form in COLUMNS.items()]
    values = tallying.values(engine.rows, "FROM t", columns)
    keys = {
        "word": lambda row: row[1],
        "day": lambda row: row[3] and str(row[3].year),
        "born": lambda row: row[4] and str(row[4] // 10 * 10),
    }
    for name, key in keys.items():
        counts = Counter(key(row) for row in rows if key(row) is not None)
        assert values[name] == tuple(sorted(counts, key=lambda each: (-counts[each], each)))
    number = tallying.counted("number", "range", "DOUBLE")
    bands = tallying.banded(number, -2.0, 0.5, 10)
    bits = [tallying.listed(each, values[each.column]) for each in columns]
    found = tallying.persons(engine.rows, "FROM t", "who", [*bits, bands])
    for name, key in keys.items():
        by_value, without, within = plain(rows, key)
        assert (found[name].without, found[name].within) == (without, within)
        told = {value: count for value, count in zip(values[name], found[name].persons, strict=True) if count}
        assert told == by_value
    by_band, *_ = plain(rows, lambda row: row[2] if row[2] is None else min(max(int((row[2] + 2) // 0.5), 0), 9))
    assert {at: count for at, count in enumerate(found["number"].persons) if count} == by_band


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELLS, min_size=1, max_size=60))
def test_the_ends_of_a_number_are_the_values_at_a_twentieth_of_its_rows(engine, rows):
    engine.con.execute("DELETE FROM t")
    engine.con.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", rows)
    found = tallying.ends(engine.rows, "FROM t", [tallying.counted("number", "range", "DOUBLE")], 0.05)
    ordered = sorted(row[2] for row in rows if row[2] is not None)
    if not ordered:
        assert found == {}
        return
    places = [max(ceil(round(share * len(ordered), 9)), 1) - 1 for share in (0.05, 0.95)]
    assert found == {"number": (ordered[places[0]], ordered[places[1]])}


def test_a_column_of_more_values_than_bits_says_so(engine):
    rows = f"SELECT range AS word FROM range({tallying.BITS + 5})"
    assert len(tallying.values(engine.rows, rows, [tallying.counted("word", "category", "BIGINT")])["word"]) == (
        tallying.BITS + 1
    )


def test_as_many_columns_as_there_are_are_counted(engine):
    names = [f"c{at}" for at in range(2 * tallying.WORDS * tallying.WORD // 9 + 1)]
    many = dict.fromkeys(names, 7) | {names[0]: tallying.BITS, names[-1]: tallying.BITS}
    cells = ", ".join(
        f"CASE WHEN hash(i, {at}) % 5 > 0 THEN hash(i // 3, {at}) % {many[name]} END::BIGINT AS {name}"
        for at, name in enumerate(names)
    )
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE wide AS SELECT i % 90 AS who, {cells} FROM range(900) t(i)")
    columns = [tallying.counted(name, "category", "BIGINT") for name in names]
    values = tallying.values(engine.rows, "FROM wide", columns)
    bits = [tallying.listed(each, values[each.column]) for each in columns]
    found = tallying.persons(engine.rows, "FROM wide", "who", bits)
    assert list(found) == names
    for name in names:
        by_value, without, within = plain(engine.rows(f"SELECT who, {name} FROM wide"), lambda row: row[1])
        assert (found[name].without, found[name].within) == (without, within)
        assert dict(zip(map(int, values[name]), found[name].persons, strict=True)) == by_value
    assert len(values[names[0]]) == len(values[names[-1]]) == tallying.BITS
    assert len({each.persons for each in found.values()}) > len(names) // 2


ODD = {
    "truth": ("number", "BOOLEAN", "i % 2 = 0"),
    "digits": ("number", "VARCHAR", "i::VARCHAR"),
    "broken": (
        "number",
        "DOUBLE",
        "CASE WHEN i % 10 = 0 THEN 'nan'::DOUBLE WHEN i % 10 = 1 THEN 'inf'::DOUBLE ELSE i END",
    ),
    "nul": ("source_value", "VARCHAR", "CASE WHEN i % 2 = 0 THEN 'a' || chr(0) ELSE 'b' END"),
    "endless": ("date", "DATE", "CASE WHEN i % 10 < 6 THEN '2020-05-05' ELSE 'infinity' END::DATE"),
    "never": ("date", "DATE", "'infinity'::DATE"),
}


def test_cells_that_are_no_number_or_no_day_are_counted_or_left_out_and_stop_nothing(node):
    fields = tuple(Field(each, "text", False, False, None, role) for each, (role, _, _) in ODD.items())
    types = {"person_id": "BIGINT"} | {each: held for each, (_, held, _) in ODD.items()}
    with node.engine() as engine:
        cells = ", ".join(f"{sql} AS {each}" for each, (_, _, sql) in ODD.items())
        engine.con.execute(f"CREATE TEMP TABLE odd AS SELECT i AS person_id, {cells} FROM range(1000) t(i)")
        asking = Asking(
            engine, {"odd": engine.backend().table("odd")}, law.preset(CATALOGUE_PRESET, on=date(2026, 1, 1))
        )
        found = table_figures(
            asking, Table("odd", (Field("person_id", "bigint", False, False, None, "person"), *fields), None), types
        )
    shown = {each.name: each for each in found.variables}
    assert {each.filled for each in found.variables} == {100}
    assert [value.persons for value in shown["truth"].values] == [500, 500]
    assert len(shown["digits"].values) == 10
    assert shown["broken"].values and all("nan" not in value.label for value in shown["broken"].values)
    assert sorted(value.persons for value in shown["nul"].values) == [500, 500]
    assert [(value.code, value.persons) for value in shown["endless"].values] == [("2020", 600)]
    assert shown["never"].values == ()
