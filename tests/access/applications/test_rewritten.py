"""A text that changes after it was assessed: what was found of the former one no longer carries a decision."""

from __future__ import annotations

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.weighing import items
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import assessed, day, put
from tests.conftest import Site


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
    assert (row.fees_accepted_at, row.judged) == (None, None)
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
    actions.consent(stocked, made, actor="user")
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
    assert fact.body["restored"] == ["applicant", "public", "purpose"]
    got = actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer")
    assert permits.find(got.permit, stocked.keys.public_key()).permit.user.kind == "university"
