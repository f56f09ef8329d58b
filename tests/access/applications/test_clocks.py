"""The clocks of an application: both events kept, pauses, one extension, and what happens at zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.models import ApplicationRow, EventRow, LegRow
from hygie.access.applications.timing.clocks import legs, reckon
from hygie.access.permits.models import PermitRow
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import ACT, BANS, document, fill, kept, processing, requested, screened, submitted
from tests.conftest import Clock, Site


def at(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def kinds(made: str) -> list[str]:
    return list(EventRow.objects.filter(application=made).order_by("id").values_list("kind", flat=True))


def row(made: str) -> ApplicationRow:
    return ApplicationRow.objects.get(id=made)


def test_the_decision_is_due_three_months_after_completeness_and_reception_stays(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 11, 5)
    made = screened(stocked, processing__to="2031-11-20")
    assert row(made).due_rule == "TG-6.screen"
    clock.time = at(2029, 11, 30)
    actions.mark_complete(stocked, made, actor="officer")
    got = row(made)
    assert (got.due_rule, got.due_on) == ("SU-68-4a", date(2030, 2, 28))
    assert got.submitted_at is not None
    assert got.complete_at is not None
    assert (got.submitted_at.date(), got.complete_at.date()) == (date(2029, 11, 5), date(2029, 11, 30))
    assert [leg.days for leg in LegRow.objects.filter(application=made, leg="pre-screening")] == [25]


def test_accelerated_cases_and_requests_have_their_own_time(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 5, 2)
    agency = {
        "applicant__kind": "public-body",
        "applicant__health_mandate": True,
        "applicant__mandate": ACT,
        "purpose__basis": "53(1)(a)",
        "processing__frequency": "once",
        "processing__to": "2031-01-01",
    }
    made = processing(stocked, **agency)
    assert (row(made).due_rule, row(made).due_on) == ("SU-68-6", date(2029, 7, 2))
    actions.extend(stocked, made, "More experts are heard.", actor="officer")
    assert row(made).due_on == date(2029, 8, 2)


def test_one_extension_with_its_reason_before_the_day(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 3, 1)
    made = processing(stocked)
    assert row(made).due_on == date(2027, 6, 1)
    with pytest.raises(Refusal, match="APP-204"):
        actions.extend(stocked, made, "", actor="officer")
    actions.extend(stocked, made, "The ethics committee is late.", actor="officer")
    assert row(made).due_on == date(2027, 9, 1)
    with pytest.raises(Refusal, match="LAW-107"):
        actions.extend(stocked, made, "Still late.", actor="officer")
    late = processing(stocked)
    clock.time = at(2027, 6, 5)
    with pytest.raises(Refusal, match="LAW-110"):
        actions.extend(stocked, late, "Too late.", actor="officer")


def test_waiting_for_the_applicant_stops_the_clock(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 3, 1)
    made = processing(stocked)
    clock.time = at(2027, 3, 10)
    actions.pause(stocked, made, "Which registers do you bring?", actor="officer")
    assert (row(made).state, row(made).due_on) == ("paused", None)
    clock.time = at(2027, 3, 20)
    current = queries.folder(stocked, made, reader="user").application
    fill(stocked, current, {"own_data": {"brought": False}})
    actions.resume(stocked, made, actor="user")
    assert (row(made).state, row(made).due_on) == ("processing", date(2027, 6, 11))
    actions.pause(stocked, made, "And which years?", actor="officer")
    clock.time = at(2027, 3, 25)
    actions.go_on(stocked, made, "It is clear without.", actor="officer")
    assert row(made).due_on == date(2027, 6, 16)


def test_the_other_policy_begins_again() -> None:
    events = [
        law.ClockEvent("application.complete", at(2027, 3, 1)),
        law.ClockEvent("application.waiting", at(2027, 3, 10), "?"),
        law.ClockEvent("application.resumed", at(2027, 3, 20)),
    ]
    found = [
        reckon("standard", events, on=at(2027, 4, 1), country="FR", waiting=waiting).due_on
        for waiting in (law.Waiting(), law.Waiting("restart"), law.Waiting("restart", date(2027, 3, 2)))
    ]
    assert found == [date(2027, 6, 11), date(2027, 6, 21), date(2027, 6, 11)]


def test_a_node_chooses_what_waiting_does_and_its_cases_say_so(stocked: Node, clock: Clock) -> None:  # T2
    node = replace(stocked, waiting=law.Waiting("restart", date(2027, 3, 1)))
    clock.time = at(2027, 2, 26)
    before = processing(node)
    clock.time = at(2027, 3, 1)
    after = processing(node)
    for made in (before, after):
        clock.time = at(2027, 3, 10)
        actions.pause(node, made, "Which registers do you bring?", actor="officer")
        clock.time = at(2027, 3, 20)
        actions.go_on(node, made, "It is clear without.", actor="officer")
    assert (row(before).due_on, row(after).due_on) == (date(2027, 6, 7), date(2027, 6, 21))
    actions.extend(node, after, "Many datasets.", actor="officer")
    assert row(after).due_on == date(2027, 9, 20)
    site = Site(node)
    for language, words in (("en", ("pauses it", "voids the time")), ("fr", ("le suspend", "annule le délai"))):
        for made, said in zip((before, after), words, strict=True):
            page = site.get(f"/applications/{made}/case/", as_="officer", language=language)
            assert said in site.text(page)


def test_not_completed_in_four_weeks_is_closed_by_the_tick_once(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 4, 5)
    made = screened(stocked)
    actions.ask_completion(stocked, made, "The ethics opinion lacks.", actor="officer")
    assert (row(made).state, row(made).due_on) == ("awaiting", date(2027, 5, 3))
    clock.time = at(2027, 5, 3, 20)
    actions.tick(stocked)
    assert row(made).state == "awaiting"
    clock.time = at(2027, 5, 4)
    assert actions.tick(stocked) == 1
    assert actions.tick(stocked) == 0
    assert row(made).state == "closed"
    last = ledger.event(ledger.indexes(made)[-1])
    assert (last.kind, last.actor, last.body["why"]) == ("application.closed", "node", "not completed")
    with pytest.raises(Refusal, match="APP-201"):
        actions.supply(stocked, made, actor="user")


def test_one_case_that_cannot_be_read_holds_up_no_other(stocked: Node, clock: Clock) -> None:
    clock.time = at(2027, 4, 5)
    broken, sound = screened(stocked), screened(stocked)
    for made in (broken, sound):
        actions.ask_completion(stocked, made, "The ethics opinion lacks.", actor="officer")
    ApplicationRow.objects.filter(id=broken).update(state="processing")
    for days in (0, 1):
        EventRow.objects.create(
            application_id=broken, kind="application.extended", at=at(2027, 4, 6 + days), actor="x", index=0
        )
    EventRow.objects.create(
        application_id=broken, kind="application.complete", at=at(2027, 4, 5, 10), actor="x", index=0
    )
    ApplicationRow.objects.filter(id=broken).update(track="standard", wake_on=date(2027, 4, 1))
    clock.time = at(2027, 5, 4)
    assert actions.tick(stocked) == 1
    assert row(sound).state == "closed"
    assert row(broken).wake_on == date(2027, 5, 5)


def test_completed_in_time_goes_on(stocked: Node, clock: Clock) -> None:
    made = screened(stocked)
    actions.ask_completion(stocked, made, "Say more of the benefit.", actor="officer")
    current = queries.folder(stocked, made, reader="user").application
    fill(stocked, current, {"purpose": {**document(stocked)["purpose"], "benefit": "Fewer accidents."}})
    assert actions.supply(stocked, made, actor="user").state == "pre-screening"
    actions.mark_complete(stocked, made, actor="officer")
    clock.advance(days=40)
    actions.tick(stocked)
    assert row(made).state == "processing"


def test_silence_grants_nothing_and_refuses_nothing(stocked: Node, clock: Clock) -> None:
    made = processing(stocked)
    clock.advance(days=400)
    actions.tick(stocked)
    actions.tick(stocked)
    assert (row(made).state, row(made).outcome) == ("processing", "")
    assert not PermitRow.objects.exists()
    overdue = EventRow.objects.filter(application=made, kind="application.overdue")
    assert [event.body["rule"] for event in overdue] == ["SU-68-4a"]
    assert row(made).due_on is not None
    place = next(place for place in queries.queue(stocked, reader="officer").entries if place.id == made)
    assert (place.group, place.position) == ("overdue", 1)


def test_publication_is_due_thirty_working_days_after_the_decision(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 12, 1)
    made = processing(stocked, processing__to="2031-01-01")
    clock.time = at(2029, 12, 20)
    actions.assess(stocked, made, "68(1)(a)", holds=False, reason="Not shown.", actor="officer")
    actions.decide(stocked, made, "refused", reasons="No.", grounds=("68(1)(a)",), actor="officer")
    assert (row(made).due_rule, row(made).due_on) == ("SU-57-j3", date(2030, 2, 4))
    clock.time = at(2030, 2, 5)
    actions.tick(stocked)
    assert kinds(made)[-1] == "application.overdue"
    actions.publish(stocked, made, "No.", confirmed=True, actor="officer")
    assert row(made).wake_on is None
    assert LegRow.objects.get(application=made, leg="publication").days == 47


def test_a_request_has_two_clocks_and_no_extension(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 5, 1)
    made = requested(stocked)
    actions.take(stocked, made, actor="officer")
    actions.mark_complete(stocked, made, actor="officer")
    assert {clock.rule.id: clock.due for clock in queries.folder(stocked, made, reader="user").clocks}[
        "SU-69-4a"
    ] == date(2029, 8, 1)
    with pytest.raises(Refusal, match="LAW-109"):
        actions.extend(stocked, made, "We need more time.", actor="officer")
    for criterion in (*law.criteria(date(2029, 5, 1)), *law.risks(date(2029, 5, 1))):
        actions.assess(stocked, made, criterion.id, holds=True, reason="Yes.", actor="officer")
    actions.estimate(stocked, made, amount="0.00", lines=[{"label": "body", "amount": "0.00"}], actor="officer")
    actions.accept_fees(stocked, made, amount="0.00", actor="user")
    clock.time = at(2029, 8, 1)
    got = actions.decide(stocked, made, "granted", reasons="Counts.", actor="officer")
    assert got.permit == ""
    due = {clock.rule.id: clock.due for clock in queries.folder(stocked, made, reader="user").clocks}
    assert due["SU-69-4b"] == date(2029, 11, 2)
    kept(stocked, made)
    actions.answer(stocked, made, actor="officer")
    assert row(made).state == "answered"


def test_rows_are_never_an_answer(stocked: Node) -> None:
    made = actions.start(stocked, actor="user", kind="request").id
    content = {"question": "Who?", "measures": ["rows"]}
    actions.save(stocked, made, "statistics", content, revision=0, actor="user")
    with pytest.raises(Refusal) as found:
        actions.submit(stocked, made, actor="user")
    assert "APP-128" in {reason.code for reason in found.value.verdict.reasons}


def test_legs_are_what_the_events_say(stocked: Node, clock: Clock) -> None:
    made = submitted(stocked)
    clock.advance(days=4)
    actions.take(stocked, made, actor="officer")
    actions.mark_complete(stocked, made, actor="officer")
    for days in (3, 5):
        actions.pause(stocked, made, "?", actor="officer")
        clock.advance(days=days)
        actions.go_on(stocked, made, "Clear.", actor="officer")
    actions.assess(stocked, made, "68(1)(a)", holds=False, reason="Not shown.", actor="officer")
    actions.decide(stocked, made, "refused", reasons="No.", grounds=("68(1)(a)",), actor="officer")
    told = [(event.kind, event.at) for event in EventRow.objects.filter(application=made).order_by("id")]
    assert sorted((leg.name, leg.days) for leg in legs(told)) == sorted(
        LegRow.objects.filter(application=made).values_list("leg", "days")
    )
    assert sorted(LegRow.objects.values_list("leg", "days")) == [
        ("decision", 8),
        ("pre-screening", 4),
        ("waiting", 3),
        ("waiting", 5),
    ]
    figures = {delay.leg: (delay.count, delay.median, delay.mean) for delay in queries.delays()}
    assert figures["waiting"] == (2, 4.0, 4.0)
    assert figures["delivery"] == (0, None, None)


def test_bans_are_those_of_the_pack() -> None:
    assert set(BANS) == set(law.prohibitions())


def test_a_converted_application_has_the_two_clocks_of_a_request_and_a_refused_request_no_answer() -> None:  # SU-69-4
    def said(kind: str, year: int, month: int, day: int, reason: str = "") -> law.ClockEvent:
        return law.ClockEvent(kind, datetime(year, month, day, 9, tzinfo=UTC), reason)

    begun = [said("application.submitted", 2029, 1, 10), said("application.complete", 2029, 1, 20)]
    agreed = [*begun, said("application.conversion-agreed", 2029, 5, 2)]
    now = datetime(2029, 5, 3, 9, tzinfo=UTC)
    dues = {each.rule.id: each.due for each in reckon("standard", agreed, on=now, country="FR").clocks}
    assert dues["SU-69-4a"] == date(2029, 8, 2) and "SU-69-4b" not in dues
    turned = [*agreed, said("application.decided", 2029, 8, 2, "converted")]
    later = datetime(2029, 8, 3, 9, tzinfo=UTC)
    dues = {each.rule.id: each.due for each in reckon("standard", turned, on=later, country="FR").clocks}
    assert dues["SU-69-4b"] == date(2029, 11, 2)
    other = [*agreed, said("application.decided", 2029, 8, 2, "refused")]
    ids = {each.rule.id for each in reckon("standard", other, on=later, country="FR").clocks}
    assert not ids & {"SU-69-4a", "SU-69-4b"}
    for outcome, waiting in (("granted", True), ("refused", False)):
        request = [begun[0], said("application.decided", 2029, 2, 1, outcome)]
        ids = {each.rule.id for each in reckon("statistical", request, on=now, country="FR").clocks}
        assert ("SU-69-4b" in ids) == waiting
