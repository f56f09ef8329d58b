"""What a user is charged is in the register with its proof: agreed on with the holder, or set by the access body."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import transaction

from hygie.access.applications import actions
from hygie.access.applications.decision import weighing
from hygie.access.applications.holders.charging import charged
from hygie.access.applications.models import ApplicationRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, Refusal
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import rows
from hygie.public.register import queries
from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401
from tests.conftest import Clock, Site

LINES = [
    {"label": "access body", "payee": "body", "amount": "600.00"},
    {"label": "health data holders", "payee": "holder", "amount": "400.00"},
]


def granted(node: Node) -> tuple[str, str]:
    """An application granted with fees for the body and the holder; its id and its permit's."""
    made = story.processing(node)
    for item in weighing.items(story.day(node)):
        actions.assess(node, made, item, holds=True, reason=f"About {item}.", actor="officer")
    actions.estimate(node, made, amount="1000.00", lines=LINES, actor="officer")
    actions.accept_fees(node, made, amount="1000.00", actor="user")
    return made, actions.decide(node, made, "granted", reasons="All criteria hold.", actor="officer").permit


def checked(document: object) -> None:
    """Verify a register against the node's ledger."""
    records = [record for record, _ in rows.events(0, ledger.head().size)]
    queries.verify(json.dumps(document).encode(), records, origin="hygie/node-test")


def test_fees_that_were_set_replace_the_estimate_everywhere(stocked: Node, clock: Clock) -> None:  # noqa: F811  SU-62-4
    with transaction.atomic():
        ledger.append([Fact("node.initialised", stocked.id, "node", clock(), {"country": "FR"})])
    (first, first_permit), (second, second_permit) = granted(stocked), granted(stocked)
    actions.agree_fees(stocked, first, actor="user")
    clock.time += timedelta(days=32)
    actions.set_fees(stocked, second, "300", reason="The holder's tariff says so.", actor="officer")
    document = queries.register(stocked)
    checked(document)
    told = {each["id"]: each for each in document["applications"]}
    assert (told[first]["fee"], told[second]["fee"]) == ("1000.00 EUR", "900.00 EUR")
    assert "fees.agreed" in [each["kind"] for each in told[first]["events"]]
    (place,) = [each["index"] for each in told[second]["events"] if each["kind"] == "fees.set"]
    told[second]["fee"] = "1000.00 EUR"
    with pytest.raises(Refusal, match="REG-101"):
        checked(document)
    site = Site(stocked)
    permits = {each["id"]: each for each in site.get("/api/v1/register/permits").json()["permits"]}
    agreed, fixed = permits[first_permit], permits[second_permit]
    assert (agreed["fee"], agreed["fee_settled"]) == ("1000.00 EUR", "agreed")
    assert (fixed["fee"], fixed["fee_settled"], fixed["fee_event"]) == ("900.00 EUR", "set", place)
    assert fixed["fee_settled_on"] == story.day(stocked).isoformat()
    shown = site.get(f"/ledger/{place}/")
    assert shown.status_code == 200 and '"officer"' not in shown.content.decode()
    assert "tariff says so" not in shown.content.decode()
    for language, said in (("en", "set by the access body on"), ("fr", "fixée par l'organisme d'accès le")):
        for page in ("/register/permits/", f"/register/applications/{second}/"):
            answer = site.get(page, language=language)
            assert said in site.text(answer) and f'href="/ledger/{place}/"' in answer.content.decode()
            assert re.search(r"900[.,]00", site.text(answer))
    permit = site.get(f"/permits/{second_permit}/")
    assert f'href="/ledger/{place}/"' in permit.content.decode() and "€900.00" in site.text(permit)
    assert "€300.00" in site.text(site.get(f"/applications/{second}/", as_="user"))
    news = {each["id"]: each for each in site.get("/register/feed.json").json()["items"]}
    assert news[f"/ledger/{place}/"]["content_text"] == "€900.00"
    ApplicationRow.objects.filter(id=second).update(fees={"amount": "1.00", "currency": "EUR", "lines": []})
    with pytest.raises(Refusal, match="REG-101"):
        checked(queries.register(stocked))


def test_what_is_charged_of_estimates_that_name_no_holder() -> None:
    assert charged({"amount": "5.00", "currency": "EUR", "lines": []}) == "5.00 EUR"
    assert charged({"amount": "5.00", "currency": "EUR", "lines": [], "set": "2.50"}) == "7.50 EUR"
    assert charged({"amount": "1000.00", "currency": "EUR", "lines": LINES, "set": "400.00"}) == "1000.00 EUR"
