"""Longer times: for results that a user asks for (61(4), SU-61-4a), and to open the data (68(7), SU-68-7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hygie.access.applications import actions, queries
from hygie.access.applications.models import EventRow, TaskRow
from hygie.access.applications.timing import extending, lateness
from hygie.access.applications.values import Application, Duty
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import due, granted, kept, opened
from tests.conftest import Clock, Site

WHY = "The journal of Dr Hélène Fictive reviews the paper."
UNTIL = date(2032, 6, 30)


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, tzinfo=UTC)


def code(do: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        do()
    return refused.value.code


def ask(node: Node, made: str, until: date | None = UNTIL, why: str = WHY, *, actor: str = "user") -> Application:
    return actions.ask_longer(node, made, until, why, actor=actor)


def give(node: Node, made: str, until: date | None = UNTIL, why: str = WHY, *, actor: str = "officer") -> Application:
    return actions.extend_results(node, made, until, why, actor=actor)


def owed(node: Node, got: Application) -> Duty:
    return next(each for each in queries.duties(node, got.permit) if each.kind == "results")


def over(node: Node, clock: Clock) -> Application:
    """A granted application whose data were opened and whose processing ended: results are due on 31 July 2031."""
    clock.time = at(2029, 1, 15)
    got = granted(node, processing__to="2030-06-30")
    opened(node, got)
    clock.time = at(2030, 1, 31)
    actions.end_processing(node, got.id, actor="user")
    return got


def past(node: Node) -> list[str]:
    """The applications whose results are overdue, as officers find them."""
    page = queries.deadlines(node, reader="officer", overdue=True)
    return [each.id for each in page.entries if each.rule.startswith("SU-61-4a")]


def test_a_user_asks_and_the_access_body_gives_one_longer_time(stocked: Node, clock: Clock) -> None:
    got = over(stocked, clock)
    clock.time = at(2031, 6, 1)
    assert code(lambda: give(stocked, got.id)) == "APP-269"
    assert code(lambda: actions.keep_results(stocked, got.id, "No.", actor="officer")) == "APP-269"
    assert code(lambda: ask(stocked, got.id, why=" ")) == "APP-204"
    assert code(lambda: ask(stocked, got.id, None)) == "LAW-108"
    assert {code(partial(ask, stocked, got.id, actor=actor))[:3] for actor in ("officer", "steward")} == {"PPL"}
    for until in (date(2031, 7, 31), date(2033, 2, 1)):
        assert code(partial(ask, stocked, got.id, until)) == "LAW-115"
    ask(stocked, got.id)
    assert code(lambda: ask(stocked, got.id)) == "APP-268"
    (asked,) = extending.longer_asked(stocked, reader="auditor").entries
    assert (asked.application, asked.until, asked.due_on, asked.reason) == (got.id, UNTIL, date(2031, 7, 31), WHY)
    assert owed(stocked, got).due_on == date(2031, 7, 31)
    assert code(lambda: give(stocked, got.id, actor="user")).startswith("PPL")
    assert code(lambda: give(stocked, got.id, date(2033, 2, 1))) == "LAW-115"
    assert code(lambda: give(stocked, got.id, why="")) == "APP-204"
    give(stocked, got.id, date(2032, 1, 31))
    duty = owed(stocked, got)
    assert (duty.due_on, duty.extended_on, duty.reason, duty.late) == (date(2032, 2, 2), date(2031, 6, 1), WHY, False)
    (clock_,) = [each for each in queries.folder(stocked, got.id, reader="user").clocks if each.rule.id == "SU-61-4a"]
    assert (clock_.due, clock_.extension) == (date(2032, 2, 2), (date(2031, 6, 1), WHY))
    assert code(lambda: ask(stocked, got.id)) == "LAW-107"
    assert extending.longer_asked(stocked, reader="officer").total == 0
    for kind in ("results.extension-asked", "results.extended"):
        told = ledger.event(EventRow.objects.get(application=got.id, kind=kind).index)
        assert len(str(told.body["reason"])) == 64 and "Fictive" not in str(told.body) + told.subject
    assert told.body["until"] == "2032-01-31" and told.body["due"] == "2032-02-02"


def test_a_longer_time_refused_leaves_the_day_and_one_may_ask_again_until_it(stocked: Node, clock: Clock) -> None:
    got = over(stocked, clock)
    clock.time = at(2031, 6, 1)
    ask(stocked, got.id)
    assert code(lambda: actions.keep_results(stocked, got.id, " ", actor="officer")) == "APP-204"
    actions.keep_results(stocked, got.id, "No journal is named.", actor="officer")
    assert owed(stocked, got).due_on == date(2031, 7, 31)
    assert code(lambda: give(stocked, got.id)) == "APP-269"
    ask(stocked, got.id)
    actions.report_results(stocked, got.id, title="P", link="https://example.org/p", acknowledged=True, actor="user")
    assert extending.waiting(got.id) is None, "who reported waits for nothing more"
    assert code(lambda: ask(stocked, got.id)) == "LAW-110"


def test_what_was_asked_in_time_is_given_after_the_day_and_the_note_of_it_falls(stocked: Node, clock: Clock) -> None:
    got, other = over(stocked, clock), over(stocked, clock)
    clock.time = at(2031, 7, 31)
    ask(stocked, got.id)
    clock.time = at(2031, 8, 1)
    assert code(lambda: ask(stocked, other.id)) == "LAW-110"
    assert lateness.note_late(stocked) == 2
    assert len(past(stocked)) == 2
    give(stocked, got.id)
    assert past(stocked) == [other.id]
    events = queries.case(stocked, got.id, reader="officer").folder.events
    assert [each.void for each in events if each.body.get("rule") == "SU-61-4a" and "due" in each.body] == [True, False]
    assert lateness.note_late(stocked) == 0
    clock.time = at(2032, 7, 1)
    assert lateness.note_late(stocked) == 1
    assert lateness.note_late(stocked) == 0
    assert set(past(stocked)) == {got.id, other.id}


def test_saying_after_the_permits_end_that_processing_is_over_starts_no_new_time(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 1, 15)
    got = granted(stocked, processing__to="2030-06-30")
    assert code(lambda: ask(stocked, got.id)) == "LAW-110"
    clock.time = at(2031, 6, 1)
    ask(stocked, got.id)
    give(stocked, got.id)
    actions.end_processing(stocked, got.id, actor="user")
    assert (owed(stocked, got).since, owed(stocked, got).due_on) == (date(2030, 6, 30), UNTIL)


def test_the_results_of_an_answer_in_statistics_may_take_longer_too(stocked: Node, clock: Clock) -> None:
    clock.time = at(2029, 1, 15)
    made = due(stocked)
    assert code(lambda: ask(stocked, made)) == "APP-267"
    kept(stocked, made)
    actions.answer(stocked, made, actor="officer")
    clock.time = at(2030, 6, 1)
    ask(stocked, made, date(2031, 1, 15))
    clock.time = at(2030, 8, 1)
    actions.tick(stocked)
    assert len(past(stocked)) == 1
    give(stocked, made, date(2031, 1, 15))
    assert len(past(stocked)) == 0
    actions.tick(stocked)
    assert len(past(stocked)) == 0
    clock.time = at(2031, 1, 16)
    actions.tick(stocked)
    actions.tick(stocked)
    assert len(past(stocked)) == 1
    assert EventRow.objects.filter(application=made, kind="application.overdue").count() >= 2


def test_an_officer_sets_one_longer_time_to_open_the_data(stocked: Node, clock: Clock) -> None:
    clock.time = at(2030, 1, 15)
    got = granted(stocked)

    def set_to(until: date | None, why: str = "Linkage.", actor: str = "officer") -> Application:
        return actions.lengthen_opening(stocked, got.id, until, why, actor=actor)

    assert code(lambda: set_to(date(2030, 7, 1))) == "APP-270"
    clock.time = at(2030, 3, 15)
    (task,) = TaskRow.objects.filter(kind="delivery")
    actions.deliver(stocked, task.id, actor="steward")
    assert code(lambda: set_to(date(2030, 7, 1), " ")) == "APP-204"
    assert code(lambda: set_to(None)) == "LAW-108"
    for until in (date(2030, 5, 15), date(2030, 7, 16)):
        assert code(partial(set_to, until)) == "LAW-115"
    for actor in ("user", "steward", "auditor"):
        assert code(partial(set_to, date(2030, 7, 1), actor=actor)).startswith("PPL")
    assert extending.opening_span(stocked, got.id) == (date(2030, 5, 16), date(2030, 7, 15))
    set_to(date(2030, 7, 1))
    shown = queries.due(stocked, reader="steward").entries[0]
    assert (shown.kind, shown.due_on, shown.extended, shown.reason) == ("opening", date(2030, 7, 1), True, "Linkage.")
    (running,) = [
        each for each in queries.case(stocked, got.id, reader="officer").folder.clocks if each.rule.id == "SU-68-7"
    ]
    assert (running.due, running.extension) == (date(2030, 7, 1), (date(2030, 3, 15), "Linkage."))
    assert code(lambda: set_to(date(2030, 7, 2))) == "LAW-107"
    told = ledger.event(EventRow.objects.get(application=got.id, kind="data.longer").index)
    assert told.body["until"] == "2030-07-01" and "Linkage" not in str(told.body)
    clock.time = at(2030, 6, 20)
    assert not queries.due(stocked, reader="steward").entries[0].late
    opened(stocked, got)
    assert code(lambda: set_to(date(2030, 7, 3))) == "APP-270"


def test_no_longer_time_to_open_the_data_once_their_day_is_past(stocked: Node, clock: Clock) -> None:
    clock.time = at(2030, 1, 15)
    got = granted(stocked)
    actions.deliver(stocked, TaskRow.objects.get(kind="delivery").id, actor="steward")
    clock.time += timedelta(days=61)
    assert (
        code(lambda: actions.lengthen_opening(stocked, got.id, date(2030, 5, 1), "Late.", actor="officer")) == "LAW-110"
    )


def test_the_pages_and_operations_of_longer_times(stocked: Node, clock: Clock) -> None:
    got = over(stocked, clock)
    clock.time = at(2031, 6, 1)
    site = Site(stocked)
    own, case = f"/applications/{got.id}/", f"/applications/{got.id}/case/"
    assert "From 1 August 2031 to 31 January 2033." in site.text(site.get(own, as_="user"))
    assert "Give a longer time" not in site.text(site.get(case, as_="officer"))
    for until in ("", "2031-02-30", "2040-01-01"):
        wrong = site.post(own + "do/ask-longer/", {"until": until, "reason": WHY}, as_="user")
        assert wrong.status_code == 422 and WHY in site.text(wrong)
    assert site.post(own + "do/ask-longer/", {"until": "2032-06-30", "reason": WHY}, as_="user").status_code == 302
    assert "you asked for a longer time for the results, until 30 June 2032" in site.text(site.get(own, as_="user"))
    assert "Délais plus longs demandés" in site.text(site.get("/applications/queue/", as_="officer", language="fr"))
    assert "1 user asks for a longer time" in site.text(site.get("/applications/queue/", as_="auditor"))
    listed = site.get("/api/v1/applications/longer-results", as_="officer").json()
    assert [(each["application"], each["until"]) for each in listed["entries"]] == [(got.id, "2032-06-30")]
    assert site.get("/api/v1/applications/longer-results", as_="user").status_code == 403
    for name in ("extend-results", "keep-results"):
        assert WHY in site.text(site.get(f"{case}{name}/", as_="officer"))
    shown = site.get(f"{case}extend-results/", as_="officer", language="fr").content.decode()
    assert 'value="2032-06-30"' in shown and 'max="2033-01-31"' in shown
    assert (
        site.post(f"{case}extend-results/", {"until": "2033-02-01", "reason": "So."}, as_="officer").status_code == 409
    )
    assert (
        site.post(f"{case}extend-results/", {"until": "2032-06-30", "reason": "So."}, as_="officer").status_code == 302
    )
    for page, reader in ((own, "user"), (case, "officer")):
        assert "Extended on 1 June 2031: So." in site.text(site.get(page, as_=reader))
        assert "Prolongé le 1er juin 2031 : So." in site.text(site.get(page, as_=reader, language="fr")).replace(
            "\xa0", " "
        )
    assert "longer time given on 1 June 2031: So." in site.text(site.get(own, as_="user"))
    assert "30 June 2032, extended" in site.text(site.get(f"/permits/{got.permit}/", as_="user"))
    duty = next(
        each
        for each in site.get(f"/api/v1/applications/duties/{got.permit}", as_="user").json()
        if each["kind"] == "results"
    )
    assert (duty["due_on"], duty["extended_on"], duty["reason"]) == ("2032-06-30", "2031-06-01", "So.")


def test_a_case_with_all_that_there_can_be_asks_few_questions(stocked: Node, clock: Clock) -> None:
    got = over(stocked, clock)
    granted(stocked, processing__to="2031-06-30")
    ask(stocked, got.id)
    for number in range(3):
        actions.post(stocked, got.id, f"Question {number}?", actor="officer")
        actions.post(stocked, got.id, f"Answer {number}.", actor="user")
    actions.start(stocked, actor="user", amends=got.permit)
    officer = Site(stocked).client("officer")
    officer.get("/")  # a process reads the verdicts on the node's places once a day
    with CaptureQueriesContext(connection) as asked:
        page = officer.get(f"/applications/{got.id}/case/")
    assert page.status_code == 200 and "Answer 2." in page.content.decode()
    assert len(asked) <= 40, [each["sql"][:90] for each in asked]
