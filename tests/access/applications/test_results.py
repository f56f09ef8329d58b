"""Results: none before there can be one, each link its own, another title a new version (61(4), SU-61-4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hygie.access.applications import actions
from hygie.access.applications.decision import published
from hygie.access.applications.models import EventRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import actions as ledger_actions
from hygie.base.ledger import queries as ledger
from hygie.base.ledger import rows
from hygie.public.register import entries, rules
from hygie.public.register import queries as register
from tests.access.applications.story import assessed, granted, opened, processing
from tests.conftest import Clock, Site

LINK = "https://journal.example/42"


def report(node: Node, made: str, title: str = "No effect", link: str = LINK) -> None:
    actions.report_results(node, made, title=title, link=link, acknowledged=True, actor="user")


def code(node: Node, made: str, **said: str) -> str:
    with pytest.raises(Refusal) as refused:
        report(node, made, **said)
    return refused.value.code


def events() -> list[dict[str, Any]]:
    return [json.loads(record) for record, _ in rows.events(0, ledger_actions.head().size)]


def test_no_result_before_the_data_were_opened_or_the_statistics_given(stocked: Node) -> None:
    got = granted(stocked)
    assert code(stocked, got.id) == "APP-261"
    refused = processing(stocked)
    actions.decide(stocked, refused, "refused", reasons="No.", grounds=("54(c)",), actor="officer")
    assert code(stocked, refused) == "APP-261"
    asked = assessed(stocked)
    actions.convert(stocked, asked, "Counts would do.", actor="officer")
    actions.consent(stocked, asked, actor="user")
    actions.decide(stocked, asked, "converted", reasons="Counts do.", actor="officer")
    assert code(stocked, asked) == "APP-261"
    assert not EventRow.objects.filter(kind="results.published").exists()
    opened(stocked, got)
    report(stocked, got.id)
    assert [each.title for each in published.reported()] == ["No effect"]


def test_another_title_is_a_new_version_and_another_link_another_result(stocked: Node, clock: Clock) -> None:
    got = granted(stocked)
    opened(stocked, got)
    report(stocked, got.id)
    assert code(stocked, got.id, title=" No effect ") == "APP-262"
    report(stocked, got.id, "No effect found, corrected")
    report(stocked, got.id, "A second paper", "https://journal.example/43")
    assert code(stocked, got.id, title="No effect found, corrected") == "APP-262"
    told = [(each.title, each.version, each.replaced) for each in published.results().entries]
    assert told == [
        ("A second paper", 1, False),
        ("No effect found, corrected", 2, False),
        ("No effect", 1, True),
    ]
    site = Site(stocked)
    for language, words in (
        ("en", ("version 2", "replaced by a newer version")),
        ("fr", ("version 2", "remplacé par une version plus récente")),
    ):
        page = site.text(site.get("/register/results/", language=language))
        assert all(page.count(word) == 1 for word in words)
    document = register.register(stocked)
    first, second, other = document["results"]
    assert [(each["title"], each["version"], each["replaces"]) for each in document["results"]] == [
        ("No effect", 1, None),
        ("No effect found, corrected", 2, first["event"]),
        ("A second paper", 1, None),
    ]
    assert site.get("/api/v1/register/results").json()["results"] == [other, second, first]
    for change in ({}, {"version": 3}, {"version": 1}, {"replaces": None}, {"replaces": other["event"]}):
        told_as = {**document, "results": [first, {**second, **change}, other]}
        found = rules.check(register.read(json.dumps(told_as).encode()), events()).reasons
        assert {str(each.facts["field"]) for each in found if each.facts["found"] == got.id} == (
            {"result"} if change else set()
        )


def test_the_ledger_has_the_digest_of_a_result_and_its_title_names_nobody(stocked: Node) -> None:
    got = granted(stocked)
    opened(stocked, got)
    assert code(stocked, got.id, title="What Hélène FICTIVE found") == "WEB-132"
    report(stocked, got.id, "No effect of the medicine")
    (event,) = EventRow.objects.filter(kind="results.published")
    fact = ledger.event(event.index)
    assert fact.body["result"] == published.result_digest("No effect of the medicine", LINK)
    assert "medicine" not in str(fact.body) and "journal" not in str(fact.body)
    (entry,) = (entries.result_entry(each) for each in published.reported())
    event_of = {"index": event.index, "kind": fact.kind, "subject": fact.subject, "at": fact.at}
    older = {"permit": entry.permit, "title": entry.title, "link": entry.link}
    for body in (dict(fact.body), older):
        assert rules.reported(entry, {**event_of, "body": body}) == []
        forged = entry.model_copy(update={"title": "An effect"})
        assert [each.code for each in rules.reported(forged, {**event_of, "body": body})] == ["REG-101"]
