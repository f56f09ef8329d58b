"""Tables held against each other: open requests, releases meanwhile, other permits; and cut-off releases."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from django.db import connection

from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from hygie.intake.linkage.vault import exclusive
from hygie.node.home.tidying import tidy
from hygie.secure.airlock import actions, evidence, releasing
from hygie.secure.airlock.models import Release, Request
from hygie.secure.enclave import actions as enclave
from tests.access.extracts.conftest import draft, lake_of  # noqa: F401
from tests.secure.airlock.test_road import refused, voted

HEAD = 'name = "t"\nlanguage = "python"\ncommand = ["python", "a.py"]\ninputs = ["person"]\n'
SEX = """
[[outputs]]
file = "sex.csv"
kind = "table"
source = "person"
groups = ["sex"]
measures = [{{ name = "n", kind = "persons" }}]
derive = [{{ name = "sex", map = {{ column = "gender_concept_id", values = {{ 8507 = "male", 8532 = "female" }} }} }}]
{filter}
"""
YEARS = """
[[outputs]]
file = "half.csv"
kind = "table"
source = "person"
groups = ["half"]
measures = [{ name = "n", kind = "persons" }]
derive = [{ name = "half", band = { column = "year_of_birth", bounds = [1900, 1970] } }]
"""
COUNT = """
import pandas as pd
p = pd.read_parquet("/data/person.parquet"){where}
if "gender_concept_id" in p:
    p["sex"] = p["gender_concept_id"].map({{8507: "male", 8532: "female"}})
    p.groupby("sex").size().rename("n").reset_index().to_csv("/out/sex.csv", index=False)
