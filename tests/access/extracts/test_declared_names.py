"""A declared column may be called anything: its values are its own, from file to extract, whatever ours are called."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hygie.access.catalogue import actions as catalogue
from hygie.access.extracts import actions, queries
from hygie.access.permits import actions as permits
from hygie.base.engine import Node
from hygie.base.engine import name as quoted
from hygie.intake.lake import queries as lake
from hygie.intake.lake import tables
from tests.access.permits.drafts import DRAFT
from tests.intake.sources.table_files import schema

NAMES = [
    *("c", "t", "x", "t_c", "t_x", "p_c", "p_x", "a", "s", "h", "m", "r", "e", "g", "u", "s0", "s1", "h0", "h1", "k0"),
    *("part", "line", "raw", "fault", "cells", "p", "l", "person", "source_id", "row_id", "value", "token", "system"),
    *("code", "moment", "place", "target", "birth", "exact", "sex", "file", "rule", "reason", "who", "n", "none"),
    *("rowid", "stage_named", "table_map", "coming_rows", "held_row", "select", "order", "dataset", "links", "kept"),
    *("person_uid", "source_person_id", "file_row_number", "filename", "pseudonym", "cohort", "index", "key", "named"),
]
ROLES = ("text", "code", "number", "direct")
LINES = 60


def role(column: str) -> str:
    """Return a column's role, by its place."""
    return ROLES[NAMES.index(column) % len(ROLES)]


def cell(column: str, line: int) -> str:
    """Return a cell that no other column has."""
    return str(1000 * (NAMES.index(column) + 1) + line) if role(column) == "number" else f"{column} of {line}"


def write(folder: Path, kind: str, lines: range) -> Path:
    """Write the register, as CSV or as Parquet."""
    folder.mkdir()
    rows = [[cell(name, line) for name in NAMES] for line in lines]
    if kind == "parquet":
        columns = {name: [row[at] for row in rows] for at, name in enumerate(NAMES)}
        pq.write_table(pa.table(columns), folder / "named.parquet")
    else:
        text = [";".join(row) for row in [NAMES, *rows]]
        (folder / "named.csv").write_text("\n".join([*text, ""]), "utf-8")
    return folder


def said(who: str, key: tuple[str, ...]) -> dict[str, Any]:
    """Return the register's schema."""
    fields = [
        {
            "name": name,
            "type": "integer" if role(name) == "number" else "string",
            "hygie:role": "person" if name == who else role(name),
        }
        for name in NAMES
    ]
    return {"name": "named", "fields": fields, **({"primaryKey": list(key)} if key else {})}


def rows(node: Node) -> list[dict[str, str]]:
    """Return the table's rows as they lie in the lake."""
    with node.engine() as engine:
        view = lake.attach_snapshot(engine, node, "named")["named"]
        names = [row[0] for row in engine.rows(f"DESCRIBE {view}")]
        return [dict(zip(names, map(str, row), strict=True)) for row in engine.rows(f"SELECT * FROM {view}")]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("who", "key"), [("person", ()), ("p", ("p", "l")), ("source_id", ("part",)), ("c", ("h", "coming_rows"))]
)
def test_no_column_is_taken_for_one_of_ours(
    node: Node, tmp_path: Path, kind: str, who: str, key: tuple[str, ...]
) -> None:
    declared = schema(tmp_path, said(who, key))
    for folder, lines, increment in (("whole", range(LINES), False), ("more", range(LINES // 2, LINES + 9), True)):
        path = write(tmp_path / folder, kind, lines)
        taken = tables.ingest_table(
            node, path, schema=declared, dataset="named", actor="steward", synthetic=True, increment=increment
        )
        assert taken.manifest.quarantined == 0
    found = sorted(rows(node), key=lambda row: int(row[who].split()[-1]))
    assert len(found) == LINES + 9
    for line, row in enumerate(found):
        assert {name: row[name] for name in NAMES} == {name: cell(name, line) for name in NAMES}
    figures = catalogue.measure(node, "named", actor="steward")
    assert {each.name for each in figures.variables} >= set(NAMES)

    leaving = [name for name in NAMES if name != who and role(name) != "direct"]
    body = copy.deepcopy(DRAFT)
    body["data"] |= {
        "datasets": ["named"],
        "tables": {"person": ["person_id"], "named": ["named_id", "person_id", *leaving]},
        "reasons": {"person": "Who.", "named": "What."},
        "cohort": {"everyone": {}},
    }
    body["people"] = {"principal_investigator": "user", "authorised": ["user"]}
    permit = permits.grant(node, body, actor="officer").id
    actions.extract(node, permit, actor="operator")
    with node.engine() as engine:
        view = queries.attach_extract(engine, node, permit)["named"]
        out = engine.rows(f"SELECT {', '.join(map(quoted, leaving))} FROM {view}")
    assert len(out) == LINES + 9
    assert {tuple(map(str, row)) for row in out} == {
        tuple(cell(name, line) for name in leaving) for line in range(LINES + 9)
    }
