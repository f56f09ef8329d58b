"""Facts: vague dates, ranges, two times, conflicts kept, and one hash for the same facts."""

import random
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygie.commons.sovereignty.knowledge.edges import Owns
from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.nodes import Entity
from hygie.commons.sovereignty.knowledge.values import Certainty, Interval, Share, bound
from tests.commons.sovereignty.making import DAY, KNOWN, entity, header, owns, view

YES, MAYBE, NO = Certainty.YES, Certainty.MAYBE, Certainty.NO


@pytest.mark.parametrize(
    ("start", "end", "day", "answer"),
    [
        ("2026-06-12", None, "2026-06-11", NO),
        ("2026-06-12", None, "2026-06-12", YES),
        ("2026-06", None, "2026-06-11", MAYBE),
        ("2026-06", None, "2026-06-30", YES),
        ("2019", "2027-03", "2027-03-01", YES),
        ("2019", "2027-03", "2027-03-02", MAYBE),
        ("2019", "2027-03", "2027-04-01", NO),
        ("by 2019-12-01", None, "2019-12-01", YES),
        ("by 2019-12-01", None, "2019-11-30", MAYBE),
        ("from 2024-05-22", None, "2024-05-21", NO),
        ("from 2024-05-22", None, "2026-11-21", MAYBE),
        ("2020-01-01", "by 2020-06-30", "2020-07-01", NO),
        ("2020-01-01", "unknown", "2030-01-01", MAYBE),
    ],
)
def test_a_vague_date_is_certain_only_where_it_must_be(start, end, day, answer):
    interval = Interval(bound(start), bound(end) if end else None)
    assert interval.covers(date.fromisoformat(day)) is answer


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-02-30", "26-01-01", "soon", "", "2026-1-1", "by", "2026-06-12T10:00"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        bound(text)


def test_an_interval_cannot_end_before_it_begins():
    with pytest.raises(ValueError, match="2026-06-12"):
        Interval(bound("2026-06-12"), bound("2026-05"))
    assert Interval(bound("2026-06-12"), bound("2026-06")).covers(date(2026, 6, 12)) is YES


@given(st.fractions(0, 1), st.fractions(0, 1), st.fractions(0, 1))
def test_a_range_straddles_a_limit_exactly_when_it_holds_figures_on_both_sides(one, other, limit):
    low, high = sorted((one, other))
    expected = YES if low > limit else NO if high <= limit else MAYBE
    assert Share(low, high).above(limit) is expected


def test_twenty_four_percent_is_not_above_twenty_four():
    assert Share.percent("24", "24").above(Fraction(24, 100)) is NO
    assert Share.percent("24.000000001", "25").above(Fraction(24, 100)) is YES


def test_a_correction_changes_what_is_known_and_not_what_was_known():
    june, september = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
    first = entity("host", seat="FR", recorded_at=june, superseded_at=september)
    second = entity("host", seat="US", recorded_at=september)
    facts = Facts.of([first, second])

    assert facts.at(DAY, datetime(2026, 5, 31, tzinfo=UTC)).get("host", Entity) is None
    assert facts.at(DAY, june).get("host", Entity).seat == "FR"
    assert facts.at(DAY, datetime(2026, 8, 31, 23, 59, tzinfo=UTC)).get("host", Entity).seat == "FR"
    assert facts.at(DAY, september).get("host", Entity).seat == "US"
    assert not facts.at(DAY, september).conflicts


