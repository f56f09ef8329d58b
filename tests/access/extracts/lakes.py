"""Generated lakes, permits and opt-outs, and the two engines that make an extract of them in memory."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hygie.access.cohorts.values import Criterion
from hygie.access.extracts import compile as compiler
from hygie.access.extracts import making
from hygie.access.extracts.plan import plan
from hygie.intake.sources.cdm import TABLES

KEY = bytes(range(32))
PERSON, VISIT, EVENT, PLACE = 1_000_000, 2_000_000, 3_000_000, 4_000_000  # source ids lie in these millions
COLUMNS = {
    "person": "person_id gender_concept_id year_of_birth month_of_birth day_of_birth birth_datetime location_id "
    "provider_id person_source_value",
    "visit_occurrence": "visit_occurrence_id person_id visit_concept_id visit_start_date visit_end_date care_site_id "
    "preceding_visit_occurrence_id source_code visit_source_value end_date_precision end_date_offset",
    "condition_occurrence": "condition_occurrence_id person_id condition_concept_id condition_start_date "
    "condition_start_datetime condition_type_concept_id visit_occurrence_id provider_id condition_source_value "
    "stop_reason source_system source_code date_precision date_offset condition_end_date end_date_precision "
    "end_date_offset",
    "measurement": "measurement_id person_id measurement_concept_id measurement_date value_as_number "
    "value_as_concept_id visit_occurrence_id measurement_event_id value_source_value",
    "death": "person_id death_date cause_concept_id date_precision date_offset",
    "location": "location_id state country_concept_id address_1 zip",
    "care_site": "care_site_id location_id care_site_name",
    "provider": "provider_id specialty_concept_id care_site_id provider_name",
}
COLUMNS = {name: tuple(columns.split()) for name, columns in COLUMNS.items()}
FORBIDDEN = {
    "person_source_value",
    "visit_source_value",
    "stop_reason",
    "measurement_event_id",
    "value_source_value",
    "address_1",
    "zip",
    "care_site_name",
    "provider_name",
}
ARROW = {"integer": pa.int32(), "bigint": pa.int64(), "float": pa.float64(), "date": pa.date32(), "text": pa.string()}
ARROW["datetime"] = pa.timestamp("us")
DAYS = [
    date(2014, 12, 31),
    date(2015, 1, 1),
    date(2015, 3, 17),
    date(2016, 2, 29),
    date(2017, 12, 31),
    date(2018, 1, 1),
]
SETTINGS = {
    "birth": ("year", "month", "day"),
    "dates": ("day", "month", "year"),
    "location": ("none", "region", "full"),
    "codes": ("full", "3-characters"),
}
CRITERION = TypeAdapter(Criterion)


@dataclass
class Case:
    """A lake, its person index, who opted out, and permits on it."""

    lake: dict[str, dict[str, list[dict[str, Any]]]]
    index: dict[tuple[str, int], int]
    out: set[int]
    permits: list[dict[str, Any]]


def value(draw, table, column, uid, dataset):
    field = TABLES[table].field(column)
    if column in FORBIDDEN and field.type == "text":
        return f"DIRECT-{table}-{uid}"
    pools = {
        "gender_concept_id": [8507, 8532, 0],
        "condition_concept_id": [201826, 1, 2],
        "state": ["A", "B", None],
        "country_concept_id": [42, None],
        "source_code": ["E11.9", "E10", "I10.00", None],
        "source_system": ["http://hl7.org/fhir/sid/icd-10", None],
        "date_precision": ["time", "day", "month", "year", None],
        "date_offset": ["Z", None],
        "end_date_precision": ["time", "day", "month", "year", None],
        "end_date_offset": ["+02:00", None],
        "condition_source_value": ["E11.9", None],
        "year_of_birth": [1950, 1980, 2001],
        "month_of_birth": [1, 7, None],
        "day_of_birth": [1, 28, None],
        "value_as_number": [uid * 1000.5],
        "visit_occurrence_id": [VISIT + n for n in range(6)] + [None],
        "preceding_visit_occurrence_id": [VISIT + n for n in range(6)] + [None],
    }
    if column in pools:
        return draw(st.sampled_from(pools[column]))
    if field.role in {"location", "site", "provider"}:
        return draw(st.sampled_from([PLACE + n for n in range(4)] + [None]))
    if field.role == "concept":
        return draw(st.sampled_from([0, 11, 12]))
    if field.type == "date":
        return draw(st.sampled_from(DAYS))
    if field.type == "datetime":
        return datetime.combine(draw(st.sampled_from(DAYS)), datetime.min.time()).replace(hour=13, minute=5)
    return None


@st.composite
def tables_of(draw, dataset, people):
    """One dataset's rows; the first visit ids are unique, references may dangle or reach another person."""
    made = {"person": []}
    for table in COLUMNS:
        own = TABLES[table].primary_key
        if table in {"location", "care_site", "provider"}:
            count = draw(st.integers(0, 4))
            if count == 0:
                continue
            rows = [
                {c: PLACE + n if c == own else value(draw, table, c, 0, dataset) for c in COLUMNS[table]}
                for n in range(count)
            ]
        elif table == "person":
            rows = [
                {c: one if c == own else value(draw, table, c, uid, dataset) for c in COLUMNS[table]}
                for one, uid in people
            ]
        else:
            owners = draw(st.lists(st.sampled_from(people), max_size=6)) if people else []
            base = VISIT if table == "visit_occurrence" else EVENT
            rows = [
                {
                    c: base + n if c == own else one if c == "person_id" else value(draw, table, c, uid, dataset)
                    for c in COLUMNS[table]
                }
                for n, (one, uid) in enumerate(owners)
            ]
        made[table] = rows
    return made


