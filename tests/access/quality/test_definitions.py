"""The shipped definitions are those that OHDSI publishes."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from tools import quality_data

from hygie.access.quality import definitions
from hygie.access.quality.plan import elsewhere
from hygie.intake.sources.cdm import TABLES

PUBLISHED = Path(os.environ.get("HYGIE_TESTDATA", "")) / "omop-cdm-v54"
needs_published = pytest.mark.skipif(
    not (PUBLISHED / "DQD_OMOP_CDMv5.4_Field_Level.csv").exists(), reason="no HYGIE_TESTDATA"
)


@needs_published
def test_the_shipped_definitions_equal_the_published_ones():
    for name, text in quality_data.files(PUBLISHED).items():
        assert (quality_data.PLACE / name).read_text("utf-8") == text, name


def test_there_are_27_types_and_2535_checks_each_with_its_own_id():
    assert len(definitions.kinds()) == 27 + len(definitions.OWN_KINDS)
    assert len(definitions.checks()) == 2535
    assert max(Counter(each.id for each in definitions.checks()).values()) == 1


def test_every_check_is_of_a_table_and_field_of_the_data_model():
    for check in definitions.checks():
        table = TABLES[check.table]
        assert not check.field or table.field(check.field), check.id
        assert check.kind.name == check.name
        if other := elsewhere(check):
            assert other in TABLES, check.id


def test_the_tables_are_those_of_the_data_model():
    assert set(definitions.tables()) == set(TABLES)
    assert {name for name, (_, required) in definitions.tables().items() if required} >= {
        "person",
        "observation_period",
    }
