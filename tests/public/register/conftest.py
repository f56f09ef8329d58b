"""A register with everything in it that applications lead to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction

from hygie.access.applications import actions
from hygie.access.permits import actions as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact
from hygie.base.ledger import actions as ledger
from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401
from tests.conftest import Site

SAID = {"published": "A prohibited use.", "confirmed": True}
REASON = "The variables go beyond the question."


@dataclass
class Told:
    """A node's site, and the applications by what became of them."""

    site: Site
    node: Node
    received: str
    refused: str
    granted: str
    permit: str
    excluded: str


@pytest.fixture
def told(stocked: Node) -> Told:  # noqa: F811
    """A company's application received; one refused, published; one granted, its results reported, then revoked."""
    node = stocked
    with transaction.atomic():
        ledger.append([Fact("node.initialised", node.id, "node", node.clock(), {"country": "FR"})])
    company = {"applicant__kind": "company", "applicant__name": "Fictipharm (synthetic)"}
    company |= {"applicant__parent": "Fictiholding (synthetic)", "applicant__laboratory": "Independent laboratory"}
    company |= {"purpose__product": "A patent on a dosage."}
    refused = story.assessed(node, but=("68(1)(b)", "68(1)(e)"))
    actions.decide(node, refused, "refused", reasons=REASON, grounds=("68(1)(b)", "68(1)(e)"), actor="officer2")
    actions.publish(node, refused, REASON, confirmed=True, actor="officer2")
    made = story.granted(node)
    story.opened(node, made)
    actions.end_processing(node, made.id, actor="user")
    link = "https://journal.example/42"
    actions.report_results(node, made.id, title="No effect found", link=link, acknowledged=True, actor="user")
    received = story.submitted(node, **company)
    permits.revoke(
        node,
        made.permit,
        "Data were shared outside.",
        published="Data were shared outside.",
        confirmed=True,
        actor="officer",
    )
    named = {"organisation": "Fictibad (synthetic)", "country": "FR", "reason": "A prohibited use.", **SAID}
    until = story.day(node) + timedelta(days=300)
    kept = story.exclude(node, **named, until=until, actor="officer")
    late = {"organisation": "Fictisorry", "country": "FR", "reason": "Late.", **SAID, "published": "Late."}
    lifted = story.exclude(node, **late, until=until, actor="officer")
    actions.lift(node, lifted.id, actor="officer")
    return Told(Site(node), node, received, refused, made.id, made.permit, kept.id)
