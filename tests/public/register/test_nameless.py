"""What anyone reads of the ledger: no account, no officer's finding, no ground before it is published."""

from __future__ import annotations

import json

from hygie.access.applications import actions
from hygie.access.applications.models import EventRow
from hygie.access.permits import actions as permits
from hygie.access.permits import queries as granted
from hygie.base.engine.node import Node
from hygie.base.ledger import kinds
from hygie.base.ledger import queries as ledger
from hygie.public.register import words
from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401
from tests.conftest import Site

API = "/api/v1/ledger/events"
NAMES = ('"officer"', '"officer2"', '"user"', '"checker"', '"steward"')


def test_nobody_outside_reads_a_finding_a_ground_or_an_account(stocked: Node) -> None:  # noqa: F811
    site, ground = Site(stocked), "68(1)(b)"
    made = story.assessed(stocked, but=(ground,))
    actions.decide(stocked, made, "refused", reasons="Too wide.", grounds=(ground,), actor="officer2")
    seen = {}
    for event in EventRow.objects.filter(application=made).order_by("index"):
        at = f"{API}/{event.index}"
        open_to_all = event.kind in kinds.PUBLIC
        assert site.get(at).status_code == site.get(f"{at}/proof").status_code == (200 if open_to_all else 401)
        assert site.get(f"/ledger/{event.index}/").status_code == (200 if open_to_all else 401)
        if not open_to_all:
            continue
        seen[event.kind] = event.index
        shown, proof = site.get(at).json(), site.get(f"{at}/proof").json()
        for text in (json.dumps(shown), proof["record"], site.get(f"/ledger/{event.index}/").content.decode()):
            assert not any(name in text for name in NAMES), event.kind
            assert ground not in text
        assert shown["actor"] is None and kinds.COMMITMENT.match(json.loads(proof["record"])["actor"])
    assert seen.keys() == {"application.submitted", "application.complete", "application.decided"}
    decided = site.get(f"{API}/{seen['application.decided']}", as_="auditor").json()
    assert decided["actor"] == "officer2" and ledger.opens(decided["body"]["grounds"], [ground])
    assert "officer2" in site.get(f"/ledger/{seen['application.decided']}/", as_="auditor").content.decode()
    told = site.get(f"/api/v1/register/applications/{made}").json()
    assert {each["kind"] for each in told["events"]} <= kinds.TOLD and told["grounds"] == []
    actions.publish(stocked, made, "Too wide.", confirmed=True, actor="officer2")
    assert site.get(f"/api/v1/register/applications/{made}").json()["grounds"] == [ground]


def test_the_account_behind_a_public_record_is_the_one_that_acted(stocked: Node) -> None:  # noqa: F811
    made = story.granted(stocked)
    permits.revoke(stocked, made.permit, "Misuse.", published="Misuse.", confirmed=True, actor="officer2")
    assert granted.decided_by(made.permit) == "officer"
    told = ledger.told([made.permit], ("permit.revoked",))[made.permit]
    assert [each.actor for each in told] == ["officer2"] and '"officer2"' not in told[0].record
    site = Site(stocked)
    for language, word in (("en", "Permit revoked"), ("fr", "Autorisation révoquée")):
        page = site.get(f"/ledger/{told[0].index}/", language=language)
        assert word in site.text(page) and "permit.revoked" not in site.text(page)


def test_every_public_kind_has_its_words() -> None:
    assert words.EVENTS.keys() == kinds.PUBLIC
