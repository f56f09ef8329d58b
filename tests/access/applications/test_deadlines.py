"""What is still due after decisions reaches officers: publication, deliveries, openings, answers, results."""

from __future__ import annotations

from hygie.access.applications import actions, queries
from hygie.access.applications.timing.ticking import tick
from hygie.base.engine.node import Node
from tests.access.applications.story import assessed, due, granted, opened
from tests.conftest import Clock, Site


def rules(node: Node, application_id: str, *, overdue: bool = False) -> list[str]:
    """What is due of one application, in the order of the list."""
    page = queries.deadlines(node, reader="officer", overdue=overdue)
    return [each.rule for each in page.entries if each.id == application_id]


def test_what_is_still_due_after_decisions_stands_on_one_list(stocked: Node, clock: Clock) -> None:
    refused = assessed(stocked, but=("68(1)(b)",))
    actions.decide(stocked, refused, "refused", reasons="Not needed.", grounds=("68(1)(b)",), actor="officer")
    given, statistics = granted(stocked), due(stocked)
    assert rules(stocked, refused) == ["SU-57-j3"] and set(rules(stocked, given.id)) == {"SU-57-j3", "SU-60-2"}
    assert set(rules(stocked, statistics)) == {"SU-57-j3", "SU-69-4b"}
    site, address = Site(stocked), "/applications/deadlines/"
    assert 'visually-hidden"> overdue' not in site.get(address, as_="officer").content.decode()
    clock.advance(days=130)
    tick(stocked)
    assert rules(stocked, refused, overdue=True) == ["SU-57-j3"]
    assert rules(stocked, given.id, overdue=True) == ["SU-57-j3", "SU-60-2"]
    answer = site.get(address, as_="officer")
    page = site.text(answer)
    assert f"/applications/{refused}/case/" in answer.content.decode() and "The holder delivers the data" in page
    assert "5 overdue" in page
    assert "5 overdue" in site.text(site.get("/", as_="officer"))
    assert "overdue" not in site.text(site.get("/", as_="user"))
    assert "Ce qui reste dû après décision" in site.text(site.get(address, as_="auditor", language="fr"))
    assert site.get(address, as_="user").status_code == 403
    told = site.get("/api/v1/applications/deadlines?overdue=true", as_="officer").json()
    assert told["total"] == 5 and told["entries"][0]["days_left"] < 0
    actions.publish(stocked, refused, "Not needed.", confirmed=True, actor="officer")
    assert rules(stocked, refused) == []


def test_results_are_due_from_the_end_of_processing_or_of_the_permit(stocked: Node, clock: Clock) -> None:
    ended, expired, never = granted(stocked), granted(stocked), granted(stocked)
    opened(stocked, ended)
    opened(stocked, expired)
    actions.end_processing(stocked, ended.id, actor="user")
    assert "SU-61-4a" in rules(stocked, ended.id) and "SU-61-4a" not in rules(stocked, expired.id)
    clock.advance(days=366)
    tick(stocked)
    assert "SU-61-4a" in rules(stocked, expired.id) and "SU-61-4a" not in rules(stocked, never.id)
    link = "https://journal.example/1"
    actions.report_results(stocked, expired.id, title="None", link=link, acknowledged=True, actor="user")
    assert "SU-61-4a" not in rules(stocked, expired.id)
