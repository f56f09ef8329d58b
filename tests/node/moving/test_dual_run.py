"""One study, run at both nodes under each node's own permit: its outputs are the same, or the move is not proven."""

import pytest

from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.access.permits.queries import example
from hygie.base.kernel import Refusal
from hygie.commons.people.models import Account, Attestation
from hygie.intake.lake import actions as lake
from hygie.node.home import database, opening
from hygie.node.moving import actions, proving
from hygie.node.moving.records import Ends, turn
from hygie.secure.enclave import actions as enclave
from tests.secure.enclave.conftest import hospital

TOML = """
name = "both"
language = "python"
command = ["python", "analysis"]
inputs = ["person"]
[[outputs]]
file = "counts.csv"
kind = "text"
"""
COUNTS = """
import pandas as pd
persons = pd.read_parquet("/data/person.parquet")
persons.groupby("year_of_birth").size().to_csv("/out/counts.csv")
"""
ORDER = """
import pandas as pd
persons = pd.read_parquet("/data/person.parquet")
persons["person_id"].to_csv("/out/counts.csv")
"""


def granted(node):
    """A permit of this node's own, with its extract."""
    turn(node)
    for name in ("user", "officer", "steward"):
        account = Account.objects.create(name=name, roles=[name], created_at=node.clock(), password="!")
        until = node.clock().replace(year=2126)
        Attestation.objects.create(account=account, course="t", right=1, asked=1, at=node.clock(), until=until)
    body = example(node, "chu")
    body["people"] = {"principal_investigator": "user", "authorised": ["user"]}
    body["data"]["cohort"] = {"everyone": {}}
    made = permits.grant(node, body, actor="officer")
    extracts.extract(node, made.id, actor="steward")
    return made


def ran(node, permit, folder):
    """The id of a study's run."""
    turn(node)
    record = enclave.run(node, folder, permit.id, actor="user")
    assert record.succeeded
    return record.id


def test_two_runs_of_one_study_are_compared(tmp_path, django_db_blocker):
    with django_db_blocker.unblock():
        old = opening.init(tmp_path / "old")
        lake.ingest_omop(old, hospital(tmp_path / "in", 60), dataset="chu", actor="operator", synthetic=True)
        new = opening.init(tmp_path / "new")
        ends = Ends(old, new, "operator")
        actions.plan(ends)
        actions.run(ends)
        allowed = {node.id: granted(node) for node in (old, new)}
        runs = {}
        for name, code in (("counts", COUNTS), ("order", ORDER)):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "study.toml").write_text(TOML)
            (folder / "analysis").write_text(code)
            runs[name] = tuple(ran(node, allowed[node.id], folder) for node in (old, new))
        assert proving.prove(ends, runs=runs["counts"]).runs == ("counts.csv",)
        for pair, code in (
            (runs["order"], "MOV-303"),
            ((runs["counts"][0], runs["order"][1]), "MOV-303"),
            (("run-0", runs["counts"][1]), "ENC-112"),
        ):
            with pytest.raises(Refusal) as refused:
                proving.prove(ends, runs=pair)
            assert refused.value.code == code
        turn(old)
        assert actions.plan(ends).derived | {"releases": 0} == {
            "permits": 1, "extracts": 1, "runs of studies": 2, "airlock requests": 0, "releases": 0,
        }  # fmt: skip
        database.close()
