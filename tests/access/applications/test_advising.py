"""The holder's steward: a trusted holder's proposal (SU-72-5), costs (SU-62-2), fees without agreement (SU-62-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.holders import advising
from hygie.access.applications.models import TaskRow
from hygie.access.catalogue import actions as catalogue
from hygie.access.catalogue import trusting
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import assessed, day, granted, processing, screened
from tests.access.catalogue.descriptions import HOLDER, body
from tests.conftest import Clock, Site

LINES = [
    {"label": "access body", "payee": "body", "amount": "600.00"},
    {"label": "holder", "payee": "holder", "amount": "400.00"},
]


def code(do: Callable[..., object], *given: object, **named: object) -> str:
    with pytest.raises(Refusal) as refused:
        do(*given, **named)
    return refused.value.code


def trusted(node: Node, days: int = 300) -> None:
    catalogue.describe(node, "chu-demo", body(publicly_funded=False), actor="steward")
    until = day(node) + timedelta(days=days)
    trusting.trust(node, HOLDER["name"], review_on=until, published="Audited.", confirmed=True, actor="officer")


def test_a_trusted_holder_proposes_and_the_body_decides_otherwise_with_a_reason(stocked: Node, clock: Clock) -> None:
    made = assessed(stocked)
    assert code(actions.ask_proposal, stocked, made, actor="officer") == "APP-230"
    trusted(stocked)
    assert code(actions.ask_proposal, stocked, made, actor="steward") == "PPL-101"
    asked = actions.ask_proposal(stocked, made, actor="officer")
    assert (asked.track, asked.due_on) == ("trusted-holder", TaskRow.objects.get(kind="proposal").due_on)
    task = TaskRow.objects.get(kind="proposal")
    assert task.rule == "SU-72-5a" and task.due_on.isoformat() == "2027-01-21"
    assert code(actions.ask_proposal, stocked, made, actor="officer") == "APP-230"
    decide = {"reasons": "All criteria hold.", "actor": "officer"}
    assert code(actions.decide, stocked, made, "granted", **decide) == "APP-232"
    assert code(advising.put_to, stocked, task.id, reader="user") == "PPL-101"
    assert advising.put_to(stocked, task.id, reader="steward")[1].document["public"]["title"]
    assert code(actions.propose, stocked, task.id, "maybe", reason="So.", actor="steward") == "APP-231"
    assert code(actions.propose, stocked, task.id, "refused", reason=" ", actor="steward") == "APP-204"
    clock.time += timedelta(days=30)
    actions.propose(stocked, task.id, "refused", reason="Too many variables.", actor="steward")
    assert code(actions.propose, stocked, task.id, "granted", reason="So.", actor="steward") == "APP-227"
    found = queries.folder(stocked, made, reader="user")
    rules = {each.rule.id: each for each in found.clocks}
    assert rules["SU-72-5a"].state == "met" and rules["SU-72-5b"].due.isoformat() == "2027-02-22"
    assert not {"proposal.received", "proposal.departed"} & {event.kind for event in found.events}
    assert code(actions.decide, stocked, made, "granted", **decide) == "APP-233"
    done = actions.decide(stocked, made, "granted", differing="The variables answer the question.", **decide)
    assert done.permit and done.outcome == "granted"
    fact = ledger.event(ledger.indexes(made, "proposal.departed")[-1])
    assert (fact.body["proposed"], fact.body["decided"]) == ("refused", "granted")
    assert "variables" not in str(ledger.event(ledger.indexes(made, "proposal.received")[-1]).body)


def test_a_silent_holder_holds_up_no_decision_and_an_overdue_review_no_trust(stocked: Node, clock: Clock) -> None:
    trusted(stocked, days=20)
    made = assessed(stocked)
    actions.ask_proposal(stocked, made, actor="officer")
    clock.time += timedelta(days=75)
    actions.tick(stocked)
    done = actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer")
    assert done.outcome == "granted" and not TaskRow.objects.filter(kind="proposal", done_at=None).exists()
    assert "SU-72-5a" in {e.body.get("rule") for e in queries.folder(stocked, made, reader="officer").events}
    late = processing(stocked)
    assert code(actions.ask_proposal, stocked, late, actor="officer") == "APP-230"


def test_the_holders_costs_are_stated_and_passed_on_whole(stocked: Node) -> None:
    made = screened(stocked)
    assert code(actions.state_costs, stocked, made, "1.00", reason="Work.", actor="officer") == "PPL-101"
    for amount in ("-1", "x", "1.001", "1e12", "NaN"):
        assert code(actions.state_costs, stocked, made, amount, reason="Work.", actor="steward") == "APP-209"
    assert code(actions.state_costs, stocked, made, "1.00", reason="", actor="steward") == "APP-204"
    stated = actions.state_costs(stocked, made, "400", reason="Two days of extraction.", actor="steward")
    assert (stated.stated, stated.currency) == ("400.00", "EUR")
    assert [each.stated for each in advising.to_cost(reader="steward").entries] == ["400.00"]
    assert code(advising.to_cost, reader="user") == "PPL-101"
    wrong = [LINES[0], {**LINES[1], "amount": "300.00"}]
    assert code(actions.estimate, stocked, made, amount="900.00", lines=wrong, actor="officer") == "APP-234"
    told = actions.estimate(stocked, made, amount="1000.00", lines=LINES, actor="officer")
    assert told.fees is not None and [each["payee"] for each in told.fees["lines"]] == ["body", "holder"]
    assert "costs.stated" in {event.kind for event in queries.folder(stocked, made, reader="user").events}


def test_fees_are_agreed_on_or_set_one_month_after_the_permit(stocked: Node, clock: Clock) -> None:
    first, second = granted(stocked), granted(stocked)
    due = next(each for each in queries.duties(stocked, first.permit) if each.kind == "fees")
    assert due.rule == "SU-62-4" and due.due_on.isoformat() == "2026-12-21"
    actions.agree_fees(stocked, first.id, actor="user")
    assert code(actions.agree_fees, stocked, first.id, actor="user") == "APP-235"
    given = {"reason": "The public tariff.", "actor": "officer"}
    assert code(actions.set_fees, stocked, second.id, "300", **given) == "APP-236"
    clock.time += timedelta(days=32)
    assert code(actions.set_fees, stocked, first.id, "300", **given) == "APP-235"
    assert code(actions.set_fees, stocked, second.id, "x", **given) == "APP-209"
    done = actions.set_fees(stocked, second.id, "300", **given)
    assert done.fees is not None and done.fees["set"] == "300.00"
    fees = next(each for each in queries.duties(stocked, second.permit) if each.kind == "fees")
    assert fees.done_on == day(stocked)


def test_the_stewards_pages_and_operations(stocked: Node) -> None:
    site = Site(stocked)
    trusted(stocked)
    made = assessed(stocked)
    assert site.post(f"/applications/{made}/case/ask-proposal/", as_="officer").status_code == 302
    task = TaskRow.objects.get(kind="proposal")
    for language, word in (("en", "Propose a decision"), ("fr", "Proposer une décision")):
        assert word in site.text(site.get("/applications/deliveries/", as_="steward", language=language))
        page = site.text(site.get(f"/applications/deliveries/{task.id}/proposal/", as_="steward", language=language))
        assert ("No other data follow these persons." in page) and word in page
        costs = site.text(site.get("/applications/costs/", as_="steward", language=language))
        assert ("State the costs" if language == "en" else "Déclarer les coûts") in costs
    assert site.get("/applications/costs/", as_="user").status_code == 403
    assert site.post(f"/applications/{made}/costs/", {"amount": "x"}, as_="steward").status_code == 422
    assert site.post(f"/applications/{made}/costs/", {"amount": "5", "reason": "R"}, as_="steward").status_code == 302
    here = f"/applications/deliveries/{task.id}/proposal/"
    assert site.post(here, {"outcome": "granted", "reason": ""}, as_="steward").status_code == 422
    assert site.post(here, {"outcome": "refused", "reason": "Too wide."}, as_="steward").status_code == 302
    shown = site.text(site.get(f"/applications/{made}/case/decide/", as_="officer"))
    assert "The trusted holder proposes: Refused Too wide." in shown and "Why it differs" in shown
    api = "/api/v1/applications/"
    assert site.get(f"{api}holders/costs", as_="steward").json()["entries"][0]["stated"] == "5.00"
    json = {"content_type": "application/json"}
    sent = {"amount": "6.00", "reason": "More."}
    assert site.post(f"{api}{made}/costs", sent, as_="steward", **json).json()["stated"] == "6.00"
    again = site.post(
        f"{api}deliveries/{task.id}/proposal", {"outcome": "granted", "reason": "R"}, as_="steward", **json
    )
    assert again.json()["code"] == "APP-227"
