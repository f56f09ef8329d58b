"""Our list of CDM 5.4 fields against OHDSI's own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hygie.intake.sources.cdm import DATE_WRITTEN, EXTENDED, IDENTIFIER_ROLES, ROLES, TABLES
from hygie.intake.sources.values import Tally


def test_fields_equal_the_official_list(testdata: Path) -> None:
    path = testdata / "omop-cdm-v54" / "OMOP_CDMv5.4_Field_Level.csv"
    with path.open(encoding="utf-8-sig", newline="") as handle:
        official = [
            (
                row["cdmTableName"].lower(),
                row["cdmFieldName"].strip('"').lower(),
                "text" if row["cdmDatatype"].lower().startswith("varchar") else row["cdmDatatype"].lower(),
                row["isRequired"] == "Yes",
                row["isPrimaryKey"] == "Yes",
                row["fkTableName"].lower() if row["isForeignKey"] == "Yes" else None,
            )
            for row in csv.DictReader(handle)
        ]
    ours = [
        (
            table.name,
            field.name,
            "integer" if field.type == "bigint" else field.type,
            field.required,
            field.is_primary,
            field.foreign_table,
        )
        for table in TABLES.values()
        for field in table.fields
    ]
    assert ours == official
    assert len(ours) > 400


def test_every_key_is_rekeyed() -> None:
    personal = {"person", "visit_occurrence", "visit_detail", "provider", "care_site", "location", "episode"}
    for table in TABLES.values():
        for field in table.fields:
            assert field.role in ROLES
            if field.foreign_table in personal:
                assert field.role in IDENTIFIER_ROLES, (table.name, field.name)
            if field.role in IDENTIFIER_ROLES:
                assert field.sql_type == "BIGINT"
        if table.person_column and table.primary_key:
            assert table.field(table.primary_key).role in IDENTIFIER_ROLES


def test_no_column_that_names_someone_is_extractable() -> None:
    for table, name in [
        ("person", "person_source_value"),
        ("provider", "provider_name"),
        ("provider", "npi"),
        ("location", "address_1"),
        ("location", "zip"),
        ("device_exposure", "unique_device_id"),
        ("note", "note_text"),
        ("observation", "value_as_string"),
        ("visit_occurrence", "visit_source_value"),
    ]:
        assert TABLES[table].field(name).role in {"direct", "freetext"}


def test_event_tables_carry_the_extension_columns() -> None:
    for name, stem in EXTENDED.items():
        table = TABLES[name]
        written = ["source_system", "source_code", "date_precision", "date_offset"]
        written += [] if name in {"measurement", "observation"} else ["end_date_precision", "end_date_offset"]
        assert [field.name for field in table.extensions] == written
        assert table.columns == table.fields + table.extensions
        assert table.field(f"{stem}_source_concept_id") is not None
    assert TABLES["death"].extensions == DATE_WRITTEN
    assert not TABLES["person"].extensions


def test_a_tally_that_loses_a_row_is_not_born() -> None:
    with pytest.raises(ValueError, match="is not kept"):
        Tally("person", 3, 1, 1)