@st.composite
def criteria(draw, depth=2):
    leaf = st.one_of(
        st.just({"everyone": {}}),
        st.sampled_from([{"sex": {"in": ["female"]}}, {"sex": {"in": ["male", "unknown"]}}]),
        st.builds(lambda low: {"age": {"at": "2015-06-01", "min": low}}, st.sampled_from([0, 18, 60])),
        st.builds(
            lambda codes, n: {"codes": {"table": "condition_occurrence", "at_least": n, **codes}},
            st.sampled_from(
                [
                    {"concept_ids": [201826]},
                    {"codes": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11.9"}]},
                    {"concept_ids": [1, 2], "from": "2015-01-01", "to": "2016-12-31"},
                ]
            ),
            st.sampled_from([1, 2]),
        ),
    )
    if depth == 0 or draw(st.booleans()):
        return draw(leaf)
    word = draw(st.sampled_from(["all", "any", "none"]))
    return {word: draw(st.lists(criteria(depth=depth - 1), min_size=1, max_size=2))}


@st.composite
def permits(draw, lake):
    datasets = list(lake)
    present = sorted({name for tables in lake.values() for name in tables})
    names = draw(st.lists(st.sampled_from(present), min_size=1, max_size=4, unique=True))
    tables = {}
    for name in names:
        allowed = [column for column in COLUMNS[name] if column not in FORBIDDEN]
        tables[name] = draw(st.lists(st.sampled_from(allowed), min_size=1, unique=True))
    days = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=2)))
    settings = {name: draw(st.sampled_from(values)) for name, values in SETTINGS.items()}
    return {
        "datasets": datasets,
        "tables": tables,
        "from": days[0],
        "to": days[1],
        "cohort": CRITERION.validate_python(draw(criteria()), strict=False),
        "exception": draw(st.sampled_from([False, False, False, True])),
        **settings,
    }


@st.composite
def cases(draw, count=10):
    datasets = draw(st.sampled_from([["chu"], ["chu", "clinic"]]))
    index, lake = {}, {}
    for place, dataset in enumerate(datasets):
        uids = draw(st.lists(st.integers(1, 9), min_size=1, max_size=7, unique=place == 0))
        people = [(PERSON + place * 100 + n, uid) for n, uid in enumerate(uids)]
        index |= {(dataset, one): uid for one, uid in people}
        lake[dataset] = draw(tables_of(dataset, people))
    out = draw(st.sets(st.integers(1, 9), max_size=4))
    return Case(lake, index, out, [draw(permits(lake)) for _ in range(count)])


def held(lake):
    """The manifests' part that a plan reads: only tables that a dataset holds."""
    return {
        dataset: SimpleNamespace(
            tables={
                name: SimpleNamespace(columns=tuple((c, TABLES[name].field(c).sql_type) for c in COLUMNS[name]))
                for name in tables
            }
        )
        for dataset, tables in lake.items()
    }


