"""Real deliveries, as others wrote them, from their files to a released result."""

import csv
import io
import json

import pytest

from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.access.permits import queries as permit_queries
from hygie.base.ledger import actions as ledger
from hygie.intake.lake import actions as lake
from hygie.secure.airlock import actions as airlock
from hygie.secure.enclave import actions as enclave

STUDY = """
name = "counts"
language = "python"
command = ["python", "analysis.py"]
inputs = ["person", "condition_occurrence"]

[[outputs]]
file = "persons.csv"
kind = "table"
title = "Persons by whether they have a condition"
source = "person"
groups = ["ill"]
measures = [{ name = "n", kind = "persons" }]
derive = [{ name = "ill", has = { table = "condition_occurrence" } }]

[[outputs]]
file = "invented.csv"
kind = "table"
title = "The same, with a count that is not in the data"
source = "person"
groups = ["ill"]
measures = [{ name = "n", kind = "persons" }]
derive = [{ name = "ill", has = { table = "condition_occurrence" } }]
"""
ANALYSIS = """
import pandas as pd

person = pd.read_parquet("/data/person.parquet")
ill = person["person_id"].isin(pd.read_parquet("/data/condition_occurrence.parquet")["person_id"])
counts = person.groupby(ill.rename("ill")).size().rename("n").reset_index()
shown = counts["n"].map(lambda n: "[hidden]" if n <= 7 else str(round(n / 5) * 5))
counts.assign(n=shown).to_csv("/out/persons.csv", index=False)
counts.assign(n="50").to_csv("/out/invented.csv", index=False)
"""


def released(node, dataset, folder):
    """Take a dataset down the road and return the release's record and its table."""
    draft = permit_queries.example(node, dataset)
    draft["data"]["cohort"] = {"everyone": {}}
    permit = permits.grant(node, draft, actor="officer")
    manifest = extracts.extract(node, permit.id, actor="steward")
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY)
    (folder / "analysis.py").write_text(ANALYSIS)
    run = enclave.run(node, folder, permit.id, actor="user")
    assert run.succeeded
    view = airlock.request(node, run.id, actor="user")
    for checker in ("checker", "checker2"):
        airlock.show(node, view.id, actor=checker)
        airlock.review(node, view.id, True, actor=checker)
    record = airlock.release(node, view.id, actor="checker")
    table = (node.home / "releases" / record["id"] / "outputs" / "persons.csv").read_text("utf-8")
    assert json.loads((node.home / "releases" / record["id"] / "release.json").read_text("utf-8")) == record
    ledger.verify(node.keys, origin=ledger.origin_of(node.id))
    return manifest, record, list(csv.DictReader(io.StringIO(table)))


@pytest.mark.slow
def test_a_fhir_bulk_export_with_dangling_references(node, testdata, tmp_path):
    ingested = lake.ingest_fhir(
        node, testdata / "fhir-bulk-synthea10", dataset="syn10", actor="steward", synthetic=True
    ).manifest
    assert ingested.tables["person"].rows == 13
    assert ingested.tables["condition_occurrence"].rows == 555
    assert ingested.read == ingested.kept + ingested.quarantined
    manifest, record, table = released(node, "syn10", tmp_path / "study")
    assert manifest.persons.cohort == 13
    assert [(output["file"], output["basis"]) for output in record["outputs"]] == [("persons.csv", "recomputed")]
    assert [kept["file"] for kept in record["kept_back"]] == ["invented.csv"]
    assert table == [{"ill": "True", "n": "15"}]


@pytest.mark.slow
def test_an_omop_zip_with_junk(node, testdata, tmp_path):
    ingested = lake.ingest_omop(
        node, testdata / "omop-synthea27nj" / "Synthea27Nj_5.4.zip", dataset="nj", actor="steward", synthetic=True
    ).manifest
    counts = {"person": 28, "condition_occurrence": 470, "drug_exposure": 883, "measurement": 10_040, "death": 3}
    assert {name: ingested.tables[name].rows for name in counts} == counts
    assert any("ignored" in note for note in ingested.notes)
    manifest, record, table = released(node, "nj", tmp_path / "study")
    assert manifest.persons.cohort == 28
    assert [output["file"] for output in record["outputs"]] == ["persons.csv"]
    assert [kept["file"] for kept in record["kept_back"]] == ["invented.csv"]
    assert {row["ill"]: row["n"] for row in table} == {"True": "25", "False": "[hidden]"}
