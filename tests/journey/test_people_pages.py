"""The pages of accounts, training and passkeys in Chromium: nothing for axe to find, and a passkey made and used."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.commons.people.issuer import CLIENT, SECRET, Issuer, running
from tests.journey.conftest import HYGIE, Desk
from tests.journey.test_pages import findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = {
    "demo-researcher": ["/people/", "/people/training/", "/people/training/phishing/", "/people/passkeys/"],
    "operator": ["/people/accounts/", "/people/accounts/demo-officer/", "/people/step-up/"],
}


def enter(page, name):
    page.goto("/people/sign-in/")
    page.locator("form", has=page.locator(f'input[name="name"][value="{name}"]')).get_by_role("button").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_the_browser_refuses_nothing(visitor, name, language):
    page = visitor.page(language, phone=language == "fr")
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/people/sign-in/")
    found = {"/people/sign-in/": findings(page)}
    enter(page, name)
    for url in PAGES[name]:
        page.goto(url)
        found[url] = findings(page)
        assert page.locator("html").get_attribute("lang") == language
    assert not {url: each for url, each in found.items() if each}
    assert not complaints


def test_a_passkey_is_made_and_opens_the_account(desk, visitor):
    page = visitor.page()
    here = desk.address.replace("127.0.0.1", "localhost")
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{here}/people/sign-in/")
    page.locator("form", has=page.locator('input[value="demo-officer"]')).get_by_role("button").click()
    page.goto(f"{here}/people/passkeys/")
    page.locator("#passkey-name").fill("a device of tests")
    page.locator("#passkey-add").click()
    page.get_by_text("a device of tests").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{here}/people/sign-in/?next=/people/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{here}/people/")
    assert page.locator("h1").inner_text() == "demo-officer"


def test_reading_and_signing_in_work_without_script(visitor):
    page = visitor.page(script=False)
    enter(page, "demo-auditor")
    page.goto("/people/")
    assert page.get_by_role("heading", name="demo-auditor").is_visible()


@pytest.fixture
def issuer(desk: Desk, tmp_path) -> Iterator[Issuer]:
    """A provider of identities that the served node takes, until the test ends."""
    file = desk.home / "sign-in.toml"
    (tmp_path / "secret").write_text(SECRET)
    with running() as found:
        file.write_text(
            f'[openid]\nname = "Test identity"\nissuer = "{found.url}"\nclient_id = "{CLIENT}"\n'
            f'secret_file = "{tmp_path / "secret"}"\n'
        )
        words = ["--node", str(desk.home), "accounts", "link", "demo-steward"]
        bound = [*HYGIE, *words, "--issuer", found.url, "--subject", found.subject]
        subprocess.run(bound, check=True, capture_output=True)
        try:
            yield found
        finally:
            file.unlink()


@pytest.mark.parametrize("script", [True, False])
def test_a_person_signs_in_at_the_provider_and_comes_back(visitor, issuer, script):
    page = visitor.page("fr", script=script)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/people/sign-in/?next=/people/")
    page.get_by_role("button", name="Aller chez Test identity").click()
    page.wait_for_url("**/people/")
    assert page.locator("h1").inner_text() == "demo-steward"
    assert "garantie substantielle" in page.locator("main").inner_text()
    assert not complaints


def test_an_unknown_identity_is_told_whom_to_ask(visitor, issuer):
    issuer.subject = "a-stranger"
    page = visitor.page()
    page.goto("/people/sign-in/")
    page.get_by_role("button", name="Go to Test identity").click()
    page.get_by_text("PPL-126").wait_for()
    assert findings(page) == []
