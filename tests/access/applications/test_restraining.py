"""Threads and drafts have bounds: messages an hour and in a thread, drafts of one account, a thread's pages."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.access.applications import actions, queries, restraining
from hygie.access.applications.models import ApplicationRow, MessageRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import screened
from tests.conftest import Clock, Site


def code(node: Node, made: str, actor: str) -> str:
    with pytest.raises(Refusal) as refused:
        actions.post(node, made, "One more.", actor=actor)
    return refused.value.code


def written(made: str, author: str, clock: Clock, number: int) -> None:
    row, at = ApplicationRow.objects.get(id=made), clock()
    said = [MessageRow(application=row, author=author, at=at, text=f"Message {each}.") for each in range(number)]
    MessageRow.objects.bulk_create(said)


def test_an_account_writes_so_many_messages_and_no_more(stocked: Node, clock: Clock) -> None:
    made = screened(stocked)
    written(made, "user", clock, restraining.AN_HOUR)
    assert code(stocked, made, "user") == "APP-298"
    actions.post(stocked, made, "The officer writes.", actor="officer")
    clock.advance(hours=1, minutes=1)
    actions.post(stocked, made, "An hour later.", actor="user")
    written(made, "user", clock, restraining.MESSAGES)
    clock.advance(hours=2)
    assert code(stocked, made, "user") == "APP-298"


def test_a_thread_is_read_a_page_at_a_time_the_last_first(stocked: Node, clock: Clock) -> None:
    made, site = screened(stocked), Site(stocked)
    written(made, "officer", clock, 60)
    for here, reader in ((f"/applications/{made}/case/", "officer"), (f"/applications/{made}/", "user")):
        page = site.text(site.get(here, as_=reader))
        assert "Message 59." in page and "Message 9." not in page and "Earlier messages" in page
        page = site.text(site.get(here, {"thread": "2"}, as_=reader, language="fr"))
        assert "Message 9." in page and "Message 59." not in page and "Messages plus récents" in page
    told = site.get(f"/api/v1/applications/{made}", {"thread": 2}, as_="user").json()
    assert [each["text"] for each in told["messages"]] == [f"Message {each}." for each in range(10)]
    assert told["messages_pages"] == 2


def test_an_account_has_so_many_drafts_and_its_list_reads_none_of_them(stocked: Node) -> None:
    for _ in range(restraining.DRAFTS):
        first = actions.start(stocked, actor="user")
    with pytest.raises(Refusal, match="APP-299"):
        actions.start(stocked, actor="user")
    with CaptureQueriesContext(connection) as asked:
        page = queries.mine(reader="user", documents=False)
    assert page.total == restraining.DRAFTS and page.entries[0].document == {}
    assert not [each for each in asked if '"document"' in each["sql"]]
    actions.discard(stocked, first.id, actor="user")
    actions.start(stocked, actor="user")