def permit_of(permit):
    """A permit as `plan` reads it."""
    return SimpleNamespace(
        data=SimpleNamespace(
            datasets=permit["datasets"],
            tables=permit["tables"],
            period=SimpleNamespace(start=permit["from"], end=permit["to"]),
            cohort=permit["cohort"],
            format="pseudonymised",
        ),
        minimisation=SimpleNamespace(**{name: permit[name] for name in SETTINGS}),
        snapshots=None,
        opt_out_exception=object() if permit["exception"] else None,
        decided_at=datetime(2026, 11, 21, tzinfo=UTC),
    )


def arrow(name, rows):
    schema = pa.schema([(c, ARROW[TABLES[name].field(c).type]) for c in COLUMNS[name]])
    return pa.Table.from_pylist(rows, schema)


class Memory:
    """What `making` asks of an engine, on a plain DuckDB in memory; what Ibis says twice of one lake is said once."""

    def __init__(self, case):
        self.con = duckdb.connect(config={"threads": 1})
        self.ibis = ibis.duckdb.from_connection(self.con)
        self.ibis.table = functools.cache(self.ibis.table)  # every table keeps its columns while a lake lives
        plain = self.ibis.compile
        by_operation = functools.cache(lambda operation: plain(operation.to_expr()))
        self.ibis.compile = lambda expression, **how: plain(expression, **how) if how else by_operation(expression.op())
        self.views = {}
        for place, (dataset, tables) in enumerate(case.lake.items()):
            self.views[dataset] = {}
            for name, rows in tables.items():
                self.con.register(f"s{place}_{name}", arrow(name, rows))
                self.views[dataset][name] = f"s{place}_{name}"
        index = [{"dataset": d, "person_id": p, "person_uid": u} for (d, p), u in case.index.items()]
        self.con.register("ix", pa.Table.from_pylist(index))
        out = [(dataset, uid) for dataset in case.lake for uid in sorted(case.out)]
        names = pa.schema([("dataset", pa.string()), ("person_uid", pa.int64())])
        self.con.register(
            "oo", pa.Table.from_pylist([dict(zip(names.names, each, strict=True)) for each in out], names)
        )

    def backend(self):
        return self.ibis

    def scalar(self, sql, params=()):
        return self.con.execute(sql, list(params) or None).fetchone()[0]

    def close(self):
        self.con.close()


def extract(engine, case, permit, key=KEY):
    """Make an extract in memory: (plan, steps, {(dataset, table): arrow table}, sources)."""
    made = plan(permit_of(permit), held(case.lake))
    inputs = making.Inputs(engine.views, "ix", "oo" if made.opt_outs else None)
    steps, sources, _ = making.prepare(engine, made, inputs, key)
    out = {}
    for dataset in permit["datasets"]:
        for table in made.tables:
            if table.name in case.lake[dataset]:
                sql = making.sql(engine, compiler.extracted(made, table, sources[dataset]))
                out[dataset, table.name] = engine.con.execute(sql).to_arrow_table()
    return made, steps, out, sources


def by_polars(engine, case, made, sources):
    """The same expressions, own numbers and order apart, on Polars: {(dataset, table): (columns, sorted rows)}."""
    import polars as pl

    out = {}
    for dataset, source in sources.items():
        frames = {name: pl.from_arrow(arrow(name, rows)) for name, rows in case.lake[dataset].items()}
        frames["persons"] = pl.from_arrow(engine.ibis.to_pyarrow(source.persons))
        for space, keys in source.keys.items():
            frames[f"keys_{space}"] = pl.from_arrow(engine.ibis.to_pyarrow(keys))
        other = ibis.polars.connect(frames)
        spaces = {space: other.table(f"keys_{space}") for space in source.keys}
        second = compiler.Source({n: other.table(n) for n in case.lake[dataset]}, other.table("persons"), spaces)
        for table in made.tables:
            if table.name in case.lake[dataset]:
                expression = compiler.rekeyed(made, table, second)
                out[dataset, table.name] = tuples(other.to_pyarrow(expression))
    return out


def tuples(table, without=()):
    """A table's columns and rows, both sorted."""
    columns = sorted(name for name in table.column_names if name not in without)
    return columns, sorted((tuple(row[c] for c in columns) for row in table.to_pylist()), key=repr)
