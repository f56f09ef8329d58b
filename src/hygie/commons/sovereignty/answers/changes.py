"""When facts change: which placements turn, why, what is due by when, and whom to tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from types import MappingProxyType

from hygie.base.law import add, local_day
from hygie.base.law.days import Unit
from hygie.commons.sovereignty.answers.explanation import Voice
from hygie.commons.sovereignty.knowledge.facts import View
from hygie.commons.sovereignty.knowledge.nodes import Event
from hygie.commons.sovereignty.knowledge.values import Text
from hygie.commons.sovereignty.rules.judging import finding_of
from hygie.commons.sovereignty.rules.outcomes import COLUMNS, Finding, Outcome, RuleSet
from hygie.commons.sovereignty.rules.placements import Judged

HOURS = "hours"


@dataclass(frozen=True)
class Duty:
    """Something that is due after a change.

    Parameters
    ----------
    id, source : str
    on : tuple[str, ...]   what begins it: `refused`, `rule:R17`, `event`, `derogation`, `acceptance`
    after : str            the duty whose end begins it, or empty
    amount : int, unit : str   of time, as `law.add` counts; hours run from the moment it is known
    whom : tuple[str, ...]
    text : Text
    """

    id: str
    source: str
    on: tuple[str, ...]
    after: str
    amount: int
    unit: Unit
    whom: tuple[str, ...]
    text: Text


@dataclass(frozen=True)
class Due:
    """A duty with its day, for one placement; `at` is the moment for what is counted in hours."""

    duty: Duty
    placement: str
    since: date
    by: date
    at: datetime | None = None


@dataclass(frozen=True)
class Turn:
    """A placement whose outcome in a column is another one now, or worse founded: with the findings that are new."""

    placement: str
    column: str
    before: Outcome
    after: Outcome
    because: tuple[Finding, ...]


@dataclass(frozen=True)
class Change:
    """What happened between two days.

    Parameters
    ----------
    since, on : date
    events : tuple[str, ...]   ids of events that begin in between and touch a placement's chain
    turns : tuple[Turn, ...]   by placement and column
    dues : tuple[Due, ...]     the earliest first
    review : tuple[Finding, ...]   rule R27: how many placements an event makes to be looked at again
    """

    since: date
    on: date
    events: tuple[str, ...]
    turns: tuple[Turn, ...]
    dues: tuple[Due, ...]
    review: tuple[Finding, ...]


@cache
def duties() -> Mapping[str, Duty]:
    """Return every duty by id."""
    text = (resources.files("hygie.commons.sovereignty") / "data" / "duties.toml").read_text("utf-8")
    return MappingProxyType(
        {
            name: Duty(
                name, row["source"], tuple(row["on"]), row.get("after", ""), row["amount"], row["unit"],
                tuple(row["whom"]), Text(row["en"], row["fr"]),
            )
            for name, row in tomllib.loads(text).items()
        }
    )  # fmt: skip


def changes(
    before: Sequence[Judged], after: Sequence[Judged], view: View, rules: RuleSet, *, country: str = "FR"
) -> Change:
    """Return what turned between two evaluations of the same placements, and what is due.

    Parameters
    ----------
    before, after : Sequence[Judged]   of an earlier and of a later day, or of two states of knowledge
    view : View        the later one
    rules : RuleSet
    country : str      whose public holidays move a day that is due

    Placements that are only in one of the two are left out: nothing turned for them.
    """
    old = {each.placement.id: each for each in before}
    pairs = [(old[each.placement.id], each) for each in after if each.placement.id in old]
    since = min((date.fromisoformat(a.ruling.as_of) for a, _ in pairs), default=view.as_of)
    turns = tuple(turn for earlier, later in pairs for turn in turned(earlier, later))
    touched = {event: placements for event in events(view, since) if (placements := concerned(event, pairs))}
    dues = [due for earlier, later in pairs for due in due_for(earlier, later, view, country)]
    for event, names in touched.items():
        start = event.valid.start.latest or view.as_of
        dues += [due for name in names for due in begun("event", name, start, view.known_at, country)]
    return Change(
        since,
        view.as_of,
        tuple(event.id for event in touched),
        turns,
        tuple(sorted(dict.fromkeys(dues), key=lambda due: (due.by, due.duty.id, due.placement))),
        tuple(review(event, names, rules) for event, names in touched.items()),
    )


def turned(earlier: Judged, later: Judged) -> Iterator[Turn]:
    """Yield the columns in which a placement's outcome is another one now, or more speaks against it than before."""
    known = {undated(f) for f in earlier.ruling.findings}
    fresh = [f for f in later.ruling.findings if undated(f) not in known]
    for column in COLUMNS[:-1]:
        was, now = earlier.ruling.column(column), later.ruling.column(column)
        because = tuple(f for f in fresh if f.column == column and (f.outcome is now or not f.outcome.writes))
        if was is not now or any(not f.outcome.writes for f in because):
            yield Turn(later.placement.id, column, was, now, because)


