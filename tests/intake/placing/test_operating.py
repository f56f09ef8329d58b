"""The operator's forms: judge a file, declare it, derogate, look; who has to sign in again; nobody else."""

import json

import pytest

from hygie.base.ledger import queries as ledger
from hygie.commons.people.signals import KEPT
from hygie.commons.web import tasks
from hygie.intake.placing import actions, files, queries
from tests.intake.placing.places import AZURE, OWN, PACKS, STATE
from tests.intake.placing.test_derogation import ACT

FORM = {"place": "store", "author": ACT.author, "reason": ACT.reason, "exit_plan": ACT.exit_plan, "ends": "2026-11-30"}


def events(site, kind):
    return ledger.last_of([site.node.id], kind)


def test_a_file_is_judged_first_and_in_force_once_declared(site):
    client = site.client("operator")
    page = site.text(client.get("/sovereignty/declare/"))
    assert 'schema = "hygie-placement/1"' in page and "own-premises" in page
    actions.declare(site.node, packs=PACKS, actor="operator")
    before = events(site, actions.DECLARED)
    judged = site.text(client.post("/sovereignty/declare/", {"placement": AZURE.decode(), "act": "judge"}))
    assert "R08" in judged and "What would turn the verdict" in judged
    assert events(site, actions.DECLARED) == before and files.read(site.node.home).placement is None
    sent = {"placement": AZURE.decode().replace("\n", "\r\n"), "act": "declare"}
    said = site.text(client.post("/sovereignty/declare/", sent, follow=True))
    assert "Declared. Personal data are refused." in said and "Let data stay for a time" in said
    assert files.read(site.node.home).placement == AZURE and events(site, actions.DECLARED) != before


@pytest.mark.parametrize(
    ("wrong", "code"), [("schema = 1", "SOV-206"), (OWN.decode().replace("lake store", "peer"), "PLC-101")]
)
def test_a_file_that_is_refused_stands_there_again_and_changes_nothing(site, wrong, code):
    for act in ("judge", "declare"):
        answer = site.post("/sovereignty/declare/", {"placement": wrong, "act": act}, as_="operator", language="fr")
        assert answer.status_code == 422 and code in site.text(answer) and wrong.split("\n")[0] in site.text(answer)
    assert files.read(site.node.home).placement is None and not events(site, actions.DECLARED)


def test_a_derogation_is_published_from_its_form(site):
    actions.declare(site.node, placement=STATE, packs=PACKS, actor="operator")
    client = site.client("operator")
    assert "store" in site.text(client.get("/sovereignty/derogate/?place=store"))
    for name, bad in (("ends", "2026-11-01"), ("place", "elsewhere"), ("reason", " "), ("ends", "soon")):
        assert client.post("/sovereignty/derogate/", FORM | {name: bad}).status_code == 422
    assert queries.derogations(site.node) == ()
    said = site.text(client.post("/sovereignty/derogate/", FORM, follow=True))
    assert "The derogation is published" in said and ACT.reason in said
    assert queries.standing(site.node).allowed


def test_who_did_not_sign_in_lately_is_asked_again_and_keeps_what_they_wrote(site):
    client = site.client("operator")
    session = client.session
    session[KEPT] = {**session[KEPT], "at": 0}
    session.save()
    for page, body in (("declare", {"placement": OWN.decode(), "act": "declare"}), ("derogate", FORM | {"place": ""})):
        body = body if page == "declare" else body | {"place": "own-premises"}
        answer = client.post(f"/sovereignty/{page}/", body)
        assert answer.status_code == 422 and "PPL-112" in site.text(answer), page
        assert "Prove once more who you are" in site.text(answer)
        kept = site.text(client.get(f"/sovereignty/{page}/"))
        assert ("data protection office" if page == "declare" else ACT.reason) in kept
    assert files.read(site.node.home).placement is None and queries.derogations(site.node) == ()


def test_looking_is_a_task_and_only_the_operator_s(site, monkeypatch):
    looked = []
    monkeypatch.setattr(actions, "probe", lambda node, *, actor: looked.append(actor))
    answer = site.post("/sovereignty/probe/", as_="operator")
    assert answer.status_code == 302 and answer["Location"].startswith("/tasks/")
    task = answer["Location"].strip("/").split("/")[-1]
    tasks.perform(site.node, task)
    assert looked == ["operator"] and tasks.find(task, actor="operator").state == "done"
    assert "Looking at where the node is" in site.text(site.get(answer["Location"], as_="operator"))
    begun = site.client("operator").post("/api/v1/sovereignty/probe").json()["task"]
    assert tasks.find(begun, actor="operator").name == "placing.probe"
    for page in ("declare", "derogate", "probe"):
        assert site.post(f"/sovereignty/{page}/", as_="officer").status_code == 403
    assert "Look now" not in site.text(site.get("/sovereignty/", as_="officer"))


def test_programs_judge_a_file_too(site):
    body = json.dumps({"placement": AZURE.decode()})
    client = site.client("operator")
    answer = client.post("/api/v1/sovereignty/declaration/trial", body, content_type="application/json")
    assert answer.json()["places"][0]["outcome"] in ("DENY", "INDETERMINATE")
    assert files.read(site.node.home).placement is None
