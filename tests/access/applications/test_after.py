"""What follows a permit: deliveries, openings, duties, amendments and the one renewal; and the French path."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from hygie.access.applications import actions, queries
from hygie.access.applications.holders.delivering import data_opened
from hygie.access.applications.models import ApplicationRow, EventRow, LegRow
from hygie.access.applications.values import Application, Task
from hygie.access.permits import actions as permit_actions
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from tests.access.applications.story import assessed, document, drafted, fill, granted, judged_by_law, opened
from tests.conftest import Clock


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, tzinfo=UTC)


def delivery(node: Node) -> Task:
    """The one task of a granted application."""
    task: Task = queries.due(node, reader="steward").entries[0]
    return task


def test_a_delivery_is_extended_once_then_done_and_the_data_opened(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 6, 10)
    got = granted(stocked, processing__to="2030-12-31")
    task = delivery(stocked)
    assert (task.rule, task.due_on) == ("SU-60-2", date(2029, 9, 10))
    with pytest.raises(Refusal, match="APP-204"):
        actions.extend_delivery(stocked, task.id, " ", actor="steward")
    assert actions.extend_delivery(stocked, task.id, "Two archives.", actor="steward").due_on == date(2029, 12, 10)
    with pytest.raises(Refusal, match="LAW-107"):
        actions.extend_delivery(stocked, task.id, "Three archives.", actor="steward")
    clock.time = at(2030, 3, 15)
    assert queries.due(stocked, reader="steward").entries[0].late
    with pytest.raises(Refusal, match="PPL-1"):
        actions.deliver(stocked, task.id, actor="officer")
    done = actions.deliver(stocked, task.id, actor="steward")
    assert done.done_on == date(2030, 3, 15)
    with pytest.raises(Refusal, match="APP-227"):
        actions.deliver(stocked, task.id, actor="steward")
    opening = delivery(stocked)
    assert (opening.kind, opening.rule, opening.due_on) == ("opening", "SU-68-7", date(2030, 5, 15))
    clock.time = at(2030, 4, 1)
    with transaction.atomic():  # as the first extract does: SU-68-7
        data_opened(stocked, got.permit, "extract-first", actor="steward")
    assert queries.due(stocked, reader="steward").total == 0
    assert dict(LegRow.objects.filter(application=got.id).values_list("leg", "days")).items() >= {
        ("delivery", 278),
        ("opening", 17),
        ("access", 295),
    }
    with pytest.raises(Refusal, match="APP-226"):
        actions.deliver(stocked, "task-none", actor="steward")


def test_duties_are_computed_from_the_permit_and_what_happened(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 1, 15)
    got = granted(stocked, processing__to="2030-06-30")
    found = {duty.kind: duty for duty in queries.duties(stocked, got.permit)}
    assert {kind: (duty.due_on, duty.certain) for kind, duty in found.items()} == {
        "fees": (date(2029, 2, 15), True),
        "renewal": (date(2030, 5, 30), True),
        "deletion": (date(2030, 12, 30), False),
        "results": (date(2031, 12, 30), False),
    }
    clock.time = at(2030, 1, 31)
    actions.end_processing(stocked, got.id, actor="user")
    results = next(duty for duty in queries.duties(stocked, got.permit) if duty.kind == "results")
    assert (results.since, results.due_on, results.certain) == (date(2030, 1, 31), date(2031, 7, 31), True)
    clock.time = at(2031, 8, 1)
    assert {duty.kind for duty in queries.duties(stocked, got.permit) if duty.late} == {
        "fees",
        "results",
        "renewal",
        "deletion",
    }
    opened(stocked, got)
    for link, acknowledged in (("http://example.org", True), ("https://example.org/p", False)):
        with pytest.raises(Refusal, match="APP-229"):
            actions.report_results(stocked, got.id, title="P", link=link, acknowledged=acknowledged, actor="user")
    actions.report_results(stocked, got.id, title="P", link="https://example.org/p", acknowledged=True, actor="user")
    results = next(duty for duty in queries.duties(stocked, got.permit) if duty.kind == "results")
    assert results.done_on == date(2031, 8, 1)


def test_a_revoked_permit_counts_from_its_revocation(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 1, 15)
    got = granted(stocked, processing__to="2030-06-30")
    clock.time = at(2029, 3, 1)
    permit_actions.revoke(stocked, got.permit, "Misuse.", published="Misuse.", confirmed=True, actor="officer")
    assert {duty.kind: duty.due_on for duty in queries.duties(stocked, got.permit)} == {
        "fees": date(2029, 2, 15),
        "deletion": date(2029, 9, 3),
        "results": date(2030, 9, 2),
    }


def renewal(node: Node, before: Application, until: str) -> str:
    """An application to extend a permit, every section filled in; its id."""
    made = actions.start(node, actor="user", amends=before.permit)
    body = document(node)
    body["processing"] |= {"to": until}
    fill(node, made, {name: body[name] for name in ("processing", "confirmation")})
    return made.id


def test_one_renewal_whose_papers_come_a_month_before_the_end(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 1, 15)
    first = granted(stocked, processing__to="2030-06-30")
    clock.time = at(2030, 6, 10)
    made = renewal(stocked, first, "2032-06-30")
    with pytest.raises(Refusal, match="APP-126"):
        actions.submit(stocked, made, actor="user")
    clock.time = at(2030, 5, 20)
    actions.submit(stocked, made, actor="user")
    clock.time = at(2030, 6, 25)
    second = judged_by_law(stocked, made)
    permit = permits.find(second.permit, stocked.keys.public_key()).permit
    assert (permit.version, permit.amends, permit.duration.end) == (2, first.permit, date(2032, 6, 30))
    assert permits.standing(first.permit, at=clock(), public_key=stocked.keys.public_key()).state == "amended"
    assert "renewal" not in {duty.kind for duty in queries.duties(stocked, second.permit)}
    third = renewal(stocked, second, "2033-06-30")
    with pytest.raises(Refusal, match="APP-127"):
        actions.submit(stocked, third, actor="user")
    draft = queries.folder(stocked, third, reader="user").application
    fill(stocked, draft, {"processing": document(stocked)["processing"] | {"to": "2032-06-30"}})
    actions.submit(stocked, third, actor="user")
    with pytest.raises(Refusal, match="APP-121"):
        actions.start(stocked, actor="user", amends=first.permit)


def test_only_those_of_the_first_application_amend_its_permit(stocked: Node) -> None:
    first = granted(stocked)
    from hygie.commons.people.models import Account

    Account.objects.create(name="eve", roles=["user"], created_at=stocked.clock(), password="!")
    with pytest.raises(Refusal, match="APP-121"):
        actions.start(stocked, actor="eve", amends=first.permit)


def french(node: Node) -> str:
    """An application on the French path, complete."""
    made = drafted(node, procedure="fr")
    actions.submit(node, made, actor="user")
    actions.take(node, made, actor="officer")
    actions.mark_complete(node, made, actor="officer")
    return made


def outcomes(made: str) -> list[tuple[str, str, bool]]:
    """Kind, outcome and silence of the committees' events."""
    found = EventRow.objects.filter(application=made, kind__in=("cesrees.opinion", "cnil.decided")).order_by("id")
    return [(event.kind, event.body["outcome"], bool(event.body.get("tacit"))) for event in found]


