"""A study runs under its permit on its extract, leaves what it leaves sealed, and stops when the permit does."""

import json
import subprocess
import threading
import time
from datetime import datetime

import pytest
from django.db import connection

from hygie.access.extracts import queries as extracts
from hygie.access.permits import actions as permits
from hygie.access.permits import queries as permit_queries
from hygie.base.kernel import Refusal, digest
from hygie.base.ledger import queries as ledger
from hygie.base.ledger.actions import head
from hygie.commons.people import actions as people
from hygie.commons.people.models import Account
from hygie.node.cli.main import main
from hygie.secure.enclave import actions, queries, sizing, walls
from hygie.secure.enclave.models import Run
from hygie.secure.enclave.values import RunRecord
from tests.secure.enclave.conftest import PLANTED

COUNT = """
import pandas as pd
drugs = pd.read_parquet("/data/drug_exposure.parquet")
persons = pd.read_parquet("/data/person.parquet")
both = drugs.merge(persons, on="person_id")
open("/out/counts.csv", "w").write(f"rows,persons\\n{len(both)},{persons.person_id.nunique()}\\n")
print(drugs.source_code.value_counts())
"""


def refused(code, call):
    with pytest.raises(Refusal) as caught:
        call()
    assert caught.value.code == code


def test_the_new_study_runs_as_it_is_and_its_outputs_lie_sealed(node, permit, tmp_path):
    written = actions.new_study(node, tmp_path / "s", permit.id, actor="user")
    record = actions.run(node, tmp_path / "s", permit.id, actor="user")
    assert record.succeeded, queries.texts(node, record.id)
    assert not record.missing
    assert {wall.name for wall in record.walls} == set(walls.BY_NAME)
    assert record.study_hash == written.hash
    assert {output.name for output in record.outputs} >= {"table1.csv", "plot.svg", "estimate.csv"}
    assert [declared["file"] for declared in record.declared] == ["table1.csv", "plot.svg", "estimate.csv", "rare.csv"]
    table = queries.output(node, record.id, "table1.csv").decode().splitlines()
    assert table[0] == "exposed,sex,outcome,n"
    assert "True,male,True,20" in table
    assert RunRecord.from_json(json.loads(json.dumps(record.as_json()))) == record == queries.run(record.id)
    for file in (node.home / "runs" / record.id).iterdir():
        if file.name != "record.json":
            assert b"exposed" not in file.read_bytes()
    assert len(ledger.indexes(record.id, "run.started")) == len(ledger.indexes(record.id, "run.ended")) == 1


def test_the_extract_is_read_through_memory_and_is_nowhere_in_clear(node, permit, study):
    folder = study(COUNT + "import time\ntime.sleep(1.5)\n")
    found, over = [], threading.Event()

    def look():
        while not over.is_set():
            for path in [*node.home.rglob("*")]:
                try:
                    if path.is_file() and PLANTED.encode() in path.read_bytes():
                        found.append(path)
                except FileNotFoundError:
                    continue
            time.sleep(0.05)

    thread = threading.Thread(target=look)
    thread.start()
    record = actions.run(node, folder, permit.id, actor="user")
    over.set()
    thread.join()
    assert queries.output(node, record.id, "counts.csv") == b"rows,persons\n240,240\n"
    assert PLANTED in queries.texts(node, record.id)["stdout"].decode()
    assert not found


LONG = "open('/out/early.csv', 'w').write('x')\nimport time\ntime.sleep(60)\n"


def revoke(node, permit, clock):
    permits.revoke(node, permit.id, "A test.", published="A test.", confirmed=True, actor="officer")


def disable(node, permit, clock):
    people.set_active(node, "user", False, actor="operator")


def expire(node, permit, clock):
    clock.advance(days=800)


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [(revoke, "permit PMT-"), (disable, "rights PPL-"), (expire, "permit PMT-")],
    ids=["revoked", "disabled", "expired"],
)
def test_a_run_stops_when_its_permit_or_its_author_s_rights_do_and_nothing_is_kept(
    node, permit, study, clock, meanwhile, told
):
    def later():
        time.sleep(1.5)
        meanwhile(node, permit, clock)
        connection.close()

    thread = threading.Thread(target=later)
    thread.start()
    record = actions.run(node, study(LONG), permit.id, actor="user", every=0.3)
    thread.join()
    assert record.stopped_by.startswith(told)
    assert record.used["wall"] < 30
    assert not record.outputs
    refused(record.stopped_by.split()[1], lambda: actions.run(node, study(LONG), permit.id, actor="user"))


def test_only_a_named_person_runs(node, permit, study):
    refused("PPL-106", lambda: actions.run(node, study("pass"), permit.id, actor="checker"))
    assert not Run.objects.exists()


