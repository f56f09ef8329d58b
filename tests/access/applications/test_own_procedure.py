"""Nobody acts for the access body on whom they belong to: a permit, a procedure, an exclusion of their own (55(3))."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hygie.access.applications import queries
from hygie.access.applications.enforcement import concluding, enforcing, excluding, outgoing
from hygie.access.applications.models import ApplicationRow, MemberRow, OutgoingRow
from hygie.access.catalogue import trusting
from hygie.access.extracts import actions as extracts
from hygie.access.permits import actions as permits
from hygie.access.permits.models import Named
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.commons.people.models import Account
from tests.access.applications.story import day, exclude, granted
from tests.conftest import START, Site

USER: dict[str, Any] = {"organisation": "University of Fiction (synthetic)", "country": "FR"}
PUBLISHED: dict[str, Any] = {"published": "Nothing.", "confirmed": True}


def shut(do: Callable[..., object], *given: object, actor: str = "both", **named: Any) -> None:
    with pytest.raises(Refusal, match="PPL-114"):
        do(*given, actor=actor, **named)


def test_an_officer_whom_a_permit_names_acts_neither_on_it_nor_on_its_user(stocked: Node) -> None:
    for name, holder in (("both", ""), ("theirs", "CHU"), ("author", "")):
        Account.objects.create(name=name, roles=["officer"], created_at=START, password="!", holder=holder)
    got = granted(stocked)
    about: dict[str, Any] = {"breach": "reidentification", "facts": "f", "hearing_until": day(stocked) + timedelta(10)}
    Named.objects.create(permit_id=got.permit, account="both")
    shut(permits.revoke, stocked, got.permit, "Why.", **PUBLISHED)
    shut(enforcing.open_procedure, stocked, subject="user", permit=got.permit, **{**USER, "country": "BE"}, **about)
    shut(extracts.delete, stocked, got.permit)
    permits.preview_revocation(stocked, got.permit, "Why.", actor="author")
    ApplicationRow.objects.filter(id=got.id).update(author="author")
    shut(permits.preview_revocation, stocked, got.permit, "Why.", actor="author")
    shut(permits.revoke, stocked, got.permit, "Why.", **PUBLISHED, actor="author")
    shut(extracts.delete, stocked, got.permit, actor="author")
    MemberRow.objects.create(application=ApplicationRow.objects.get(id=got.id), account="both")
    shut(enforcing.open_procedure, stocked, subject="user", **USER, **about)
    shut(enforcing.open_procedure, stocked, subject="holder", organisation="CHU", country="FR", **about, actor="theirs")
    until = day(stocked) + timedelta(days=30)
    shut(exclude, stocked, until=until, reason="Why.", **USER, **PUBLISHED)
    barred = exclude(stocked, until=until, reason="Why.", **USER, **PUBLISHED, actor="officer")
    shut(excluding.lift, stocked, barred.id)
    made = enforcing.open_procedure(
        stocked, subject="user", permit=got.permit, **USER, **about, data_protection=True, actor="officer"
    ).id
    message = OutgoingRow.objects.get(subject=made)
    lists: tuple[Callable[[str], Any], ...] = (
        lambda reader: enforcing.procedures(stocked, reader=reader),
        lambda reader: outgoing.queue(reader=reader),
        lambda reader: queries.exclusions(stocked, reader=reader),
    )
    for reader, many in (("officer", 1), ("both", 0), ("author", 0)):
        assert [each(reader).total for each in lists] == [many] * 3, reader
    outgoing.document(message.id, reader="officer")
    OutgoingRow.objects.create(
        id="message-forward", kind="forward", recipient="BE", subject=got.id, document="{}", drafted_at=START
    )
    for about_them in (message.id, "message-forward"):
        with pytest.raises(Refusal, match="PPL-114"):
            outgoing.document(about_them, reader="both")
        shut(outgoing.sent, stocked, about_them)
    told = Site(stocked).get(f"/api/v1/permits/{got.permit}/revocation", as_="both")
    assert told.json()["code"] == "PPL-114"
    shut(enforcing.hear, stocked, made, "We did nothing.")
    enforcing.hear(stocked, made, "They did nothing.", actor="officer")
    shut(concluding.preview_measures, stocked, made, ("none",), reasons="Nothing found.")
    shut(concluding.conclude, stocked, made, ("none",), reasons="Nothing found.")
    with pytest.raises(Refusal, match="PPL-114"):
        enforcing.procedure(stocked, made, reader="both")
    concluding.conclude(stocked, made, ("none",), reasons="Nothing found.", actor="officer")
    shut(enforcing.appeal, stocked, made, "Before a court.")
    shut(trusting.trust, stocked, "CHU", review_on=until, published="Audited.", confirmed=True, actor="theirs")
