"""No page leads its reader to a refusal: each link on the pages of a case opens for whoever the page is shown to."""

from __future__ import annotations

import html
import re

import pytest

from hygie.access.applications import actions, queries
from hygie.base.engine.node import Node
from hygie.base.ledger import kinds
from tests.access.applications import story
from tests.conftest import Clock, Site

LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
PROOF = re.compile(r'href="/ledger/(\d+)/"')
REFUSED = (401, 403)


@pytest.fixture
def cases(stocked: Node, clock: Clock) -> dict[str, str]:
    """Applications on their way, refused and published, and granted with a permit, a thread and settled fees."""
    refused = story.assessed(stocked, but=("68(1)(b)",))
    actions.decide(stocked, refused, "refused", reasons="Too wide.", grounds=("68(1)(b)",), actor="officer2")
    granted = story.granted(stocked)
    actions.agree_fees(stocked, granted.id, actor="user")
    paused = story.processing(stocked)
    actions.pause(stocked, paused, "What of the controls?", actor="officer")
    return {"refused": refused, "granted": granted.id, "permit": granted.permit, "paused": paused}


def links(site: Site, page: str, reader: str, language: str) -> set[str]:
    """The addresses that a page leads its reader to, the page itself among them."""
    shown = site.get(page, as_=reader, language=language)
    assert shown.status_code == 200, (reader, page, shown.status_code)
    return {page} | {html.unescape(each) for each in LINK.findall(shown.content.decode())}


@pytest.mark.parametrize(
    ("reader", "pages", "language"),
    [
        ("user", ("/applications/", "/applications/{refused}/", "/applications/{granted}/", "/applications/{paused}/",
                  "/permits/{permit}/", "/register/applications/{granted}/"), "fr"),
        ("officer", ("/applications/queue/", "/applications/{refused}/case/", "/applications/{granted}/case/",
                     "/applications/{paused}/case/", "/applications/{granted}/", "/permits/{permit}/"), "en"),
        ("auditor", ("/applications/{granted}/case/", "/applications/{granted}/", "/permits/{permit}/"), "en"),
        ("steward", ("/applications/deliveries/", "/applications/costs/", "/permits/{permit}/", "/catalogue/"), "fr"),
        ("", ("/register/", "/register/applications/{granted}/", "/permits/{permit}/", "/register/permits/"), "en"),
    ],
)  # fmt: skip
def test_no_link_leads_to_a_refusal(
    stocked: Node, cases: dict[str, str], reader: str, pages: tuple[str, ...], language: str
) -> None:
    site = Site(stocked)
    client = site.client(reader, language)
    found = {each: page for page in pages for each in links(site, page.format(**cases), reader, language)}
    assert len(found) > 10
    refused = {
        (page, each): status
        for each, page in sorted(found.items())
        if (status := client.get(each).status_code) in REFUSED or status >= 500
    }
    assert refused == {}


def test_who_explores_the_ledger_is_led_to_every_event_and_others_to_what_is_everyones(
    stocked: Node, cases: dict[str, str]
) -> None:
    site = Site(stocked)
    events = queries.folder(stocked, cases["granted"], reader="officer").events
    every = {str(each.index) for each in events}
    public = {str(each.index) for each in events if each.kind in kinds.PUBLIC}
    case = site.get(f"/applications/{cases['granted']}/case/", as_="officer").content.decode()
    own = site.get(f"/applications/{cases['granted']}/", as_="user").content.decode()
    assert set(PROOF.findall(case)) == every
    assert set(PROOF.findall(own)) == public and public < every
    line = site.text(site.get(f"/applications/{cases['paused']}/", as_="user"))
    assert "What of the controls?" in line
