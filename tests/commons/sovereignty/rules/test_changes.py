"""Facts that change: what turns, what is due by when, whom to tell."""

from datetime import date, timedelta

from hygie.commons.sovereignty.answers.changes import changes, duties, told
from hygie.commons.sovereignty.answers.refusing import refused, verdict
from hygie.commons.sovereignty.knowledge.nodes import Event
from hygie.commons.sovereignty.rules.outcomes import Outcome
from hygie.commons.sovereignty.rules.placements import evaluate
from hygie.commons.sovereignty.rules.ruleset import ruleset
from tests.commons.sovereignty.rules.asking import KNOWN, question, view


def judged(day, *questions, packs=("world",)):
    """Some placements on a day."""
    return evaluate([q.placement for q in questions], questions[0].data, view(day, *packs), ruleset())


def changed(before, after, *questions, packs=("world",)):
    """What happened to some placements between two days."""
    seen = view(after, *packs)
    return changes(judged(before, *questions, packs=packs), judged(after, *questions, packs=packs), seen, ruleset())


def test_an_adequacy_annulled_turns_every_transfer_that_rested_on_it():
    helped = question(placement={"service": "us-supported", "id": "helped"}, contract={"subprocessors": ["support-us"]})
    sound = question(placement={"service": "qualified", "id": "sound"})
    found = changed("2020-07-15", "2020-07-17", helped, sound)
    (turn,) = (t for t in found.turns if t.column == "legality")
    assert (turn.placement, turn.before, turn.after) == ("helped", Outcome.ALLOW_IF, Outcome.DENY)
    assert {f.rule for f in turn.because} == {"R17"}
    dues = {due.duty.id: due for due in found.dues}
    assert dues["breach"].at == KNOWN + timedelta(hours=72)
    assert "supervisory-authority" in dues["breach"].duty.whom
    assert dues["move"].by == date(2020, 9, 17)
    assert dues["handover"].by == date(2020, 10, 19)  # thirty days after, a Saturday, moved to the Monday
    assert all(due.placement == "helped" for due in found.dues)


def test_a_certificate_that_ends_turns_the_placement_that_day():
    found = changed("2026-06-30", "2026-07-01", question(placement={"service": "hds-over"}))
    assert [(t.column, t.after) for t in found.turns] == [("legality", Outcome.INDETERMINATE)]
    assert {due.duty.id for due in found.dues} >= {"move", "handover", "controller"}
    assert "breach" not in {due.duty.id for due in found.dues}


def test_a_derogation_ends_by_itself_and_is_announced_before():
    act = {
        "author": "minister", "reason": "r", "exit_plan": "p", "granted": date(2026, 1, 1),
        "published": date(2026, 1, 2), "ends": date(2026, 11, 20),
    }  # fmt: skip
    asked = question(
        data={"classes": ["state"], "controller": "", "sensitivity": "particular"},
        placement={"service": "good", "derogation": act},
    )
    packs = ("world", "decree")
    before = changed("2026-11-01", "2026-11-19", asked, packs=packs)
    assert not before.turns
    assert [(due.duty.id, due.by) for due in before.dues if due.duty.id == "derogation-end"] == [
        ("derogation-end", date(2026, 11, 20))
    ]
    after = changed("2026-11-20", "2026-11-21", asked, packs=packs)
    assert [t.after for t in after.turns if t.column == "legality"] == [Outcome.DENY]


def test_an_event_names_the_placements_to_review_and_the_month_in_which_to_tell():
    azure = question(placement={"service": "azure-eu", "id": "azure"})
    other = question(placement={"service": "eu-supported", "id": "other"})
    found = changed("2026-06-11", "2026-06-13", azure, other)
    assert "event-fisa-lapse" in found.events
    (review,) = (f for f in found.review if dict(f.slots)["s"] == "event-fisa-lapse")
    assert dict(review.slots)["x"] == "1"
    assert {due.placement for due in found.dues if due.duty.id == "told-by-host"} == {"azure"}
    assert {due.by for due in found.dues if due.duty.id == "told-by-host"} == {date(2026, 7, 13)}
    assert not [t for t in found.turns if t.placement == "azure"]  # the statute lapsed, its powers did not


def test_a_change_told_after_a_month_is_an_incident():
    event = view("2026-06-13").get("event-fisa-lapse", Event)
    assert told(event, date(2026, 7, 13), ruleset()).situation == "changed"
    late = told(event, date(2026, 7, 14), ruleset())
    assert (late.rule, late.situation, late.outcome) == ("R27", "late", Outcome.DENY)


def test_nothing_happened():
    found = changed("2026-11-20", "2026-11-21", question(placement={"service": "good"}))
    assert (found.turns, found.dues, found.events) == ((), (), ())


def test_duties_say_their_source_in_both_languages():
    for duty in duties().values():
        assert duty.source and duty.whom and duty.text.en and duty.text.fr
        assert not duty.after or duty.after in duties()


def test_the_gate_refuses_what_is_denied_and_what_is_not_settled():
    fine, denied, open_ = judged(
        "2026-11-21",
        question(placement={"service": "good", "id": "fine"}),
        question(placement={"service": "in-india", "id": "denied"}),
        question(placement={"service": "hds-quarrel", "id": "open"}),
    )
    by = (view("2026-11-21", "world"), ruleset())
    assert verdict(fine, *by).allowed
    assert {reason.code for reason in verdict(denied, *by).reasons} == {"SOV-201"}
    assert {reason.code for reason in verdict(open_, *by).reasons} == {"SOV-202"}
    assert [reason.facts["place"] for reason in refused([fine, denied, open_], *by).reasons] == ["denied", "open"]


def test_own_premises_are_declared_and_allowed():
    (own,) = judged("2026-11-21", question(placement={"country": "FR", "operator": "hospital", "staff": ["FR"]}))
    assert own.declared
    assert verdict(own, view("2026-11-21", "world"), ruleset()).allowed


def test_a_blind_store_needs_no_acceptance():
    made = judged("2026-11-21", question(placement={"service": "us-owned", "processing": "storage"}))[0]
    assert made.ruling.exposure is Outcome.ALLOW
