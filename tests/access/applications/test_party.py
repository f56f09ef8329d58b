"""Who counts as one of a user's: whom an application that was handed in names, and accounts that may use data alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.enforcement import enforcing
from hygie.access.applications.persons import is_natural
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.commons.people.models import Account
from tests.access.applications.story import day, document, drafted, exclude, granted, processing

USER: dict[str, Any] = {"organisation": "University of Fiction (synthetic)", "country": "FR"}


def team(node: Node, made: str, *people: str) -> None:
    """Name persons in an application."""
    seen = queries.folder(node, made, reader="user").application
    content = {**document(node)["processing"], "people": list(people)}
    actions.save(node, made, "processing", content, revision=seen.revisions["processing"], actor="user")


def test_nobody_is_made_a_party_by_being_typed_into_a_text(stocked: Node) -> None:
    officers = Account.objects.filter(name__in=("officer", "officer2"))
    made = processing(stocked)
    actions.pause(stocked, made, "Which cohort?", actor="officer")
    for unfit in ("officer", "auditor", "nobody"):
        with pytest.raises(Refusal) as found:
            team(stocked, made, "user", unfit)
        reason = found.value.verdict.reasons[0]
        assert (reason.code, dict(reason.facts)) == ("APP-120", {"found": unfit})
    officers.update(roles=["officer", "user"])
    team(stocked, made, "user", "officer", "officer2")
    queries.case(stocked, made, reader="officer")
    actions.go_on(stocked, made, "No answer.", actor="officer")


def test_a_draft_shields_nobody(stocked: Node) -> None:
    got = granted(stocked)
    Account.objects.filter(name__in=("officer", "officer2")).update(roles=["officer", "user"])
    people = ["user", "officer", "officer2"]
    made = drafted(stocked, applicant__kind="natural-person", processing__people=people)
    about: dict[str, Any] = {
        "breach": "reidentification",
        "facts": "f",
        "hearing_until": day(stocked) + timedelta(days=10),
    }
    enforcing.open_procedure(stocked, subject="user", permit=got.permit, **USER, **about, actor="officer")
    assert not is_natural(**USER)
    until = day(stocked) + timedelta(days=30)
    said: dict[str, Any] = {"reason": "Why.", "published": "Nothing.", "confirmed": True}
    exclude(stocked, until=until, **USER, **said, actor="officer2")
    with pytest.raises(Refusal, match="APP-118"):
        actions.submit(stocked, made, actor="user")
