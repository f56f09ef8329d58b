"""The quality checks on a delivery that lies in the lake: kept, guarded, in the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.access.catalogue import assessing
from hygie.access.catalogue.models import Assessed
from hygie.access.quality.values import STATUSES
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.ledger import queries as ledger
from hygie.intake.lake.queries import manifest
from hygie.intake.optouts import actions as optouts
from tests.access.catalogue.conftest import list_it
from tests.access.catalogue.test_commands import run
from tests.access.extracts.conftest import Once
from tests.intake.sources.snds_files import rows, write_csv
from tests.intake.sources.table_files import case, register, schema

PERSONS = "field_measurevaluecompleteness_person_person_id"


@pytest.fixture
def assessed(node: Node, once: Once, ingested: Callable[..., Node]) -> Node:
    """A node with one dataset, `chu`, described and checked."""
    once("assessed", lambda: assessing.assess(list_it(ingested), "chu", actor="steward"))
    return node


def test_the_command_runs_all_checks_on_the_snapshot_once(assessed, capsys):
    code, said = run(assessed, capsys, "catalogue", "quality", "chu", json_too=True)
    told = json.loads(said)
    assert code == 0
    assert sum(told[status] for status in STATUSES) == len(told["results"]) == 2535
    ids = {each["checkId"]: each for each in told["results"]}
    persons = ids[PERSONS]
    assert (persons["status"], persons["numViolatedRows"], persons["numDenominatorRows"]) == ("pass", 0, 90)
    assert ids["field_isforeignkey_person_gender_concept_id"]["reason"] == "no vocabulary:concept"
    run(assessed, capsys, "catalogue", "quality", "chu")
    row = Assessed.objects.get()
    fact = ledger.told(["chu"], ("catalogue.assessed",))["chu"]
    assert [each.body["sha256"] for each in fact] == [row.sha256]


def test_only_the_datasets_steward_reads_exact_figures(assessed):
    for forbidden in (
        lambda: assessing.assess(assessed, "chu", actor="officer"),
        lambda: assessing.exact("chu", reader="officer"),
    ):
        with pytest.raises(Refusal) as refused:
            forbidden()
        assert refused.value.code == "PPL-101"
        assert "quality checks" in explain(refused.value.verdict.reasons[0], "en").asked
        assert "contrôles de qualité" in explain(refused.value.verdict.reasons[0], "fr").asked
    assert len(assessing.exact("chu", reader="steward")) == 1


def test_who_refuses_is_left_out_of_the_next_run_and_the_published_figures_stay(assessed):
    rows = {each.check.id: each.counts for each in assessing.assess(assessed, "chu", actor="steward").results}
    before = assessing.assessments("chu")
    optouts.record(assessed, actor="officer", dataset="chu", value="3")
    known = assessing.assess(assessed, "chu", actor="steward")
    assert {each.check.id: each.counts for each in known.results} == rows
    again = assessing.assess(assessed, "chu", actor="steward", again=True)
    found = {each.check.id: each.counts for each in again.results}
    assert (rows[PERSONS].denominator, found[PERSONS].denominator) == (90, 89)
    assert assessing.assessments("chu") == before
    assert Assessed.objects.count() == 2


def test_every_figure_that_everyone_reads_is_guarded(assessed):
    public = assessing.assessments("chu")[0].public
    assert public.below == 8 and len(public.results) == 2535
    assert all(each.rows is None or each.rows % 5 == 0 for each in public.results)
    assert "exact" not in Assessed.objects.get().public


def test_a_register_is_held_against_the_types_and_mandatory_columns_of_its_schema(node: Node, tmp_path: Path) -> None:
    from hygie.intake.lake import tables as lake

    path = register(tmp_path / "in", *(case(number) for number in range(20)))
    lake.ingest_table(node, path, schema=schema(tmp_path), dataset="cancer", actor="steward", synthetic=True)
    fields = manifest("cancer").tables["register_case"].fields
    judged = {
        (each.check.name, each.check.field): (each.check.threshold, each.check.value, each.status)
        for each in assessing.assess(node, "cancer", actor="steward").results
        if each.check.table == "register_case"
    }
    assert {each.type for each in fields} >= {"date", "text"}
    for each in fields:
        limit, _, status = judged["measureValueCompleteness", each.name]
        assert limit == (0.0 if each.required or each.is_primary else 100.0)
        assert status in ("pass", "not applicable")
        assert judged["columnDatatype", each.name][1] == assessing.EXPECTED[each.type]


def test_a_claims_table_may_not_lack_the_key_that_its_schema_publishes(node: Node, tmp_path: Path) -> None:
    from hygie.intake.lake import actions as lake

    lake.ingest_snds(node, write_csv(tmp_path / "in", rows()), dataset="snds", actor="operator", synthetic=True)
    held = assessing.assess(node, "snds", actor="steward").results
    limits = {
        each.check.field: each.check.threshold
        for each in held
        if each.check.table == "snds_t_mcoaab" and each.check.name == "measureValueCompleteness"
    }
    strict = {field for field, limit in limits.items() if limit == 0}
    assert strict >= {"eta_num", "rsa_num"} and len(strict) < len(limits)
