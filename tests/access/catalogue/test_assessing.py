"""The quality checks on a delivery that lies in the lake: kept, guarded, in the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from hygie.access.catalogue import assessing
from hygie.access.catalogue.models import Assessed
from hygie.access.quality.values import STATUSES
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from hygie.intake.optouts import actions as optouts
from tests.access.catalogue.conftest import list_it
from tests.access.catalogue.test_commands import run
from tests.access.extracts.conftest import Once

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
        assert refused.value.verdict.reasons[0].code.startswith("PPL")
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
