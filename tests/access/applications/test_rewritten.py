"""A text that changes after it was assessed: what was found of the former one no longer carries a decision."""

from __future__ import annotations

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.decision.weighing import items
from hygie.access.applications.models import ApplicationRow
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import assessed, day, processing, put, screened
from tests.conftest import Clock, Site


def rewrite(node: Node, made: str, section: str, **changes: object) -> None:
    """Save a section with other values."""
    seen = queries.folder(node, made, reader="user").application
    content = put(seen.document, **{f"{section}__{name}": value for name, value in changes.items()})[section]
    actions.save(node, made, section, content, revision=seen.revisions[section], actor="user")


def codes(node: Node, made: str, outcome: str = "granted") -> set[str]:
    """Codes of what speaks against a decision."""
    with pytest.raises(Refusal) as found:
        actions.decide(node, made, outcome, reasons="So.", actor="officer")
    return {reason.code for reason in found.value.verdict.reasons}


def test_an_answer_that_rewrites_the_text_voids_findings_fees_and_agreement(stocked: Node) -> None:
    made = assessed(stocked)
    actions.convert(stocked, made, "Counts would do.", actor="officer")
    actions.consent(stocked, made, actor="user")
    actions.pause(stocked, made, "Which medicine?", actor="officer")
    rewrite(stocked, made, "purpose", aim="A wholly different study.")
    actions.resume(stocked, made, actor="user")
    row = ApplicationRow.objects.get(id=made)
    assert (row.fees_accepted_at, row.written) == (None, None)
    fact = ledger.event(ledger.indexes(made)[-1])
    assert (fact.kind, fact.body["changed"]) == ("application.resumed", ["purpose"])
    assert codes(stocked, made) == {"APP-214", "APP-215", "APP-207"}
    assert codes(stocked, made, "converted") == {"APP-208"}
    case = queries.case(stocked, made, reader="officer")
    assert {finding.void for each in case.findings.values() for finding in each} == {True}
    pages = Site(stocked)
    for language, words in (("en", "the application changed since"), ("fr", "la demande a changé depuis")):
        response = pages.get(f"/applications/{made}/case/", as_="officer", language=language)
        assert (response.status_code, words in pages.text(response)) == (200, True)
    with pytest.raises(Refusal, match="APP-208"):
        actions.consent(stocked, made, actor="user")
    assert "Agree to statistics" not in pages.text(pages.get(f"/applications/{made}/", as_="user"))
    for item in items(day(stocked)):
        actions.assess(stocked, made, item, holds=True, reason="Read anew.", actor="officer")
    actions.accept_fees(stocked, made, amount="1000.00", actor="user")
    got = actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer")
    permit = permits.find(got.permit, stocked.keys.public_key()).permit
    assert permit.purpose.text == "A wholly different study."


def test_an_answer_in_the_thread_alone_voids_nothing(stocked: Node) -> None:
    made = assessed(stocked)
    actions.pause(stocked, made, "Which medicine?", actor="officer")
    actions.resume(stocked, made, actor="user")
    assert actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer").outcome == "granted"


def test_going_on_without_the_answer_puts_the_judged_text_back(stocked: Node) -> None:
    made = assessed(stocked)
    before = ApplicationRow.objects.get(id=made)
    actions.pause(stocked, made, "Which medicine?", actor="officer")
    rewrite(stocked, made, "purpose", aim="To advertise.", attested=[])
    rewrite(stocked, made, "applicant", kind="company", name="Other Corp")
    rewrite(stocked, made, "public", title="Something else")
    actions.go_on(stocked, made, "It is clear without.", actor="officer")
    row = ApplicationRow.objects.get(id=made)
    assert (row.document, row.title, row.organisation) == (before.document, before.title, before.organisation)
    assert all(row.revisions[name] > before.revisions[name] for name in ("purpose", "applicant", "public"))
    fact = ledger.event(ledger.indexes(made)[-1])
    assert fact.body["dropped"] == ["applicant", "public", "purpose"]
    got = actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer")
    assert permits.find(got.permit, stocked.keys.public_key()).permit.user.kind == "university"


def entry(made: str) -> dict[str, object]:
    """What the register says of the application's words."""
    shown = queries.public_one(made)
    assert shown is not None
    return {name: value for name, value in shown.public().items() if name not in ("state", "due_on", "changed_on")}


def test_what_is_not_handed_in_is_the_team_s_alone_and_told_to_nobody(stocked: Node) -> None:
    made = processing(stocked)
    for stop in (
        lambda: actions.go_on(stocked, made, "No answer.", actor="officer"),
        lambda: actions.withdraw(stocked, made, actor="user"),
    ):
        actions.pause(stocked, made, "Which medicine?", actor="officer")
        public, told = entry(made), ledger.indexes(made)
        rewrite(stocked, made, "public", title="BUY NOW")
        rewrite(stocked, made, "sources", datasets=["elsewhere"])
        assert (entry(made), ledger.indexes(made)) == (public, told)
        assert queries.folder(stocked, made, reader="user").application.document["public"]["title"] == "BUY NOW"
        assert "BUY NOW" not in str(queries.case(stocked, made, reader="officer"))
        stop()
        assert (entry(made), ApplicationRow.objects.get(id=made).written) == (public, None)


def test_what_was_asked_for_is_public_once_it_is_handed_in_and_not_where_it_never_is(
    stocked: Node, clock: Clock
) -> None:
    late, made = screened(stocked), screened(stocked)
    for each in (late, made):
        actions.ask_completion(stocked, each, "Say more.", actor="officer")
        rewrite(stocked, each, "public", title="Another question")
        assert entry(each)["title"] != "Another question"
    actions.supply(stocked, made, actor="user")
    assert (
        entry(made)["title"]
        == "Another question"
        == queries.case(stocked, made, reader="officer").folder.application.title
    )
    clock.advance(days=40)
    actions.tick(stocked)
    row = ApplicationRow.objects.get(id=late)
    assert (row.state, row.written) == ("closed", None) and entry(late)["title"] != "Another question"
