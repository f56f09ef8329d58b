"""Periods of Reg. 1182/71, and what holds of every clock whatever happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.base import law
from hygie.base.kernel import Refusal
from hygie.base.law.days import UNITS, count, roll, zones
from hygie.base.law.timing import GRANTING, Prior

COUNTRIES = sorted(zones())
DAYS = st.dates(date(2026, 1, 1), date(2045, 12, 31))
DAY_UNITS = st.sampled_from([unit for unit in UNITS if unit != "hours"])
PAUSABLE = law.deadline("SU-68-4a", date(2030, 1, 1))
WORKING = replace(PAUSABLE, unit="working days", amount=30, extension=None, extends_with="")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@given(DAYS, st.integers(1, 60), DAY_UNITS, st.sampled_from(COUNTRIES))
@settings(max_examples=300, deadline=None)
def test_every_period_ends_on_a_working_day_after_its_event(start: date, amount: int, unit: str, country: str) -> None:
    end = law.add(start, amount, unit, country=country)
    assert end > start
    assert law.is_working(end, country)
    assert end >= count(start, amount, unit, country=country)


@given(DAYS, DAYS, st.integers(1, 40), DAY_UNITS, st.sampled_from(COUNTRIES))
@settings(max_examples=300, deadline=None)
def test_a_later_start_never_ends_earlier(one: date, other: date, amount: int, unit: str, country: str) -> None:
    first, second = sorted((one, other))
    assert law.add(first, amount, unit, country=country) <= law.add(second, amount, unit, country=country)


@given(DAYS, st.integers(1, 60), st.sampled_from(COUNTRIES))
@settings(max_examples=200, deadline=None)
def test_working_days_are_as_many_as_were_asked(start: date, amount: int, country: str) -> None:
    end = law.add(start, amount, "working days", country=country)
    between = [start + timedelta(days=step) for step in range(1, (end - start).days + 1)]
    assert sum(law.is_working(day, country) for day in between) == amount


@given(DAYS, st.integers(2, 30), st.sampled_from(COUNTRIES))
@settings(max_examples=200, deadline=None)
def test_a_period_of_two_days_or_more_holds_two_working_days(start: date, amount: int, country: str) -> None:
    end = law.add(start, amount, "days", country=country)
    between = [start + timedelta(days=step) for step in range(1, (end - start).days + 1)]
    assert sum(law.is_working(day, country) for day in between) >= 2


@given(
    st.sampled_from([PAUSABLE, WORKING]),
    st.dates(date(2029, 4, 1), date(2035, 1, 1)),
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 25)), max_size=4),
    st.sampled_from(["FR", "DE", "FI"]),
    st.sampled_from(["pause", "restart"]),
)
@settings(max_examples=300, deadline=None)
def test_waiting_never_shortens_a_clock(rule, start, waits, country, policy) -> None:
    events, day = [law.ClockEvent("application.complete", noon(start))], start
    dues = []
    for gap, length in [(0, 0), *waits]:
        if gap:
            day += timedelta(days=gap)
            events.append(law.ClockEvent("application.waiting", noon(day)))
            day += timedelta(days=length)
            events.append(law.ClockEvent("application.resumed", noon(day) + timedelta(minutes=1)))
        on = noon(day) + timedelta(hours=1)
        dues.append(law.clock(rule, events, on=on, country=country, policy=policy).due)
    assert dues == sorted(dues)
    assert all(law.is_working(due, country) for due in dues)


@given(st.dates(date(2029, 4, 1), date(2031, 1, 1)), st.integers(0, 50))
@settings(max_examples=100, deadline=None)
def test_the_paused_days_are_given_back_one_for_one(start: date, length: int) -> None:
    wait, back = start + timedelta(days=20), start + timedelta(days=20 + length)
    events = [
        law.ClockEvent("application.complete", noon(start)),
        law.ClockEvent("application.waiting", noon(wait)),
        law.ClockEvent("application.resumed", noon(back) + timedelta(minutes=1)),
    ]
    after = law.clock(PAUSABLE, events, on=noon(back) + timedelta(hours=1), country="FR")
    before = law.clock(PAUSABLE, events[:1], on=noon(start), country="FR")
    assert after.nominal - before.nominal == timedelta(days=length)
    assert after.pauses == ((wait, back),)


def test_a_pause_of_working_days_gives_back_the_working_days_in_it() -> None:
    events = [
        law.ClockEvent("application.complete", noon(date(2029, 9, 3))),
        law.ClockEvent("application.waiting", noon(date(2029, 9, 7))),  # Friday
        law.ClockEvent("application.resumed", noon(date(2029, 9, 10))),  # Monday
    ]
    rule, on = replace(WORKING, amount=10), noon(date(2029, 9, 11))
    assert law.clock(rule, events[:1], on=on, country="FR").due == date(2029, 9, 17)
    assert law.clock(rule, events, on=on, country="FR").due == date(2029, 9, 18)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "country", "end"),
    [
        ("2029-11-09", 2, "days", "FR", "2029-11-13"),  # Friday: Sunday 11 is moved, and Monday alone would be one day
        ("2029-11-09", 1, "days", "FR", "2029-11-12"),
        ("2029-11-08", 2, "days", "FR", "2029-11-12"),  # Thursday: Saturday -> Monday, Friday and Monday are two
        ("2029-12-21", 2, "days", "FI", "2029-12-28"),  # Christmas Eve, Christmas and its second day
        ("2028-02-29", 1, "years", "FR", "2029-02-28"),
        ("2029-12-31", 6, "months", "FR", "2030-07-01"),
        ("2030-04-30", -1, "months", "FR", "2030-03-30"),
        ("2029-12-26", -2, "working days", "FR", "2029-12-21"),
        ("2029-04-30", 1, "working days", "FR", "2029-05-02"),
        ("2029-06-01", 72, "hours", "FR", "2029-06-04"),
    ],
)
def test_periods_by_hand(start: str, amount: int, unit: str, country: str, end: str) -> None:
    found = law.add(date.fromisoformat(start), amount, unit, country=country)
    assert found.isoformat() == end


def test_a_pair_of_countries_differs_where_their_holidays_do() -> None:
    assert roll(date(2029, 7, 16), "FR") == date(2029, 7, 16)
    assert roll(date(2029, 10, 3), "DE") == date(2029, 10, 4)
    assert law.public_holidays("FR", 2029) >= {date(2029, 4, 2), date(2029, 5, 10), date(2029, 11, 11)}
    assert len(law.public_holidays("FR", 2029)) == 11


def test_the_27_countries_of_the_union_have_calendars() -> None:
    assert law.union(date(2029, 3, 26)) <= set(COUNTRIES)
    for country in law.union(date(2029, 3, 26)):
        assert 7 <= len(law.public_holidays(country, 2030)) <= 25


@pytest.mark.parametrize("country", ["XX", "EU", "US", "fr", "", "FR-99", "../.."])
def test_a_country_without_a_calendar_is_refused(country: str) -> None:
    with pytest.raises(Refusal) as refused:
        law.is_working(date(2029, 1, 2), country)
    assert refused.value.code == "LAW-104"


@pytest.mark.parametrize(("amount", "unit"), [(0, "days"), (10**9, "months"), (1, "fortnights"), (-(10**6), "weeks")])
def test_a_length_that_cannot_be_counted_is_refused(amount: int, unit: str) -> None:
    with pytest.raises(Refusal) as refused:
        law.add(date(2029, 1, 1), amount, unit, country="FR")
    assert refused.value.code == "LAW-106"


def test_a_year_out_of_range_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        law.add(date(2199, 12, 1), 2, "years", country="FR")
    assert refused.value.code == "LAW-106"


def test_no_silence_grants_anything_under_a_rule_of_the_union() -> None:
    union = [rule for rule in law.every_deadline() if rule.country is None]
    assert union
    assert not {rule.at_zero for rule in union} & set(GRANTING)
    for word in GRANTING:
        with pytest.raises(ValueError, match="no silence grants"):
            replace(PAUSABLE, at_zero=word)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"unit": "moons"},
        {"at_zero": "explode"},
        {"standing": "rumour"},
        {"extends_with": ""},
        {"extension": None},
    ],
)
def test_a_rule_with_an_unknown_word_cannot_exist(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="SU-68-4a"):
        replace(PAUSABLE, **change)


def test_a_prior_opinion_forbids_silence_only_where_the_pack_says_so() -> None:
    rule = law.deadline("FR-22", date(2029, 1, 1))
    assert rule.prior == Prior("cesrees.received", "cesrees.opinion", "favourable", "escalate")
    assert {each.id for each in law.every_deadline() if each.prior} == {"FR-22"}


@pytest.mark.parametrize(("territory", "state"), [("RE", "FR"), ("GP", "FR"), ("MF", "FR"), ("AX", "FI"), ("DE", "DE")])
def test_a_territory_with_a_code_of_its_own_has_the_days_of_its_state(territory: str, state: str) -> None:
    assert law.state(territory) == state
    assert law.state(territory) in COUNTRIES
