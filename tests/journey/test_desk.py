"""The journey at the desk in Chromium, in both languages: apply, assess, permit, run, check, release, register."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.journey.acting import Stage, press, text, watch
from tests.journey.filling import fill
from tests.journey.test_pages import findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DATASET = "chu-demo"
WORDS = {
    "en": {"title": "Pain killers and bleeding, a journey", "verified": "verified now"},
    "fr": {"title": "Antidouleurs et saignements, un parcours", "verified": "vérifiée à l'instant"},
}


@pytest.fixture
def stage(desk, visitor, request) -> Stage:
    return Stage(desk, visitor, request.param)


@pytest.mark.parametrize("stage", ["en", "fr"], indirect=True)
def test_from_an_application_to_a_release_that_anyone_can_verify(stage, tmp_path):
    title = WORDS[stage.language]["title"]
    made = apply(stage, title)
    assess(stage, made)
    permit = decide(stage, made)
    prepare(stage, permit)
    asked = study(stage, permit)
    check(stage, asked)
    verify(stage, permit, tmp_path)
    assert stage.complaints == []


def apply(stage, title):
    """The researcher fills in an application and submits it; everyone sees it at once."""
    page = stage.at("demo-researcher", "/applications/")
    press(page, 'main a[href$="/applications/new/"]')
    press(page, 'form:has(input[value="permit"]) button')
    made = re.search(r"app-[0-9a-f]{20}", page.url).group()
    fill(page, title, DATASET)
    assert page.url.endswith("/letter/"), text(page)
    assert page.locator("#rail .tag.stop").count() == 0, text(page)
    press(page, 'form[action$="/hand-in/"] button')
    everyone = stage.at("", f"/register/applications/{made}/")
    assert title in everyone.locator("h1").inner_text()
    assert title in text(stage.at("", "/register/"))
    return made


def assess(stage, made):
    """An officer takes the case, finds it complete, answers every question and estimates the fees."""
    case = f"/applications/{made}/case/"
    for step in ("take", "complete"):
        page = stage.at("demo-officer", case)
        press(page, f'aside a[href$="/case/{step}/"]')
        press(page, "main form:has(button.btn-primary) button")
    for item in stage.at("demo-officer", case).locator("section[id^='item-']").all():
        answer(stage, case, item.get_attribute("id"))
    page = stage.at("demo-officer", case)
    assert page.locator("section[id^='item-'] > details > summary .tag.leaf").count() == 8 + risks(page)
    press(page, 'aside a[href$="/case/estimate/"]')
    page.locator('[name="body"]').fill("1200.50")
    page.locator('[name="holders"]').fill("800")
    press(page, "main form:has([name=body]) button.btn-primary")
    accept = stage.at("demo-researcher", f"/applications/{made}/")
    assert {"en": "€2,000.50", "fr": "2\N{NARROW NO-BREAK SPACE}000,50"}[stage.language] in text(accept)
    press(accept, 'form[action$="/do/accept-fees/"] button')


def risks(page):
    """How many risks a case's page asks about."""
    ids = [each.get_attribute("id") for each in page.locator("section[id^='item-']").all()]
    return sum(name.startswith("item-68(2)") for name in ids)


def answer(stage, case, item):
    """Answer one question of a case with yes and a reason."""
    page = stage.at("demo-officer", case)
    section = f'section[id="{item}"]'
    if not page.locator(f"{section} > details > p").first.is_visible():
        page.locator(f"{section} > details > summary").click()
    if not page.locator(f"{section} textarea").is_visible():
        page.locator(f"{section} summary").last.click()
    page.locator(f'{section} input[value="yes"]').check()
    page.locator(f"{section} textarea").fill("Shown by the application.")
    press(page, f"{section} button.btn-primary")


def decide(stage, made):
    """A second officer decides after a new sign-in, sees the reasons as published, and publishes them."""
    page = stage.at("demo-officer-2", f"/applications/{made}/case/")
    stage.grow_older("demo-officer-2")
    press(page, 'aside a[href$="/case/decide/"]')
    for outcome, shown in (("refused", (True, False)), ("partly", (True, True)), ("granted", (False, False))):
        page.locator('[name="outcome"]').select_option(outcome)
        parts = [page.locator(f'[name="{name}"]').first.is_visible() for name in ("grounds", "drop")]
        assert tuple(parts) == shown, outcome
    page.locator('[name="reasons"]').fill("All criteria hold, and no risk stands against it.")
    with page.expect_navigation() as found:
        page.locator("main form button.btn-primary").click()
    assert found.value.status == 409
    assert "PPL-112" in text(page)
    press(page, 'main a[href*="/step-up/"]')
    press(page, 'main form:has([name="next"]) button.btn-primary')
    assert "/case/decide/" in page.url
    assert page.locator('[name="reasons"]').input_value().startswith("All criteria hold")
    press(page, "main form button.btn-primary")
    page.locator('[name="published"]').fill("All criteria are met, by year of birth alone.")
    press(page, 'main button[name="preview"]')
    assert "by year of birth alone" in text(page)
    page.locator('[name="confirmed"]').check()
    press(page, "main form button.btn-primary:not([name])")
    everyone = stage.at("", f"/register/applications/{made}/")
    assert "by year of birth alone" in text(everyone)
    press(everyone, 'main a[href*="/permits/permit-"]')
    assert WORDS[stage.language]["verified"] in everyone.locator("aside").inner_text()
    assert findings(everyone) == []
    return re.search(r"permit-[0-9a-f]{20}", everyone.url).group()


