"""Every page that a link leads to, in both languages: nothing for axe, nothing refused, no wider than a phone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journey.conftest import PHONE, SCREEN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILES = re.compile(r"\.(json|xml|atom|py|csv|svg|ttl|jsonld|rdf|txt|zip)$|/(checkpoint|key)/$|/static/|/api/")
PAGES_OF_ONE_KIND = 2
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,  # no rule of these reads style sheets again
}
AXE = Axe().axe_script


def kind_of(url):
    """An address without its identifiers: pages of one kind look alike."""
    parts = urlsplit(url)
    return re.sub(r"/([a-z]+-[0-9a-f]{20}|\d+)(?=/|$)", "/*", parts.path)


def links(page):
    """The addresses on a page that lead to other pages of this site."""
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    here = urlsplit(page.url).netloc
    return [url.split("#")[0] for url in found if urlsplit(url).netloc == here and not FILES.search(urlsplit(url).path)]


def walk(page, start="/", limit=60):
    """Yield each page that links lead to, a few of each kind."""
    page.goto(start)
    seen, kinds, waiting = set(), {}, [page.url]
    while waiting and len(seen) < limit:
        url = waiting.pop(0)
        if url in seen or kinds.get(kind_of(url), 0) >= PAGES_OF_ONE_KIND:
            continue
        seen.add(url)
        kinds[kind_of(url)] = kinds.get(kind_of(url), 0) + 1
        response = page.goto(url)
        yield url, response
        waiting += links(page)


LAID_OUT = """() => {
  const page = document.documentElement;
  const found = page.scrollWidth > page.clientWidth ? ["wider than a phone"] : [];
  const parts = [...document.querySelectorAll("#main h1, aside, main.page > div:last-child")];
  const tops = parts.map(part => part.getBoundingClientRect().top);
  if (parts[0].tagName !== "H1" || tops.some((top, place) => place && top < tops[place - 1]))
    found.push("not the title, then its state, then the rest");
  return found;
}"""


def on_a_phone(page):
    """What is wrong with a page at a phone's width: its source is in the order of what is seen, the title first."""
    page.set_viewport_size(PHONE)
    found = page.evaluate(LAID_OUT)
    page.set_viewport_size(SCREEN)
    return found


def findings(page):
    """What axe finds on a page, in a line each."""
    page.evaluate(AXE)
    violations = page.evaluate("rules => axe.run(rules).then(found => found.violations)", RULES)
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:160]}"
        for each in violations
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_public_pages(visitor, language):
    page = visitor.page(language)
    complaints, wrong = [], {}
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    visited = 0
    for url, response in walk(page):
        assert response.status == 200, url
        assert page.locator("h1").count() == 1, url
        assert page.locator("html").get_attribute("lang") == language, url
        found = findings(page)
        found += on_a_phone(page)
        if found:
            wrong[url] = found
        visited += 1
    assert wrong == {}
    assert complaints == []
    assert visited >= 3


def test_reading_works_without_script(visitor):
    page = visitor.page(script=False)
    page.goto("/")
    assert "I audit" in page.locator("main").inner_text()
    page.get_by_role("link", name="Ledger").first.click()
    assert page.locator("h1").inner_text() == "The ledger"


def test_the_keyboard_alone_reaches_the_content(visitor):
    page = visitor.page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
