"""A table that deliveries of a standard never fill is not applicable; one that they fill and did not bring fails."""

from __future__ import annotations

from collections.abc import Callable

from hygie.access.quality.running import run
from hygie.base.engine import Engine
from hygie.intake.sources.cdm import TABLES
from hygie.intake.sources.filled import filled
from tests.access.quality.conftest import TODAY
from tests.access.quality.planted import CLEAN


def test_a_standard_fills_what_its_mapping_says():
    fhir, snds = filled("FHIR R4 bulk NDJSON", ()), filled("SNDS 2020-12", ())
    assert "note" in fhir and "cost" not in fhir and "observation_period" in snds and "note" not in snds
    assert filled("OMOP CDM 5.4", ()) == set(TABLES)
    declared = filled("declared tables (Table Schema)", ("person", "tumours", "condition_occurrence"))
    assert declared == {"person", "condition_occurrence"}


def test_only_what_a_standard_never_fills_is_not_applicable(engine: Engine, make: Callable[..., None]):
    make(person=CLEAN["person"])
    held = {"person": engine.backend().table("person")}
    found = run(engine, held, today=TODAY, filled={"person", "visit_occurrence"})
    ends = {each.check.table: (each.status, each.reason) for each in found.results if each.check.name == "cdmTable"}
    assert ends["person"] == ("pass", "")
    assert ends["visit_occurrence"] == ("fail", "missing table:visit_occurrence")
    assert ends["cost"] == ("not applicable", "not filled:cost")
    assert ends["concept"][0] == ends["cohort"][0] == "not run"
    assert {each.status for each in found.results if each.check.table == "cost"} == {"not applicable"}
    every = run(engine, held, today=TODAY)
    assert next(each.status for each in every.results if each.check.id == "table_cdmtable_cost") == "fail"
