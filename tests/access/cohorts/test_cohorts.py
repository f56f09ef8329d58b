"""Criteria as documents: what is read, what is refused, and the words a lawyer reads."""

from __future__ import annotations

import json

import duckdb
import ibis
import pytest
from pydantic import TypeAdapter, ValidationError

from hygie.access.cohorts import compile_cohort, tables_needed, words
from hygie.access.cohorts.values import Criterion, depth
from hygie.base.kernel import Refusal

READ = TypeAdapter(Criterion)
DIABETES = {
    "codes": {
        "table": "condition_occurrence",
        "codes": [{"system": "http://snomed.info/sct", "code": "44054006", "descendants": True}],
        "concept_ids": [201826],
        "from": "2015-01-01",
        "to": None,
        "at_least": 2,
    }
}
COHORT = {"all": [{"age": {"at": "2020-01-01", "min": 18, "max": 80}}, {"none": [DIABETES]}]}


def read(body: object) -> Criterion:
    return READ.validate_json(json.dumps(body))


def test_a_cohort_survives_its_json() -> None:
    criterion = read(COHORT)
    assert READ.validate_json(READ.dump_json(criterion)) == criterion
    assert json.loads(READ.dump_json(criterion)) == COHORT
    assert depth(criterion) == 3
    assert tables_needed(criterion) == {"person", "condition_occurrence", "concept", "concept_ancestor"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"all": []},
        {"all": [{"everyone": {}}], "any": [{"everyone": {}}]},
        {"everyone": {"really": True}},
        {"sex": {"in": []}},
        {"sex": {"in": ["F"]}},
        {"age": {"at": "2020-01-01", "min": "18"}},
        {"age": {"at": "2020-01-01", "min": 18.5}},
        {"age": {"at": "2020-01-01", "min": True}},
        {"age": {"at": "2020-1-1"}},
        {"age": {"at": "1577836800"}},
        {"age": {"at": "2020-02-30"}},
        {"age": {"at": "٢٠٢٠-٠١-٠١"}},
        {"age": {"at": "2020-01-01", "min": 40, "max": 39}},
        {"codes": {"table": "condition_occurrence"}},
        {"codes": {"table": "person", "concept_ids": [1]}},
        {"codes": {"table": "drug_exposure; DROP TABLE person", "concept_ids": [1]}},
        {"codes": {"table": "drug_exposure", "concept_ids": [0]}},
        {"codes": {"table": "drug_exposure", "concept_ids": [1], "at_least": 0}},
        {"codes": {"table": "drug_exposure", "concept_ids": [1], "from": "2020-01-02", "to": "2020-01-01"}},
        {"codes": {"table": "drug_exposure", "codes": [{"system": "SNOMED", "code": "1\n2"}]}},
        {"codes": {"table": "drug_exposure", "codes": [{"system": "SNΟMED", "code": "1"}]}},
    ],
)
def test_what_is_not_a_criterion_is_refused(body: object) -> None:
    with pytest.raises(ValidationError):
        read(body)


def test_a_code_with_a_quote_stays_a_value() -> None:
    hostile = "x') OR 1=1 --"
    criterion = read({"codes": {"table": "drug_exposure", "codes": [{"system": "urn:l", "code": hostile}]}})
    schema = {"person_id": "int64", "source_system": "string", "source_code": "string"}
    sources = tables(person={"person_id": "int64"}, drug_exposure=schema)
    query = ibis.to_sql(compile_cohort(criterion, sources), dialect="duckdb")
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE person AS SELECT unnest([1, 2]) AS person_id")
        duck.execute("CREATE TABLE drug_exposure (person_id BIGINT, source_system VARCHAR, source_code VARCHAR)")
        duck.execute("INSERT INTO drug_exposure VALUES (1, 'urn:l', 'x'), (2, 'urn:l', ?)", [hostile])
        assert duck.execute(query).fetchall() == [(2,)]


def tables(**schemas: dict[str, str]) -> dict[str, object]:
    return {name: ibis.table(schema, name=name) for name, schema in schemas.items()}


PERSON = {"person_id": "int64", "gender_concept_id": "int64"}
EVENT = {"person_id": "int64", "condition_concept_id": "int64", "source_system": "string", "source_code": "string"}


@pytest.mark.parametrize(
    ("schemas", "body", "code"),
    [
        ({"person": PERSON}, DIABETES, "COH-101"),
        ({}, {"everyone": {}}, "COH-101"),
        ({"person": PERSON, "condition_occurrence": EVENT}, DIABETES, "COH-102"),
        (
            {"person": PERSON, "condition_occurrence": {"person_id": "int64"}},
            {"codes": {"table": "condition_occurrence", "concept_ids": [1]}},
            "COH-103",
        ),
        (
            {"person": PERSON, "condition_occurrence": EVENT},
            {"codes": {"table": "condition_occurrence", "concept_ids": [1], "from": "2020-01-01"}},
            "COH-104",
        ),
        ({"person": PERSON}, {"age": {"at": "2020-01-01"}}, "COH-104"),
    ],
)
def test_a_cohort_that_the_dataset_cannot_answer_is_refused(
    schemas: dict[str, dict[str, str]], body: object, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        compile_cohort(read(body), tables(**schemas))
    assert refused.value.code == code


def test_the_words_in_english() -> None:
    assert words(read(COHORT), "en") == [
        "meets every one of:",
        "  – is aged 18 to 80 (both included) on 1 January 2020",
        "  – meets none of:",
        "    – has a diagnosis at least 2 times from 1 January 2015 on, with one of the codes:",
        "      – 44054006 (SNOMED CT) and every code under it",
        "      – OMOP concept 201826",
    ]


def test_the_words_in_french() -> None:
    assert words(read(COHORT), "fr") == [
        "remplit chacune de ces conditions :",
        "  – est âgée de 18 à 80 ans (bornes incluses) au 1er janvier 2020",
        "  – ne remplit aucune de ces conditions :",
        "    – a au moins 2 fois un diagnostic à partir du 1er janvier 2015, sous l'un des codes :",
        "      – 44054006 (SNOMED CT) et tous les codes placés sous lui",
        "      – concept OMOP 201826",
    ]


def test_a_long_list_of_codes_says_how_many_are_left() -> None:
    lines = words(read({"codes": {"table": "measurement", "concept_ids": list(range(1, 41))}}), "en")
    assert len(lines) == 14
    assert lines[-1] == "  – and 28 more, listed in the permit"
