"""One extension with a reason, what zero does, and which rules hold where and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hygie.base import law
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import explain
from hygie.base.law import timing

SOURCE = Path(law.__file__).parents[2]
DAY = date(2029, 9, 3)
RULE = law.deadline("SU-68-4a", DAY)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T09:00").replace(tzinfo=UTC)


def event(kind: str, day: str, reason: str = "", until: date | None = None) -> law.ClockEvent:
    return law.ClockEvent(kind, at(day), reason, until)


COMPLETE = event("application.complete", "2029-09-03")
EXTENDED = event("application.extended", "2029-11-01", "many datasets")


def codes(events: list[law.ClockEvent], on: str, reason: str = "volume", rule=RULE, **more) -> list[str]:
    verdict = law.may_extend(rule, events, reason=reason, on=at(on), country="FR", **more)
    for each in verdict.reasons:
        assert explain(each, "fr").found != explain(each, "en").found
    return [each.code for each in verdict.reasons]


def test_one_extension_with_a_reason_while_time_runs() -> None:
    assert codes([COMPLETE], "2029-12-03") == []
    assert codes([COMPLETE], "2029-12-04") == ["LAW-110"]
    assert codes([COMPLETE], "2029-10-01", "  ") == ["LAW-108"]
    assert codes([COMPLETE, EXTENDED], "2029-12-01") == ["LAW-107"]
    assert codes([COMPLETE, EXTENDED], "2029-12-01", "") == ["LAW-107", "LAW-108"]
    assert codes([], "2029-10-01") == ["LAW-110"]
    assert codes([COMPLETE, event("application.decided", "2029-10-01")], "2029-10-02") == ["LAW-110"]


def test_a_paused_clock_can_be_extended_and_a_voided_extension_is_not_given_back() -> None:
    wait = event("application.waiting", "2029-11-10")
    back = event("application.resumed", "2029-11-20")
    assert codes([COMPLETE, wait], "2030-02-01") == []
    assert codes([COMPLETE, EXTENDED, wait, back], "2029-12-01", policy="restart") == ["LAW-107"]
    assert codes([COMPLETE, wait, back], "2029-12-15", policy="restart") == []


@pytest.mark.parametrize("rule_id", ["SU-69-4a", "SU-69-4b", "SU-68-4b", "FR-21", "SU-57-j3", "SU-72-5b"])
def test_a_deadline_without_extension_in_the_text_has_none(rule_id: str) -> None:
    rule = law.deadline(rule_id, DAY)
    assert codes([event(rule.starts_with, "2029-09-03")], "2029-09-04", rule=rule) == ["LAW-109"]


def test_an_extension_of_open_length_names_its_day() -> None:
    rule = law.deadline("SU-61-4a", DAY)
    closed = [event("permit.closed", "2030-01-31")]
    assert codes(closed, "2031-01-01", rule=rule) == ["LAW-108"]
    assert codes(closed, "2031-01-01", rule=rule, until=date(2031, 12, 31)) == []


def test_an_extension_of_open_length_is_a_day_later_and_at_most_as_long_again() -> None:
    rule = law.deadline("SU-61-4a", DAY)
    closed = [event("permit.closed", "2030-01-31")]
    assert law.extendable(rule, closed, on=at("2031-01-01"), country="FR") == (date(2031, 8, 1), date(2033, 1, 31))
    for until, found in {
        date(2031, 7, 31): ["LAW-115"],
        date(2031, 8, 1): [],
        date(2033, 1, 31): [],
        date(2033, 2, 1): ["LAW-115"],
    }.items():
        assert codes(closed, "2031-07-31", rule=rule, until=until) == found
    given = event("results.extended", "2031-06-01", "a journal", date(2032, 1, 31))
    assert codes([*closed, given], "2031-12-01", rule=rule, until=date(2032, 6, 30)) == ["LAW-107"]
    assert law.extendable(rule, [], on=at("2031-01-01"), country="FR") is None


def test_what_was_asked_for_in_time_is_in_time_however_late_the_answer() -> None:
    rule, until = law.deadline("SU-61-4a", DAY), date(2032, 1, 31)
    closed = [event("permit.closed", "2030-01-31")]
    assert codes(closed, "2031-08-05", rule=rule, until=until) == ["LAW-110"]
    assert codes(closed, "2031-08-05", rule=rule, until=until, asked=at("2031-07-31")) == []
    assert codes(closed, "2031-08-05", rule=rule, until=until, asked=at("2031-08-01")) == ["LAW-110"]
    given = law.ClockEvent("results.extended", at("2031-08-05"), "a journal", until, at("2031-07-31"))
    found = law.clock(rule, [*closed, given], on=at("2031-08-06"), country="FR")
    assert (found.state, found.due, found.extension) == ("running", date(2032, 2, 2), (date(2031, 8, 5), "a journal"))


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([COMPLETE, EXTENDED, event("application.extended", "2029-11-05", "again")], "LAW-107"),
        ([COMPLETE, event("application.extended", "2029-11-05")], "LAW-108"),
        ([COMPLETE, event("application.extended", "2029-12-05", "late")], "LAW-110"),
    ],
)
def test_a_clock_refuses_what_can_not_have_happened(events: list[law.ClockEvent], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        law.clock(RULE, events, on=at("2029-12-10"), country="FR")
    assert refused.value.code == code


def test_a_clock_tells_what_it_read() -> None:
    other = event("application.published", "2029-09-04")
    later = event("application.decided", "2029-12-01")
    found = law.clock(RULE, [COMPLETE, other, EXTENDED, later], on=at("2029-11-10"), country="FR")
    assert found.events == (COMPLETE, EXTENDED)
    assert found.extension == (date(2029, 11, 1), "many datasets")
    assert (found.started, found.ended, found.due) == (DAY, None, date(2030, 3, 4))
    assert found.nominal == date(2030, 3, 3)
    assert found.due_at == datetime(2030, 3, 4, 23, tzinfo=UTC)


def test_the_last_hour_follows_summer_time() -> None:
    found = law.clock(RULE, [event("application.complete", "2029-05-03")], on=at("2029-05-04"), country="FR")
    assert found.due_at == datetime(2029, 8, 3, 22, tzinfo=UTC)


def test_hours_count_from_the_next_full_hour() -> None:
    rule = law.deadline("GD-33", DAY)
    known = law.ClockEvent("breach.known", datetime(2029, 6, 1, 14, 25, tzinfo=UTC))
    found = law.clock(rule, [known], on=datetime(2029, 6, 4, 14, 59, tzinfo=UTC), country="FR")
    assert (found.state, found.due_at) == ("running", datetime(2029, 6, 4, 15, tzinfo=UTC))
    found = law.clock(rule, [known], on=datetime(2029, 6, 4, 15, tzinfo=UTC), country="FR")
    assert found.state == "overdue"


def test_a_time_without_a_zone_is_a_fault() -> None:
    with pytest.raises(ValueError, match="zone"):
        law.local_time(datetime(2029, 1, 1), "FR")


def test_a_track_has_its_own_clocks() -> None:
    def names(track: str) -> set[str]:
        return {rule.id for rule in law.deadlines(track, DAY, country="FR")}

    assert {"SU-68-4a", "SU-68-4b", "SU-57-j2", "SU-57-j3", "SU-60-2", "SU-68-7"} <= names("standard")
    assert "SU-68-6" in names("accelerated")
    assert "SU-68-4a" not in names("accelerated")
    assert {"SU-72-5a", "SU-72-5b"} <= names("trusted-holder")
    assert {"SU-69-4a", "SU-68-4b.request"} <= names("statistical") and "SU-68-4b" not in names("statistical")
    common = {"SU-57-j2", "SU-57-j3", "SU-68-4b", "TG-6.screen"}
    assert names("french") == {"FR-20", "FR-21", "FR-22"} | common
    assert names("data-protection") == set(), "no step starts them"
    assert names("mars") == set()
    for track in law.tracks().values():
        assert set(track.decides) <= names(track.id)


def test_a_step_starts_every_time_that_runs() -> None:
    """The yearly check (SU-60-3) is a limit of the same figure, `holder.review`."""
    said = "\n".join(path.read_text() for path in SOURCE.glob("*/*/*.py") if path.parent.name != "law")
    every = law.every_deadline()
    silent = {rule.id for rule in every if f'"{rule.starts_with}"' not in said and f'"{rule.id}"' not in said}
    unbuilt = {rule.id for rule in every if not rule.built}
    assert silent - {"SU-60-3"} == unbuilt == {"SU-59", "TG-6.offer", "GD-12/15", "GD-33", "GD-33.proposed"}


def test_a_national_pack_stands_alone_and_before_the_union(monkeypatch: pytest.MonkeyPatch) -> None:
    held = law.deadline("TG-6.offer", DAY)
    national = replace(held, country="DE", amount=42, at_zero="escalate")
    every = law.every_deadline()
    monkeypatch.setattr(timing, "every_deadline", lambda: (*every, national))
    assert law.deadline("TG-6.offer", DAY, country="DE").amount == 42
    assert law.deadline("TG-6.offer", DAY, country="DE-BY").at_zero == "escalate"
    assert law.deadline("TG-6.offer", DAY, country="FR") is held
    assert law.deadline("TG-6.offer", DAY) is held
    assert not any(rule.id.startswith("FR-") for rule in law.deadlines("french", DAY, country="DE"))


def test_what_is_proposed_or_not_yet_law_is_not_in_force() -> None:
    proposed = [rule for rule in law.every_deadline() if rule.standing == "proposed"]
    assert [(rule.id, rule.amount) for rule in proposed] == [("GD-33.proposed", 96)]
    for rule_id, day in (("GD-33.proposed", DAY), ("SU-68-4a", date(2025, 3, 24)), ("SU-1", DAY)):
        with pytest.raises(Refusal) as refused:
            law.deadline(rule_id, day)
        assert refused.value.code == "LAW-105"
    assert law.deadline("SU-68-4a", date(2026, 11, 22)).binding == date(2029, 3, 26)
    assert law.deadline("GD-33", DAY).binding == date(2018, 5, 25)


@pytest.mark.parametrize("rule", law.every_deadline(), ids=lambda rule: rule.id)
def test_every_rule_says_what_it_is_in_both_languages(rule: law.DeadlineRule) -> None:
    assert rule.source
    assert rule.tracks
    assert rule.ends_with
    assert rule.track == rule.tracks[0]
    for text in (rule.label, rule.outcome):
        assert set(text) == {"en", "fr"}
        assert text["en"].strip() != text["fr"].strip()


def test_ids_are_held_once() -> None:
    found = [(rule.id, rule.country, rule.valid.start) for rule in law.every_deadline()]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("legs", "months"),
    [
        (("SU-68-4a", "SU-60-2", "SU-68-7"), (8, 14)),
        (("SU-68-6", "SU-60-2", "SU-68-7"), (7, 11)),
        (("SU-72-5a", "SU-72-5b"), (4, 4)),
        (("SU-69-4a", "SU-69-4b"), (6, 6)),
    ],
)
def test_the_ways_through_are_as_long_as_the_law_makes_them(legs: tuple[str, ...], months: tuple[int, int]) -> None:
    rules = [law.deadline(leg, DAY) for leg in legs]
    assert {rule.unit for rule in rules} == {"months"}
    nominal = sum(rule.amount for rule in rules)
    assert (nominal, nominal + sum(rule.extension[0] for rule in rules if rule.extension)) == months
