"""Facts that change: what turns, what is due by when, whom to tell."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hygie.base.kernel import Refusal
from hygie.commons.sovereignty.answers.changes import changes, duties
from hygie.commons.sovereignty.answers.explanation import Voice
from hygie.commons.sovereignty.answers.refusing import refused, verdict
from hygie.commons.sovereignty.rules.outcomes import Outcome
from hygie.commons.sovereignty.rules.placements import evaluate
from hygie.commons.sovereignty.rules.ruleset import ruleset
from tests.commons.sovereignty.rules.asking import facts, question, view

RECORDED = datetime(2026, 11, 21, tzinfo=UTC)


def judged(day, *questions, packs=("world",)):
    """Some placements on a day."""
    return evaluate([q.placement for q in questions], questions[0].data, view(day, *packs), ruleset())


def changed(before, after, *questions, packs=("world",), told=None):
    """What happened to some placements between two days."""
    seen, places, data = view(after, *packs), [q.placement for q in questions], questions[0].data
    return changes(
        lambda on: evaluate(places, data, on, ruleset()),
        facts(*packs), date.fromisoformat(before), seen, ruleset(), told=told,
    )  # fmt: skip


def test_an_adequacy_annulled_turns_every_transfer_that_rested_on_it():
    helped = question(placement={"service": "us-supported", "id": "helped"}, contract={"subprocessors": ["support-us"]})
    sound = question(placement={"service": "qualified", "id": "sound"})
    found = changed("2020-07-15", "2020-07-17", helped, sound)
    (turn,) = (t for t in found.turns if t.column == "legality")
    assert (turn.placement, turn.before, turn.after) == ("helped", Outcome.ALLOW_IF, Outcome.DENY)
    assert {f.rule for f in turn.because} == {"R17"}
    dues = {due.duty.id: due for due in found.dues}
    assert dues["breach"].at == RECORDED + timedelta(hours=72), "from when the record was written, not from asking"
    assert "supervisory-authority" in dues["breach"].duty.whom
    assert dues["move"].by == date(2020, 9, 16), "from the ruling, not from the day of asking"
    assert dues["handover"].by == date(2020, 10, 16)
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


def test_a_law_that_lapses_is_no_change_of_control():
    azure = question(placement={"service": "azure-eu", "id": "azure"})
    other = question(placement={"service": "eu-supported", "id": "other"})
    found = changed("2026-06-11", "2026-06-13", azure, other)
    (review,) = (each for each in found.review if each.event.id == "event-fisa-lapse")
    assert (review.placements, review.finding) == (("azure",), None)
    assert review.told(voice("en")) == "The law changed on 12 June 2026; placements to review: 1."
    assert review.told(voice("fr")) == "Le droit a changé le 12 juin 2026 ; placements à revoir : 1."
    assert not [due for due in found.dues if due.duty.id == "told-by-host"]
    assert not [t for t in found.turns if t.placement == "azure"]  # the statute lapsed, its powers did not


SNC, PLAIN = (question(placement={"service": name, "id": name}) for name in ("qualified", "good"))


def test_a_sale_names_the_placements_to_review_and_the_month_in_which_the_qualified_host_tells():
    found = changed("2026-10-01", "2026-10-20", SNC, PLAIN)
    (review,) = found.review
    assert review.placements == ("qualified", "good") and review.finding.rule == "R27"
    assert review.told(voice("en")) == "Change of control or of supplier on 5 October 2026; placements to review: 2."
    month = [(due.placement, due.by) for due in found.dues if due.duty.id == "told-by-host"]
    assert month == [("qualified", date(2026, 11, 5))], "19.6.f speaks to a qualified host alone"
    (plain,) = changed("2026-10-01", "2026-10-20", PLAIN).review
    assert plain.finding is None and plain.told(voice("en")).startswith("Holdings changed hands on 5 October 2026")


def test_a_change_told_after_a_month_is_an_incident():
    def review(told, before="2026-10-01", after="2026-11-20"):
        return changed(before, after, SNC, told=told).review[0]

    intime, late = review(date(2026, 11, 5)), review(date(2026, 11, 6))
    assert (intime.finding.situation, intime.finding.outcome) == ("told", Outcome.INFO)
    assert (late.finding.situation, late.finding.outcome) == ("late", Outcome.DENY)
    assert "6 November 2026, after more than one month: an incident" in late.told(voice("en"))
    assert review(date(2026, 10, 1)).finding.situation == "changed", "a day before it tells of nothing"
    stated = changed("2026-08-31", "2026-09-15", SNC)
    assert stated.review[0].finding.situation == "late", "the fact itself says when it was told"
    assert not [due for due in stated.dues if due.duty.id == "told-by-host"], "told, so no longer due"


def test_asked_five_days_later_the_same_days_come_out():
    over = question(placement={"service": "hds-over", "id": "over"})
    helped = question(placement={"service": "us-supported", "id": "helped"}, contract={"subprocessors": ["support-us"]})
    for before, after, later, asked in (
        ("2026-06-15", "2026-07-20", "2026-07-25", over), ("2020-07-01", "2020-07-25", "2020-07-30", helped),
    ):  # fmt: skip
        first, second = changed(before, after, asked), changed(before, later, asked)
        assert first.dues == second.dues and first.dues
        assert {due.since for due in first.dues if due.duty.id == "move"} < {date(2026, 7, 1), date(2020, 7, 16), 0}


def test_an_earlier_day_that_is_later_is_refused():
    with pytest.raises(Refusal, match="SOV-212"):
        changed("2027-01-01", "2026-11-21", PLAIN)


def voice(language):
    return Voice(ruleset(), view("2026-11-21", "world"), language)


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
