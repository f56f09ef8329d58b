"""Codes of a FHIR delivery mapped by the vocabulary of a held OMOP dataset."""

from __future__ import annotations

import json
from pathlib import Path

from hygie.base.engine import Node
from hygie.intake.lake import actions, queries
from tests.intake.lake.test_lake import codes, files, ingest
from tests.intake.sources.fhir_files import CONDITION, PATIENT, but
from tests.intake.sources.omop_files import PERSON, delivery, person, text

SNOMED = "http://snomed.info/sct"
CONCEPT = (
    "concept_id,concept_name,domain_id,vocabulary_id,concept_class_id,standard_concept,concept_code,"
    "valid_start_date,valid_end_date,invalid_reason"
)
MAPS = "concept_id_1,concept_id_2,relationship_id,valid_start_date,valid_end_date,invalid_reason"


def coded(code: str) -> dict[str, object]:
    return but(CONDITION, id=f"c{code}", code={"coding": [{"system": SNOMED, "code": code}]})


def fhir(folder: Path, *each: str) -> Path:
    lines = [PATIENT, *(coded(code) for code in each)]
    return delivery(folder, {"all.ndjson": "\n".join(map(json.dumps, lines)).encode()})


def concepts(node: Node, dataset: str = "demo") -> dict[str, tuple[int, int]]:
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, dataset, tables=["condition_occurrence"])
        return {
            code: (concept, source)
            for code, concept, source in engine.rows(
                "SELECT source_code, condition_concept_id, condition_source_concept_id "
                f"FROM {views['condition_occurrence']}"
            )
        }


def vocabulary(folder: Path, *, maps: bool = True) -> Path:
    concept = [
        "201826,Type 2,Condition,SNOMED,Finding,S,44054006,1970-01-01,2099-12-31,",
        "77,Old,Condition,SNOMED,Finding,,111,1970-01-01,2099-12-31,U",
    ]
    held = {"person.csv": text(PERSON, person(1)), "concept.csv": text(CONCEPT, *concept)}
    if maps:
        held["concept_relationship.csv"] = text(MAPS, "77,201826,Maps to,1970-01-01,2099-12-31,")
    return delivery(folder, held)


def test_codes_get_the_concepts_of_the_vocabulary(node: Node, tmp_path: Path) -> None:
    ingest(node, vocabulary(tmp_path / "v"), "words")
    path = fhir(tmp_path / "a", "44054006", "111", "999")
    first = actions.ingest_fhir(node, path, dataset="demo", actor="steward", synthetic=True)
    assert concepts(node) == {"44054006": (0, 0), "111": (0, 0), "999": (0, 0)}
    assert first.manifest.unmapped[SNOMED] == 3
    second = actions.ingest_fhir(node, path, dataset="demo", actor="steward", synthetic=True, vocabulary="words")
    assert not second.recognised
    assert concepts(node) == {"44054006": (201826, 201826), "111": (201826, 77), "999": (0, 0)}
    assert second.manifest.unmapped[SNOMED] == 1
    words = queries.manifest("words").snapshot
    assert second.manifest.notes[-1] == f"codes mapped by the vocabulary of words, {words}"
    again = actions.ingest_fhir(node, path, dataset="demo", actor="steward", synthetic=True, vocabulary="words")
    assert again.recognised
    ingest(node, vocabulary(tmp_path / "w", maps=False), "words")
    actions.ingest_fhir(node, path, dataset="demo", actor="steward", synthetic=True, vocabulary="words")
    assert concepts(node)["111"] == (0, 77), "without relations an old code maps to nothing"


def test_what_is_no_vocabulary_is_refused(node: Node, tmp_path: Path) -> None:
    path = fhir(tmp_path / "a", "111")

    def take(vocabulary: str) -> list[str]:
        return codes(lambda: actions.ingest_fhir(node, path, dataset="demo", actor="steward", vocabulary=vocabulary))

    assert take("nothing") == ["LAK-101"]
    ingest(node, files(tmp_path / "o"), "events")
    assert take("events") == ["LAK-104"]
    assert [each.id for each in queries.datasets()] == ["events"]


def test_a_real_vocabulary(node: Node, testdata: Path, tmp_path: Path) -> None:
    """The 28 persons' own CONCEPT; a code of theirs, as FHIR writes it, gets the concept they have."""
    actions.ingest_omop(node, testdata / "omop-synthea27nj", dataset="nj", actor="steward", synthetic=True)
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "nj", tables=["concept"])
        wanted = dict(
            engine.rows(
                f"SELECT concept_code, concept_id FROM {views['concept']} WHERE vocabulary_id = 'SNOMED' "
                "AND standard_concept = 'S' AND domain_id = 'Condition' ORDER BY concept_code LIMIT 20"
            )
        )
    assert len(wanted) == 20
    path = fhir(tmp_path / "a", *wanted)
    actions.ingest_fhir(node, path, dataset="demo", actor="steward", synthetic=True, vocabulary="nj")
    assert {code: concept for code, (concept, _) in concepts(node).items()} == wanted
