"""The register's document costs its readers the same however much it holds: written once, handed out from its file."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hygie.base.kernel import Fact
from hygie.base.ledger import actions as ledger
from hygie.public.register import document, serving
from tests.conftest import Site
from tests.public.register.conftest import Told

PAGE = "/register/register.json"


def moved(node) -> None:
    """Let something happen."""
    with transaction.atomic():
        ledger.append([Fact("session.began", "ses-1", "user", node.clock(), {})])


def test_the_document_is_written_once_and_handed_out_from_its_file(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    node, site = told.node, told.site
    first = site.get(PAGE)
    assert first.status_code == 200 and first.headers["Last-Modified"] and first.headers["Cache-Control"]
    body = first.getvalue()
    for piece in document.pieces(node):
        assert len(piece) < len(body) / 2, "the document is never whole in memory"

    written = []
    monkeypatch.setattr(document, "write", lambda node, real=document.write: written.append(1) or real(node))
    with CaptureQueriesContext(connection) as asked:
        assert site.get("/api/v1/register/").getvalue() == body
    assert not written and len(asked) <= 5, [each["sql"] for each in asked]
    again = site.client().get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.headers["ETag"] == first.headers["ETag"] and not again.content
    assert site.client().get(PAGE, headers={"If-None-Match": '"other"'}).status_code == 200
    moved(node)
    later = site.get(PAGE)
    assert written == [1] and later.headers["ETag"] != first.headers["ETag"]
    document.refresh(node)
    assert written == [1]


def test_a_long_ledger_is_written_by_the_node_and_not_by_its_readers(
    node, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(node)
    moved(node)
    monkeypatch.setattr(document, "SHORT", 0)
    answer = site.get(PAGE, language="fr")
    assert answer.status_code == 503 and "pas encore écrit" in site.text(answer)
    assert site.get("/api/v1/register/").json()["code"] == "REG-109"
    serving.refresh(node)
    first = site.get(PAGE).getvalue()
    moved(node)
    assert site.get(PAGE).getvalue() == first
    serving.refresh(node)
    second = site.get(PAGE).getvalue()
    assert second != first
    clock.advance(days=1)
    serving.refresh(node)
    assert site.get(PAGE).getvalue() != second, "a day that passes ends permits"


def test_who_asks_while_it_is_written_gets_the_last_one(node, monkeypatch: pytest.MonkeyPatch) -> None:
    moved(node)
    found = document.refresh(node)
    moved(node)
    with document.held(node.store.path(document.LOCK)):
        assert document.refresh(node) == found
    assert document.refresh(node) != found


def test_a_broken_write_leaves_the_last_document(node, monkeypatch: pytest.MonkeyPatch) -> None:
    moved(node)
    found = document.refresh(node)

    def broken(_node, _counts=None):
        yield b"{"
        raise OSError("disk")

    moved(node)
    monkeypatch.setattr(document, "pieces", broken)
    with pytest.raises(OSError, match="disk"):
        document.refresh(node)
    assert document.kept(node) == found