def undated(found: Finding) -> tuple[object, ...]:
    """Return what a finding says without the day, for comparison."""
    return found.rule, found.situation, found.outcome, tuple((n, value) for n, value in found.slots if n != "t")


def events(view: View, since: date) -> Iterator[Event]:
    """Yield the events that begin after a day, up to the day of a View, in the order of their days."""
    found = [
        event
        for event in view.all(Event)
        if event.valid.start.latest is not None and since < event.valid.start.latest <= view.as_of
    ]
    yield from sorted(found, key=lambda event: (event.valid.start.latest or view.as_of, event.id))


def concerned(event: Event, pairs: Sequence[tuple[Judged, Judged]]) -> tuple[str, ...]:
    """Return the placements whose chain an event touches: a thing on a path, or a fact a finding rests on."""
    subjects = set(event.subjects)
    return tuple(
        later.placement.id
        for earlier, later in pairs
        if subjects & {later.placement.service, *things(earlier), *things(later)}
    )


def things(judged: Judged) -> Iterator[str]:
    """Yield the ids that a ruling's findings name."""
    for finding in judged.ruling.findings:
        for step in finding.steps:
            yield from (step.origin, step.target)
        yield from finding.rests
        yield from (value for _, value in finding.slots if isinstance(value, str))


def due_for(earlier: Judged, later: Judged, view: View, country: str) -> Iterator[Due]:
    """Yield what is due because a placement turned, or because an act of its comes to its end."""
    name, on, known = later.placement.id, view.as_of, view.known_at
    if earlier.ruling.outcome.writes and not later.ruling.outcome.writes:
        yield from begun("refused", name, on, known, country)
    was = {(f.rule, f.situation) for f in earlier.ruling.findings if f.outcome is Outcome.DENY}
    now = {(f.rule, f.situation) for f in later.ruling.findings if f.outcome is Outcome.DENY}
    for rule in sorted({rule for rule, _ in now - was}):
        yield from begun(f"rule:{rule}", name, on, known, country)
    derogation, acceptance = later.placement.derogation, later.placement.acceptance
    if derogation is not None and derogation.ends >= on:
        yield from begun("derogation", name, derogation.ends, known, country)
    if acceptance is not None and acceptance.until >= on:
        yield from begun("acceptance", name, acceptance.until, known, country)


def begun(cause: str, placement: str, on: date, known: datetime, country: str) -> Iterator[Due]:
    """Yield the duties that a cause begins on a day, what follows another after its end; hours run from knowing."""
    ends: dict[str, date] = {}
    for duty in ordered():
        if cause in duty.on:
            start = ends.get(duty.after, on)
            at = known + timedelta(hours=duty.amount) if duty.unit == HOURS else None
            by = local_day(at, country) if at else ending(start, duty, country)
            ends[duty.id] = by
            yield Due(duty, placement, start, by, at)


def ordered() -> tuple[Duty, ...]:
    """Return the duties, each after the one it follows."""
    known = duties()

    def depth(duty: Duty) -> int:
        return 1 + depth(known[duty.after]) if duty.after else 0

    return tuple(sorted(known.values(), key=lambda duty: (depth(duty), duty.id)))


def ending(start: date, duty: Duty, country: str) -> date:
    """Return the last day of a duty, counted as Reg. 1182/71 counts."""
    return add(start, duty.amount, duty.unit, country=country) if duty.amount else start


def review(event: Event, names: tuple[str, ...], rules: RuleSet) -> Finding:
    """Return what R27 says of an event: its day, and how many placements it makes to be looked at again."""
    start = event.valid.start.latest
    slots = {"t": start.isoformat() if start else "", "x": str(len(names)), "s": event.id}
    return finding_of(rules.rule("R27"), "changed", slots)


def told(event: Event, on: date, rules: RuleSet, *, country: str = "FR") -> Finding:
    """Return what R27 says of an event that a host told its client on a day: in time, or an incident.

    Parameters
    ----------
    event : Event
    on : date       the day on which the host told
    rules : RuleSet
    country : str
    """
    start = event.valid.start.latest or on
    late = on > ending(start, duties()["told-by-host"], country)
    return finding_of(
        rules.rule("R27"), "late" if late else "changed", {"t": start.isoformat(), "x": "1", "s": event.id}
    )


def told_to(due: Due, voice: Voice) -> str:
    """Return whom a duty has told, in words."""
    return ", ".join(voice.word(f"whom.{each}") for each in due.duty.whom)
