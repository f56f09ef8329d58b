"""An application filled in as a person does: typed, ticked and chosen, section by section, saved by the button."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from hygie.base.law import local_day
from tests.journey.acting import press, text

VARIABLES = {
    "person": ("gender_concept_id", "year_of_birth"),
    "condition_occurrence": ("source_code", "condition_start_date"),
    "drug_exposure": ("source_code", "drug_exposure_start_date"),
}
SAVE = "#section button.btn-primary"


def write(page: Page, answers: dict[str, str]) -> None:
    """Type into boxes by their names, and choose from lists."""
    for name, answer in answers.items():
        box = page.locator(f'#section [name="{name}"]')
        if box.evaluate("each => each.tagName") == "SELECT":
            box.select_option(answer)
        else:
            box.fill(answer)


def tick(page: Page, name: str, *values: str) -> None:
    """Tick boxes by their name, all of them without values."""
    if values:
        for value in values:
            page.locator(f'#section [name="{name}"][value="{value}"]').check()
        return
    for box in page.locator(f'#section input[name="{name}"]').all():
        box.check()


def onward(page: Page) -> None:
    """Save a section and go to the next one."""
    press(page, SAVE)


def fill(page: Page, title: str, dataset: str, *, script: bool = True) -> None:
    """Fill in every section of an application for a permit, from its first screen to the letter."""
    tick(page, "datasets", dataset)
    tick(page, "categories", "a")
    onward(page)
    public(page, title)
    applicant(page)
    purpose(page, script=script)
    data(page, dataset)
    processing(page)


def public(page: Page, title: str) -> None:
    """What everyone reads."""
    words = "Whether a pain killer changes how often bleeding follows, among adults seen in hospital."
    write(page, {"title": title, "leader": "Dr Exemple Fictif", "objectives": words, "lay_summary": words})
    write(page, {"area": "Epidemiology", "data_description": "Hospital records of the synthetic hospital."})
    onward(page)


def applicant(page: Page) -> None:
    """Who asks, and who pays."""
    write(page, {"kind": "university", "name": "University of the Journey (synthetic)", "country": "FR"})
    write(page, {"address": "1 rue Imaginaire, Synthia", "contact": "A contact", "business_id": "SYN-journey"})
    if page.locator('#section [name="email"]').count():
        write(page, {"email": "journey@synthia.example"})
    onward(page)
    write(page, {"invoice": "invoices@synthia.example"})
    onward(page)


def purpose(page: Page, *, script: bool) -> None:
    """What for; what counts only for pseudonymised data comes once it is chosen, without script once it is saved."""
    tick(page, "basis", "53(1)(e)")
    write(page, {"aim": "The rate of bleeding by exposure.", "benefit": "Safer prescription for everyone."})
    write(page, {"necessity": "No other source follows the same persons through hospital."})
    page.locator('#section [name="format"][value="pseudonymised"]').check()
    if not script:
        press(page, '#section button[name="stay"]')
    page.locator('#section [name="format_reason"]').wait_for()
    write(page, {"format_reason": "A person's records are followed over time.", "gdpr_basis": "art. 6(1)(e), 9(2)(j)"})
    tick(page, "attested")
    tick(page, "dignity")
    onward(page)


def data(page: Page, dataset: str) -> None:
    """Variables with their reasons, persons with their count, the period and how fine."""
    variables(page)
    write(page, {"age_low": "18", "age_at": "2025-12-31"})
    press(page, '#section button[name="stay"]')
    press(page, f'#count form:has(input[value="{dataset}"]) button')
    assert page.locator("#count strong").first.inner_text() == dataset, text(page)
    onward(page)
    write(page, {"period_from": "2016-01-01", "period_to": "2025-12-31"})
    for name, value in {"birth": "year", "dates": "day", "location": "none", "codes": "full"}.items():
        tick(page, f"minimisation_{name}", value)
    write(page, {"ethics": "Favourable opinion of the ethics committee of Synthia (synthetic)."})
    onward(page)


def variables(page: Page) -> None:
    """Pick variables from the dictionary, then say why each is needed."""
    for table, columns in VARIABLES.items():
        for column in columns:
            box = page.locator(f'#section input[name="pick"][value="{table}.{column}"]')
            if not box.is_visible():
                page.locator(f"summary:has(strong:text-is('{table}'))").click()
            box.check()
    press(page, '#section button[name="stay"]')
    for box in page.locator('#section input[name^="reason:"]').all():
        box.fill("The question compares exposed and not exposed persons by age and sex.")
    onward(page)


def processing(page: Page) -> None:
    """Own data none; who works, from when to when, with what; then the last boxes to tick."""
    onward(page)
    today = local_day(datetime.now(UTC), "FR")
    people = {"principal_investigator": "demo-researcher", "people": "demo-researcher"}
    write(page, people | {"from": today.isoformat(), "to": (today + timedelta(days=360)).isoformat()})
    write(page, {"safeguards": "Named and trained persons only."})
    tick(page, "environment_tools", "python")
    onward(page)
    onward(page)
    assert page.locator("#cost").is_visible()
    tick(page, "fees")
    tick(page, "truthful")
    onward(page)
