"""The pages on where the data are, in Chromium: nothing for axe, none wider than a phone; the slider by keys alone."""

import pytest

from tests.journey.test_pages import findings, on_a_phone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PUBLIC = (
    "/sovereignty/?as_of=2024-06-01&known_at=2026-11-21",
    "/sovereignty/changes/?since=2020-07-15&as_of=2020-07-17",
    "/sovereignty/what-if/?host=azure-eu",
    "/sovereignty/hosts/",
    "/sovereignty/statements/chu-demo/",
    "/sovereignty/statements/chu-demo/?as_of=2025-01-01",
    "/catalogue/chu-demo/place/",
)
OPERATORS = ("/sovereignty/", "/sovereignty/declare/", "/sovereignty/derogate/")


def looked_at(page, addresses):
    """What is wrong with each page, and what the browser complains of."""
    complaints, wrong = [], {}
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for address in addresses:
        assert page.goto(address).status == 200, address
        for folded in page.locator("main details").all():
            folded.evaluate("details => details.open = true")
        if found := findings(page) + on_a_phone(page):
            wrong[address] = found
    return wrong, complaints


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_on_places(visitor, language):
    assert looked_at(visitor.page(language), PUBLIC) == ({}, [])


def test_the_operators_pages_on_places(visitor):
    page = visitor.page("fr")
    page.goto("/people/sign-in/")
    page.get_by_role("button", name="operator").first.click()
    assert looked_at(page, OPERATORS) == ({}, [])


def test_the_slider_by_keys_says_the_day_and_the_page_follows(visitor):
    page = visitor.page()
    page.goto("/sovereignty/what-if/")
    page.goto("/sovereignty/")
    slider = page.locator("#day-slider")
    marks = page.eval_on_selector_all("#turning-days option", "all => all.map(one => one.label)")
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext").startswith(f"{marks[0]}, lawful: ")
    slider.press("ArrowRight")
    page.wait_for_url("**as_of=2018-05-26*")
    page.get_by_role("heading", name="on 26 May 2018").wait_for()
    assert page.locator("#as_of").input_value() == "2018-05-26"
    assert page.locator("#places caption").inner_text() == "Places and verdicts on 26 May 2018"
    assert "as_of=2018-05-26" in page.locator("#tabs a").nth(1).get_attribute("href")
    slider.press("PageUp")
    expected = marks[1] if len(marks) > 1 else "26 May 2018"
    page.get_by_role("heading", name=f"on {expected}").wait_for()
    assert page.locator("#day-said").inner_text().startswith(expected)
    assert page.evaluate("document.activeElement.id") == "day-slider", "the next key goes on from here"
    page.go_back()
    assert page.url.endswith("/what-if/"), "days that were slid over are no pages to go back through"


def test_the_slider_says_its_day_in_french(visitor):
    page = visitor.page("fr")
    page.goto("/sovereignty/?as_of=2020-03-01")
    assert page.locator("#day-slider").get_attribute("aria-valuetext").startswith("1er mars 2020, licite : ")


def test_without_script_a_form_and_links_choose_the_day(visitor):
    page = visitor.page(script=False)
    page.goto("/sovereignty/")
    assert not page.locator("#day-slider").is_visible()
    page.locator("#as_of").fill("2020-03-01")
    page.get_by_role("button", name="Show that day").click()
    assert page.get_by_role("heading", name="on 1 March 2020").is_visible()
    page.locator("ol.timeline a").first.click()
    assert page.get_by_role("heading", name="on 25 May 2018").is_visible()
