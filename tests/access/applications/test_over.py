"""Access that is over, or begins before it is asked for, is refused in the form; at the decision it leads to asking."""

from __future__ import annotations

from typing import Any

import pytest

from hygie.access.applications import actions
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import assessed, drafted
from tests.conftest import Clock, Site

PAST = {"from": "2020-01-01", "to": "2021-01-01"}


@pytest.mark.parametrize(
    ("language", "ended", "begins"),
    [
        ("en", "The access asked for ended on 1 January 2021.", "The access would begin on 1 January 2020"),
        ("fr", "L'accès demandé a pris fin le 1er janvier 2021.", "L'accès commencerait le 1er janvier 2020"),
    ],
)
def test_past_access_is_refused_while_it_is_written_and_never_received(
    stocked: Node, language: str, ended: str, begins: str
) -> None:
    changes: dict[str, Any] = {f"processing__{end}": on for end, on in PAST.items()}
    made, site = drafted(stocked, **changes), Site(stocked)
    text = site.text(site.get(f"/applications/{made}/form/processing/", as_="user", language=language))
    assert ended in text and begins in text
    with pytest.raises(Refusal) as found:
        actions.submit(stocked, made, actor="user")
    assert [(each.code, each.path) for each in found.value.verdict.reasons] == [
        ("APP-137", "$.processing.to"),
        ("APP-139", "$.processing.from"),
    ]


def test_the_days_themselves_are_taken(stocked: Node) -> None:
    """Art. 68(10)(e): a day's access is access; a beginning that passed after reception is the decision's."""
    today = stocked.clock().date().isoformat()
    made = drafted(stocked, processing__from=today, processing__to=today)
    assert actions.submit(stocked, made, actor="user").state == "submitted"


@pytest.mark.parametrize(
    ("language", "ended", "ask"),
    [
        ("en", "The access asked for ended on 30 November 2026.", "Ask the applicant"),
        ("fr", "L'accès demandé a pris fin le 30 novembre 2026.", "Demander au demandeur"),
    ],
)
def test_access_that_ended_meanwhile_leads_the_decision_to_the_applicant(
    stocked: Node, clock: Clock, language: str, ended: str, ask: str
) -> None:
    made, site = assessed(stocked, processing__to="2026-11-30"), Site(stocked)
    clock.advance(days=20)
    sent = {"outcome": "granted", "reasons": "All criteria hold."}
    page = site.post(f"/applications/{made}/case/decide/", sent, as_="officer", language=language)
    text = site.text(page)
    assert page.status_code == 409 and ended in text and "PMT-104" not in text
    assert ask in text and f'href="/applications/{made}/case/pause/"' in page.content.decode()
    actions.pause(stocked, made, "Until which day?", actor="officer")
    with pytest.raises(Refusal) as found:
        actions.resume(stocked, made, actor="user")
    assert [each.code for each in found.value.verdict.reasons] == ["APP-137"]