def test_cesrees_is_favourable_by_silence_and_cnil_only_after_an_express_opinion(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 3, 1)
    tacit, express = french(stocked), french(stocked)
    assert ApplicationRow.objects.get(id=tacit).due_on == date(2027, 3, 10)
    for made in (tacit, express):
        actions.record_leg(stocked, made, "cesrees.received", actor="officer")
    actions.record_leg(stocked, express, "cesrees.opinion", outcome="favourable", actor="officer")
    clock.time = at(2027, 4, 2)
    actions.tick(stocked)
    assert outcomes(tacit) == [("cesrees.opinion", "favourable", True)]
    for made in (tacit, express):
        actions.record_leg(stocked, made, "cnil.received", actor="officer")
    clock.time = at(2027, 6, 3)
    actions.tick(stocked)
    actions.tick(stocked)
    assert outcomes(express)[-1] == ("cnil.decided", "accepted", True)
    assert outcomes(tacit) == [("cesrees.opinion", "favourable", True)]
    assert EventRow.objects.filter(application=tacit, kind="application.overdue").count() == 1
    assert judged_by_law(stocked, express).outcome == "granted"
    with pytest.raises(Refusal, match="APP-212"):
        judged_by_law(stocked, tacit)


def test_cnil_is_renewed_once_and_the_legs_keep_their_order(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 3, 1)
    made = french(stocked)
    for leg, outcome in (("cesrees.opinion", "favourable"), ("cnil.received", ""), ("cnil.decided", "accepted")):
        with pytest.raises(Refusal, match="APP-212"):
            actions.record_leg(stocked, made, leg, outcome=outcome, actor="officer")
    actions.record_leg(stocked, made, "cesrees.received", actor="officer")
    actions.record_leg(stocked, made, "cesrees.opinion", outcome="favourable", actor="officer")
    actions.record_leg(stocked, made, "cnil.received", actor="officer")
    assert ApplicationRow.objects.get(id=made).due_on == date(2027, 5, 3)
    actions.record_leg(stocked, made, "cnil.extended", reason="Complex.", actor="officer")
    assert ApplicationRow.objects.get(id=made).due_on == date(2027, 7, 1)
    with pytest.raises(Refusal, match="APP-212"):
        actions.record_leg(stocked, made, "cnil.extended", reason="Again.", actor="officer")
    actions.record_leg(stocked, made, "cnil.decided", outcome="refused", actor="officer")
    with pytest.raises(Refusal, match="APP-212"):
        judged_by_law(stocked, made)


def test_what_assessors_note_is_not_the_teams_to_read(stocked):
    made = assessed(stocked, but=("68(1)(b)",))
    team = {event.kind for event in queries.folder(stocked, made, reader="user").events}
    officers = {event.kind for event in queries.folder(stocked, made, reader="officer").events}
    assert "application.assessed" not in team
    assert "application.complete" in team
    assert "application.assessed" in officers
