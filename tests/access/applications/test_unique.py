"""What would be unique: asked by the team and by officers, shown to nobody else, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from hygie.access.applications.desk import uniqueness
from hygie.access.applications.models import ApplicationRow
from hygie.access.catalogue.models import CountAsking, UniquenessAnswer
from hygie.access.catalogue.uniqueness import Setting
from hygie.commons.people.models import Account
from tests.access.applications.story import document, drafted, submitted
from tests.access.applications.test_form import begun, pages
from tests.conftest import START, Site

__all__ = ["pages"]
TABLES = {
    "person": ["person_id", "gender_concept_id", "year_of_birth", "month_of_birth"],
    "visit_occurrence": ["person_id", "visit_occurrence_id", "visit_end_date", "visit_start_date"],
    "condition_occurrence": ["person_id", "condition_concept_id"],
}
FINE = {
    "data__tables": TABLES,
    "data__reasons": {f"{table}.{column}": "Why." for table, columns in TABLES.items() for column in columns},
    "data__minimisation": {"birth": "day", "dates": "month", "location": "none", "codes": "full"},
    "data__cohort": {"everyone": {}},
}
BUTTON = {"en": "What would be unique?", "fr": "Qui serait unique ?"}
FOUND = {"en": "As asked for,", "fr": "Avec ce qui est demandé,"}


def test_what_is_asked_for_is_read_from_variables_and_settings(stocked: Any) -> None:
    asked = uniqueness.question(document(stocked, **FINE))
    assert asked is not None and asked.sex
    assert asked.setting == Setting("month", "month", "none"), "no finer than the columns asked for"
    assert asked.firsts == (("visit_occurrence", "visit_start_date"),) and asked.start < asked.end
    codes = {"data__tables": {"condition_occurrence": ["person_id", "condition_concept_id"]}}
    assert uniqueness.question(document(stocked, **codes)) is None
    for broken in ({"data__tables": 3}, {"data__tables": {"person": 3}}, {"data__minimisation": []}):
        assert uniqueness.question(document(stocked, **FINE | broken)) is None


def ask(pages: Site, made: str, as_: str = "user", dataset: str = "chu-demo", **more: Any) -> Any:
    """Press the button."""
    return pages.post(f"/applications/{made}/unique/", {"dataset": dataset}, as_=as_, **more)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_team_asks_on_the_form_and_finds_the_answer_there(pages: Site, language: str) -> None:
    made = drafted(pages.node, **FINE)
    form = f"/applications/{made}/form/data/"
    before = pages.text(pages.get(form, as_="user", language=language))
    assert BUTTON[language] in before and FOUND[language] not in before
    sent = ask(pages, made, language=language)
    assert sent.status_code == 302 and sent["Location"] == f"/applications/{made}/unique/"
    for url in (form, sent["Location"]):
        text = pages.text(pages.get(url, as_="user", language=language))
        assert FOUND[language] in text and BUTTON[language] not in text and "%" in text
    assert CountAsking.objects.get().account == "user"
    assert ask(pages, made).status_code == 302 and UniquenessAnswer.objects.count() == 1


def test_with_script_only_the_part_is_put_in_place(pages: Site) -> None:
    made = drafted(pages.node, **FINE)
    part = ask(pages, made, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<section id="uniqueness"') and "one step coarser" in part and "<h1" not in part
    refused = ask(pages, made, dataset="other", headers={"HX-Request": "true"})
    assert refused.status_code == 200 and "APP-119" in refused.content.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_officers_ask_on_the_case_and_the_auditor_reads(pages: Site, language: str) -> None:
    made = submitted(pages.node, **FINE)
    case = f"/applications/{made}/case/"
    assert BUTTON[language] in pages.text(pages.get(case, as_="officer", language=language))
    assert BUTTON[language] not in pages.text(pages.get(case, as_="auditor", language=language))
    assert ask(pages, made, as_="auditor").status_code == 403
    assert ask(pages, made, as_="officer").status_code == 302
    for reader in ("officer", "auditor"):
        assert FOUND[language] in pages.text(pages.get(case, as_=reader, language=language))


def test_nobody_else_asks_nor_sees(pages: Site) -> None:
    made = drafted(pages.node, **FINE)
    api = f"/api/v1/applications/{made}/uniqueness"
    for who, status in (("rival", 404), ("officer", 404)):
        assert ask(pages, made, as_=who).status_code == status, "a draft is its team's alone"
        assert pages.get(f"/applications/{made}/unique/", as_=who).status_code == status
    handed = submitted(pages.node, **FINE)
    for who in ("rival", "steward", "checker"):
        assert ask(pages, handed, as_=who).status_code == 403
        assert pages.get(f"/applications/{handed}/unique/", as_=who).status_code == 403
    assert pages.post(api, {"dataset": "chu-demo"}, as_="rival", content_type="application/json").status_code == 404
    assert not UniquenessAnswer.objects.exists() and not CountAsking.objects.exists()


def test_refusals_are_told_in_words(pages: Site) -> None:
    made = drafted(pages.node, **FINE)
    elsewhere = ask(pages, made, dataset="other")
    assert elsewhere.status_code == 422 and "APP-119" in pages.text(elsewhere)
    at = pages.node.clock()
    CountAsking.objects.bulk_create(CountAsking(account="user", asked_at=at) for _ in range(30))
    often = ask(pages, made, language="fr")
    assert often.status_code == 429 and "CAT-301" in pages.text(often)
    row = ApplicationRow.objects.get(id=made)
    row.document["data"]["tables"] = {"condition_occurrence": ["person_id", "condition_concept_id"]}
    row.save()
    nothing = ask(pages, made)
    assert nothing.status_code == 422 and "APP-130" in pages.text(nothing)
    empty = pages.text(pages.get(f"/applications/{begun(pages)}/form/data/", as_="user"))
    assert "Nothing to count by" in empty and BUTTON["en"] not in empty


def test_programs_ask_too(pages: Site) -> None:
    made = drafted(pages.node, **FINE)
    Account.objects.create(name="another", roles=["user"], created_at=START, password="!")
    url, body = f"/api/v1/applications/{made}/uniqueness", {"dataset": "chu-demo"}
    told = pages.post(url, body, as_="user", content_type="application/json")
    found = told.json()
    assert told.status_code == 200 and found["persons"]["shown"] in range(20, 65, 5) and found["whole"]
    settings = [(row["setting"]["birth"], row["setting"]["dates"]) for row in found["rows"]]
    assert settings == [("month", "month"), ("month", "year"), ("year", "month"), ("year", "year")]
    assert all(row["few"]["shown"] is None or 0 < row["few"]["shown"] <= 100 for row in found["rows"])
    assert pages.post(url, body, as_="another", content_type="application/json").status_code == 404
