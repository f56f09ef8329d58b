"""The open figures follow from events: the page, the API and the document say what the ledger's events give."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from django.db import transaction

from hygie.access.applications import actions
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import rows
from hygie.public.register import queries
from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401
from tests.conftest import Clock, Site

ORIGIN = "hygie/node-test"


def test_what_silence_led_to_is_counted_from_its_day_and_borne_out(stocked: Node, clock: Clock) -> None:  # noqa: F811
    with transaction.atomic():
        ledger.append([Fact("node.initialised", stocked.id, "node", clock(), {"country": "FR"})])
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    french = story.processing(stocked, procedure="fr")
    actions.record_leg(stocked, french, "cesrees.received", actor="officer")
    clock.time += timedelta(days=2)
    closed = story.screened(stocked, applicant__kind="company", applicant__laboratory="Independent laboratory")
    actions.ask_completion(stocked, closed, "The ethics opinion lacks.", actor="officer")
    clock.time = datetime(2027, 4, 30, 9, tzinfo=UTC)
    actions.tick(stocked)
    document = queries.register(stocked)
    records = [record for record, _ in rows.events(0, ledger.head().size)]
    assert queries.verify(json.dumps(document).encode(), records, origin=ORIGIN).node == "node-test"
    figures = document["figures"]
    assert {"leg": "cesrees", "count": 1, "median": 31.0, "mean": 31.0} in figures["legs"]
    assert (figures["backlog"], figures["states"]) == (1, {"closed": 1, "processing": 1})
    assert figures["applicants"] == {"public": 1, "commercial": 1}
    site = Site(stocked)
    assert site.get("/api/v1/register/figures").json() == figures
    for entry in document["applications"]:
        assert site.get(f"/api/v1/register/applications/{entry['id']}").json() == entry