def prepare(stage, permit):
    """The holder's steward says that the data are delivered and prepares the extract, which opens them."""
    task = f'tr:has(a[href="/permits/{permit}/"]) form'
    page = stage.at("demo-steward", "/applications/deliveries/")
    press(page, f'{task}[action$="/done/"] button')
    page = stage.at("demo-steward", f"/permits/{permit}/")
    press(page, 'form[action*="/extracts/"] button')
    watch(page)
    page = stage.at("demo-steward", "/applications/deliveries/")
    assert page.locator(task).count() == 0


def study(stage, permit):
    """The researcher makes a study, runs it on invented data and on the extract, and asks to let the outputs out."""
    page = stage.at("demo-researcher", f"/enclave/{permit}/")
    press(page, 'form[action$="/begin/"] button')
    here = page.url
    for data in ("dummy", "extract"):
        page.goto(here)
        press(page, f'button[name="data"][value="{data}"]')
        assert findings(page) == []
        watch(page)
        assert page.locator("aside .tag.leaf").count() == 1, text(page)
    press(page, 'form[action*="/airlock/ask/"] button')
    watch(page)
    return re.search(r"/airlock/([^/]+)/", page.url).group(1)


def check(stage, asked):
    """One table is blocked and its fix applied to a copy; two checkers look and vote blind; one lets it out."""
    here = f"/airlock/{asked}/"
    look = stage.at("demo-checker-1", here)
    press(look, 'form[action$="/open/"] button')
    blocked = look.locator("section.output:has(h2 .tag.stop)")
    assert blocked.count() == 1
    assert "rare.csv" in blocked.inner_text()
    assert blocked.locator("td.flagged").count() >= 1
    assert findings(look) == []
    author = stage.at("demo-researcher", here)
    press(author, 'main a[href*="/preview/"]')
    press(author, 'form[action$="/fix/"] button')
    assert author.locator("h2 .tag.stop").count() == 0, text(author)
    for name in ("demo-checker-1", "demo-checker-2"):
        page = stage.at(name, here)
        if page.locator('form[action$="/open/"]').count():
            press(page, 'form[action$="/open/"] button')
        assert "seen by demo-checker-1" not in text(page)
        page.locator('[name="vote"][value="yes"]').check()
        page.locator('[name="comment"]').fill(f"seen by {name}")
        press(page, 'form[action$="/vote/"] button')
    assert "seen by demo-checker-1" in page.locator("aside").inner_text()
    release(stage, here)


def release(stage, here):
    """Let out what was approved, after a new sign-in."""
    page = stage.at("demo-checker-2", here)
    stage.grow_older("demo-checker-2")
    with page.expect_navigation() as found:
        page.locator('form[action$="/release/"] button').click()
    assert found.value.status == 401
    press(page, 'main a[href*="/step-up/"]')
    press(page, 'main form:has([name="next"]) button.btn-primary')
    page = stage.at("demo-checker-2", here)
    press(page, 'form[action$="/release/"] button')
    assert page.locator('form[action$="/release/"]').count() == 0


def verify(stage, permit, folder):
    """Anyone finds the release in the register, opens its proof and verifies it offline."""
    page = stage.at("", "/register/releases/")
    row = page.locator(f'tr:has(a[href="/permits/{permit}/"])')
    expect(row).to_have_count(1)
    assert "table1.csv" in row.inner_text()
    press(page, f'tr:has(a[href="/permits/{permit}/"]) .proof a')
    assert "release" in page.locator("dl code").first.inner_text()
    proof = fetch(page, 'aside a[href$="/proof.json"]', folder)
    stage.at("", "/ledger/")
    verifier = fetch(page, 'a[href$="/verifier.py"]', folder)
    key = fetch(page, 'a[href$="/key/"]', folder)
    words = [sys.executable, "-I", str(verifier), "--proof", str(proof), "--key", str(key)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={})
    assert done.returncode == 0, done.stdout + done.stderr
    told = proof.read_text("utf-8")
    proof.write_text(told.replace(permit, permit[:-1] + ("0" if permit[-1] != "0" else "1")), "utf-8")
    assert subprocess.run(words, capture_output=True, check=False, env={}).returncode != 0


def fetch(page, selector, folder):
    """Download a file by its link, and return where it is."""
    with page.expect_download() as found:
        page.locator(selector).first.click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path
