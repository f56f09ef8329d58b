"""Golden cases of the clocks: a rule, what happened, a day, and what the law makes of it."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hygie.base import law

ROWS = list(csv.DictReader((Path(__file__).parent / "clocks.csv").read_text("utf-8").splitlines()))


def instant(text: str) -> datetime:
    if "T" not in text:
        text += "T09:00Z"
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def events(text: str) -> list[law.ClockEvent]:
    found = []
    for word in text.split():
        kind, _, rest = word.partition("@")
        at, reason, until = [*rest.split("|"), "", ""][:3]
        found.append(law.ClockEvent(kind, instant(at), reason, date.fromisoformat(until) if until else None))
    return found


def started(row: dict[str, str]) -> date:
    return min(event.at for event in events(row["events"])).date()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['rule']} {row['country']} {row['source']}"[:70])
def test_a_golden_case(row: dict[str, str]) -> None:
    rule = law.deadline(row["rule"], started(row), country=row["country"])
    found = law.clock(rule, events(row["events"]), on=instant(row["on"]), country=row["country"], policy=row["policy"])
    assert found.state == row["state"]
    assert (found.due.isoformat() if found.due else "") == row["due"]
    assert ("" if found.days_left is None else str(found.days_left)) == row["left"]
    assert found.at_zero == row["zero"]
    assert found.outcome == (row["zero"] if row["state"] in ("late", "overdue") else None)


def test_the_cases_are_many_and_touch_every_rule_in_force() -> None:
    assert len(ROWS) >= 60
    assert len({row["country"] for row in ROWS}) >= 15
    every = {rule.id for rule in law.every_deadline() if rule.standing != "proposed"}
    assert every <= {row["rule"] for row in ROWS}
    assert {row["policy"] for row in ROWS} == {"pause", "restart"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['rule']} {row['source']}"[:60])
def test_the_order_in_which_events_are_told_does_not_matter(row: dict[str, str]) -> None:
    rule = law.deadline(row["rule"], started(row), country=row["country"])
    told = events(row["events"])
    given = {"on": instant(row["on"]), "country": row["country"], "policy": row["policy"]}
    assert law.clock(rule, told[::-1], **given) == law.clock(rule, told, **given)
