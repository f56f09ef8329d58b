"""A field of an edition given as files may be called almost anything: its values are its own, from CSV and Parquet."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hygie.base.engine import Node
from hygie.base.kernel import Refusal
from hygie.intake.lake import actions, queries
from hygie.intake.sources.snds.schema import OURS, published
from tests.intake.sources.snds_files import Row, rows, write_csv, write_parquet

NAMES = (
    *("C", "T", "X", "T_X", "LINES", "TOLD", "RAW", "WIDTH", "FAULT", "PART", "PERSON", "FILE", "RULE", "REASON", "N"),
    *(
        "H",
        "P",
        "S",
        "M",
        "E",
        "SOURCE",
        "SOURCE_ID",
        "ROWID",
        "CARE",
        "HUB",
        "CELLS",
        "VALUE",
        "TOKEN",
        "CLAIM",
        "KEY",
    ),
    *("COMING_ROWS", "HELD_ROW", "ROW_ID", "SYSTEM", "CODE", "FILENAME", "SELECT", "ORDER", "YEAR", "ROW_NUMBER"),
)
TABLES = ("IR_BEN_R", "ER_PRS_F", "ER_PHA_F", "IR_IMB_R")


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_no_field_is_taken_for_one_of_ours(
    node: Node, tmp_path: Path, testdata: Path, write: Callable[[Path, Mapping[str, list[Row]]], Path]
) -> None:
    edition = tmp_path / "edition"
    shutil.copytree(testdata / "snds-schema" / "schemas", edition)
    for file in edition.rglob("*.json"):
        body = json.loads(file.read_text("utf-8"))
        if body["name"] in TABLES:
            body["fields"] += [{"name": each, "type": "string", "length": "40"} for each in NAMES]
            file.write_text(json.dumps(body), "utf-8")
    delivered = rows()
    for table in TABLES:
        for line, row in enumerate(delivered[table]):
            row |= {each: f"{each} of {table} {line}" for each in NAMES}
    path = write(tmp_path / "in", delivered)
    taken = actions.ingest_snds(node, path, dataset="snds", schema=edition, actor="steward", synthetic=True)
    assert taken.manifest.quarantined == 0
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, "snds")
        for table in TABLES:
            listed = ", ".join(f'"{each.lower()}"' for each in NAMES)
            found = engine.rows(f"SELECT {listed} FROM {views['snds_' + table.lower()]}")
            assert sorted(found) == sorted(tuple(row[each] for each in NAMES) for row in delivered[table]), table


@pytest.mark.parametrize("field", sorted(OURS))
def test_a_field_that_is_called_as_one_of_ours_is_refused(tmp_path: Path, field: str) -> None:
    body = {"name": "ER_NEW_F", "fields": [{"name": field.upper(), "type": "string"}]}
    (tmp_path / "new.json").write_text(json.dumps(body), "utf-8")
    with pytest.raises(Refusal) as refused:
        published(tmp_path)
    assert refused.value.code == "SRC-303"
