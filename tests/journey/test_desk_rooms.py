"""Each role's pages in Chromium, in both languages and at a phone's width; reading and applying without script."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from tests.journey.acting import Stage, press, text
from tests.journey.filling import fill
from tests.journey.test_pages import findings, kind_of, links, on_a_phone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROLES = ["demo-researcher", "demo-officer", "demo-steward", "demo-checker-1", "demo-auditor", "operator"]
WALKED_BY_ALL = r"^/(register|ledger/\*)"
ELSEWHERE = {"demo-researcher": WALKED_BY_ALL + "|^/catalogue", "demo-steward": WALKED_BY_ALL + "|/training/."}
VARIED = re.compile(r"^/applications/\*/(case/)?$|^/catalogue/\*/")
MOST = 45


def walk(page, elsewhere):
    """Yield each page that links lead to for somebody signed in; of applications, which differ by state, three."""
    seen, kinds, waiting = set(), {}, [page.url]
    while waiting and len(seen) < MOST:
        url = waiting.pop(0)
        kind = re.sub(r"/(accounts|catalogue)/[a-z][^/]*/", r"/\1/*/", kind_of(url))
        if url in seen or kinds.get(kind, 0) >= (3 if VARIED.match(kind) else 1):
            continue
        if seen and re.search(elsewhere, kind):
            continue
        seen.add(url)
        kinds[kind] = kinds.get(kind, 0) + 1
        yield url, page.goto(url)
        waiting += links(page)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ROLES)
def test_a_roles_pages_have_no_findings_and_fit_a_phone(desk, visitor, name, language):
    stage = Stage(desk, visitor, language)
    page = stage.at(name, "/")
    wrong = {}
    for url, response in walk(page, ELSEWHERE.get(name, WALKED_BY_ALL + "|^/catalogue|/training/.")):
        found = [] if response.status == 200 else [str(response.status)]
        found += [] if page.locator("h1").count() == 1 else ["not one h1"]
        found += [] if page.locator("html").get_attribute("lang") == language else ["another language"]
        found += findings(page)
        found += on_a_phone(page)
        if found:
            wrong[urlsplit(url).path] = found
    assert wrong == {}
    assert stage.complaints == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_whole_menu_is_read_without_script(visitor, language):
    page = visitor.page(language, script=False)
    page.goto("/")
    menu = [link.get_attribute("href") for link in page.locator(".site-nav a, .site-tools a").all()]
    assert len(menu) >= 3
    for url in menu:
        assert page.goto(url).status == 200
        assert page.locator("h1").count() == 1
        assert len(text(page)) > 100


def test_an_application_is_filled_in_and_handed_in_without_script(visitor):
    page = visitor.page("fr", script=False)
    page.goto("/people/sign-in/")
    press(page, 'form:has(input[value="demo-researcher"]) button')
    page.goto("/applications/new/")
    press(page, 'form:has(input[value="permit"]) button')
    title = "Une demande sans script"
    fill(page, title, "chu-demo", script=False)
    press(page, 'form[action$="/hand-in/"] button')
    page.goto("/register/")
    assert title in text(page)
