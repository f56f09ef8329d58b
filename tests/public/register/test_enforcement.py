"""Measures, exclusions and revoked labels: in the document, the API, the feeds and on the page, each proven."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tools.register_schema import PLACE

from hygie.access.applications import actions
from hygie.access.applications.enforcement import concluding, enforcing
from hygie.access.applications.models import EnforcementRow, TaskRow
from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue import labelling
from hygie.access.catalogue.models import RevokedLabel
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact
from hygie.base.ledger import actions as ledger
from hygie.public.register import queries
from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401
from tests.access.catalogue.descriptions import HOLDER, body
from tests.conftest import Clock, Site
from tests.public.register.forging import ORIGIN, codes, records, unnoticed
from tests.public.register.test_proofs import proven

LATE = "Nothing was delivered in time."
SHARED = "Results were shared before they were released."
WRONG = "The completeness stated is not what the data show."
FACTS = "What was found stays in the file."


@dataclass
class Taken:
    """A node with a penalty that runs, an exclusion, a procedure without a measure, one under way, a revoked label."""

    node: Node
    site: Site
    penalty: str
    excluded: str


@pytest.fixture
def taken(stocked: Node, clock: Clock) -> Taken:  # noqa: F811
    """A holder that delivers late and appeals, a user excluded, two more procedures, and a label that was wrong."""
    node = stocked
    with transaction.atomic():
        ledger.append([Fact("node.initialised", node.id, "node", node.clock(), {"country": "FR"})])
    catalogue.describe(node, "chu-demo", body(), actor="steward")
    labelling.revoke_label(node, "chu-demo", WRONG, published=WRONG, confirmed=True, actor="officer")
    other = {**HOLDER, "name": "Another holder (synthetic)"}
    catalogue.describe(node, "chu-demo", body(label=None, publicly_funded=False, holder=other), actor="steward")
    story.granted(node)
    task = TaskRow.objects.get(kind="delivery")
    late = {"subject": "holder", "organisation": HOLDER["name"], "breach": "60", "task": task.id}
    user = {"subject": "user", "organisation": "Fictishare (synthetic)", "breach": "61(2)"}
    made = [begun(node, **given) for given in (late, user, user, user)]
    conclude(node, made[0], ["penalty"], LATE, rate="50")
    conclude(node, made[1], ["exclude"], SHARED, exclude_until=story.day(node) + timedelta(days=300))
    conclude(node, made[2], ["none"], "It was not so.")
    enforcing.appeal(node, made[0], "Before the administrative court.", actor="officer")
    clock.time += task.due_on + timedelta(days=10) - story.day(node)
    return Taken(node, Site(node), made[0], made[1])


def begun(node: Node, **given: str) -> str:
    """A procedure that was opened and heard; its id."""
    until = story.day(node) + timedelta(days=14)
    opened = {"country": "FR", "facts": FACTS, "hearing_until": until, "actor": "officer"}
    made = enforcing.open_procedure(node, **given, **opened)
    enforcing.hear(node, made.id, "Views stay in the file.", actor="officer")
    return made.id


def conclude(node: Node, made: str, measures: list[str], said: str, **more: Any) -> None:
    """Take measures, their reasons published as they stand in the file."""
    more |= {"reasons": said, "published": said, "confirmed": True, "actor": "officer"}
    concluding.conclude(node, made, measures, **more)


def test_measures_and_labels_are_in_the_document_and_borne_out(taken: Taken) -> None:  # SU-57-j4, SU-63-4, SU-78-4
    document = queries.register(taken.node)
    jsonschema.validate(document, json.loads(PLACE.read_text("utf-8")))
    assert queries.verify(json.dumps(document).encode(), records(), origin=ORIGIN).node == "node-test"
    penalty, excluded = document["measures"]
    assert (penalty["id"], penalty["organisation"], penalty["measures"]) == (taken.penalty, HOLDER["name"], ["penalty"])
    assert (penalty["rate"], penalty["currency"], penalty["penalty"]) == ("50.00", "EUR", "500.00")
    assert (penalty["breach"], penalty["tier"], penalty["reasons"]) == ("60", 1, LATE)
    assert penalty["appealed_on"] == penalty["decided_on"] and penalty["delivered_on"] is None
    assert [each["kind"] for each in penalty["events"]] == ["enforcement.decided", "decision.appealed"]
    assert (excluded["measures"], excluded["excluded_until"]) == (["exclude"], document["exclusions"][0]["to"])
    (label,) = document["labels"]
    assert (label["dataset"], label["holder"], label["reason"]) == ("chu-demo", HOLDER["name"], WRONG)
    assert document["procedures"] == {"opened": 4, "under_way": 1, "measures": 2, "no_measure": 1}
    shown = json.dumps(document)
    assert not [word for word in (FACTS, "Views stay", "administrative court", "It was not so") if word in shown]


@pytest.mark.attack
def test_every_forged_value_of_enforcement_is_found_and_nothing_is_left_out(taken: Taken) -> None:
    whole = queries.register(taken.node)
    tried, passed = unnoticed(whole, records(), ORIGIN)
    assert tried > 150 and passed == {("made_at",), ("applications", "due_on")}
    for part in ("measures", "labels"):
        assert "REG-102" in codes({**whole, part: whole[part][1:]})
        assert "REG-101" in codes({**whole, part: [*whole[part], whole[part][0]]})
    assert codes({**whole, "procedures": {**whole["procedures"], "under_way": 0}}) == {"REG-101"}
    older = {name: value for name, value in whole.items() if name not in ("measures", "labels", "procedures")}
    assert codes(older) == {"REG-101", "REG-102"}
    EnforcementRow.objects.filter(id=taken.excluded).update(organisation="Another")
    assert codes(queries.register(taken.node)) == {"REG-101"}
    EnforcementRow.objects.filter(id=taken.excluded).update(organisation="Fictishare (synthetic)")
    RevokedLabel.objects.update(published_reason="A trifle.")
    assert codes(queries.register(taken.node)) == {"REG-101"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_shows_each_with_its_proof(taken: Taken, language: str) -> None:
    kinds = proven(taken.site, "enforcement/")
    assert sorted(kinds) == ["enforcement.decided", "enforcement.decided", "exclusion.recorded", "label.revoked"]
    page = taken.site.text(taken.site.get("/register/enforcement/", language=language))
    for word in (LATE, SHARED, WRONG, HOLDER["name"]):
        assert word in page
    assert FACTS not in page and "Views stay" not in page and "It was not so" not in page
    said = {"en": ("€500.00", "Procedures opened: 4; under way: 1"), "fr": ("500,00", "Procédures ouvertes")}
    assert all(word in page.replace("\xa0", " ") for word in said[language])


def test_the_api_and_the_feeds_tell_them(taken: Taken) -> None:
    site, document = taken.site, queries.register(taken.node)
    found = site.get("/api/v1/register/enforcement").json()
    assert found["measures"] == document["measures"][::-1] and found["procedures"] == document["procedures"]
    assert (found["total_measures"], found["total_exclusions"], found["total_labels"]) == (2, 1, 1)
    assert [each["event"] for each in found["labels"]] == [each["event"] for each in document["labels"]]
    news = site.get("/register/feed.json").json()
    assert news["version"] == "https://jsonfeed.org/version/1.1"
    titles = {each["title"]: each for each in news["items"]}
    decided = titles["Measures taken after a hearing: Fictishare (synthetic)"]
    assert decided["content_text"] == SHARED
    assert site.get(decided["id"]).status_code == 200 and decided["url"].endswith("/register/enforcement/")
    assert f"May not apply: {'Fictishare (synthetic)'}" in titles
    assert any(title.startswith("Quality label revoked") for title in titles)
    rss = ET.fromstring(site.get("/register/feed.xml").content).findall("channel/item")
    atom = ET.fromstring(site.get("/register/feed.atom").content).findall("{http://www.w3.org/2005/Atom}entry")
    told = [each["title"] for each in news["items"]]
    assert told == [each.findtext("title") for each in rss]
    assert told == [each.findtext("{http://www.w3.org/2005/Atom}title") for each in atom]
    assert [each["title"] for each in site.get("/api/v1/register/feed").json()["items"]] == told
    french = site.get("/register/feed.json", language="fr").json()
    assert any(each["title"].startswith("Mesures prises après audition") for each in french["items"])


def test_a_feed_is_read_again_only_when_the_ledger_moved(taken: Taken) -> None:
    for name in ("feed.xml", "feed.atom", "feed.json"):
        first = taken.site.get(f"/register/{name}")
        had = {"headers": {"If-None-Match": first.headers["ETag"]}}
        with CaptureQueriesContext(connection) as asked:
            assert taken.site.client().get(f"/register/{name}", **had).status_code == 304
        assert len(asked) <= 5
        assert taken.site.client(language="fr").get(f"/register/{name}", **had).status_code == 200
        story.submitted(taken.node)
        assert taken.site.client().get(f"/register/{name}", **had).status_code == 200
        assert taken.site.post(f"/register/{name}").status_code == 405


def test_more_measures_cost_no_more_queries(taken: Taken) -> None:
    def asked_for(page: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert taken.site.get(page).status_code == 200
        return len(asked)

    pages = ("/register/enforcement/", "/api/v1/register/enforcement", "/register/feed.json")
    asked_for(pages[0])  # the first page of a process reads the verdicts on the node's places, once
    before = [asked_for(page) for page in pages]
    for _ in range(3):
        made = begun(taken.node, subject="user", organisation="Fictimore (synthetic)", breach="61(2)")
        until = story.day(taken.node) + timedelta(days=30)
        conclude(taken.node, made, ["exclude"], SHARED, exclude_until=until)
    assert [asked_for(page) for page in pages] == before


def test_a_natural_person_is_told_only_as_such(taken: Taken) -> None:
    EnforcementRow.objects.filter(id=taken.excluded).update(natural_person=True)
    (_, told) = queries.register(taken.node)["measures"]
    assert (told["organisation"], told["country"]) == (None, None)
    page = taken.site.text(taken.site.get("/register/enforcement/"))
    assert "a natural person, not named in public" in page


def test_what_the_register_tells_of_late_days_ends_with_the_delivery(taken: Taken, clock: Clock) -> None:
    actions.deliver(taken.node, TaskRow.objects.get(kind="delivery").id, actor="steward")
    clock.time += timedelta(days=20)
    document = queries.register(taken.node)
    penalty = document["measures"][0]
    assert penalty["penalty"] == "500.00" and penalty["delivered_on"] is not None
    assert queries.verify(json.dumps(document).encode(), records(), origin=ORIGIN).node == "node-test"
    assert codes({**document, "measures": [{**penalty, "penalty": "400.00"}, document["measures"][1]]}) == {"REG-101"}
