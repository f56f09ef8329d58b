"""From a real run in the sandbox to a release: what leaves, who may say so, and what makes votes void."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.access.permits import queries as permit_queries
from hygie.base.kernel import Refusal, digest
from hygie.base.ledger import queries as ledger
from hygie.base.ledger.actions import head
from hygie.commons.people.models import Account
from hygie.secure.airlock import actions, checking, evidence, previewing
from hygie.secure.airlock.models import Release, Request
from hygie.secure.airlock.rules import follow
from hygie.secure.airlock.values import STATES, TRANSITIONS
from hygie.secure.enclave import actions as enclave
from hygie.secure.enclave import queries as enclave_queries
from tests.access.extracts.conftest import granted, lake_of  # noqa: F401

TABLE = """
[[outputs]]
file = "{file}"
kind = "table"
title = "Persons by sex"
source = "person"
groups = ["sex"{group}]
measures = [{{ name = "n", kind = "persons" }}]
derive = [
  {{ name = "sex", map = {{ column = "gender_concept_id", values = {{ 8507 = "male", 8532 = "female" }} }} }},
  {{ name = "decade", band = {{ column = "year_of_birth", bounds = [1940, 1950, 1960, 1970, 1980, 1990] }} }},
]
"""
STUDY = """
name = "counts"
language = "python"
command = ["python", "analysis.py"]
inputs = ["person"]
"""
ANALYSIS = """
import pandas as pd
person = pd.read_parquet("/data/person.parquet")
person["sex"] = person["gender_concept_id"].map({8507: "male", 8532: "female"})
low = (person["year_of_birth"] // 10 * 10)
person["decade"] = low.astype(str) + "-" + (low + 9).astype(str)
person.loc[person["year_of_birth"] >= 1990, "decade"] = "1990+"
counts = person.groupby("sex").size().rename("n").reset_index()
counts["n"] = (counts["n"] / 5).round().astype(int) * 5
counts.to_csv("/out/good.csv", index=False)
person.groupby(["sex", "decade"]).size().rename("n").reset_index().to_csv("/out/small.csv", index=False)
open("/out/note.md", "w").write("The table holds all persons.\\n")
open("/out/extra.csv", "w").write("a,b\\nx,100\\n")
"""


def study(folder: Path, analysis: str = ANALYSIS) -> Path:
    folder.mkdir()
    small = TABLE.format(file="small.csv", group=', "decade"')
    note = '[[outputs]]\nfile = "note.md"\nkind = "text"\n'
    (folder / "study.toml").write_text(STUDY + TABLE.format(file="good.csv", group="") + small + note)
    (folder / "analysis.py").write_text(analysis)
    return folder


@pytest.fixture
def road(node, once, lake_of, tmp_path):  # noqa: F811
    """A node with a permit, its extract, and a run."""

    def make():
        permit = granted(lake_of(chu=range(1, 91)), "chu")
        extracts.extract(node, permit, actor="steward")
        run = enclave.run(node, study(tmp_path / "study"), permit, actor="user")
        assert run.succeeded, run.left
        return permit, run

    return node, *once("a run on the road", make)


def voted(node, request, agrees, comment="", *, actor):
    """Look at a request, then vote."""
    actions.show(node, request, actor=actor)
    return actions.review(node, request, agrees, comment, actor=actor)


def kinds():
    return [ledger.event(index).kind for index in range(head().size)]


def refused(code):
    class Caught:
        def __enter__(self):
            self.raised = pytest.raises(Refusal)
            self.found = self.raised.__enter__()
            return self.found

        def __exit__(self, *info):
            held = self.raised.__exit__(*info)
            assert self.found.value.code == code, self.found.value.code
            return held

    return Caught()


def test_a_safe_table_leaves_and_a_small_one_is_blocked_then_mended(road):
    node, permit, run = road
    asked = actions.request(node, run.id, actor="user")
    assert {each.file: (each.basis, each.outcome) for each in asked.outputs} == {
        "good.csv": ("recomputed", "pass"),
        "small.csv": ("recomputed", "block"),
        "note.md": ("declared only", "review"),
    }
    assert asked.undeclared == 1
    assert next(each for each in asked.outputs if each.file == "small.csv").fix
    mended = actions.fix(node, asked.id, "small.csv", actor="user")
    assert {each.file: each.outcome for each in mended.outputs}["small.csv"] in ("pass", "review")
    first = voted(node, asked.id, True, "fine", actor="checker")
    assert (first.state, first.votes) == ("under review", (("checker", True, "fine"),))
    hidden = actions.show(node, asked.id, actor="checker2")
    assert (hidden.votes, hidden.waiting) == ((), 1), "the first vote stays hidden from the second checker"
    second = voted(node, asked.id, True, actor="checker2")
    assert second.state == "approved"
    assert len(second.votes) == 2
    record = actions.release(node, asked.id, actor="checker")
    folder = node.home / "releases" / record["id"]
    assert {path.name for path in (folder / "outputs").iterdir()} == {"good.csv", "small.csv", "note.md"}
    assert json.loads((folder / "release.json").read_text()) == record
    for output in record["outputs"]:
        assert digest((folder / "outputs" / output["file"]).read_bytes()) == output["sha256"]
    assert (record["run"]["id"], record["permit"]["id"]) == (run.id, permit)
    assert {vote["reviewer"] for vote in record["votes"]} == {"checker", "checker2"}
    assert any(
        "mended" in word for each in record["outputs"] if each["file"] == "small.csv" for word in each["changed"]
    )
    assert "extra.csv" not in (folder / "release.json").read_text()
    said = [kind for kind in kinds() if kind.startswith("airlock.") and kind != "airlock.shown"]
    assert said == [f"airlock.{word}" for word in ("requested", "changed", "voted", "voted", "decided", "released")]


def test_blocked_outputs_stay_while_others_leave(road):
    node, _, run = road
    asked = actions.request(node, run.id, actor="user")
    for checker in ("checker", "checker2"):
        voted(node, asked.id, True, actor=checker)
    record = actions.release(node, asked.id, actor="checker2")
    assert {each["file"] for each in record["outputs"]} == {"good.csv", "note.md"}
    assert [each["file"] for each in record["kept_back"]] == ["small.csv"]
    assert not (node.home / "releases" / record["id"] / "outputs" / "small.csv").exists()
    with refused("AIR-307"):
        actions.release(node, asked.id, actor="checker")


def test_the_smallest_change_counts_nothing_twice_and_stops_no_request(road, monkeypatch):
    node, _, run = road
    counted, recompute = [], checking.recompute
    monkeypatch.setattr(
        checking, "recompute", lambda output, tables: counted.append(output.file) or recompute(output, tables)
    )
    asked = actions.request(node, run.id, actor="user")
    assert counted == ["good.csv", "small.csv"]
    assert previewing.preview(node, asked.id, "small.csv", actor="user").after.outcome == "pass"
    with monkeypatch.context() as failing:
        failing.setattr(checking, "mend", lambda output, *_: follow("released", "vote", output.file))
        other = actions.request(node, run.id, actor="user")
    with refused("AIR-310"):
        previewing.preview(node, other.id, "small.csv", actor="user")


def test_who_may_vote_and_release(road):
    node, _, run = road
    asked = actions.request(node, run.id, actor="user")
    for actor in ("user", "officer", "steward", "auditor"):
        with pytest.raises(Refusal) as caught:
            actions.review(node, asked.id, True, actor=actor)
        assert caught.value.code.startswith("PPL-")
    with refused("AIR-307"):
        actions.release(node, asked.id, actor="checker")
    voted(node, asked.id, True, actor="checker")
    with refused("AIR-305"):
        voted(node, asked.id, True, actor="checker")
    with refused("AIR-307"):
        actions.release(node, asked.id, actor="checker")
    voted(node, asked.id, False, "no", actor="checker2")
    assert actions.show(node, asked.id, actor="user").state == "refused"
    with refused("AIR-307"):
        actions.release(node, asked.id, actor="checker")
    assert not Release.objects.exists()
    assert not (node.home / "releases").exists()


def test_who_decided_or_prepared_neither_asks_nor_checks(road, monkeypatch):
    node, _, run = road
    Account.objects.filter(name__in=["officer", "steward"]).update(roles=["user", "checker"])
    with pytest.raises(Refusal) as caught:
        actions.request(node, run.id, actor="officer")
    assert {reason.code for reason in caught.value.verdict.reasons} == {"PPL-106", "PPL-109"}
    asked = actions.request(node, run.id, actor="user")
    for actor in ("officer", "steward"):
        with refused("PPL-117"):
            actions.show(node, asked.id, actor=actor)
        with refused("PPL-117"):
            actions.review(node, asked.id, True, actor=actor)
        with refused("PPL-117"):
            actions.release(node, asked.id, actor=actor)
    monkeypatch.setattr(permit_queries, "deciders", lambda permit, public_key: frozenset())
    monkeypatch.setattr(permit_queries, "decided_by", lambda permit_id: "user")
    with refused("PPL-109"):
        actions.request(node, run.id, actor="user")
    with refused("PPL-109"):
        actions.fix(node, asked.id, "good.csv", actor="user")


@pytest.mark.attack
def test_a_changed_file_makes_both_votes_void(road):
    node, _, run = road
    asked = actions.request(node, run.id, actor="user")
    for checker in ("checker", "checker2"):
        voted(node, asked.id, True, actor=checker)
    row = Request.objects.get(id=asked.id)
    sealed = node.home / "airlock" / row.id / evidence.entries(node, row)[0]["sealed"]
    body = bytearray(sealed.read_bytes())
    body[-1] ^= 1
    sealed.chmod(0o600)
    sealed.write_bytes(bytes(body))
    with refused("AIR-306"):
        actions.release(node, asked.id, actor="checker")
    row.refresh_from_db()
    assert row.state == "requested"
    assert not row.votes.filter(void=False).exists()
    assert not Release.objects.exists()
    assert kinds()[-1] == "airlock.voided"


def test_a_fix_makes_the_votes_void(road):
    node, _, run = road
    asked = actions.request(node, run.id, actor="user")
    voted(node, asked.id, True, actor="checker")
    mended = actions.fix(node, asked.id, "small.csv", actor="user")
    assert (mended.state, mended.votes, mended.waiting) == ("requested", (), 0)
    assert voted(node, asked.id, True, actor="checker2").state == "under review"
    assert voted(node, asked.id, True, actor="checker").state == "approved"


def test_a_permit_that_no_longer_holds_lets_nothing_out(road, clock):
    node, permit, run = road
    asked = actions.request(node, run.id, actor="user")
    for checker in ("checker", "checker2"):
        voted(node, asked.id, True, actor=checker)
    permits.revoke(node, permit, "misuse", published="misuse", confirmed=True, actor="officer")
    with refused("PMT-206"):
        actions.release(node, asked.id, actor="checker")
    with refused("PMT-206"):
        actions.request(node, run.id, actor="user")
    assert not (node.home / "releases").exists()


def test_an_expired_permit_lets_nothing_out(road, clock):
    node, _, run = road
    asked = actions.request(node, run.id, actor="user")
    clock.advance(days=4000)
    with refused("PMT-204"):
        voted(node, asked.id, True, actor="checker")
    with refused("PMT-204"):
        actions.release(node, asked.id, actor="checker")


def test_requests_that_cannot_be_made(road, tmp_path):
    node, permit, run = road
    with refused("ENC-112"):
        actions.request(node, "run-none", actor="user")
    with refused("PPL-106"):
        actions.request(node, run.id, actor="checker")
    failed = enclave.run(node, study(tmp_path / "failed", "raise SystemExit(3)"), permit, actor="user")
    with refused("AIR-302"):
        actions.request(node, failed.id, actor="user")
    made_up = enclave.run(node, study(tmp_path / "made-up"), permit, actor="user", dummy=True)
    with refused("AIR-301"):
        actions.request(node, made_up.id, actor="user")
    with refused("AIR-308"):
        actions.review(node, "request-none", True, actor="checker")
    assert not Request.objects.exists()


def test_the_table_of_states_is_whole():
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(STATES)
    assert not {state for state, _ in TRANSITIONS} & {"refused", "released", "deleted"}, "nothing follows these"
    assert {event for _, event in TRANSITIONS} == {"vote", "change", "approve", "refuse", "release", "delete"}


def test_nothing_of_a_request_lies_in_clear(road):
    node, _, run = road
    actions.request(node, run.id, actor="user")
    found = [
        path
        for path in (node.home / "airlock").rglob("*")
        if path.is_file() and (b"sex,n" in path.read_bytes() or b"female" in path.read_bytes())
    ]
    assert not found


@pytest.mark.attack
def test_labels_of_small_cells_are_for_checkers_alone(road):
    node, _, run = road
    asked = actions.request(node, run.id, actor="user")
    small = next(each for each in asked.outputs if each.file == "small.csv")
    assert any(each.cells for each in small.checks if each.outcome == "block")
    assert small.fix
    row = Request.objects.get(id=asked.id)
    kept = json.dumps([value for value in vars(row).values() if isinstance(value, list | dict | str)])
    told = json.dumps([asked.document(), actions.show(node, asked.id, actor="user").document()])
    facts = json.dumps([ledger.event(index).body for index in range(head().size)])
    for text in (kept, told, facts):
        assert "1940-1949" not in text
        assert digest(enclave_queries.output(node, run.id, "small.csv")) not in text
    assert ("AIR-221", "block") in {(each["code"], each["outcome"]) for each in row.outputs[1]["checks"]}
    seen = actions.show(node, asked.id, actor="checker")
    assert "1940-1949" in json.dumps(seen.document())


@pytest.mark.attack
def test_nobody_votes_on_what_they_were_not_shown(road):
    node, _, run = road
    asked = actions.request(node, run.id, actor="user")
    for vote in (True, False):
        with refused("AIR-314"):
            actions.review(node, asked.id, vote, actor="checker")
    actions.show(node, asked.id, actor="user")
    actions.show(node, asked.id, actor="checker2")
    with refused("AIR-314"):
        actions.review(node, asked.id, True, actor="checker")
    assert actions.read(node, asked.id, "good.csv", actor="checker").startswith(b"sex,n\n")
    actions.fix(node, asked.id, "small.csv", actor="user")
    for checker in ("checker", "checker2"):
        with refused("AIR-314"):
            actions.review(node, asked.id, True, actor=checker)
    actions.read(node, asked.id, "small.csv", actor="checker")
    assert actions.review(node, asked.id, True, actor="checker").state == "under review"
    read = [ledger.event(index) for index in ledger.indexes(asked.id, "airlock.read")]
    assert [each.body["file"] for each in read] == ["good.csv", "small.csv"]
    assert read[-1].body["content"] == actions.show(node, asked.id, actor="checker").content


def test_who_may_read_and_when(road):
    node, _, run = road
    asked = actions.request(node, run.id, actor="user")
    for actor in ("user", "officer", "steward", "auditor"):
        with pytest.raises(Refusal) as caught:
            actions.read(node, asked.id, "good.csv", actor=actor)
        assert caught.value.code.startswith("PPL-")
    with refused("AIR-309"):
        actions.read(node, asked.id, "none.csv", actor="checker")
    for checker in ("checker", "checker2"):
        voted(node, asked.id, True, actor=checker)
    with refused("AIR-313"):
        actions.read(node, asked.id, "good.csv", actor="checker")
