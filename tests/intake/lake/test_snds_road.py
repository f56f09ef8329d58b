"""SNDS tables in the lake: recognised when they come again, figures in the manifest, faults in the quarantine."""

import json
import shutil

from hygie.intake.lake import actions, queries
from hygie.intake.sources.values import Tally
from hygie.node.cli.ingest import figures
from tests.intake.sources.snds_files import as_delivered, rows, write_csv, write_parquet


def held(node, dataset, tables):
    with node.engine() as engine:
        views = queries.attach_snapshot(engine, node, dataset, tables=list(tables))
        return {table: engine.rows(f'SELECT * FROM "{views[table]}" ORDER BY ALL') for table in tables}


def test_a_delivery_is_kept_whole_and_recognised(node, tmp_path):
    path = as_delivered(tmp_path / "in", rows())
    outcome = actions.ingest_snds(node, path, dataset="snds", actor="operator", synthetic=True)
    manifest = outcome.manifest
    assert manifest.standard == "SNDS 2020-12"
    assert (manifest.persons, manifest.quarantined) == (30, 0)
    assert manifest.tables["snds_er_prs_f"].rows == 90
    assert manifest.tables["snds_er_pha_f"].person == "person_id"
    assert manifest.unmapped["urn:hygie:snds:nabm"] == 30
    assert figures(outcome)["tables"]["ER_PRS_F"] == {"read": 90, "kept": 90, "quarantined": 0}
    assert actions.verify(node, "snds", actor="operator").files > 15
    assert actions.ingest_snds(node, path, dataset="snds", actor="operator", synthetic=True).recognised


def test_both_forms_are_held_alike(node, tmp_path):
    given = rows(12)
    one = actions.ingest_snds(node, as_delivered(tmp_path / "a", given), dataset="a", actor="operator", synthetic=True)
    two = actions.ingest_snds(node, write_parquet(tmp_path / "b", given), dataset="b", actor="operator", synthetic=True)
    tables = [name for name in one.manifest.tables if name not in ("person", "snds_ir_ben_r")]
    assert one.manifest.tables.keys() == two.manifest.tables.keys()
    shared = [name for name in tables if not one.manifest.tables[name].person]
    assert held(node, "a", shared) == held(node, "b", shared)
    assert {name: one.manifest.tables[name].rows for name in tables} == {
        name: two.manifest.tables[name].rows for name in tables
    }


def test_faults_are_counted_and_another_edition_is_another_delivery(node, tmp_path, testdata):
    tables = rows(10)
    tables["ER_PRS_F"][4]["PRS_NAT_REF"] = "2000000000"
    path = write_csv(tmp_path / "in", tables)
    first = actions.ingest_snds(node, path, dataset="snds", actor="operator", synthetic=True).manifest
    assert (first.read, first.quarantined) == (first.kept + 1, 1)
    schema = testdata / "snds-schema" / "schemas"
    second = actions.ingest_snds(node, path, dataset="snds", actor="operator", synthetic=True, schema=schema)
    assert not second.recognised
    assert second.manifest.standard == "SNDS schemas"
    assert second.manifest.kept == first.kept


def test_a_code_list_that_an_edition_has_itself_is_read_once_as_it_has_it(node, tmp_path, testdata):
    schema = shutil.copytree(testdata / "snds-schema" / "schemas", tmp_path / "2031")
    fields = [{"name": "PRS_NAT", "type": "integer", "length": "4"}, {"name": "OTHER_LIB", "type": "string"}]
    (schema / "IR_NAT_V.json").write_text(json.dumps({"name": "IR_NAT_V", "fields": fields}), "utf-8")
    path = write_csv(tmp_path / "in", {**rows(3), "IR_NAT_V": [{"PRS_NAT": 9, "OTHER_LIB": "x"}]})
    taken = actions.ingest_snds(node, path, dataset="snds", actor="operator", synthetic=True, schema=schema).manifest
    assert taken.quarantined == 0
    assert [each for each in taken.tallies if each.name == "IR_NAT_V"] == [Tally("IR_NAT_V", 1, 1, 0)]