def test_both_times_are_asked_at_once():
    sold = owns("a", "b", 100, start="2020-01-01", end="2024-12-31", recorded_at=datetime(2026, 3, 1, tzinfo=UTC))
    heard = owns(
        "a", "b", 100, start="2020-01-01", recorded_at=datetime(2021, 1, 1, tzinfo=UTC),
        superseded_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    facts = Facts.of([sold, heard])
    late, early = datetime(2026, 4, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
    held = [
        bool(facts.at(day, known).out(Owns, "a"))
        for day in (date(2024, 1, 1), date(2025, 6, 1))
        for known in (early, late)
    ]
    assert held == [True, True, True, False]


def test_retracted_is_gone_and_disputed_is_never_certain():
    facts = Facts.of([entity("gone", status="retracted"), entity("said", status="disputed")])
    seen = facts.at(DAY, KNOWN)
    assert [(record.id, seen.sure(record)) for record in seen.records] == [("said", MAYBE)]


def test_claims_that_differ_are_kept_side_by_side_and_named():
    said, other = entity("host", seat="FR", pack="ours"), entity("host", seat="US", pack="theirs", confidence="L")
    seen = view(said, other)
    (conflict,) = seen.conflicts
    assert conflict.subject == "host"
    assert [record.seat for record in conflict.records] == ["FR", "US"]
    assert seen.get("host", Entity).seat == "FR"
    assert len(seen.claims("host")) == 2


def test_claims_on_days_that_do_not_meet_are_no_conflict():
    moved = entity("host", seat="FR", end="2024-12-31"), entity("host", seat="US", start="2025-01-01")
    assert not Facts.of(moved).at(DAY, KNOWN).conflicts
    assert Facts.of(moved).at(date(2024, 1, 1), KNOWN).get("host", Entity).seat == "FR"


def test_the_same_claim_from_two_people_is_no_conflict():
    assert not view(owns("a", "b", 60, asserted_by="one"), owns("a", "b", 60, asserted_by="two")).conflicts
    assert view(owns("a", "b", 60), owns("a", "b", 40, name="again")).conflicts


@given(st.randoms(use_true_random=False))
def test_the_same_facts_in_any_order_and_from_any_pack_have_one_hash(shuffle: random.Random):
    records = [entity("a"), entity("b", seat="US"), owns("a", "b", (10, 20)), owns("b", "a", 5)]
    again = [
        entity("a", pack="other"),
        entity("b", seat="US"),
        owns("a", "b", (10, 20)),
        owns("b", "a", 5),
        entity("a"),
    ]
    shuffle.shuffle(again)
    assert Facts.of(records).hash == Facts.of(again).hash
    assert Facts.of(records).records == Facts.of(again).records
    assert Facts.of(records[:-1]).hash != Facts.of(records).hash


def test_a_hash_sees_every_field_of_a_fact():
    base = Facts.of([owns("a", "b", 10)]).hash
    changed = [
        owns("a", "b", 11), owns("a", "b", 10, votes=11), owns("a", "b", 10, listed=True),
        *(owns("a", "b", 10, **more) for more in ({"start": "2020"}, {"confidence": "L"}, {"status": "disputed"})),
        owns("a", "b", 10, sources=("other",)),
    ]  # fmt: skip
    assert len({base, *(Facts.of([record]).hash for record in changed)}) == len(changed) + 1


def test_knowledge_time_has_a_zone_and_runs_forward():
    with pytest.raises(ValueError, match="UTC"):
        entity("a", recorded_at=datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    with pytest.raises(ValueError, match="superseded"):
        entity("a", superseded_at=datetime(2020, 1, 1, tzinfo=UTC))


def test_no_header_field_is_part_of_the_claim():
    assert set(entity("a").claim()) & set(header()) == {"valid"}


def test_a_view_with_some_records_alone_answers_as_if_the_others_did_not_hold():
    seen = view(entity("a"), entity("b"), owns("a", "b", 10))
    less = seen.only(lambda record: record.kind != "owns").only(lambda record: record.id != "a")
    assert (less.out(Owns, "a"), less.claims("a"), len(less.claims("b"))) == ((), (), 1)
    assert {record.id for record in seen.records} - {record.id for record in less.records} == {"a", "owns/a/b"}
    assert (less.sure(seen.claims("a")[0]), seen.sure(seen.claims("a")[0])) == (NO, YES)
    assert less.hash == seen.hash
