"""Golden cases of rules that change: a clock keeps the rule under which it began."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hygie.base import law
from hygie.base.law import timing
from hygie.base.law.timing import DeadlineRule
from hygie.base.law.values import Validity

ROWS = list(csv.DictReader((Path(__file__).parent / "governing.csv").read_text("utf-8").splitlines()))
LAST, FIRST = date(2030, 6, 30), date(2030, 7, 1)
EVERY = timing.every_deadline()


def changed(rule_id: str, **changes: object) -> tuple[DeadlineRule, ...]:
    """The packs with a rule that ends in June 2030 and comes back changed in July."""
    old = next(rule for rule in EVERY if rule.id == rule_id)
    others = tuple(rule for rule in EVERY if rule.id != rule_id)
    new = replace(old, valid=Validity(FIRST), **changes)
    return (*others, replace(old, valid=Validity(old.valid.start, LAST)), new)


def added(**changes: object) -> tuple[DeadlineRule, ...]:
    """The packs with one more rule from July 2030 on."""
    like = next(rule for rule in EVERY if rule.id == "SU-68-4a")
    return (*EVERY, replace(like, valid=Validity(FIRST), **changes))


PACKS: dict[str, Callable[[], tuple[DeadlineRule, ...]]] = {
    "none": lambda: EVERY,
    "longer": lambda: changed("SU-68-4a", amount=4),
    "shorter": lambda: changed("SU-69-4a", amount=2),
    "national": lambda: added(amount=1, country="FR"),
    "ended": lambda: tuple(rule for rule in changed("SU-68-4a") if (rule.id, rule.valid.start) != ("SU-68-4a", FIRST)),
    "added": lambda: added(id="NEW-1", amount=1),
    "trigger": lambda: changed("SU-68-4a", starts_with="application.submitted"),
    "backward": lambda: changed("SU-68-12a", amount=2),
}


def instant(text: str) -> datetime:
    return datetime.fromisoformat((text if "T" in text else text + "T09:00Z").replace("Z", "+00:00")).astimezone(UTC)


def told(text: str) -> list[law.ClockEvent]:
    found = []
    for word in text.split():
        kind, _, rest = word.partition("@")
        day, _, reason = rest.partition("|")
        found.append(law.ClockEvent(kind, instant(day), reason))
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['change']} {row['source']}"[:70])
def test_a_clock_runs_by_the_rule_of_the_day_it_started(row: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "every_deadline", PACKS[row["change"]])
    events, on = told(row["events"]), instant(row["on"])
    for order in (events, events[::-1]):
        rules = law.governing(row["track"], order, on=on, country=row["country"])
        found = [rule for rule in rules if rule.id == row["rule"]]
        assert [str(rule.amount) for rule in found] == ([row["amount"]] if row["amount"] else [])
        for rule in found:
            due = law.clock(rule, order, on=on, country=row["country"]).due
            assert (due.isoformat() if due else "") == row["due"]
            assert law.governed(row["rule"], order, on=on, country=row["country"]) == rule


def test_an_unchanged_pack_governs_as_it_stands_and_proposals_never_do() -> None:
    on = instant("2030-06-10")
    for track in ("standard", "accelerated", "statistical", "trusted-holder", "french", "permit", "holder"):
        assert law.governing(track, [], on=on, country="FR") == law.deadlines(track, on.date(), country="FR")
    assert "proposed" not in {rule.standing for rule in law.governing("data-protection", [], on=on, country="FR")}
