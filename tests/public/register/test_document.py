"""The register's document holds what its pages hold of applications, and the ledger bears out each word of it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import jsonschema
import pytest
from tools.register_schema import PLACE

from hygie.access.applications.models import ApplicationRow, EventRow, LegRow
from hygie.public.register import queries
from tests.access.applications import story
from tests.public.register.conftest import REASON, Told
from tests.public.register.forging import ORIGIN, codes, records, unnoticed

NOT_COMPARED = {("made_at",), ("applications", "due_on")}


def test_the_document_tells_who_asks_who_profits_what_was_decided_and_why(told: Told) -> None:
    document = queries.register(told.node)
    jsonschema.validate(document, json.loads(PLACE.read_text("utf-8")))
    assert queries.verify(json.dumps(document).encode(), records(), origin=ORIGIN).node == "node-test"
    refused, granted, received = document["applications"]
    assert (refused["outcome"], refused["reasons"], refused["grounds"]) == ("refused", REASON, ["68(1)(b)", "68(1)(e)"])
    assert (granted["permit"], granted["fee"], granted["benefit"]) == (
        told.permit,
        "1000.00 EUR",
        "Safer prescriptions.",
    )
    assert document["permits"][0]["application"] == told.granted
    assert received["user"] == {
        "name": "Fictipharm (synthetic)",
        "kind": "company",
        "country": "FR",
        "parent": "Fictiholding (synthetic)",
        "commercial": True,
        "mandate": None,
    }
    assert received["product"] == "A patent on a dosage."
    assert [(each["title"], each["link"]) for each in document["results"]] == [
        ("No effect found", "https://journal.example/42")
    ]
    assert [(each["organisation"], bool(each["lifted_on"])) for each in document["exclusions"]] == [
        ("Fictibad (synthetic)", False),
        ("Fictisorry", True),
    ]
    figures = document["figures"]
    assert (figures["received"], figures["backlog"], figures["applicants"]) == (3, 1, {"public": 2, "commercial": 1})
    assert figures["refusal_grounds"] == {"68(1)(b)": 1, "68(1)(e)": 1}
    assert {"leg": "decision", "count": 2, "median": 0.0, "mean": 0.0} in figures["legs"]
    shown = json.dumps(document)
    assert story.LEADER not in shown
    assert "h.fictive@example.org" not in shown


@pytest.mark.attack
def test_every_forged_value_of_what_applications_led_to_is_found(told: Told) -> None:
    story.screened(told.node)
    tried, passed = unnoticed(queries.register(told.node), records(), ORIGIN)
    assert tried > 250
    assert passed == NOT_COMPARED
    document = queries.register(told.node)
    for part in ("applications", "results", "exclusions", "permits"):
        assert "REG-102" in codes({**document, part: document[part][1:]})
        assert "REG-101" in codes({**document, part: [*document[part], document[part][0]]})


def test_rows_changed_behind_the_ledgers_back_are_found(told: Told) -> None:
    row = ApplicationRow.objects.get(id=told.refused)
    for name, value in (("published_reasons", "They smiled."), ("organisation", "Another"), ("outcome", "granted")):
        ApplicationRow.objects.filter(id=row.id).update(**{name: value})
        assert codes(queries.register(told.node)) == {"REG-101"}
        ApplicationRow.objects.filter(id=row.id).update(**{name: getattr(row, name)})
    leg = LegRow.objects.filter(leg="decision").first()
    assert leg is not None
    LegRow.objects.filter(id=leg.id).update(days=99)
    assert codes(queries.register(told.node)) == {"REG-101"}
    LegRow.objects.filter(id=leg.id).update(days=leg.days)
    event = EventRow.objects.get(kind="results.published")
    EventRow.objects.filter(id=event.id).update(body={**event.body, "link": "https://elsewhere.example/"})
    assert codes(queries.register(told.node)) == {"REG-101"}


def test_page_api_and_command_line_give_the_same_bytes(told: Told) -> None:
    page = told.site.get("/register/register.json")
    content = page.getvalue()
    document = json.loads(content)
    assert {**queries.register(told.node), "made_at": document["made_at"]} == document
    assert content == told.site.get("/api/v1/register/").getvalue()
    assert content == (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
    assert page.headers["Content-Type"] == "application/json"


def test_the_api_gives_each_list_as_the_document_has_it(told: Told) -> None:
    def asked(path: str, **more: object) -> dict[str, Any]:
        response = told.site.get(f"/api/v1/register/{path}", more)
        assert response.status_code == 200, response.content
        return response.json()

    document = queries.register(told.node)
    listed = asked("applications")
    assert listed["applications"] == document["applications"][::-1]
    assert (listed["total"], listed["page"], listed["pages"]) == (3, 1, 1)
    assert [each["id"] for each in asked("applications", outcome="refused")["applications"]] == [told.refused]
    assert [each["id"] for each in asked("applications", words="fictipharm")["applications"]] == [told.received]
    assert asked(f"applications/{told.granted}") == document["applications"][1]
    assert asked("results")["results"] == document["results"]
    assert asked("enforcement")["exclusions"] == document["exclusions"][::-1]
    assert [each["reason"] for each in asked("enforcement")["revoked"]] == ["Data were shared outside."]
    assert asked("figures") == document["figures"]
    (permit,) = asked("permits")["permits"]
    assert (permit["application"], permit["fee"], permit["benefit"]) == (
        told.granted,
        "1000.00 EUR",
        "Safer prescriptions.",
    )
    assert (asked("runs")["runs"], asked("releases")["releases"]) == ([], [])
    draft = story.drafted(told.node)
    for path, status in (
        (f"applications/{draft}", 404),
        ("applications/app-0", 404),
        ("runs?page=2", 404),
        ("runs?page=0", 422),
        ("applications?outcome=perhaps", 422),
        ("applications?words=%00", 422),
    ):
        assert told.site.get(f"/api/v1/register/{path}").status_code == status


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_tell_who_profits(told: Told, language: str) -> None:
    page = told.site.text(told.site.get(f"/register/applications/{told.received}/", language=language))
    for word in ("Fictipharm (synthetic)", "Fictiholding (synthetic)", "A patent on a dosage.", "Safer prescriptions."):
        assert word in page
    permits = told.site.text(told.site.get("/register/permits/", language=language))
    for word in ("University of Fiction (synthetic)", "Safer prescriptions."):
        assert word in permits
    assert re.search(r"1\D?000[.,]00", permits)
    assert {"en": "none declared", "fr": "aucun déclaré"}[language] in permits
    assert {"en": "Revoked", "fr": "Retirée"}[language] in permits
    permit = told.site.get(f"/permits/{told.permit}/", language=language)
    assert f"/register/applications/{told.granted}/" in permit.content.decode()
    assert {"en": "Who profits", "fr": "À qui cela profite"}[language] in told.site.text(permit)
    assert "Safer prescriptions." in told.site.text(permit)
    figures = told.site.text(told.site.get("/register/figures/", language=language))
    assert {"en": "; 1 from companies and insurers", "fr": "; 1 d'entreprises et d'assureurs"}[language] in figures


def test_the_feed_has_everything_that_became_public_the_last_first(told: Told) -> None:
    feed = told.site.get("/register/feed.xml")
    items = ET.fromstring(feed.content).findall("channel/item")
    titles = [str(item.findtext("title")).split(":")[0] for item in items]
    assert titles == [
        "May apply again",
        "May not apply",
        "May not apply",
        "Permit revoked",
        "Received",
        "Results published",
        "Granted",
        "Received",
        "Reasons published",
        "Refused",
        "Received",
    ]
    assert len({item.findtext("guid") for item in items}) == len(items)
    assert REASON in str(items[8].findtext("description"))
    assert "https://journal.example/42" in str(items[5].findtext("description"))
    for item in items:
        assert told.site.get(str(item.findtext("link")).removeprefix("http://testserver")).status_code == 200
    assert story.LEADER not in feed.content.decode()
