"""The quality checks on a delivery that lies in the lake."""

from __future__ import annotations

import json

import pytest

from hygie.access.catalogue import assessing
from hygie.access.quality.values import STATUSES
from hygie.base.kernel import Refusal
from tests.access.catalogue.test_commands import run


def test_the_command_runs_all_checks_on_the_snapshot(described, capsys):
    code, said = run(described, capsys, "catalogue", "quality", "chu", json_too=True)
    told = json.loads(said)
    assert code == 0
    assert sum(told[status] for status in STATUSES) == len(told["results"]) == 2535
    ids = {each["checkId"]: each for each in told["results"]}
    persons = ids["field_measurevaluecompleteness_person_person_id"]
    assert (persons["status"], persons["numViolatedRows"], persons["numDenominatorRows"]) == ("pass", 0, 90)
    assert ids["field_isforeignkey_person_gender_concept_id"]["reason"] == "no vocabulary:concept"


def test_only_the_datasets_steward_reads_exact_figures(described):
    with pytest.raises(Refusal) as refused:
        assessing.assess(described, "chu", actor="officer")
    assert refused.value.verdict.reasons[0].code.startswith("PPL")