def test_who_decided_the_permit_does_not_run_under_it(node, permit, study, monkeypatch):
    Account.objects.filter(name="officer").update(roles=["officer", "user"])
    with pytest.raises(Refusal) as caught:
        actions.run(node, study("pass"), permit.id, actor="officer")
    assert {reason.code for reason in caught.value.verdict.reasons} == {"PPL-106", "PPL-109"}
    monkeypatch.setattr(permit_queries, "deciders", lambda permit, public_key: frozenset())
    monkeypatch.setattr(permit_queries, "decided_by", lambda permit_id: "user")
    refused("PPL-109", lambda: actions.run(node, study("pass"), permit.id, actor="user"))
    refused("PPL-109", lambda: actions.new_study(node, study("pass"), permit.id, actor="user"))
    assert not Run.objects.exists()


def test_tables_that_the_extract_lacks_are_refused(node, permit, study):
    folder = study("pass", inputs=["person", "death"])
    refused("ENC-111", lambda: actions.run(node, folder, permit.id, actor="user"))


def test_a_language_that_the_permit_lacks_is_refused(node, permit, study):
    folder = study("1", language="r")
    refused("ENC-110", lambda: actions.run(node, folder, permit.id, actor="user"))


def test_a_study_sees_only_the_tables_it_asks_for(node, permit, study):
    folder = study("import os\nprint(sorted(os.listdir('/data')))\n", inputs=["person"])
    record = actions.run(node, folder, permit.id, actor="user")
    assert queries.texts(node, record.id)["stdout"] == b"['person.parquet']\n"


def test_a_failing_study_is_recorded_as_it_failed(node, permit, study):
    record = actions.run(node, study("raise SystemExit(7)"), permit.id, actor="user")
    assert (record.exit, record.stopped_by, record.succeeded) == (1, "", False)
    assert queries.details(node, record)["exit"] == 7


LEAK = """
import time
import pandas as pd
one = pd.read_parquet("/data/person.parquet").iloc[0]
open(f"/out/#p {one.person_id} {one.gender_concept_id} {one.year_of_birth}", "w").close()
open(f"/out/p{one.person_id}-{one.year_of_birth}.csv", "w").write("x")
open("/out/counts.csv", "w").write(f"{one.person_id}")
print(one.person_id)
held = bytearray(int(one.year_of_birth) * 50_000)
raise SystemExit(int(one.year_of_birth) % 100 + 1)
"""


@pytest.mark.attack
def test_what_a_study_leaves_beside_its_outputs_tells_nothing_outside(node, permit, study, capsys):
    folder = study(LEAK)
    with extracts.read(node, permit.id, "person") as reader:
        one = reader.read_next_batch().to_pylist()[0]
    capsys.readouterr()
    assert main(["--node", str(node.home), "--as", "user", "study", "run", str(folder), "--permit", permit.id]) == 1
    told = capsys.readouterr()
    words = ["--json", "study", "run", str(folder), "--permit", permit.id]
    assert main(["--node", str(node.home), "--as", "user", *words]) == 1
    in_json = capsys.readouterr().out
    row = Run.objects.last()
    record = queries.run(row.id)
    clear = (node.home / "runs" / row.id / "record.json").read_text()
    facts = json.dumps([ledger.event(index).body for index in ledger.indexes(row.id)])
    exact = one["year_of_birth"] % 100 + 1
    for text in (told.out + told.err, in_json, clear, json.dumps(row.record), facts):
        for secret in (str(one["person_id"]), digest(str(one["person_id"]).encode())):
            assert secret not in text
    assert "failed" in told.err
    assert "not declared, and not taken: 2" in told.err
    assert "counts.csv" not in told.err, "which of the declared outputs are there is a bit each"
    assert (record.exit, record.undeclared) == (1, 2)
    assert [output.name for output in record.outputs] == ["counts.csv"]
    assert all(isinstance(figure, int) for figure in record.used.values())
    assert record.ended_at == datetime.fromisoformat(record.ended_at).isoformat(timespec="seconds")
    kept = queries.details(node, record)
    assert kept["exit"] == exact
    assert len([reason for _, reason in kept["left"] if reason == "undeclared"]) == 2


def test_an_altered_output_is_not_given_out(node, permit, study):
    record = actions.run(node, study("open('/out/a.csv', 'w').write('a')"), permit.id, actor="user")
    path = node.home / "runs" / record.id / record.outputs[0].file
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    refused("KEY-113", lambda: queries.output(node, record.id, "a.csv"))
    path.write_bytes((path.parent / record.details.file).read_bytes())
    refused("ENC-115", lambda: queries.output(node, record.id, "a.csv"))
    path.unlink()
    refused("ENC-115", lambda: queries.output(node, record.id, "a.csv"))


