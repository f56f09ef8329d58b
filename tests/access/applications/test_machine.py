"""The states: every move that the table does not open is refused, and state and ledger agree whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from hygie.access.applications import actions, machine, queries, recording
from hygie.access.applications.models import ApplicationRow, EventRow, LegRow, TaskRow
from hygie.access.permits.models import PermitRow
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.ledger import actions as ledger_actions
from hygie.base.ledger import queries as ledger
from tests.access.applications.story import assessed, day, kept, submitted

DO: dict[str, Callable[[Node, str], object]] = {
    "submit": lambda node, made: actions.submit(node, made, actor="user"),
    "take": lambda node, made: actions.take(node, made, actor="officer"),
    "ask": lambda node, made: actions.ask_completion(node, made, "Say more.", actor="officer"),
    "supply": lambda node, made: actions.supply(node, made, actor="user"),
    "complete": lambda node, made: actions.mark_complete(node, made, actor="officer"),
    "pause": lambda node, made: actions.pause(node, made, "Which?", actor="officer"),
    "resume": lambda node, made: actions.resume(node, made, actor="user"),
    "go-on": lambda node, made: actions.go_on(node, made, "Clear.", actor="officer"),
    "reroute": lambda node, made: actions.reroute(node, made, "standard", "So.", actor="officer"),
    "assess": lambda node, made: actions.assess(node, made, "68(1)(a)", holds=True, reason="So.", actor="officer"),
    "extend": lambda node, made: actions.extend(node, made, "More.", actor="officer"),
    "estimate": lambda node, made: actions.estimate(
        node, made, amount="1.00", lines=[{"label": "a", "amount": "1.00"}], actor="officer"
    ),
    "accept-fees": lambda node, made: actions.accept_fees(node, made, amount="1.00", actor="user"),
    "ask-proposal": lambda node, made: actions.ask_proposal(node, made, actor="officer"),
    "state-costs": lambda node, made: actions.state_costs(node, made, "1.00", reason="Work.", actor="steward"),
    "agree-fees": lambda node, made: actions.agree_fees(node, made, actor="user"),
    "set-fees": lambda node, made: actions.set_fees(node, made, "1.00", reason="So.", actor="officer"),
    "convert": lambda node, made: actions.convert(node, made, "Counts.", actor="officer"),
    "consent": lambda node, made: actions.consent(node, made, actor="user"),
    "record": lambda node, made: actions.record_leg(node, made, "cesrees.received", actor="officer"),
    "decide": lambda node, made: actions.decide(
        node, made, "refused", reasons="No.", grounds=("68(1)(a)",), actor="officer"
    ),
    "prepare": lambda node, made: kept(node, made),
    "drop": lambda node, made: actions.drop_table(node, made, "table-1", actor="officer"),
    "answer": lambda node, made: actions.answer(node, made, actor="officer"),
    "publish": lambda node, made: actions.publish(node, made, "No.", confirmed=True, actor="officer"),
    "end": lambda node, made: actions.end_processing(node, made, actor="user"),
    "report": lambda node, made: actions.report_results(
        node, made, title="T", link="https://example.org/x", acknowledged=True, actor="user"
    ),
    "ask-longer": lambda node, made: actions.ask_longer(node, made, date(2029, 1, 1), "A journal.", actor="user"),
    "extend-results": lambda node, made: actions.extend_results(
        node, made, date(2029, 1, 1), "A journal.", actor="officer"
    ),
    "keep-results": lambda node, made: actions.keep_results(node, made, "No.", actor="officer"),
    "lengthen": lambda node, made: actions.lengthen_opening(node, made, date(2027, 9, 1), "So.", actor="officer"),
    "withdraw": lambda node, made: actions.withdraw(node, made, actor="user"),
}
BY_TASK = {"deliver", "extend-delivery", "propose"}


def test_every_move_has_its_action_here_or_is_the_nodes() -> None:
    asked = {name for name, move in machine.MOVES.items() if move.by}
    assert asked == set(DO) | BY_TASK


@pytest.mark.attack
@pytest.mark.parametrize("state", machine.STATES)
def test_every_illegal_move_is_refused_and_leaves_nothing(stocked: Node, state: str) -> None:
    made = submitted(stocked)
    ApplicationRow.objects.filter(id=made).update(state=state, outcome="refused")
    before, head = ApplicationRow.objects.values().get(id=made), ledger_actions.head()
    closed = [name for name in DO if state not in machine.MOVES[name].ways]
    assert closed
    for name in closed:
        with pytest.raises(Refusal, match=r"APP-20[12]"):
            DO[name](stocked, made)
    assert ApplicationRow.objects.values().get(id=made) == before
    assert ledger_actions.head() == head


def test_nothing_leaves_a_final_state_but_publication_and_results() -> None:
    for name, state in machine.STATES.items():
        if state.final:
            after = {"publish", "report", "ask-longer", "extend-results", "keep-results"}
            assert set(machine.moves_from(name)) <= after
    assert {state.code for state in machine.STATES.values()} == {
        "",
        "SUBMITTED",
        "PRE_SCREENING",
        "PROCESSING",
        "AWAITING_ADDITIONAL_INFORMATION",
        "DECISION_ISSUED",
        "WITHDRAWN",
    }


def test_two_officers_decide_at_once_and_one_is_told(stocked: Node) -> None:
    made = assessed(stocked)
    gate, told = threading.Barrier(2), {}

    def officer(name: str, outcome: str, changes: dict[str, list[str]] | None) -> None:
        try:
            gate.wait()
            actions.decide(stocked, made, outcome, reasons=f"By {outcome}.", changes=changes, actor=name)
            told[name] = "done"
        except Refusal as refusal:
            told[name] = refusal.code
        finally:
            connection.close()

    threads = [
        threading.Thread(target=officer, args=("officer", "granted", None)),
        threading.Thread(target=officer, args=("officer2", "partly", {"special_conditions": ["No export."]})),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told.values()) == ["APP-202", "done"]
    row = ApplicationRow.objects.get(id=made)
    winner = next(name for name, what in told.items() if what == "done")
    assert (row.decided_by, row.outcome) == (winner, "granted" if winner == "officer" else "partly")
    assert EventRow.objects.filter(application=made, kind="application.decided").count() == 1
    assert PermitRow.objects.count() == 1
    assert len(ledger.indexes(made, "application.decided")) == 1


@pytest.mark.parametrize("place", ["write", "legs", "settle"])
def test_a_crash_inside_a_transition_leaves_state_and_ledger_agreeing(
    stocked: Node, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    made = assessed(stocked)
    before, head = ApplicationRow.objects.values().get(id=made), ledger_actions.head()
    events = EventRow.objects.count()

    def crash(*_: object) -> None:
        raise RuntimeError(place)

    with monkeypatch.context() as broken:
        broken.setattr(recording, place, crash)
        with pytest.raises(RuntimeError):
            actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer")
    assert ApplicationRow.objects.values().get(id=made) == before
    assert (ledger_actions.head(), EventRow.objects.count()) == (head, events)
    assert not PermitRow.objects.exists()
    assert not TaskRow.objects.exists()
    got = actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer")
    told = [ledger.event(index).kind for index in ledger.indexes(made)]
    assert told == list(EventRow.objects.filter(application=made).order_by("id").values_list("kind", flat=True))
    assert got.state == "decided"
    assert LegRow.objects.filter(application=made, leg="decision").count() == 1


def test_every_event_says_where_the_ledger_has_it(stocked: Node) -> None:
    made = assessed(stocked)
    for event in EventRow.objects.filter(application=made):
        written = ledger.event(event.index)
        assert (written.kind, written.subject, written.actor) == (event.kind, made, event.actor)
    assert queries.case(stocked, made, reader="auditor").folder.application.state == "processing"
    assert day(stocked).year == 2026
