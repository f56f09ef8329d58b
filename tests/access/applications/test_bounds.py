"""Figures and addresses that a permit could not hold are told where they are written, in the reader's words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hygie.access.applications import actions
from hygie.access.applications.form.bounds import check_addresses, check_environment
from hygie.access.applications.form.criteria import check_cohort
from hygie.access.applications.models import ApplicationRow
from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue.models import Entry
from hygie.access.permits import reading
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from tests.access.applications.story import document, drafted
from tests.access.catalogue.descriptions import body
from tests.access.permits.drafts import draft
from tests.conftest import Site

WRONG = {"cpus": "1e9", "memory_mb": "-1", "minutes": "99999999"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("cpus", "1e9"), ("cpus", 0), ("cpus", True), ("cpus", 1.5), ("cpus", None), ("memory_mb", -1), ("memory_mb", 127),
     ("minutes", "abc"), ("minutes", 99999999), ("scratch_mb", 0), ("output_mb", 1025), ("processes", 4097),
     ("tools", []), ("tools", ["perl"]), ("tools", "python")],
)  # fmt: skip
def test_a_figure_outside_the_permits_bounds_is_refused_by_its_name(name: str, value: object) -> None:
    found = check_environment({"processing": {"environment": {"tools": ["python"], name: value}}}, None)
    assert [(each.code, each.path) for each in found] == [("APP-131", f"$.processing.environment.{name}")]
    assert all("resource." not in explain(found[0], language).asked for language in ("en", "fr"))


def test_the_bounds_themselves_are_taken_and_an_unknown_resource_is_not() -> None:
    ends = [{"cpus": 1, "memory_mb": 128, "minutes": 1}, {"cpus": 64, "memory_mb": 524_288, "minutes": 10_080}]
    assert [check_environment({"processing": {"environment": each}}, None) for each in ends] == [[], []]
    found = check_environment({"processing": {"environment": {"gpus": 1}}}, None)
    assert [(each.code, each.facts["found"]) for each in found] == [("APP-132", "gpus")]


@pytest.mark.parametrize(
    ("email", "peppol", "codes"),
    [("a@b.example", "0009:13000000100017", []), ("", "", []), ("not an address", "abc", ["APP-133", "APP-134"]),
     ("a@b", "9:1", ["APP-133", "APP-134"]), ("a@b.example, c@d.example", "0009:", ["APP-133", "APP-134"])],
)  # fmt: skip
def test_addresses_are_held_against_their_form(email: str, peppol: str, codes: list[str]) -> None:
    found = check_addresses({"applicant": {"email": email}, "payment": {"peppol": peppol}}, None)
    assert [each.code for each in found] == codes


@pytest.mark.parametrize(
    ("vat", "invoice", "codes"),
    [("FR 12 345678901", "invoices@example.org", []), ("CHE-123.456.789 TVA", "Service facturier\n69000 Lyon", []),
     ("EL123456789", "1 Rue Imaginaire", []), ("FR??", "pas une adresse", ["APP-135", "APP-136"]),
     ("123456789", "12345", ["APP-135", "APP-136"]), ("FR", "a@b.example, c@d.example", ["APP-135", "APP-136"])],
)  # fmt: skip
def test_a_vat_number_and_an_invoices_address_are_held_against_their_form(
    vat: str, invoice: str, codes: list[str]
) -> None:
    found = check_addresses({"payment": {"vat": vat, "invoice": invoice}}, None)
    assert [each.code for each in found] == codes


def test_what_is_told_back_is_told_as_it_was_typed() -> None:
    found = check_addresses({"applicant": {"email": "hélène\u202e@\nfictive"}}, None)
    assert [each.facts["found"] for each in found] == ["hélène\ufffd@ fictive"]
    codes = {"codes": {"table": "condition_occurrence", "codes": [{"system": "SNOMED", "code": "E11 diabète"}]}}
    told = [explain(each, "fr").found for each in check_cohort({"data": {"cohort": codes}}, None)]
    assert told == ["Il y est écrit : “E11 diabète”."]


def test_page_api_and_submission_say_the_same_in_both_languages(stocked: Node) -> None:
    """Art. 67(2)(i): what cannot be granted is told before it is handed in."""
    site = Site(stocked)
    made = drafted(stocked, applicant__email="nowhere", payment__peppol="x")
    sent = dict(document(stocked)["processing"])
    fields: dict[str, Any] = {name: sent[name] for name in ("principal_investigator", "from", "to", "safeguards")}
    fields |= {"people": "user", "environment_tools": "python", "stay": "1"}
    fields |= {f"environment_{name}": value for name, value in WRONG.items()}
    fields["revision"] = ApplicationRow.objects.get(id=made).revisions["processing"]
    assert site.post(f"/applications/{made}/form/processing/", fields, as_="user").status_code == 302
    for language, word in (("en", "Processors: “1e9”"), ("fr", "Processeurs : « 1e9 »")):
        text = site.text(site.get(f"/applications/{made}/form/processing/", as_="user", language=language))
        assert word in re.sub(r"[\u00a0\u202f]", " ", text)
        assert "1 – 64" in text
    told = site.get(f"/api/v1/applications/{made}", as_="user").json()["missing"]
    assert [each["code"] for each in told["processing"]] == ["APP-131"] * 3
    assert [each["code"] for each in (*told["applicant"], *told["payment"])] == ["APP-133", "APP-134"]
    with pytest.raises(Refusal) as found:
        actions.submit(stocked, made, actor="user")
    assert [each.code for each in found.value.verdict.reasons].count("APP-131") == 3


def test_a_permit_never_says_a_librarys_own_words() -> None:
    wrong = draft(environment__cpus="2", environment__minutes=0, fees__amount="free", purpose__title="a\u200bb",
                  data__format="raw", data__period={"from": "2016-01-01", "to": "2015-01-01"})  # fmt: skip
    told = {each.path: each for each in reading.read(wrong).reasons if each.code == "PMT-104"}
    assert explain(told["$.environment.cpus"], "fr").accepted == "un nombre entier"
    assert explain(told["$.environment.minutes"], "fr").accepted == "≥ 1"
    assert explain(told["$.data.format"], "fr").accepted == "pseudonymised, anonymised"
    assert explain(told["$.data.period"], "fr").accepted == "une fin égale ou postérieure au début"
    assert explain(told["$.purpose.title"], "en").accepted == "a text whose every sign shows"
    said = " ".join(explain(each, "en").accepted for each in told.values())
    assert not re.search(r"[Ii]nput should|[Vv]alue error|[Ss]tring should", said)


@pytest.mark.parametrize(
    ("language", "undelivered", "abroad"),
    [("en", "data not delivered to this node", "its body decides on it"),
     ("fr", "données non livrées à ce nœud", "son organisme en décide")],
)  # fmt: skip
def test_only_datasets_that_can_be_asked_for_are_offered(
    stocked: Node, language: str, undelivered: str, abroad: str
) -> None:
    for name, country in (("chu-demo", "FR"), ("claims", "FR"), ("elsewhere", "BE")):
        catalogue.describe(stocked, name, body(), actor="steward")
        Entry.objects.filter(dataset=name).update(country=country)
    site = Site(stocked)
    made = actions.start(stocked, actor="user").id
    page = site.get(f"/applications/{made}/form/sources/", as_="user", language=language)
    boxes = dict(re.findall(r'name="datasets" value="([^"]+)"([^>]*)>', page.content.decode()))
    assert {name: "disabled" in rest for name, rest in boxes.items()} == {
        "chu-demo": False, "claims": True, "elsewhere": False,
    }  # fmt: skip
    assert undelivered in site.text(page)
    assert abroad in site.text(page)
