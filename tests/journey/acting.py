"""The persons of the journey: each in a browser of their own, signed in by a card of the demonstration."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

from playwright.sync_api import Error, Page, expect

from tests.journey.conftest import Desk, Visitor

SLOW, TASK = 30_000, 240_000
OLDER = """
import sys
from pathlib import Path
from hygie.node.home import opening
node = opening.open_node(Path(sys.argv[1]))
from django.conf import settings
from hygie.node.site.server import secret
settings.SECRET_KEY = secret(node)
from django.contrib.sessions.backends.db import SessionStore
from hygie.commons.people.signals import KEPT
session = SessionStore(session_key=sys.argv[2])
session[KEPT] = {**session[KEPT], "at": session[KEPT]["at"] - 3600}
session.save()
"""


def card(page: Page, name: str):
    """The card by which one takes a person's place."""
    return page.locator("form", has=page.locator(f'input[name="name"][value="{name}"]')).get_by_role("button")


@dataclass
class Stage:
    """A served node, and those who came to it."""

    desk: Desk
    visitor: Visitor
    language: str
    pages: dict[str, Page] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def open(self, name: str) -> Page:
        """A page of somebody's browser; nobody's name is the public's."""
        if name not in self.pages:
            page = self.visitor.page(self.language)
            page.on("console", lambda message: self.complain(message.type, message.text))
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            self.pages[name] = page
            if name:
                page.goto("/people/sign-in/")
                card(page, name).click()
                page.wait_for_url(lambda url: "sign-in" not in url)
        return self.pages[name]

    def complain(self, kind: str, text: str) -> None:
        """Keep what the browser refuses; a refused step answers 4xx, and is asserted where it is meant."""
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)

    def at(self, name: str, url: str) -> Page:
        """Somebody at an address, which answers well."""
        page = self.open(name)
        response = page.goto(url)
        assert response.status == 200, f"{url}: {response.status} {text(page)[:600]}"
        assert page.locator("html").get_attribute("lang") == self.language
        return page

    def grow_older(self, name: str) -> None:
        """Let an hour pass since somebody signed in, as the node's session has it."""
        cookies = {each["name"]: each["value"] for each in self.pages[name].context.cookies()}
        words = [sys.executable, "-c", OLDER, str(self.desk.home), cookies["sessionid"]]
        subprocess.run(words, check=True, capture_output=True)


def text(page: Page) -> str:
    """What a page says."""
    return page.locator("main").inner_text()


def press(page: Page, selector: str) -> None:
    """Press a button that leads to another page; a refusal that nobody expected fails with its words."""
    try:
        with page.expect_navigation(timeout=SLOW) as found:
            page.locator(selector).click(no_wait_after=True)
    except Error as gone:
        raise AssertionError(f"{page.url}: {selector} led nowhere. {text(page)[:900]}") from gone
    assert found.value.status < 400, f"{page.url}: {found.value.status} {text(page)[:900]}"


def watch(page: Page) -> None:
    """Wait on a task's page, without touching it, until it has ended well; then see what it made."""
    assert "/tasks/" in page.url, page.url
    made = page.locator("#progress a.btn-primary")
    expect(page.locator("#progress .btn-primary, #progress .verdict").first).to_be_visible(timeout=TASK)
    assert made.count() == 1, text(page)
    press(page, "#progress a.btn-primary")
