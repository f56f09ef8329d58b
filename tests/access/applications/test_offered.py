"""Only data that the catalogue opens to applications are applied for and given: described, and published once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hygie.access.applications import actions, queries
from hygie.access.catalogue import actions as catalogue
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions as lake
from tests.access.applications.story import assessed, drafted, requested
from tests.access.catalogue.descriptions import body
from tests.access.permits.drafts import deliver
from tests.conftest import Clock


def test_a_dataset_that_nobody_described_is_neither_taken_nor_named(stocked: Node, tmp_path: Path) -> None:
    lake.ingest_omop(stocked, deliver(tmp_path / "second"), dataset="second", actor="steward", synthetic=True)
    made = drafted(stocked, sources__datasets=["second"])
    with pytest.raises(Refusal) as refused:
        actions.submit(stocked, made, actor="user")
    (reason,) = [each for each in refused.value.verdict.reasons if each.code == "APP-119"]
    assert reason.facts == {"found": "second", "accepted": "chu-demo"}


def test_a_cohort_is_open_from_its_first_publication(stocked: Node, clock: Clock) -> None:  # SU-51-P
    clock.time = datetime(2031, 4, 1, tzinfo=UTC)
    made = assessed(stocked)
    catalogue.describe(stocked, "chu-demo", body(categories=["p"], checked_on="2031-03-28"), actor="steward")
    with pytest.raises(Refusal, match="CAT-109"):
        actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer")
    late = drafted(stocked)
    assert "CAT-109" in {each.code for each in queries.folder(stocked, late, reader="user").missing["sources"]}
    with pytest.raises(Refusal, match="CAT-109"):
        actions.submit(stocked, late, actor="user")
    with pytest.raises(Refusal, match="CAT-109"):
        requested(stocked)
    published = body(categories=["p"], checked_on="2031-03-28", first_publication="2031-03-28")
    catalogue.describe(stocked, "chu-demo", published, actor="steward")
    assert actions.submit(stocked, late, actor="user").state == "submitted"
    decided = actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer")
    assert decided.outcome == "granted"
