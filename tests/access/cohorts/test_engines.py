"""Random criteria on random small lakes: DuckDB through Ibis and plain Python answer the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hygie.access.cohorts import compile_cohort, words
from hygie.access.cohorts.oracle import select
from hygie.access.cohorts.systems import EVENTS
from hygie.access.cohorts.values import Criterion, depth, tables_needed

READ = TypeAdapter(Criterion)


def dumps(body: object) -> bytes:
    return json.dumps(body).encode()


SCHEMAS = {
    "person": {
        "person_id": "int64",
        "gender_concept_id": "int64",
        "year_of_birth": "int32",
        "month_of_birth": "int32",
        "day_of_birth": "int32",
    },
    "concept": {"concept_id": "int64", "vocabulary_id": "string", "concept_code": "string"},
    "concept_ancestor": {"ancestor_concept_id": "int64", "descendant_concept_id": "int64"},
}
for name in ("condition_occurrence", "drug_exposure"):
    concept, start = EVENTS[name]
    SCHEMAS[name] = {
        "person_id": "int64",
        concept: "int64",
        start: "date",
        "source_system": "string",
        "source_code": "string",
    }

SQL = {"int64": "BIGINT", "int32": "INTEGER", "date": "DATE", "string": "VARCHAR"}

days = st.dates(date(2019, 12, 30), date(2020, 1, 3))
systems = st.sampled_from(
    ["SNOMED", "http://snomed.info/sct", "RxNorm", "urn:local", "ICD10", "http://www.whocc.no/atc"]
)
code_words = st.sampled_from(["1", "2", "3", "1.1", "11"])
concepts = st.integers(1, 4)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def rows(schema: dict[str, st.SearchStrategy[Any]], most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries(schema), max_size=most)


@st.composite
def event_rows(draw: st.DrawFn, table: str) -> list[dict[str, Any]]:
    """Records of a few kinds, so that one person often has several of a kind."""
    concept, start = EVENTS[table]
    kinds = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    concept: maybe(st.integers(0, 4)),
                    start: maybe(days),
                    "source_system": maybe(systems),
                    "source_code": maybe(code_words),
                }
            ),
            min_size=1,
            max_size=4,
        )
    )
    owned = draw(st.lists(st.tuples(st.sampled_from([1, 1, 2, 2, 3, None]), st.integers(0, 3)), max_size=12))
    return [{"person_id": person, **kinds[kind % len(kinds)]} for person, kind in owned]


people = st.lists(
    st.fixed_dictionaries(
        {
            "person_id": st.sampled_from([1, 2, 3, 4, None]),
            "gender_concept_id": maybe(st.sampled_from([0, 8507, 8521, 8532, 8551])),
            "year_of_birth": maybe(st.integers(2000, 2003)),
            "month_of_birth": maybe(st.sampled_from([1, 2, 12])),
            "day_of_birth": maybe(st.sampled_from([1, 2, 28, 29, 31])),
        }
    ),
    unique_by=lambda row: row["person_id"],
    min_size=2,
    max_size=5,
)
vocabulary = {
    "concept": rows(
        {
            "concept_id": st.integers(0, 4),
            "vocabulary_id": st.sampled_from(["SNOMED", "RxNorm", "urn:local"]),
            "concept_code": code_words,
        },
        4,
    ),
    "concept_ancestor": rows({"ancestor_concept_id": concepts, "descendant_concept_id": concepts}, 4),
}
lakes = st.fixed_dictionaries(
    {
        "person": people,
        "condition_occurrence": event_rows("condition_occurrence"),
        "drug_exposure": event_rows("drug_exposure"),
        **vocabulary,
    }
)


@st.composite
def code_criteria(draw: st.DrawFn) -> dict[str, Any]:
    codes = draw(
        st.lists(
            st.fixed_dictionaries({"system": systems, "code": code_words, "descendants": st.booleans()}), max_size=2
        )
    )
    ids = draw(st.lists(concepts, min_size=0 if codes else 1, max_size=2))
    start, end = draw(maybe(days)), draw(maybe(days))
    if start and end and end < start:
        start, end = end, start
    return {
        "codes": {
            "table": draw(st.sampled_from(["condition_occurrence", "drug_exposure"])),
            "codes": codes,
            "concept_ids": ids,
            "from": start.isoformat() if start else None,
            "to": end.isoformat() if end else None,
            "at_least": draw(st.integers(1, 3)),
        }
    }


@st.composite
def ages(draw: st.DrawFn) -> dict[str, Any]:
    least = draw(st.integers(0, 20))
    most = draw(maybe(st.integers(least, 21)))
    at = draw(st.dates(date(2018, 2, 27), date(2020, 3, 2)))
    return {"age": {"at": at.isoformat(), "min": least, "max": most}}


sexes = st.lists(st.sampled_from(["female", "male", "other", "unknown"]), min_size=1, max_size=3)
leaf = st.one_of(
    code_criteria(), code_criteria(), ages(), sexes.map(lambda found: {"sex": {"in": found}}), st.just({"everyone": {}})
)
criteria = st.recursive(
    leaf,
    lambda inside: st.tuples(st.sampled_from(["all", "any", "none"]), st.lists(inside, min_size=1, max_size=3)).map(
        lambda pair: {pair[0]: pair[1]}
    ),
    max_leaves=6,
).map(lambda body: READ.validate_json(dumps(body)))


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, schema in SCHEMAS.items():
            columns = ", ".join(f"{column} {SQL[kind]}" for column, kind in schema.items())
            connection.execute(f"CREATE TABLE {name} ({columns})")
        yield connection


def asked(criterion: Criterion, *without: str) -> str:
    """A criterion as DuckDB is asked it of a dataset without some tables."""
    tables = {name: ibis.table(schema, name=name) for name, schema in SCHEMAS.items() if name not in without}
    expression = compile_cohort(criterion, tables)
    assert expression.columns == ("person_id",)
    return ibis.to_sql(expression, dialect="duckdb")


def answered(duck: Any, query: str, lake: dict[str, list[dict[str, Any]]]) -> list[int]:
    """What DuckDB answers on a lake."""
    for name, schema in SCHEMAS.items():
        duck.execute(f"DELETE FROM {name}")
        if lake[name]:
            mark = f"({', '.join('?' for _ in schema)})"
            values = [row[column] for row in lake[name] for column in schema]
            duck.execute(f"INSERT INTO {name} VALUES {', '.join([mark] * len(lake[name]))}", values)
    return [row[0] for row in duck.execute(query).fetchall()]


def ask(duck: Any, criterion: Criterion, lake: dict[str, list[dict[str, Any]]]) -> list[int]:
    return answered(duck, asked(criterion), lake)


def check(duck: Any, criterion: Criterion, *several: dict[str, list[dict[str, Any]]]) -> None:
    query = asked(criterion)
    for lake in several:
        found = answered(duck, query, lake)
        assert len(found) == len(set(found))
        assert set(found) == select(criterion, lake)
    for language in ("en", "fr"):
        assert len(words(criterion, language)) >= depth(criterion)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(criterion=criteria, lake=lakes)
def test_both_engines_agree(duck: Any, criterion: Criterion, lake: dict[str, list[dict[str, Any]]]) -> None:
    check(duck, criterion, lake)


@pytest.mark.slow
@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(criterion=criteria, several=st.tuples(lakes, lakes, lakes))
def test_both_engines_agree_at_length(duck: Any, criterion: Criterion, several: Any) -> None:
    check(duck, criterion, *several)


def lake_of(**tables: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {name: [dict.fromkeys(SCHEMAS[name]) | row for row in tables.get(name, [])] for name in SCHEMAS}


def everyone_aged(at: date, least: int, most: int | None = None) -> Criterion:
    return READ.validate_json(dumps({"age": {"at": at.isoformat(), "min": least, "max": most}}))


@pytest.mark.parametrize(
    ("birth", "at", "years"),
    [
        ((2002, 6, 15), date(2020, 6, 14), 17),
        ((2002, 6, 15), date(2020, 6, 15), 18),
        ((2002, None, None), date(2020, 1, 1), 18),
        ((2002, None, 31), date(2020, 1, 1), 18),
        ((2002, 6, None), date(2020, 5, 31), 17),
        ((2002, 6, None), date(2020, 6, 1), 18),
        ((2000, 2, 29), date(2018, 2, 28), 17),
        ((2000, 2, 29), date(2018, 3, 1), 18),
        ((2000, 2, 29), date(2020, 2, 29), 20),
        ((2020, 6, 15), date(2020, 6, 15), 0),
    ],
)
def test_age_turns_on_the_birthday(duck: Any, birth: tuple[int, int, int], at: date, years: int) -> None:
    year, month, day = birth
    person = {"person_id": 1, "year_of_birth": year, "month_of_birth": month, "day_of_birth": day}
    lake = lake_of(person=[person])
    for criterion, expected in (
        (everyone_aged(at, years), {1}),
        (everyone_aged(at, years + 1), set()),
        (everyone_aged(at, 0, years), {1}),
        (everyone_aged(at, 0, years - 1) if years else everyone_aged(at - timedelta(1), 0), set()),
    ):
        assert set(ask(duck, criterion, lake)) == expected == select(criterion, lake)


def test_who_is_not_born_or_has_no_year_of_birth_has_no_age(duck: Any) -> None:
    lake = lake_of(person=[{"person_id": 1, "year_of_birth": 2021}, {"person_id": 2}])
    for criterion in (everyone_aged(date(2020, 1, 1), 0, 150), everyone_aged(date(2020, 1, 1), 0)):
        assert ask(duck, criterion, lake) == [] == sorted(select(criterion, lake))


def test_both_ends_of_a_period_are_in_and_a_record_without_a_day_is_in_no_period(duck: Any) -> None:
    days_of = {1: date(2020, 1, 1), 2: date(2020, 1, 3), 3: date(2019, 12, 31), 4: None}
    lake = lake_of(
        person=[{"person_id": person} for person in days_of],
        drug_exposure=[
            {"person_id": person, "drug_concept_id": 3, "drug_exposure_start_date": day}
            for person, day in days_of.items()
        ],
    )
    body = {"table": "drug_exposure", "concept_ids": [3]}
    for period, expected in (
        ({"from": "2020-01-01", "to": "2020-01-03"}, {1, 2}),
        ({"from": "2020-01-01"}, {1, 2}),
        ({"to": "2020-01-01"}, {1, 3}),
        ({}, {1, 2, 3, 4}),
    ):
        criterion = READ.validate_json(dumps({"codes": {**body, **period}}))
        assert set(ask(duck, criterion, lake)) == expected == select(criterion, lake)


def test_a_code_is_found_under_its_uri_and_its_vocabulary_and_below_it_when_asked(duck: Any) -> None:
    lake = lake_of(
        person=[{"person_id": person} for person in range(1, 6)],
        condition_occurrence=[
            {"person_id": 1, "source_system": "http://snomed.info/sct", "source_code": "44054006"},
            {"person_id": 2, "source_system": "SNOMED", "source_code": "44054006"},
            {"person_id": 3, "condition_concept_id": 201826},
            {"person_id": 4, "condition_concept_id": 4008576},
            {"person_id": 5, "source_system": "LOINC", "source_code": "44054006", "condition_concept_id": 0},
        ],
        concept=[{"concept_id": 201826, "vocabulary_id": "SNOMED", "concept_code": "44054006"}],
        concept_ancestor=[{"ancestor_concept_id": 201826, "descendant_concept_id": 4008576}],
    )
    for system in ("SNOMED", "http://snomed.info/sct"):
        for descendants, expected in ((False, {1, 2, 3}), (True, {1, 2, 3, 4})):
            code = {"system": system, "code": "44054006", "descendants": descendants}
            criterion = READ.validate_json(dumps({"codes": {"table": "condition_occurrence", "codes": [code]}}))
            assert set(ask(duck, criterion, lake)) == expected == select(criterion, lake)


@pytest.mark.parametrize("system", ["ICD10", "http://hl7.org/fhir/sid/icd-10"])
def test_what_begins_with_an_icd_10_code_lies_under_it_without_a_vocabulary(duck: Any, system: str) -> None:
    held = ["I50", "I500", "I50.9", "I5", "I51", "XI50", None]
    lake = lake_of(
        person=[{"person_id": at} for at in range(len(held) + 1)],
        condition_occurrence=[
            *({"person_id": at, "source_system": "ICD10", "source_code": code} for at, code in enumerate(held)),
            {"person_id": len(held), "source_system": "SNOMED", "source_code": "I500"},
        ],
    )
    for code, descendants, expected in (("I50", True, {0, 1, 2}), ("I50", False, {0}), ("I50.0", True, {1})):
        wanted = {"system": system, "code": code, "descendants": descendants}
        criterion = READ.validate_json(dumps({"codes": {"table": "condition_occurrence", "codes": [wanted]}}))
        query = asked(criterion, "concept", "concept_ancestor")
        assert set(answered(duck, query, lake)) == expected == select(criterion, lake)
        assert tables_needed(criterion) == {"person", "condition_occurrence"}


def test_a_system_of_two_addresses_is_asked_under_both_and_its_vocabulary(duck: Any) -> None:
    names = ["https://smt.esante.gouv.fr/terminologie-ccam", "urn:hygie:snds:ccam", "CCAM"]
    lake = lake_of(
        person=[{"person_id": at} for at in range(len(names) + 2)],
        condition_occurrence=[
            *({"person_id": at, "source_system": name, "source_code": "DEQP003"} for at, name in enumerate(names)),
            {"person_id": 3, "source_system": "urn:hygie:snds:csarr", "source_code": "DEQP003"},
            {"person_id": 4, "condition_concept_id": 4163951},
        ],
        concept=[{"concept_id": 4163951, "vocabulary_id": "CCAM", "concept_code": "DEQP003"}],
    )
    for name in names:
        wanted = {"system": name, "code": "DEQP003"}
        criterion = READ.validate_json(dumps({"codes": {"table": "condition_occurrence", "codes": [wanted]}}))
        assert set(ask(duck, criterion, lake)) == {0, 1, 2, 4} == select(criterion, lake)


def test_records_are_counted_repeats_included_and_enough_is_enough(duck: Any) -> None:
    record = {"drug_concept_id": 3, "drug_exposure_start_date": date(2020, 1, 1)}
    lake = lake_of(
        person=[{"person_id": person} for person in (1, 2, 3, 4)],
        drug_exposure=[{"person_id": person, **record} for person in (1, 2, 2, 3, 3, 3)],
    )
    for least, expected in ((1, {1, 2, 3}), (2, {2, 3}), (3, {3}), (4, set())):
        criterion = READ.validate_json(
            dumps({"codes": {"table": "drug_exposure", "concept_ids": [3], "at_least": least}})
        )
        assert set(ask(duck, criterion, lake)) == expected == select(criterion, lake)


def test_concept_0_says_not_mapped_and_finds_nobody(duck: Any) -> None:
    lake = lake_of(
        person=[{"person_id": 1}],
        condition_occurrence=[{"person_id": 1, "condition_concept_id": 0}],
        concept=[{"concept_id": 0, "vocabulary_id": "SNOMED", "concept_code": "1"}],
        concept_ancestor=[{"ancestor_concept_id": 0, "descendant_concept_id": 0}],
    )
    code = {"system": "SNOMED", "code": "1", "descendants": True}
    criterion = READ.validate_json(dumps({"codes": {"table": "condition_occurrence", "codes": [code]}}))
    assert ask(duck, criterion, lake) == [] == sorted(select(criterion, lake))
