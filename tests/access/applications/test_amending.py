"""Amendments: none outlives the permit it amends, none extends it twice, and only a longer one is a renewal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hygie.access.applications import actions
from hygie.access.applications.enforcement import concluding, enforcing
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.timing import duties
from hygie.access.permits import actions as permit_actions
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import document, fill, granted, judged_by_law
from tests.conftest import Clock, Site


def until(node: Node, permit: str) -> date:
    return permits.find(permit, node.keys.public_key()).permit.duration.end


def amendment(node: Node, permit: str, to: date) -> str:
    """An application that amends a permit until a day, submitted."""
    begun = actions.start(node, actor="user", amends=permit)
    body = document(node)
    body["processing"]["to"] = to.isoformat()
    fill(node, begun, body)
    actions.submit(node, begun.id, actor="user")
    return begun.id


def test_what_amends_a_permit_that_does_not_stand_any_more_is_not_granted(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    first = granted(stocked).permit
    end = until(stocked, first)
    one = amendment(stocked, first, end + timedelta(days=100))
    two = amendment(stocked, first, end + timedelta(days=3000))
    second = judged_by_law(stocked, one).permit
    assert permits.find(second, stocked.keys.public_key()).permit.amends == first
    with pytest.raises(Refusal, match="APP-121"):
        judged_by_law(stocked, two)
    three = amendment(stocked, second, until(stocked, second))
    permit_actions.revoke(stocked, second, "Breach.", published="Breach.", confirmed=True, actor="officer")
    with pytest.raises(Refusal, match="APP-121"):
        judged_by_law(stocked, three)
    assert set(ApplicationRow.objects.filter(id__in=(two, three)).values_list("permit", flat=True)) == {""}


def test_the_single_renewal_is_held_again_at_the_decision(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    first = granted(stocked).permit
    second = judged_by_law(stocked, amendment(stocked, first, until(stocked, first) + timedelta(days=100))).permit
    made = amendment(stocked, second, until(stocked, second))
    row = ApplicationRow.objects.get(id=made)
    row.document["processing"]["to"] = (until(stocked, second) + timedelta(days=50)).isoformat()
    row.save(update_fields=["document"])
    with pytest.raises(Refusal, match="APP-127"):
        judged_by_law(stocked, made)


def test_only_an_application_that_stands_and_asks_for_longer_meets_the_renewals_duty(
    stocked: Node, clock: Clock
) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    permit = granted(stocked).permit
    end = until(stocked, permit)

    def asked() -> bool:
        found = {each.kind: each for each in duties.duties(stocked, permit)}
        return found["renewal"].done_on is not None

    amendment(stocked, permit, end)
    assert not asked()
    longer = amendment(stocked, permit, end + timedelta(days=100))
    assert asked()
    actions.withdraw(stocked, longer, actor="user")
    assert not asked()
    longer = amendment(stocked, permit, end + timedelta(days=100))
    actions.take(stocked, longer, actor="officer")
    actions.mark_complete(stocked, longer, actor="officer")
    actions.assess(stocked, longer, "68(1)(a)", holds=False, reason="No.", actor="officer")
    actions.decide(stocked, longer, "refused", reasons="No.", grounds=("68(1)(a)",), actor="officer")
    assert not asked()


def test_the_version_in_force_is_the_one_that_is_revoked(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    first = granted(stocked).permit
    second = judged_by_law(stocked, amendment(stocked, first, until(stocked, first))).permit
    third = judged_by_law(stocked, amendment(stocked, second, until(stocked, second))).permit
    said: dict[str, Any] = {"published": "Breach.", "actor": "officer"}
    about: dict[str, Any] = {
        "breach": "reidentification",
        "facts": "f",
        "hearing_until": clock.time.date() + timedelta(days=10),
    }
    user: dict[str, Any] = {
        "subject": "user",
        "organisation": "University of Fiction (synthetic)",
        "country": "FR",
        "permit": first,
    }
    procedure = enforcing.open_procedure(stocked, **user, **about, actor="officer").id
    enforcing.hear(stocked, procedure, "Nothing.", actor="officer")
    for act in (
        lambda: permit_actions.revoke(stocked, first, "Breach.", confirmed=True, **said),
        lambda: permit_actions.preview_revocation(stocked, first, "Breach.", **said),
        lambda: concluding.conclude(stocked, procedure, ("revoke",), reasons="Breach.", confirmed=True, **said),
    ):
        with pytest.raises(Refusal) as found:
            act()
        assert [(each.code, each.facts["accepted"]) for each in found.value.verdict.reasons] == [("PMT-208", third)]
    page = Site(stocked).post(f"/permits/{first}/revoke/", {"reason": "Breach."}, as_="officer")
    assert (page.status_code, third in page.content.decode()) == (409, True)
    permit_actions.revoke(stocked, third, "Breach.", confirmed=True, **said)


def test_an_amendment_is_for_the_permit_s_user_and_purpose(stocked: Node, clock: Clock) -> None:
    clock.time = datetime(2027, 3, 1, 9, tzinfo=UTC)
    first = granted(stocked).permit
    begun = actions.start(stocked, actor="user", amends=first)
    other = {"applicant__name": "Another Company (synthetic)", "applicant__kind": "company", "applicant__country": "BE"}
    body = document(stocked, **other, purpose__basis="53(1)(f)", applicant__laboratory="Lab (synthetic)")
    fill(stocked, begun, body)
    with pytest.raises(Refusal) as found:
        actions.submit(stocked, begun.id, actor="user")
    kept = {each.path for each in found.value.verdict.reasons if each.code == "APP-150"}
    assert kept == {"$.applicant.name", "$.applicant.kind", "$.applicant.country", "$.purpose.basis"}
    with pytest.raises(Refusal, match="APP-300"):
        actions.start(stocked, actor="user", amends=first)
    actions.discard(stocked, begun.id, actor="user")
    same = actions.start(stocked, actor="user", amends=first)
    fill(stocked, same, document(stocked, applicant__name="UNIVERSITY of  Fiction (synthetic)", purpose__aim="Finer."))
    assert actions.submit(stocked, same.id, actor="user").state == "submitted"
