"""What a permit waits for: training (FR-11), the first extract (SU-68-7), its deletion (SU-68-12b); opening ticks."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow, EventRow, TaskRow
from hygie.access.extracts import actions as extracts
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.commons.people.models import Attestation
from hygie.commons.people.policy import check
from hygie.commons.people.signals import KEPT
from hygie.node.home import opening
from tests.access.applications.story import assessed, granted, screened
from tests.conftest import Clock, Site


def kinds(made: str) -> list[str]:
    return list(EventRow.objects.filter(application=made).order_by("id").values_list("kind", flat=True))


def test_the_first_extract_opens_the_data_and_their_deletion_ends_the_duty(stocked: Node, clock: Clock) -> None:
    got = granted(stocked)
    clock.time += timedelta(days=3)
    made = extracts.extract(stocked, got.permit, actor="steward")
    assert kinds(got.id)[-2:] == ["delivery.received", "data.opened"]
    assert not TaskRow.objects.filter(done_at=None).exists()
    assert EventRow.objects.get(kind="data.opened").body["extract"] == made.id
    assert extracts.extract(stocked, got.permit, actor="steward").id == made.id
    assert kinds(got.id).count("data.opened") == 1
    deletion = next(each for each in queries.duties(stocked, got.permit) if each.kind == "deletion")
    assert deletion.done_on is None
    clock.time += timedelta(days=400)
    extracts.delete(stocked, got.permit, actor="officer")
    deletion = next(each for each in queries.duties(stocked, got.permit) if each.kind == "deletion")
    assert deletion.done_on == clock().date() and not deletion.late
    assert kinds(got.id)[-1] == "data.deleted"


def test_opening_a_node_does_what_the_clocks_ask_for(stocked: Node, clock: Clock) -> None:
    made = screened(stocked)
    actions.ask_completion(stocked, made, "Say more.", actor="officer")
    clock.time += timedelta(days=40)
    opening.settle(stocked)
    assert ApplicationRow.objects.get(id=made).state == "closed"
    before = len(kinds(made))
    opening.settle(stocked)
    assert len(kinds(made)) == before


def test_a_role_under_a_permit_ends_with_the_attestation_and_comes_back_with_the_next(stocked: Node) -> None:  # FR-11
    got = granted(stocked)
    named = {"named": set(permits.find(got.permit, stocked.keys.public_key()).permit.people.authorised)}
    attestations = Attestation.objects.filter(account__name="user")
    kept = list(attestations)
    for action in ("study.run", "airlock.request"):
        check("user", action, named)
    attestations.delete()
    for action in ("study.run", "airlock.request"):
        with pytest.raises(Refusal, match="PPL-115"):
            check("user", action, named)
    Attestation.objects.bulk_create(kept)
    check("user", "study.run", named)


def test_a_sign_in_that_is_too_old_loses_no_word_of_a_decision(stocked: Node) -> None:
    made = assessed(stocked, but=("68(1)(b)",))
    (stocked.home.parent / ".hygie-demo").touch()
    here = f"/applications/{made}/case/decide/"
    client = Site(stocked).client()
    assert client.post("/people/sign-in/", {"name": "officer"}).status_code == 302
    session = client.session
    session[KEPT] = {**session[KEPT], "at": time.time() - 11 * 60}
    session.save()
    written = {"outcome": "refused", "grounds": ["68(1)(b)"], "reasons": "Not shown: why so many variables."}
    refused = client.post(here, written)
    assert refused.status_code == 409 and f"/people/step-up/?next={here}" in refused.content.decode()
    assert ApplicationRow.objects.get(id=made).outcome == ""
    assert client.get(f"/people/step-up/?next={here}").status_code == 200
    assert client.post("/people/step-up/", {"next": here})["Location"] == here
    back = client.get(here)
    form = back.context["form"]
    assert {name: form[name].value() for name in written} == written
    assert "Not shown: why so many variables." in back.content.decode()
    assert "Not shown" not in client.get(here).content.decode(), "it is handed back once"
    assert client.post(here, written)["Location"] == f"/applications/{made}/case/publish/"
