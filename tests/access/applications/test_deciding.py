"""What officers decide: all criteria, one decision, one permit, reasons confirmed before they are published."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hygie.access.applications import actions, queries
from hygie.access.applications.decision import weighing
from hygie.access.applications.models import ApplicationRow, AssessmentRow, EventRow, TaskRow
from hygie.access.catalogue import actions as catalogue
from hygie.access.permits import queries as permits
from hygie.access.permits.models import PermitRow
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.ledger import queries as ledger
from hygie.commons.people.models import Account, Attestation
from tests.access.applications.story import LEADER, assessed, day, exclude, granted, kept, processing, screened
from tests.access.catalogue.descriptions import body as description
from tests.conftest import Clock

ITEMS = weighing.items(date(2026, 11, 21))


def refusals(node: Node, made: str, outcome: str = "granted", **named: Any) -> set[str]:
    """Codes of every reason against a decision."""
    named = {"reasons": "Because.", "actor": "officer"} | named
    with pytest.raises(Refusal) as found:
        actions.decide(node, made, outcome, **named)
    row = ApplicationRow.objects.get(id=made)
    assert (row.state, row.outcome) == ("processing", "")
    assert not PermitRow.objects.exists()
    return {reason.code for reason in found.value.verdict.reasons}


def test_granting_issues_the_permit_and_asks_the_holders(stocked: Node) -> None:
    got = granted(stocked)
    assert (got.state, got.outcome) == ("decided", "granted")
    permit = permits.require(got.permit, at=stocked.clock(), public_key=stocked.keys.public_key(), node_id=stocked.id)
    assert permit.purpose.basis == "53(1)(e)"
    assert permit.people.authorised == ("user",)
    assert (permit.fees.amount, permit.fees.currency) == ("1000.00", "EUR")
    assert set(permit.data.tables) == set(got.document["data"]["tables"])
    tasks = queries.due(stocked, reader="steward").entries
    assert [(task.kind, task.dataset, task.due_on) for task in tasks] == [("delivery", "chu-demo", date(2027, 2, 22))]
    kinds = [ledger.event(index).kind for index in ledger.indexes(got.id)]
    assert kinds[-3:] == ["application.decided", "permit.granted", "delivery.asked"]


@pytest.mark.parametrize("item", ITEMS)
def test_each_criterion_and_each_risk_closes_the_way(stocked: Node, item: str) -> None:
    made = assessed(stocked, but=(item,))
    assert refusals(stocked, made) == {"APP-214" if item.startswith("68(1)") else "APP-215"}
    got = actions.decide(stocked, made, "refused", reasons="It does not hold.", grounds=(item,), actor="officer")
    assert (got.outcome, got.permit) == ("refused", "")


def test_eight_of_eight_are_asked_each_with_assessor_reason_and_time(stocked: Node) -> None:
    made = processing(stocked)
    assert refusals(stocked, made) == {"APP-207", "APP-214", "APP-215"}
    assert len(law.criteria(day(stocked))) == 8
    actions.assess(stocked, made, "68(1)(a)", holds=False, reason="Not yet.", actor="officer")
    actions.assess(stocked, made, "68(1)(a)", holds=True, reason="Now it is.", actor="officer2")
    found = queries.case(stocked, made, reader="officer").findings["68(1)(a)"]
    assert [(each.holds, each.assessor, each.reason) for each in found] == [
        (False, "officer", "Not yet."),
        (True, "officer2", "Now it is."),
    ]
    with pytest.raises(Refusal, match="APP-213"):
        actions.assess(stocked, made, "68(1)(z)", holds=True, reason="?", actor="officer")
    with pytest.raises(Refusal, match="APP-204"):
        actions.assess(stocked, made, "68(1)(b)", holds=True, reason=" ", actor="officer")
    assert AssessmentRow.objects.filter(application=made).count() == 2


def test_nothing_is_issued_before_the_estimate_is_accepted(stocked: Node) -> None:
    made = assessed(stocked)
    lines = [{"label": "access body", "amount": "10.00"}]
    actions.estimate(stocked, made, amount="10.00", lines=lines, actor="officer")
    assert refusals(stocked, made) == {"APP-207"}
    with pytest.raises(Refusal, match="APP-209"):
        actions.estimate(stocked, made, amount="11.00", lines=lines, actor="officer")
    with pytest.raises(Refusal, match="APP-209"):
        actions.estimate(stocked, made, amount="NaN", lines=lines, actor="officer")
    actions.accept_fees(stocked, made, amount="10.00", actor="user")
    assert actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer").fees == {
        "amount": "10.00",
        "currency": "EUR",
        "lines": lines,
        "tariff": "node-2026",
    }


def test_a_part_is_granted_and_never_more_than_was_asked(stocked: Node) -> None:
    made = assessed(stocked)
    assert refusals(stocked, made, "partly") == {"APP-218"}
    more: list[dict[str, Any]] = [
        {"data": {"tables": {"person": ["person_id", "gender_concept_id", "race_concept_id"]}}},
        {"minimisation": {"birth": "day"}},
        {"duration": {"to": "2030-01-01"}},
        {"data": {"period": {"from": "1950-01-01"}}},
        {"data": {"cohort": {"everyone": {}}}},
        {"people": {"authorised": ["user", "officer2"]}},
        {"purpose": {"basis": "53(1)(a)"}},
        {"user": {"name": "Someone else"}},
        {"environment": {"cpus": 64, "minutes": 10080}},
        {"data": {"categories": ["a", "g"]}},
    ]
    for changes in more:
        assert refusals(stocked, made, "partly", changes=changes) == {"APP-216"}
    wrong: list[dict[str, Any]] = [
        *({name: value} for name in ("data", "people", "duration", "minimisation") for value in (None, 1)),
        {"duration": {"to": 5}},
        {"minimisation": {"dates": [1]}},
        *({"data": {"tables": value}} for value in (1, {"person": 1}, {"person": [[1]]})),
        *({"data": {name: [[1]]}} for name in ("datasets", "categories")),
        {"data": {"cohort": {"all": 1}}},
        {"people": {"authorised": 5}},
    ]
    for changes in wrong:
        assert all(code.startswith("PMT-") for code in refusals(stocked, made, "partly", changes=changes)), changes
    less = {
        "data": {"tables": {"condition_occurrence": None}, "reasons": None},
        "minimisation": {"dates": "month"},
        "special_conditions": ["No export of dates."],
    }
    asked = ApplicationRow.objects.get(id=made).document["data"]["reasons"]
    less["data"]["reasons"] = {name: None for name in asked if name.startswith("condition_occurrence")}
    got = actions.decide(stocked, made, "partly", reasons="Without diagnoses.", changes=less, actor="officer")
    permit = permits.find(got.permit, stocked.keys.public_key()).permit
    assert "condition_occurrence" not in permit.data.tables
    assert permit.minimisation.dates == "month"
    assert permit.special_conditions == ("No export of dates.",)


def test_statistics_instead_of_a_permit_need_the_applicants_agreement(stocked: Node) -> None:
    made = assessed(stocked, but=("68(1)(d)",))
    with pytest.raises(Refusal, match="APP-208"):
        actions.consent(stocked, made, actor="user")
    actions.convert(stocked, made, "Counts would do.", actor="officer")
    assert refusals(stocked, made, "converted") == {"APP-208"}
    actions.consent(stocked, made, actor="user")
    assert refusals(stocked, made, "converted") == {"APP-214"}
    actions.assess(stocked, made, "68(1)(d)", holds=True, reason="For statistics, yes.", actor="officer")
    got = actions.decide(stocked, made, "converted", reasons="Counts will do.", actor="officer")
    assert (got.outcome, got.permit) == ("converted", "")
    with pytest.raises(Refusal, match="APP-219"):
        actions.answer(stocked, made, actor="officer")
    kept(stocked, made)
    assert actions.answer(stocked, made, actor="officer").state == "answered"


def test_a_refusal_has_its_grounds_and_words_that_are_known(stocked: Node) -> None:
    made = processing(stocked)
    actions.assess(stocked, made, "68(1)(b)", holds=True, reason="Shown.", actor="officer")
    assert refusals(stocked, made, "refused", grounds=("68(1)(b)",)) == {"APP-252"}
    assert refusals(stocked, made, "refused") == {"APP-218"}
    bare = weighing.shaped("refused", "permit", (), None, ["68(1)(b)"])
    assert explain(bare.reasons[0], "fr").asked.endswith(" refusée.")
    assert refusals(stocked, made, "refused", grounds=("because",)) == {"APP-218"}
    assert refusals(stocked, made, "maybe") == {"APP-210"}
    assert refusals(stocked, made, "refused", reasons="", grounds=("68(1)(a)",)) == {"APP-204"}


@pytest.mark.attack
def test_nobody_judges_their_own_application_nor_data_that_they_prepare(stocked: Node) -> None:
    Account.objects.create(name="both", roles=["officer", "user"], created_at=stocked.clock(), password="!")
    own = assessed(stocked, actor="both", processing__people=["user", "both"])
    named = processing(stocked, processing__people=["user", "both"])
    for made in (own, named):
        with pytest.raises(Refusal, match="PPL-114"):
            actions.assess(stocked, made, "68(1)(a)", holds=True, reason="Mine.", actor="both")
        with pytest.raises(Refusal, match="PPL-114"):
            actions.decide(stocked, made, "granted", reasons="Mine.", actor="both")
    other = screened(stocked)
    Account.objects.create(name="mixed", roles=["officer", "steward"], created_at=stocked.clock(), password="!")
    TaskRow.objects.create(
        id="task-1",
        application_id=other,
        kind="delivery",
        rule="SU-60-2",
        asked_at=stocked.clock(),
        due_on=day(stocked),
        done_by="mixed",
    )
    with pytest.raises(Refusal, match="PPL-116"):
        actions.mark_complete(stocked, other, actor="mixed")


@pytest.mark.parametrize("actor", ["user", "steward", "operator", "checker", "auditor"])
def test_only_officers_assess_and_decide(stocked: Node, actor: str) -> None:
    made = processing(stocked)
    with pytest.raises(Refusal, match=r"PPL-1(01|14)"):
        actions.assess(stocked, made, "68(1)(a)", holds=True, reason="Yes.", actor=actor)
    with pytest.raises(Refusal, match=r"PPL-1(01|14)"):
        actions.decide(stocked, made, "refused", reasons="No.", grounds=("68(1)(a)",), actor=actor)
    with pytest.raises(Refusal, match="PPL-101"):
        both = {"reason": "Because.", "published": "Because.", "confirmed": True}
        exclude(stocked, organisation="X", country="FR", until=day(stocked), actor=actor, **both)


def test_reasons_are_published_only_as_confirmed_and_name_nobody(stocked: Node, clock: Clock) -> None:
    made = processing(stocked)
    with pytest.raises(Refusal, match="APP-201"):
        actions.publish(stocked, made, "Too early.", confirmed=True, actor="officer")
    private = f"{LEADER} asks for what the purpose does not need."
    actions.assess(stocked, made, "68(1)(b)", holds=False, reason="Not shown.", actor="officer")
    actions.decide(stocked, made, "refused", reasons=private, grounds=("68(1)(b)",), actor="officer")
    entry = queries.public_one(made)
    assert entry is not None
    assert (entry.outcome, entry.reasons, entry.grounds) == ("refused", "", ())
    assert queries.case(stocked, made, reader="officer").folder.application.reasons == private
    with pytest.raises(Refusal, match="WEB-132"):
        actions.publish(stocked, made, private.upper(), confirmed=True, actor="officer")
    with pytest.raises(Refusal, match="WEB-131"):
        actions.publish(stocked, made, "Not needed.", confirmed=False, actor="officer")
    shown = actions.preview_publication(stocked, made, private, actor="officer")
    assert [each.code for each in shown.verdict.reasons] == ["WEB-132"] and shown.public["permit"] == {}
    assert shown.public["application"]["reasons"] == private
    assert shown.public["application"]["grounds"] == ["68(1)(b)"]
    entry = queries.public_one(made)
    assert entry is not None and entry.reasons == ""
    for said, actor, code in ((" ", "officer", "APP-204"), ("Why.", "user", "PPL-1(01|14)")):
        with pytest.raises(Refusal, match=code):
            actions.preview_publication(stocked, made, said, actor=actor)
    clock.advance(days=3)
    actions.publish(stocked, made, "The purpose does not need it.", confirmed=True, actor="officer2")
    entry = queries.public_one(made)
    assert entry is not None
    assert (entry.reasons, entry.grounds) == ("The purpose does not need it.", ("68(1)(b)",))
    with pytest.raises(Refusal, match="APP-222"):
        actions.publish(stocked, made, "Again.", confirmed=True, actor="officer")
    assert LEADER not in "".join(ledger.event(index).record for index in ledger.indexes(made))


def test_what_a_change_leaves_out_is_no_finer_than_what_was_asked(stocked: Node) -> None:
    coarse = {"birth": "year", "dates": "year", "location": "none", "codes": "3-characters"}
    made = assessed(stocked, data__minimisation=coarse)
    for name in ("dates", "codes"):
        assert refusals(stocked, made, "partly", changes={"minimisation": {name: None}}) == {"APP-216"}


def test_a_refused_permit_leaves_the_application_as_it_was(stocked: Node) -> None:
    made = assessed(stocked)
    before = EventRow.objects.filter(application=made).count()
    with pytest.raises(Refusal, match="PMT-"):
        changes = {"duration": {"from": "2036-01-01", "to": "2035-01-01"}}
        actions.decide(stocked, made, "granted", reasons="All hold.", changes=changes, actor="officer")
    assert ApplicationRow.objects.get(id=made).state == "processing"
    assert EventRow.objects.filter(application=made).count() == before


def test_a_protected_column_without_a_measure_keeps_a_grant_open(stocked: Node) -> None:
    flag = {"table": "person", "column": "year_of_birth", "kind": "trade-secret", "reason": {"en": "A method."}}
    catalogue.describe(stocked, "chu-demo", description(protected=[flag]), actor="steward")
    made = assessed(stocked)
    assert "year_of_birth" in ApplicationRow.objects.get(id=made).document["data"]["tables"]["person"]
    with pytest.raises(Refusal, match="CAT-116"):
        actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer")
    row = ApplicationRow.objects.get(id=made)
    assert (row.state, row.permit) == ("processing", "")
    measured = {**flag, "measure": {"en": "Decades only."}}
    catalogue.describe(stocked, "chu-demo", description(protected=[measured]), actor="steward")
    assert actions.decide(stocked, made, "granted", reasons="All criteria hold.", actor="officer").permit


def test_no_permit_names_who_was_not_trained(stocked: Node) -> None:
    until = stocked.clock().replace(year=2040)
    late = Account.objects.create(name="late", roles=["user"], created_at=stocked.clock(), password="!")
    made = assessed(stocked, processing__people=["user", "late"])
    with pytest.raises(Refusal) as found:
        actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer")
    reasons = found.value.verdict.reasons
    assert [(reason.code, reason.facts["found"]) for reason in reasons] == [("APP-251", "late")]
    Attestation.objects.filter(account__name="user").delete()
    without = {"people": {"authorised": ["user"]}}
    assert refusals(stocked, made, "partly", changes=without) == {"APP-251"}
    for account in (late, Account.objects.get(name="user")):
        Attestation.objects.create(account=account, course="1", right=1, asked=1, at=stocked.clock(), until=until)
    got = actions.decide(stocked, made, "granted", reasons="All hold.", actor="officer")
    named = permits.find(got.permit, stocked.keys.public_key()).permit.people.authorised
    assert set(named) == {"user", "late"}