p["half"] = (p["year_of_birth"] < 1970).map({{True: "1900-1969", False: "1970+"}})
p.groupby("half").size().rename("n").reset_index().to_csv("/out/half.csv", index=False)
"""


def permit_of(node, amends=None, tables=None, **data):
    """Grant a permit whose figures leave unrounded from 5 persons on."""
    body = draft(node, "chu", **data)
    if tables:
        body["data"]["tables"] = tables
    body["data"]["reasons"] = dict.fromkeys(body["data"]["tables"], "needed (test)")
    body["output_policy"] = {"preset": "ohdsi-5"}
    node = replace(node, output_preset="ohdsi-5")
    made = permits.grant(node, {**body, **({"amends": amends} if amends else {})}, actor="officer").id
    extracts.extract(node, made, actor="steward")
    return made


def run_of(node, permit, folder, *, below=None, table=SEX):
    """Run a count by sex, of all persons or of those born before a year."""
    folder.mkdir()
    kept = f'filter = [{{ column = "year_of_birth", op = "<", value = {below} }}]' if below else ""
    where = f'.query("year_of_birth < {below}")' if below else ""
    (folder / "study.toml").write_text(HEAD + (table.format(filter=kept) if table == SEX else table))
    (folder / "a.py").write_text(COUNT.format(where=where))
    done = enclave.run(node, folder, permit, actor="user")
    assert done.succeeded
    return done.id


def approved(node, request):
    for checker in ("checker", "checker2"):
        found = voted(node, request, True, actor=checker)
    assert found.state == "approved"


def codes(view, outcome):
    return {each.code for output in view.outputs for each in output.checks if each.outcome == outcome}


@pytest.fixture
def road(node, once, lake_of):  # noqa: F811
    return node, once("an extract on the road", lambda: permit_of(lake_of(chu=range(1, 91))))


@pytest.mark.attack
def test_two_requests_that_wait_are_held_against_each_other(road, tmp_path):
    node, permit = road
    first = actions.request(node, run_of(node, permit, tmp_path / "a"), actor="user")
    assert not codes(first, "block")
    second = actions.request(node, run_of(node, permit, tmp_path / "b", below=1999), actor="user")
    assert codes(second, "block") == {"AIR-235"}, "one woman is born in 1999"


@pytest.mark.attack
def test_a_release_is_held_against_what_left_since_it_was_approved(road, tmp_path, monkeypatch):
    node, permit = road
    first = actions.request(node, run_of(node, permit, tmp_path / "a"), actor="user")
    with monkeypatch.context() as without:
        without.setattr(evidence, "waiting", lambda *_: [])
        second = actions.request(node, run_of(node, permit, tmp_path / "b", below=1999), actor="user")
    for each in (first, second):
        approved(node, each.id)
    actions.release(node, second.id, actor="checker")
    set_down = evidence.set_down

    def unlocked(*given):
        with exclusive(node, actions.LOCK):  # others may release while the checks are made anew
            return set_down(*given)

    monkeypatch.setattr(evidence, "set_down", unlocked)
    with refused("AIR-316"):
        actions.release(node, first.id, actor="checker")
    row = Request.objects.get(id=first.id)
    assert row.state == "requested"
    assert not row.votes.filter(void=False).exists()
    assert [each["outcome"] for each in row.outputs] == ["block"]
    assert Release.objects.count() == len(list((node.home / "releases").iterdir())) == 1


@pytest.mark.attack
@pytest.mark.parametrize(("amends", "outcome"), [(True, "block"), (False, "review")])
def test_figures_are_held_against_those_released_under_other_permits(road, tmp_path, amends, outcome):
    node, permit = road
    first = actions.request(node, run_of(node, permit, tmp_path / "a"), actor="user")
    approved(node, first.id)
    actions.release(node, first.id, actor="checker")
    cohort = {"age": {"at": "2020-01-01", "min": 22, "max": 120}}
    other = permit_of(node, amends=permit if amends else None, cohort=cohort)
    asked = actions.request(node, run_of(node, other, tmp_path / "b"), actor="user")
    assert codes(asked, outcome) == {"AIR-251"}, "a woman and a man fewer than were released"
    shown = actions.show(node, asked.id, actor="checker")
    (check,) = [each for each in shown.outputs[0].checks if each.code == "AIR-251"]
    assert [where.split(" of ")[0].split(" beside ")[0] for where in sorted(check.where)] == ["All", "female", "male"]
    assert all(permit in where for where in check.where)


def test_what_cannot_be_counted_again_is_named_for_people(road, tmp_path):
    node, permit = road
    first = actions.request(node, run_of(node, permit, tmp_path / "a"), actor="user")
    approved(node, first.id)
    actions.release(node, first.id, actor="checker")
    other = permit_of(node, tables={"person": ["person_id", "year_of_birth"]})
    asked = actions.request(node, run_of(node, other, tmp_path / "b", table=YEARS), actor="user")
    assert codes(asked, "review") == {"AIR-252"}
    assert f"of {permit}" in str(actions.show(node, asked.id, actor="checker").outputs[0].checks[-1].where)


def test_a_release_cut_off_after_its_decision_is_completed(road, tmp_path, monkeypatch):
    node, permit = road
    asked = actions.request(node, run_of(node, permit, tmp_path / "a"), actor="user")
    approved(node, asked.id)
    (node.home / "releases" / "release-unknown").mkdir(parents=True)

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(releasing, "finish", cut)
        with pytest.raises(KeyboardInterrupt):
            actions.release(node, asked.id, actor="checker")
    begun = Release.objects.get()
    folder = node.home / "releases" / begun.id
    assert (begun.state, folder.exists()) == ("releasing", False)
    assert tidy(node) == 1
    assert [path.name for path in (node.home / "releases").iterdir()] == [begun.id]
    assert (folder / "outputs" / "sex.csv").read_bytes() == b"sex,n\nfemale,45\nmale,45\n"
    assert json.loads((folder / "release.json").read_text()) == begun.record
    begun.refresh_from_db()
    assert begun.state == "released"
    with refused("AIR-307"):
        actions.release(node, asked.id, actor="checker")


def test_asking_again_completes_a_cut_off_release(road, tmp_path, monkeypatch):
    node, permit = road
    asked = actions.request(node, run_of(node, permit, tmp_path / "a"), actor="user")
    approved(node, asked.id)
    with monkeypatch.context() as broken:
        broken.setattr(releasing, "finish", lambda *_: {})
        actions.release(node, asked.id, actor="checker")
    record = actions.release(node, asked.id, actor="checker2")
    assert record["released_by"] == "checker"
    assert (node.home / "releases" / record["id"] / "outputs" / "sex.csv").is_file()
    assert len(ledger.indexes(record["id"], "airlock.released")) == 1


def test_two_releases_at_once_leave_one_folder(road, tmp_path):
    node, permit = road
    asked = actions.request(node, run_of(node, permit, tmp_path / "a"), actor="user")
    approved(node, asked.id)
    ended = []

    def release(checker):
        try:
            ended.append(actions.release(node, asked.id, actor=checker)["id"])
        except Refusal as refusal:
            ended.append(refusal.code)
        finally:
            connection.close()

    both = [threading.Thread(target=release, args=[checker]) for checker in ("checker", "checker2")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert "AIR-307" in ended
    (folder,) = (node.home / "releases").iterdir()
    assert set(ended) == {"AIR-307", folder.name}
    assert not list((node.home / "drafts").iterdir())
