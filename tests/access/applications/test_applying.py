"""What applicants do: drafts that lose nothing, checks at once, and submission that is public at reception."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow, EventRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal, canonical, digest
from hygie.base.ledger import queries as ledger
from hygie.commons.people.models import Account
from tests.access.applications.story import ACT, BANS, LEADER, document, drafted, exclude, screened, submitted
from tests.conftest import Clock


def codes(node: Node, **changes: Any) -> set[tuple[str, str]]:
    """Code and place of every reason against submitting an application."""
    made = drafted(node, **changes)
    with pytest.raises(Refusal) as found:
        actions.submit(node, made, actor="user")
    assert ApplicationRow.objects.get(id=made).state == "draft"
    assert not ledger.indexes(made)
    return {(reason.code, reason.path) for reason in found.value.verdict.reasons}


def test_an_application_is_saved_as_one_goes_and_public_at_reception(stocked: Node) -> None:
    made = drafted(stocked)
    assert queries.public().total == 0
    got = actions.submit(stocked, made, actor="user")
    assert (got.state, got.track, got.kind) == ("submitted", "standard", "permit")
    entry = queries.public().entries[0]
    assert entry.title == document(stocked)["public"]["title"]
    assert (entry.organisation, entry.applicant_kind) == ("University of Fiction (synthetic)", "university")
    assert entry.datasets == ("chu-demo",)
    assert entry.event is not None
    assert ledger.event(entry.event).kind == "application.submitted"


def test_the_ledger_has_the_digest_of_what_everyone_reads_at_each_step(stocked: Node) -> None:
    made = screened(stocked)

    def last() -> tuple[str, object]:
        event = ledger.event(ledger.indexes(made)[-1])
        return event.kind, event.body["public"]

    def shown() -> str:
        entry = queries.public_one(made)
        assert entry is not None
        return digest(canonical(entry.public()))

    assert last() == ("application.taken", shown())
    actions.ask_completion(stocked, made, "Say more of the benefit.", actor="officer")
    purpose = document(stocked)["purpose"]
    asked = last()
    actions.save(stocked, made, "purpose", {**purpose, "benefit": "Fewer falls."}, revision=1, actor="user")
    assert last() == asked == ("application.completion-asked", shown())
    actions.supply(stocked, made, actor="user")
    assert last() == ("application.completed", shown()) and last()[1] != asked[1]


def test_two_tabs_lose_nothing(stocked: Node) -> None:
    made = actions.start(stocked, actor="user").id
    assert actions.save(stocked, made, "public", {"title": "First"}, revision=0, actor="user") == 1
    with pytest.raises(Refusal, match="APP-102"):
        actions.save(stocked, made, "public", {"title": "Second"}, revision=0, actor="user")
    assert actions.save(stocked, made, "purpose", {"aim": "Another section"}, revision=0, actor="user") == 1
    assert ApplicationRow.objects.get(id=made).document["public"] == {"title": "First"}
    assert actions.save(stocked, made, "public", {"title": "Second"}, revision=1, actor="user") == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"purpose__basis": "53(1)(c)"}, ("APP-110", "$.purpose.basis")),
        ({"purpose__attested": BANS[1:]}, ("APP-111", "$.purpose.attested")),
        ({"purpose__attested": BANS[:-1]}, ("APP-111", "$.purpose.attested")),
        ({"purpose__format_reason": ...}, ("APP-113", "$.purpose.format_reason")),
        ({"purpose__gdpr_basis": ...}, ("APP-114", "$.purpose.gdpr_basis")),
        ({"purpose__dignity": False}, ("APP-105", "$.purpose.dignity")),
        ({"applicant__country": "US"}, ("APP-116", "$.applicant.country")),
        ({"applicant__kind": "company"}, ("APP-117", "$.applicant.laboratory")),
        ({"applicant__kind": "public-body"}, ("APP-115", "$.processing.frequency")),
        ({"applicant__kind": "wizard"}, ("APP-106", "$.applicant.kind")),
        ({"sources__datasets": ["elsewhere"]}, ("APP-119", "$.sources.datasets[0]")),
        ({"processing__to": "2040-01-01"}, ("APP-124", "$.processing.to")),
        ({"processing__to": "2020-01-01"}, ("APP-123", "$.processing.to")),
        ({"data__cohort": {"wizards": {}}}, ("APP-125", "$.data.cohort")),
        ({"data__ethics": ...}, ("APP-105", "$.data.ethics")),
        ({"public__title": "x" * 501}, ("APP-149", "$.public.title")),
        ({"public__lay_summary": ...}, ("APP-105", "$.public.lay_summary")),
        ({"confirmation__fees": False}, ("APP-105", "$.confirmation.fees")),
    ],
)
def test_each_rule_is_checked_at_once(stocked: Node, changes: dict[str, Any], reason: tuple[str, str]) -> None:
    assert reason in codes(stocked, **changes)


def test_every_variable_has_its_reason(stocked: Node) -> None:
    reasons = dict(document(stocked)["data"]["reasons"])
    del reasons["person.year_of_birth"]
    assert codes(stocked, data__reasons=reasons) == {("APP-112", "$.data.tables.person.year_of_birth")}
    tables = {"person": ["person_id", "shoe_size"]}
    assert ("APP-122", "$.data.tables.person.shoe_size") in codes(stocked, data__tables=tables)


def test_a_mandate_opens_a_reserved_purpose_and_a_laboratory_the_way_of_a_company(stocked: Node) -> None:
    submitted(stocked, purpose__basis="53(1)(c)", applicant__mandate=ACT)
    submitted(stocked, applicant__kind="company", applicant__laboratory="Laboratory of Fiction (synthetic)")


def test_completeness_names_each_section(stocked: Node) -> None:
    made = drafted(stocked, data__ethics=..., public__title=...)
    missing = queries.folder(stocked, made, reader="user").missing
    assert {section for section, reasons in missing.items() if reasons} == {"data", "public"}
    assert missing["data"][0].facts["field"] == "data.ethics"


def test_the_accelerated_track_is_found_and_left_when_it_is_not_open(stocked: Node) -> None:
    agency = {
        "applicant__kind": "public-body",
        "applicant__health_mandate": True,
        "applicant__mandate": ACT,
        "purpose__basis": "53(1)(a)",
        "processing__frequency": "once",
    }
    made = screened(stocked, **agency)
    row = ApplicationRow.objects.get(id=made)
    assert (row.track, row.kind) == ("accelerated", "permit")
    assert actions.reroute(stocked, made, "standard", "Not urgent.", actor="officer").track == "standard"
    other = screened(stocked, **(agency | {"purpose__basis": "53(1)(e)"}))
    with pytest.raises(Refusal, match="LAW-122"):
        actions.reroute(stocked, other, "accelerated", "They ask.", actor="officer")


WHY: dict[str, Any] = {"reason": "Misuse.", "published": "Misuse.", "confirmed": True}


def test_who_is_excluded_cannot_submit_until_the_day_is_past(stocked: Node, clock: Clock) -> None:
    until = clock().date() + timedelta(days=10)
    exclude(
        stocked,
        organisation="university of FICTION synthetic",
        country="FR",
        until=until,
        **WHY,
        actor="officer",
    )
    made = drafted(stocked, processing__from=(until + timedelta(days=1)).isoformat())
    with pytest.raises(Refusal, match="APP-118"):
        actions.submit(stocked, made, actor="user")
    clock.advance(days=11)
    actions.submit(stocked, made, actor="user")


def test_an_exclusion_goes_by_the_business_id_too_and_can_be_lifted(stocked: Node, clock: Clock) -> None:
    made = exclude(
        stocked,
        organisation="Another name",
        country="FR",
        business_id="130-000-001",
        until=clock().date(),
        **WHY,
        actor="officer",
    )
    application = drafted(stocked)
    with pytest.raises(Refusal, match="APP-118"):
        actions.submit(stocked, application, actor="user")
    actions.lift(stocked, made.id, actor="officer")
    actions.submit(stocked, application, actor="user")
    with pytest.raises(Refusal, match="APP-225"):
        actions.lift(stocked, made.id, actor="officer")


@pytest.mark.parametrize(("until", "code"), [(date(2031, 11, 22), "APP-223"), (date(2026, 11, 20), "APP-223")])
def test_an_exclusion_lasts_at_most_five_years(stocked: Node, until: date, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        exclude(stocked, organisation="X", country="FR", until=until, **WHY, actor="officer")
    exclude(stocked, organisation="X", country="FR", until=date(2031, 11, 21), **WHY, actor="officer")


@pytest.mark.attack
def test_others_neither_see_nor_change_a_draft(stocked: Node) -> None:
    made = drafted(stocked)
    Account.objects.create(name="eve", roles=["user"], created_at=stocked.clock(), password="!")
    for other in ("eve", "officer", "auditor"):
        with pytest.raises(Refusal, match=r"APP-101"):
            queries.folder(stocked, made, reader=other)
    with pytest.raises(Refusal, match="PPL-111"):
        actions.save(stocked, made, "public", {}, revision=1, actor="eve")
    with pytest.raises(Refusal, match="PPL-111"):
        actions.submit(stocked, made, actor="eve")
    with pytest.raises(Refusal, match="APP-101"):
        actions.post(stocked, made, "Let me in.", actor="officer")
    actions.submit(stocked, made, actor="user")
    with pytest.raises(Refusal, match="PPL-101"):
        queries.folder(stocked, made, reader="eve")
    with pytest.raises(Refusal, match="PPL-111"):
        actions.withdraw(stocked, made, actor="eve")


@pytest.mark.attack
@pytest.mark.parametrize(
    ("content", "code"),
    [
        *(({"a": value}, "APP-103") for value in (float("nan"), "x" * (1 << 20), "\ud800")),
        *(({"a": sign}, "KER-106") for sign in ("\0", "b\x01", "\x0b", "\x7f", "\x85", ["b", "\x1b"])),
        ({"\x02": "a"}, "KER-106"),
        (["list"], "APP-103"),
        ("text", "APP-103"),
    ],
)
def test_what_cannot_be_kept_is_refused(stocked: Node, content: Any, code: str) -> None:
    made = actions.start(stocked, actor="user").id
    with pytest.raises(Refusal, match=code):
        actions.save(stocked, made, "public", content, revision=0, actor="user")
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"a": deep}
    with pytest.raises(Refusal, match="APP-103"):
        actions.save(stocked, made, "public", deep, revision=0, actor="user")
    with pytest.raises(Refusal, match="APP-104"):
        actions.save(stocked, made, "state", {}, revision=0, actor="user")


def test_the_ledger_and_the_register_hold_no_person(stocked: Node) -> None:
    made = submitted(stocked)
    records = "".join(ledger.event(index).record for index in ledger.indexes(made))
    shown = repr(queries.public())
    for word in (LEADER, "h.fictive", "Imaginaire"):
        assert word not in records
        assert word not in shown
    alone = submitted(stocked, applicant__kind="natural-person", applicant__name="Jeanne Fictive")
    one = queries.public_one(alone)
    assert one is not None
    assert (one.organisation, one.applicant_kind) == ("", "natural-person")
    assert "Fictive" not in repr(queries.public())


def test_what_was_received_is_not_changed_and_a_draft_that_nobody_touches_goes(stocked: Node, clock: Clock) -> None:
    made = submitted(stocked)
    with pytest.raises(Refusal, match="APP-203"):
        actions.save(stocked, made, "public", {"title": "Other"}, revision=1, actor="user")
    left, touched = drafted(stocked), drafted(stocked)
    clock.advance(days=100)
    actions.save(stocked, touched, "public", {"title": "Again"}, revision=1, actor="user")
    clock.advance(days=100)
    actions.tick(stocked)
    assert not ApplicationRow.objects.filter(id=left).exists()
    assert ApplicationRow.objects.filter(id=touched).exists()
    assert EventRow.objects.filter(application=made, kind="application.overdue").exists()


def test_a_thread_is_for_the_team_and_the_officers(stocked: Node) -> None:
    made = submitted(stocked)
    actions.post(stocked, made, "Which years?", actor="officer")
    actions.post(stocked, made, "2015 to 2020.", actor="user")
    assert [each.text for each in queries.folder(stocked, made, reader="user").messages] == [
        "Which years?",
        "2015 to 2020.",
    ]
    with pytest.raises(Refusal, match="PPL-101"):
        actions.post(stocked, made, "Hello", actor="steward")
    with pytest.raises(Refusal, match="APP-217"):
        actions.post(stocked, made, "  ", actor="user")


def test_a_draft_is_discarded_by_its_team_and_nothing_that_was_received(stocked: Node) -> None:
    made, kept = drafted(stocked), submitted(stocked)
    with pytest.raises(Refusal, match="PPL-1"):
        actions.discard(stocked, made, actor="officer")
    with pytest.raises(Refusal, match="APP-201"):
        actions.withdraw(stocked, made, actor="user")
    ApplicationRow.objects.filter(id=made).update(state="withdrawn")
    with pytest.raises(Refusal, match="APP-101"):
        queries.folder(stocked, made, reader="officer")
    ApplicationRow.objects.filter(id=made).update(state="draft")
    assert ledger.indexes(made) == []
    actions.discard(stocked, made, actor="user")
    assert not ApplicationRow.objects.filter(id=made).exists()
    with pytest.raises(Refusal, match="APP-203"):
        actions.discard(stocked, kept, actor="user")
