"""Amendments: none outlives the permit it amends, none extends it twice, and only a longer one is a renewal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hygie.access.applications import actions, duties
from hygie.access.applications.models import ApplicationRow
from hygie.access.permits import actions as permit_actions
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import document, fill, granted, judged_by_law
from tests.conftest import Clock


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
