"""Exclusion reaches any access (63(3)): nothing is granted any more, and the officer finds what still runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hygie.access.applications import actions
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import assessed, day

NAME = "University of Fiction (synthetic)"


def bar(node: Node, organisation: str = NAME, **named: object) -> str:
    until = day(node) + timedelta(days=365)
    told = {"reason": "Breach.", "published": "Breach.", "confirmed": True, "until": until, "country": "FR", **named}
    return actions.exclude(node, organisation=organisation, actor="officer", **told).id  # type: ignore[arg-type]


def test_an_organisation_excluded_meanwhile_is_refused_and_given_nothing(stocked: Node) -> None:
    made = assessed(stocked)
    bar(stocked, "Another name of it", business_id="130 000 001")
    with pytest.raises(Refusal, match="APP-265"):
        actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer")
    with pytest.raises(Refusal, match="APP-265"):
        actions.decide(
            stocked, made, "partly", reasons="So.", changes={"people": {"authorised": ["user"]}}, actor="officer"
        )
    refused = actions.decide(stocked, made, "refused", reasons="Excluded.", grounds=("63(3)",), actor="officer")
    assert refused.outcome == "refused"
