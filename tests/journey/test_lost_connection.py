"""A draft survives a lost connection, a fault of the node and a session that ended: its words stay, and are saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journey.acting import card

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAVED = {"en": "Saved,", "fr": "Enregistré,"}
WORDS = {
    "en": ("Not saved", "The connection is lost", "could not take them", "no longer signed in", "Try again"),
    "fr": ("Pas enregistré", "La connexion est perdue", "n'a pas pu", "plus connecté", "Réessayer"),
}


def begun(page: Page) -> Page:
    """A new draft's public section."""
    page.goto("/people/sign-in/")
    card(page, "demo-researcher").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto("/applications/new/")
    page.locator('form:has(input[value="permit"]) button').click()
    page.wait_for_url("**/form/**")
    page.goto(page.url.rsplit("/form/", 1)[0] + "/form/public/")
    return page


def write(page: Page, words: str) -> None:
    """Write the title, and leave the box."""
    page.locator('[name="title"]').fill(words)
    page.locator('[name="title"]').press("Tab")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_was_written_without_a_connection_is_saved_when_it_is_back(visitor, language):
    page = begun(visitor.page(language))
    unsaved, lost, failed, signed_out, again = WORDS[language]
    told = page.locator("#saved")
    page.context.set_offline(True)
    write(page, "Written on a train")
    expect(told).to_contain_text(unsaved)
    expect(told).to_contain_text(lost)
    assert page.locator('[name="title"]').input_value() == "Written on a train"
    page.context.set_offline(False)
    expect(told).to_contain_text(SAVED[language])

    def fault(route: Route) -> None:
        route.fulfill(status=500, body="no")

    page.route("**/form/public/", fault)
    write(page, "Written during a fault")
    expect(told).to_contain_text(failed)
    page.unroute("**/form/public/", fault)
    told.get_by_role("button", name=again).click()
    expect(told).to_contain_text(SAVED[language])

    page.context.clear_cookies(name="sessionid")
    write(page, "Written after the session")
    expect(told).to_contain_text(signed_out)
    other = page.context.new_page()
    other.goto("/people/sign-in/")
    card(other, "demo-researcher").click()
    other.wait_for_url(lambda url: "sign-in" not in url)
    told.get_by_role("button", name=again).click()
    expect(told).to_contain_text(SAVED[language])
    page.reload()
    assert page.locator('[name="title"]').input_value() == "Written after the session"
