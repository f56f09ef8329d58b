"""Who assesses, who speaks for the holder, who prepares and who checks are several accounts (law rule SU-55-3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.decision import separation, weighing
from hygie.access.applications.models import ApplicationRow, AssessmentRow, TaskRow
from hygie.access.extracts import actions as extracts
from hygie.access.extracts import work
from hygie.access.permits import queries as permits
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.commons.people.models import Account, Attestation
from hygie.commons.people.policy import check
from hygie.secure.airlock import evidence
from hygie.secure.enclave import actions as enclave
from hygie.secure.enclave import studying
from tests.access.applications.story import assessed, day, granted, processing
from tests.conftest import START

ROLES = ["officer", "steward", "checker", "user"]
LINES = [{"label": "holder", "payee": "holder", "amount": "5.00"}]


def everything(name: str) -> None:
    """An account with every role that the law keeps apart, trained."""
    account = Account.objects.create(name=name, roles=ROLES, created_at=START, password="!")
    until = START.replace(year=2040)
    Attestation.objects.create(account=account, course="1", right=1, asked=1, at=START, until=until)


def code(do: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        do()
    return refused.value.code


def test_who_assessed_neither_advises_prepares_uses_nor_checks(stocked: Node) -> None:
    everything("both")
    made = processing(stocked, processing__people=["user", "both"])
    assert code(lambda: actions.assess(stocked, made, "68(1)(a)", holds=True, reason="x", actor="both")) == "PPL-114"
    ApplicationRow.objects.get(id=made).members.filter(account="both").delete()
    for item in weighing.items(day(stocked)):
        actions.assess(stocked, made, item, holds=True, reason="x", actor="both" if item == "68(1)(a)" else "officer2")
    assert separation.assessors(made) == {"both", "officer2"}
    assert code(lambda: actions.state_costs(stocked, made, "5.00", reason="x", actor="both")) == "PPL-105"
    actions.estimate(stocked, made, amount="5.00", lines=LINES, actor="officer")
    actions.accept_fees(stocked, made, amount="5.00", actor="user")
    permit = actions.decide(stocked, made, "granted", reasons="ok", actor="officer").permit
    assert separation.judges(permit) == {"decided_by": "officer", "assessed_by": {"both", "officer2"}}

    task = TaskRow.objects.get(application_id=made, kind="delivery")
    assert code(lambda: actions.deliver(stocked, task.id, actor="both")) == "PPL-105"
    assert code(lambda: extracts.extract(stocked, permit, actor="both")) == "PPL-105"
    assert code(lambda: work.prepare(stocked, permit, actor="both")) == "PPL-105"
    assert code(lambda: studying.allowed(stocked, permit, "both")) == "PPL-109"
    assert code(lambda: enclave.allowed(stocked, permit, "both")) == "PPL-109"
    about = evidence.about(permits.find(permit, stocked.keys.public_key()).permit)
    assert code(lambda: check("both", "airlock.request", about)) == "PPL-109"
    elsewhere = {**about, "named": ["user"]}
    assert code(lambda: check("both", "airlock.review", elsewhere)) == "PPL-117"
    assert code(lambda: check("both", "airlock.release", elsewhere)) == "PPL-117"
    actions.deliver(stocked, task.id, actor="steward")
    check("checker", "airlock.review", elsewhere)


def test_who_spoke_for_the_holder_neither_assesses_nor_decides(stocked: Node) -> None:
    everything("both")
    made = processing(stocked)
    actions.state_costs(stocked, made, "5.00", reason="costs", actor="both")
    assert separation.involved(made)["advised_by"] == {"both"}
    assert code(lambda: actions.assess(stocked, made, "68(1)(a)", holds=True, reason="x", actor="both")) == "PPL-116"
    assert code(lambda: actions.decide(stocked, made, "refused", reasons="x", actor="both")) == "PPL-116"
    assert not AssessmentRow.objects.exists()


def test_an_amended_permit_keeps_its_assessors(stocked: Node) -> None:
    first = granted(stocked)
    ApplicationRow.objects.create(
        id="app-later", kind="permit", track="standard", state="decided", author="user", template="x", permit="later",
        amends=first.permit, created_at=START, changed_at=START,
    )  # fmt: skip
    with pytest.raises(Refusal, match="PMT-201"):
        separation.judges("later")
    assert separation.line("later") == {"officer"}


def test_an_officer_of_the_team_reads_no_assessor_s_note_and_publishes_nothing(stocked: Node) -> None:
    everything("both")
    made = assessed(stocked, processing__people=["user", "both"])
    assert code(lambda: queries.case(stocked, made, reader="both")) == "PPL-114"
    told = {event.kind for event in queries.folder(stocked, made, reader="both").events}
    assert "application.assessed" not in told
    assert "application.assessed" in {event.kind for event in queries.folder(stocked, made, reader="officer").events}
    actions.assess(stocked, made, "68(1)(a)", holds=False, reason="x", actor="officer")
    actions.decide(stocked, made, "refused", reasons="x", grounds=("68(1)(a)",), actor="officer")
    assert code(lambda: actions.publish(stocked, made, "Why.", confirmed=True, actor="both")) == "PPL-114"
    actions.publish(stocked, made, "Why.", confirmed=True, actor="officer")