def test_with_the_permits_key_destroyed_outputs_are_gone(node, permit, study):
    record = actions.run(node, study("open('/out/a.csv', 'w').write('a')"), permit.id, actor="user")
    node.keys.destroy(record.key_id)
    with pytest.raises(Refusal) as caught:
        queries.output(node, record.id, "a.csv")
    assert caught.value.code.startswith("KEY-")


def test_unknown_runs_and_outputs(node, permit, study):
    refused("ENC-112", lambda: queries.run("run-none"))
    record = actions.run(node, study("pass"), permit.id, actor="user")
    refused("ENC-113", lambda: queries.output(node, record.id, "none.csv"))


def test_a_run_whose_launcher_died_is_lost(node, permit, study, clock):
    at = clock()
    Run.objects.create(
        id="run-dead", permit=permit.id, actor="user", state="running", dummy=False, started_at=at, deadline=at
    )
    actions.run(node, study("pass"), permit.id, actor="user")
    assert Run.objects.get(id="run-dead").state == "lost"
    assert ledger.indexes("run-dead", "run.ended")


def test_new_study_into_a_folder_in_use(node, permit, tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "x").write_text("x")
    refused("ENC-114", lambda: actions.new_study(node, tmp_path / "s", permit.id, actor="user"))


def test_walls_report(node):
    report = {wall.name: wall for wall in queries.walls_report(node)}
    assert set(report) == set(walls.BY_NAME)
    assert all(wall.detail and wall.fix for wall in report.values())


def test_the_same_study_runs_on_dummy_data_inside_and_on_ones_own_machine(node, permit, tmp_path):
    folder = tmp_path / "s"
    written = actions.new_study(node, folder, permit.id, actor="user", dummy=True)
    assert {path.name for path in (folder / "dummy").iterdir()} >= {"person.parquet", "drug_exposure.parquet"}
    record = actions.run(node, folder, permit.id, actor="user", dummy=True)
    assert record.succeeded, queries.texts(node, record.id)
    assert (record.dummy, record.synthetic, record.extract) == (True, True, "")
    assert record.study_hash == written.hash
    subprocess.run([node.study_python, folder / "analysis.py"], check=True, capture_output=True)
    assert {path.name for path in (folder / "out").iterdir()} == {output.name for output in record.outputs}
    for output in record.outputs:
        if output.name.endswith(".csv"):
            assert (folder / "out" / output.name).read_bytes() == queries.output(node, record.id, output.name)


def test_beginning_a_study_is_in_the_ledger_before_the_extract_is_read(node, permit, tmp_path, monkeypatch):
    def facts():
        events = [ledger.event(index) for index in range(head().size)]
        return [each.body for each in events if each.kind == "study.begun"]

    actions.new_study(node, tmp_path / "plain", permit.id, actor="user")
    under = {"permit": permit.id, "datasets": list(permit.data.datasets)}
    assert facts() == [{**under, "dummy": False, "extract": ""}]
    seen = []
    make = actions.dummies.make
    monkeypatch.setattr(actions.dummies, "make", lambda *words: (seen.append(len(facts())), make(*words))[1])
    actions.new_study(node, tmp_path / "dummy", permit.id, actor="user", dummy=True)
    assert seen == [2], "the fact is there when the statistics are read"
    assert facts()[1] == {**under, "dummy": True, "extract": extracts.latest(permit.id).id}


def test_room_for_the_data_is_what_they_need(node, permit, study, monkeypatch):
    record = actions.run(node, study("pass"), permit.id, actor="user")
    bytes_of = {table.name: table.bytes for table in extracts.latest(permit.id).tables}
    needed = (bytes_of["person"] + bytes_of["drug_exposure"]) >> 20
    assert record.limits["data_mb"] in range(2 * needed + 64, 2 * needed + 67)
    monkeypatch.setattr(sizing, "available_memory", lambda: 200)
    with pytest.raises(Refusal) as caught:
        actions.run(node, study("pass"), permit.id, actor="user")
    assert caught.value.code == "ENC-116"
    assert Run.objects.count() == 1, "nothing began"


def test_room_grows_with_the_extract_and_stops_at_the_machine():
    assert sizing.data_room(6 << 30, 64_000) == 2 * 6144 + 64
    assert sizing.data_room(6 << 30, 6144 + 256) == 6144
    refused("ENC-116", lambda: sizing.data_room(6 << 30, 6144 + 255))
    assert 0 < sizing.available_memory() < 1 << 24
