"""The workspace: named persons alone, studies kept sealed, runs as tasks, closed when the permit no longer holds."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hygie.access.permits import actions as permits
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from hygie.commons.people.models import Account, Attestation
from hygie.commons.web import tasks
from hygie.commons.web.models import Task
from hygie.secure.enclave import actions, studying, taking, uploads
from hygie.secure.enclave.models import Run, StudyRow

TOML = """
name = "small"
language = "python"
command = ["python", "a.py"]
inputs = ["person"]
[[outputs]]
file = "counts.csv"
kind = "text"
"""
CODE = """
import pandas as pd
people = pd.read_parquet("/data/person.parquet")
print("seen", len(people) > 0)
open("/out/counts.csv", "w").write("n\\n5\\n")
"""
WAITS = "import time\nprint('begun', flush=True)\ntime.sleep(120)\n"


def attest(node, *names):
    for name in names:
        days = {"at": node.clock() - timedelta(days=1), "until": node.clock() + timedelta(days=300)}
        Attestation.objects.create(account=Account.objects.get(name=name), course="c", right=9, asked=9, **days)


@pytest.fixture
def space(node, site, permit):
    """A site whose `user` is trained and named in a permit with its extract; `other` is a researcher besides."""
    Account.objects.create(name="other", roles=["user"], created_at=node.clock(), password="!")
    attest(node, "user", "other")
    return site


def sent(code=CODE):
    return {"files": [SimpleUploadedFile("study.toml", TOML.encode()), SimpleUploadedFile("a.py", code.encode())]}


def kept(node, permit, code=CODE):
    return studying.upload(node, permit.id, [("study.toml", TOML.encode()), ("a.py", code.encode())], actor="user")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "Workspaces",
                "Open to its team",
                "Team",
                "principal investigator",
                "Each person gets a number",
                "Send a study",
            ],
        ),
        (
            "fr",
            [
                "Espaces de travail",
                "Ouvert à son équipe",
                "Équipe",
                "Chaque personne reçoit un numéro",
                "Envoyer une étude",
            ],
        ),
    ],
)
def test_its_pages_in_both_languages(space, permit, language, words):
    listed = space.get("/enclave/", as_="user", language=language)
    page = space.get(f"/enclave/{permit.id}/", as_="user", language=language)
    assert (listed.status_code, page.status_code) == (200, 200)
    text = space.text(listed) + space.text(page)
    assert permit.purpose.title in space.text(listed)
    assert [word for word in words if word not in text] == []
    assert permit.purpose.title not in space.text(space.get("/enclave/", as_="other"))


def test_nobody_else_finds_anything_of_it(space, permit, node):
    study = kept(node, permit)
    task = studying.start(node, study, actor="user", dummy=True)
    tasks.perform(node, task)
    run = Run.objects.get().id
    pages = [f"/enclave/{permit.id}/", f"/enclave/studies/{study}/", f"/enclave/runs/{run}/",
             f"/api/v1/enclave/permits/{permit.id}", f"/api/v1/enclave/runs/{run}"]  # fmt: skip
    forms = [f"/enclave/{permit.id}/{verb}/" for verb in ("upload", "begin", "dummy")]
    forms += [f"/enclave/studies/{study}/run/"]
    calls = [(f"/api/v1/enclave/permits/{permit.id}/studies", {"files": {"study.toml": "", "a.py": ""}}),
             (f"/api/v1/enclave/permits/{permit.id}/template", {}), (f"/api/v1/enclave/permits/{permit.id}/dummy", {}),
             (f"/api/v1/enclave/studies/{study}/run", {})]  # fmt: skip
    data = {"exposure": "A", "outcome": "B", "data": "extract"}
    before = Task.objects.count(), StudyRow.objects.count()
    for other in ("other", "checker", "officer", "operator", "steward", "auditor"):
        assert [page for page in pages if space.get(page, as_=other).status_code != 404] == []
        for form in forms:
            files = sent() if form.endswith("/upload/") else {}
            assert space.post(form, {**data, **files}, as_=other).status_code == 404, form
        for url, body in calls:
            answer = space.client(other).post(url, json.dumps(body), content_type="application/json")
            assert answer.status_code == 404, url
    for page in pages:
        assert space.get(page).status_code == 401
    for form in forms:
        assert space.post(form, data).status_code == 401
    assert json.loads(space.get("/api/v1/enclave/", as_="other").content) == []
    assert (Task.objects.count(), StudyRow.objects.count()) == before


def test_a_study_is_kept_sealed_and_shown_with_its_fingerprint(space, permit, node):
    done = space.post(f"/enclave/{permit.id}/upload/", sent(), as_="user", follow=True)
    row = StudyRow.objects.get()
    assert row.hash in done.content.decode()
    assert "counts.csv" in space.text(done)
    lying = node.store.path(studying.place(row.id)).read_bytes()
    assert b"pandas" not in lying
    assert ledger.event(ledger.indexes(row.id)[0]).body["study"] == row.hash
    node.store.path(studying.place(row.id)).write_bytes(lying[:-1] + b"x")
    assert "ENC-115" in space.text(space.get(f"/enclave/studies/{row.id}/", as_="user"))


def test_what_may_not_come_in_is_refused_in_the_page(space, permit):
    for files, code in (
        ([SimpleUploadedFile("a.py", b"print(1)")], "ENC-101"),
        ([SimpleUploadedFile("study.toml", TOML.encode()), SimpleUploadedFile("a.so", b"x")], "ENC-123"),
        ([SimpleUploadedFile("study.toml", TOML.replace("person", "genomes").encode())], "ENC-111"),
        ([SimpleUploadedFile("study.toml", TOML.replace("python", "r", 1).encode())], "ENC-1"),
    ):
        page = space.post(f"/enclave/{permit.id}/upload/", {"files": files}, as_="user", language="fr")
        assert page.status_code == 422
        assert code in space.text(page)
    assert space.post(f"/enclave/{permit.id}/upload/", {}, as_="user").status_code == 422
    assert not StudyRow.objects.exists()


def test_more_than_may_come_in_is_not_received(space, permit, monkeypatch):
    from hygie.commons.web import receiving as bounds
    from hygie.secure.enclave import receiving

    monkeypatch.setattr(receiving, "MOST_BYTES", 1000)
    large = {"files": [SimpleUploadedFile("study.toml", b"#" * 2000)]}
    page = space.post(f"/enclave/{permit.id}/upload/", large, as_="user")
    assert (page.status_code, "ENC-120" in space.text(page)) == (413, True)
    monkeypatch.setattr(bounds, "FORM_BYTES", -uploads.MOST_FILES * 1024)
    large = {"files": [SimpleUploadedFile("study.toml", b"#" * 2000)]}
    assert space.post(f"/enclave/{permit.id}/upload/", large, as_="user").status_code == 413


def test_an_upload_asks_for_the_forms_token(space, permit):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.cookies = space.client("user").cookies
    assert client.post(f"/enclave/{permit.id}/upload/", sent()).status_code == 403
    assert not StudyRow.objects.exists()


def test_a_run_on_dummy_data_shows_what_it_printed_and_one_on_the_extract_does_not(space, permit, node):
    study = kept(node, permit)
    for data, dummy in (("dummy", True), ("extract", False)):
        begun = space.post(f"/enclave/studies/{study}/run/", {"data": data}, as_="user")
        task = begun.url.split("/")[2]
        assert "Under way" in space.text(space.get(f"/enclave/{permit.id}/", as_="user"))
        tasks.perform(node, task)
        told = tasks.find(task, actor="user")
        assert told.state == "done", told.verdict
        page = space.get(told.page, as_="user")
        text = space.text(page)
        assert "walls held" in text
        assert ("seen True" in text) is dummy
        assert ("counts.csv" in text) is dummy
        assert ("1 of 1 declared outputs" in text) is not dummy
        record = json.loads(space.get(f"/api/v1/enclave/runs/{told.page.split('/')[3]}", as_="user").content)["record"]
        assert ("outputs" in record) is dummy
        french = space.text(space.get(told.page, as_="user", language="fr"))
        assert "murs sur" in french


def test_a_revoked_permit_ends_its_run_within_a_minute_and_closes_the_workspace(space, permit, node):
    import threading
    import time

    study = kept(node, permit, WAITS)
    task = studying.start(node, study, actor="user", dummy=True)
    row = Task.objects.get(id=task)
    page = f"/enclave/studies/{study}/"
    assert space.get(page, as_="user").status_code == 200

    def revoke_soon():
        from django.db import connection

        while Run.objects.filter(state="running").count() == 0:
            time.sleep(0.2)
        time.sleep(1)
        permits.revoke(node, permit.id, "For a test.", published="For a test.", confirmed=True, actor="officer")
        ended.append(time.monotonic())
        connection.close()

    ended = []
    other = threading.Thread(target=revoke_soon)
    other.start()
    tasks.perform(node, row.id)
    other.join()
    assert time.monotonic() - ended[0] < 60
    run = Run.objects.get()
    assert run.record["stopped_by"] == "permit PMT-206"
    assert run.record["outputs"] == []
    closed = space.get(f"/enclave/{permit.id}/", as_="user")
    assert "Closed: the permit was revoked" in space.text(closed)
    assert "Send a study" not in space.text(closed)
    for url in (page, f"/enclave/runs/{run.id}/"):
        assert "PMT-206" in space.text(space.get(url, as_="user"))
    again = space.post(f"/enclave/studies/{study}/run/", {"data": "dummy"}, as_="user")
    assert "PMT-206" in space.text(again)


def test_a_run_stops_when_its_author_asks_and_leaves_nothing(space, permit, node, monkeypatch):
    monkeypatch.setattr(studying, "RUN_LOOKS_SECONDS", 0.5)
    study = kept(node, permit, "open('/out/counts.csv','w').write('n\\n1\\n')\n" + WAITS)
    task = studying.start(node, study, actor="user", dummy=True)
    real = tasks.Teller.stopping
    asked = []

    def stopping(self):
        asked.append(1)
        if len(asked) == 6:
            tasks.stop(node, task, actor="user")
        return real(self)

    monkeypatch.setattr(tasks.Teller, "stopping", stopping)
    tasks.perform(node, task)
    run = Run.objects.get()
    assert (run.record["stopped_by"], run.record["outputs"]) == ("author", [])
    told = tasks.find(task, actor="user")
    assert (told.state, told.page) == ("stopped", f"/enclave/runs/{run.id}/")
    assert "because its author asked" in space.text(space.get(told.page, as_="user"))


def test_a_name_in_the_permit_without_the_role_opens_no_workspace(space, permit):
    Account.objects.filter(name="user").update(roles=["auditor"])
    for url in (f"/enclave/{permit.id}/", f"/api/v1/enclave/permits/{permit.id}"):
        closed = space.get(url, as_="user")
        assert closed.status_code == 403
        assert "PPL-101" in closed.content.decode() and permit.purpose.title not in closed.content.decode()


def test_without_training_nothing_is_done(space, permit, node):
    Attestation.objects.all().delete()
    for language, word in (("en", "Take the training"), ("fr", "Suivre la formation")):  # FR-11
        closed = space.get(f"/enclave/{permit.id}/", as_="user", language=language)
        page = space.text(closed)
        assert (closed.status_code, word in page, "PPL-115" in page) == (403, True, True)
        assert 'href="/people/training/' in closed.content.decode() and permit.purpose.title not in page
        assert "Training comes first" in space.text(space.get("/enclave/", as_="user")) or language == "fr"
    asked = space.get(f"/api/v1/enclave/permits/{permit.id}", as_="user")
    assert (asked.status_code, asked.json()["code"]) == (403, "PPL-115")
    other = space.get(f"/enclave/{permit.id}/", as_="other")
    assert "ENC-125" in space.text(other), "whom it does not name learns no more than before"
    refused = space.post(f"/enclave/{permit.id}/upload/", sent(), as_="user")
    assert "PPL-115" in space.text(refused)
    assert space.post(f"/enclave/{permit.id}/dummy/", as_="user").status_code == 403
    with pytest.raises(Refusal):
        kept(node, permit)


def test_a_study_from_the_template_and_dummy_data(space, permit, node):
    made = space.post(
        f"/enclave/{permit.id}/begin/", {"exposure": "M01AE01", "outcome": "K92.2"}, as_="user", follow=True
    )
    assert "exposure-and-outcome" in space.text(made)
    bad = space.post(f"/enclave/{permit.id}/begin/", {"exposure": "'; x", "outcome": "K92.2"}, as_="user")
    assert (bad.status_code, "ENC-130" in space.text(bad)) == (422, True)
    assert "study.toml" not in space.text(bad).split("ENC-130")[0][-400:]
    dummy = space.post(f"/enclave/{permit.id}/dummy/", as_="user")
    with zipfile.ZipFile(io.BytesIO(dummy.content)) as archive:
        assert "person.parquet" in archive.namelist()
        assert all(archive.read(name).startswith(b"PAR1") for name in archive.namelist())
    assert ledger.event(ledger.indexes(permit.id, "dummy.taken")[0]).actor == "user"


@pytest.mark.attack
def test_dummy_data_are_not_taken_without_end(space, permit, node, clock, monkeypatch):
    monkeypatch.setattr(studying.dummies, "make", lambda node, permit_id: {})
    url, api = f"/enclave/{permit.id}/dummy/", f"/api/v1/enclave/permits/{permit.id}/dummy"
    for _ in range(taking.AN_HOUR):
        assert space.post(url, as_="user").status_code == 200
    for language, words in (("en", "Taken 6 times in the last hour"), ("fr", "Prises 6 fois dans l'heure")):
        page = space.post(url, as_="user", language=language)
        assert (page.status_code, "ENC-126" in space.text(page), words in space.text(page)) == (429, True, True)
    assert space.client("user").post(api).json()["code"] == "ENC-126"
    with pytest.raises(Refusal, match="ENC-126"):
        actions.new_study(node, node.home / "unused", permit.id, actor="user", dummy=True)
    assert len(ledger.indexes(permit.id, "dummy.taken")) == taking.AN_HOUR
    clock.advance(hours=1)
    assert space.client("user").post(api).status_code == 200
    for _hour in range(3):
        clock.advance(hours=1)
        for _ in range(taking.AN_HOUR):
            space.post(url, as_="user")
    assert len(ledger.indexes(permit.id, "dummy.taken")) == taking.A_DAY
    clock.advance(hours=23)
    assert space.post(url, as_="user").status_code == 200
