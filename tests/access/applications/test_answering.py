"""Answers in statistics: only aggregates are kept, sealed, and only those who asked take them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hygie.access.applications import actions, queries
from hygie.access.applications.answers import answering
from hygie.access.applications.models import AnswerTableRow, ApplicationRow, DeadlineRow
from hygie.base.disclosure.stated import Statement
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from hygie.base.ledger import rows
from hygie.commons.people.models import Account
from tests.access.applications.story import TABLE, due, granted, kept
from tests.conftest import Site

API = "/api/v1/applications"
ROWS = b"person_id,n\n1,1\n2,1\n3,1\n"
FIELDS = {"title": "By sex", "groups": "sex", "persons": "n"}


@pytest.fixture
def desk(stocked: Node) -> Site:
    """The site of a stocked node."""
    return Site(stocked)


def refused(node: Node, made: str, data: bytes, **more: Any) -> set[str]:
    """The codes with which a table is refused."""
    with pytest.raises(Refusal) as found:
        kept(node, made, data, **more)
    return {reason.code for reason in found.value.verdict.reasons}


def test_only_aggregates_are_kept_and_what_is_refused_leaves_no_trace(stocked: Node) -> None:
    """SU-69-1."""
    made = due(stocked)
    by_person = Statement(("person_id",), "n")
    assert refused(stocked, made, ROWS, statement=by_person) == {"APP-284"}
    assert refused(
        stocked, made, b"visit_occurrence_id,n\n9,20\n", statement=Statement(("visit_occurrence_id",), "n")
    ) == {"APP-284"}
    assert refused(stocked, made, b"sex,n\nfemale,40\nmale,5\n") == {"APP-287"}
    assert refused(stocked, made, b"sex,n\nfemale,41\nmale,35\n") == {"APP-290"}
    assert refused(stocked, made, b"sex,n\nfemale,40\nmale,0\n") == {"APP-292"}
    assert refused(stocked, made, b"sex,n\n=1+1,40\n") == {"APP-282"}
    assert refused(stocked, made, b"PK\x03\x04") == {"APP-281"}
    assert refused(stocked, made, b"") == {"APP-280"}
    assert refused(stocked, made, b"x" * (2 << 20)) == {"APP-280"}
    assert refused(stocked, made, b"sex,m\nfemale,40\n") == {"APP-283"}
    assert refused(stocked, made, b"sex;n\nfemale;1,250\nmale;2,500\n") == {"APP-301"}
    assert refused(stocked, made, b"sex;n;x\nfemale;40;1,5\nmale;40;1.5\n") == {"APP-301"}
    assert refused(stocked, made, b"sex,n\nfemale,x\n") == {"APP-285"}
    assert refused(stocked, made, b"sex,n\nfemale,3\nmale,2\n", mended=True) == {"APP-293"}
    assert refused(stocked, made, TABLE, title=" ") == {"APP-297"}
    assert not AnswerTableRow.objects.exists()
    assert not list(stocked.store.path("answers").glob("*"))
    assert not ledger.indexes(made, "answer.table-kept")
    table = kept(stocked, made, b"sex,n\nfemale,43\nmale,37\nother,3\n", mended=True)
    assert answering.preview(stocked, made, reader="officer")[table.id] == "sex,n\nfemale,45\nmale,35\nother,[hidden]\n"
    assert table.mended
    spreadsheet = "\ufeffsexe;n\r\nféminin;40\r\nmasculin;35\r\n".encode()
    french = kept(stocked, made, spreadsheet, statement=Statement(("sexe",), "n"))
    assert answering.preview(stocked, made, reader="officer")[french.id] == "sexe,n\nféminin,40\nmasculin,35\n"
    assert kept(stocked, made, b"sex,n\nfemale,40\nmale,0\n", looked=True).lines == 2
    other = granted(stocked)
    assert refused(stocked, other.id, TABLE) == {"APP-219"}


def test_a_table_lies_sealed_and_goes_with_its_key(stocked: Node) -> None:
    made = due(stocked)
    table = kept(stocked, made, actor="operator")
    row = AnswerTableRow.objects.get(id=table.id)
    path = stocked.store.path(answering.place(table.id))
    assert b"female" not in path.read_bytes()
    text = "".join(
        event for event in map(str, ApplicationRow.objects.get(id=made).events.values_list("body", flat=True))
    )
    assert row.sha256 not in text
    stray = stocked.store.path("answers") / "table-0.sealed"
    stray.write_bytes(b"x")
    assert answering.sweep(stocked) in (0, 1) and path.exists()
    actions.drop_table(stocked, made, table.id, actor="officer")
    assert not path.exists() and not stocked.keys.exists(row.key_id)
    with pytest.raises(Refusal, match="APP-219"):
        actions.answer(stocked, made, actor="officer")
    with pytest.raises(Refusal, match="APP-295"):
        actions.drop_table(stocked, made, table.id, actor="officer")


def test_the_ledger_has_a_commitment_that_the_team_can_open(stocked: Node) -> None:
    made = due(stocked)
    table = kept(stocked, made)
    for who in ("user", "officer"):
        with pytest.raises(Refusal, match=r"APP-295|PPL-111"):
            answering.take(stocked, made, table.id, actor=who)
    assert answering.tables(stocked, made, reader="user") == ()
    actions.answer(stocked, made, actor="officer")
    (given,) = answering.tables(stocked, made, reader="user")
    data = answering.take(stocked, made, table.id, actor="user")
    assert data == TABLE
    own = hashlib.sha256(data).hexdigest()
    assert hashlib.sha256(bytes.fromhex(given.salt) + json.dumps(own).encode()).hexdigest() == given.content
    (index,) = ledger.indexes(made, "application.answered")
    record = rows.record(index) or ""
    assert given.content in record and own not in record
    assert len(ledger.indexes(made, "answer.taken")) == 1
    for name in ("keep", "drop"):
        with pytest.raises(Refusal, match="APP-201"):
            kept(stocked, made) if name == "keep" else actions.drop_table(stocked, made, table.id, actor="officer")
    path = stocked.store.path(answering.place(table.id))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Refusal, match="APP-296"):
        answering.take(stocked, made, table.id, actor="user")


@pytest.mark.attack
def test_nobody_but_those_who_asked_takes_an_answer(desk: Site) -> None:
    made, other = due(desk.node), due(desk.node)
    table = kept(desk.node, made)
    for each in (made, other):
        if each == other:
            kept(desk.node, other)
        actions.answer(desk.node, each, actor="officer")
    Account.objects.create(name="eve", roles=["user"], created_at=desk.node.clock(), password="!")
    url = f"/applications/{made}/answer/{table.id}/take/"
    for who in ("eve", "officer", "officer2", "steward", "auditor", "checker", "operator"):
        assert desk.post(url, as_=who).status_code == 404
        assert desk.client(who).post(f"{API}/{made}/tables/{table.id}/take").json()["code"] == "PPL-111"
    assert desk.post(url).status_code == 401
    assert desk.post(f"/applications/{other}/answer/{table.id}/take/", as_="user").status_code == 404
    for who in ("eve", "user", "steward", "auditor", "checker"):
        assert desk.get(f"/applications/{made}/answer/", as_=who).status_code == 403
        sent = {**FIELDS, "file": SimpleUploadedFile("t.csv", TABLE)}
        assert desk.post(f"/applications/{made}/answer/", sent, as_=who).status_code == 403
    assert not ledger.indexes(made, "answer.taken")
    got = desk.post(url, as_="user")
    assert (got.content, got["Content-Type"], got.status_code) == (TABLE, "text/csv; charset=utf-8", 200)
    assert got["Content-Disposition"] == f'attachment; filename="{table.id}.csv"'
    assert len(ledger.indexes(made, "answer.taken")) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Where it does not pass", "too few persons", "Take the table (CSV)", "Prepare the answer in statistics"),
        ),
        (
            "fr",
            (
                "Là où il ne passe pas",
                "trop peu de personnes",
                "Prendre le tableau (CSV)",
                "Préparer la réponse statistique",
            ),
        ),
    ],
)
def test_the_page_marks_what_fails_keeps_what_passes_and_the_team_takes_it(
    desk: Site, language: str, words: tuple[str, ...]
) -> None:
    marked, few, taken, door = words
    made = due(desk.node)
    url = f"/applications/{made}/answer/"
    awaiting = desk.get("/applications/answers/", as_="operator", language=language).content.decode()
    assert url in awaiting
    assert door in desk.text(desk.get(f"/applications/{made}/case/", as_="officer", language=language))
    small = SimpleUploadedFile("t.csv", b"sex,n\nfemale,40\nmale,5\n")
    page = desk.post(url, {**FIELDS, "file": small}, as_="officer", language=language)
    text = desk.text(page)
    assert page.status_code == 422
    assert "APP-287" in text and marked in text and few in text and "3 (n)" in text
    bad = desk.post(url, {**FIELDS, "measures": "?", "file": SimpleUploadedFile("t.csv", TABLE)}, as_="officer")
    assert bad.status_code == 422
    large = SimpleUploadedFile("t.csv", b"x" * (3 << 20))
    assert "APP-280" in desk.text(desk.post(url, {**FIELDS, "file": large}, as_="officer", language=language))
    sent = {**FIELDS, "file": SimpleUploadedFile("../../t.csv", TABLE)}
    assert desk.post(url, sent, as_="operator").status_code == 302
    assert desk.post(f"/applications/{made}/case/answer/", {}, as_="officer").status_code == 302
    assert queries.folder(desk.node, made, reader="user").application.state == "answered"
    own = desk.text(desk.get(f"/applications/{made}/", as_="user", language=language))
    assert taken in own and "By sex" in own
    assert taken not in desk.text(desk.get(f"/applications/{made}/", as_="officer", language=language))


def test_programs_prepare_give_and_take(desk: Site) -> None:
    made = due(desk.node)
    officer, user = desk.client("officer"), desk.client("user")

    def send(client: Any, path: str, body: Any = None, method: str = "post") -> Any:
        return getattr(client, method)(f"{API}/{made}{path}", body, content_type="application/json")

    body = {"title": "By sex", "csv": TABLE.decode(), "groups": ["sex"], "persons": "n"}
    waits = officer.get(f"{API}/answers").json()
    assert [(each["id"], each["tables"], each["late"]) for each in waits["entries"]] == [(made, 0, False)]
    own = DeadlineRow.objects.get(application=made, rule="SU-69-4b").due_on
    assert waits["entries"][0]["due_on"] == own.isoformat() > ApplicationRow.objects.get(id=made).due_on.isoformat()
    few = send(officer, "/tables", {**body, "csv": "sex,n\nfemale,2\nmale,40\n"})
    assert (few.status_code, few.json()["code"]) == (422, "APP-287")
    assert send(officer, "/tables", {**body, "sha256": "0"}).status_code == 422
    assert send(user, "/tables", body).status_code == 403
    first = send(officer, "/tables", body).json()["id"]
    second = send(officer, "/tables", {**body, "title": "Again"}).json()["id"]
    assert send(officer, f"/tables/{second}", method="delete").status_code == 204
    told = officer.get(f"{API}/{made}/answer").json()
    assert (told["open"], told["gives"], told["barred"]) == (True, True, [])
    assert [each["csv"].encode() for each in told["tables"]] == [TABLE]
    assert user.get(f"{API}/{made}/answer").status_code == 403
    assert officer.get(f"{API}/{made}/tables").json()[0]["columns"] == ["sex", "n"]
    assert user.get(f"{API}/{made}/tables").json() == []
    assert send(officer, "/answer").json()["state"] == "answered"
    (table,) = user.get(f"{API}/{made}/tables").json()
    told = officer.get(f"{API}/{made}/answer").json()
    assert (told["open"], [each["csv"] for each in told["tables"]]) == (False, [""])
    assert officer.get(f"{API}/answers").json()["total"] == 0
    assert len(table["content"]) == 64 and len(table["salt"]) == 32
    assert send(user, f"/tables/{first}/take").content == TABLE
