"""When facts change: which placements turn, why, what is due by when, and whom to tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from importlib import resources
from types import MappingProxyType

from hygie.base.kernel import refuse
from hygie.base.law import add, local_day
from hygie.base.law.days import Unit
from hygie.commons.sovereignty.answers.course import Bad, Course, Judge
from hygie.commons.sovereignty.answers.explanation import Voice, sentence
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.nodes import Event
from hygie.commons.sovereignty.knowledge.values import Text
from hygie.commons.sovereignty.rules.judging import finding_of
from hygie.commons.sovereignty.rules.outcomes import COLUMNS, Finding, Outcome, RuleSet
from hygie.commons.sovereignty.rules.placements import Judged

HOURS = "hours"
CONTROL = ("ownership", "supplier")


@dataclass(frozen=True)
class Duty:
    """Something that is due after a change.

    Parameters
    ----------
    id, source : str
    on : tuple[str, ...]   what begins it: `refused`, `rule:R17`, `control`, `derogation`, `acceptance`
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
class Review:
    """An event that touches places, and what follows: they are looked at again.

    Parameters
    ----------
    event : Event
    placements : tuple[str, ...]   whose chain it touches
    finding : Finding | None       what R27 says of it; None where R27 does not speak of it
    """

    event: Event
    placements: tuple[str, ...]
    finding: Finding | None

    def told(self, voice: Voice) -> str:
        """Return it in words."""
        if self.finding is not None:
            return sentence(self.finding, voice)
        start = self.event.valid.start.latest
        said = voice.word(f"event.{self.event.event}")
        return said.format(t=voice.slot(start.isoformat()) if start else "–", x=len(self.placements))


@dataclass(frozen=True)
class Change:
    """What happened between two days.

    Parameters
    ----------
    since, on : date
    events : tuple[str, ...]   ids of events that begin in between and touch a placement's chain
    turns : tuple[Turn, ...]   by placement and column
    dues : tuple[Due, ...]     the earliest first
    review : tuple[Review, ...]    what each event makes to be looked at again
    """

    since: date
    on: date
    events: tuple[str, ...]
    turns: tuple[Turn, ...]
    dues: tuple[Due, ...]
    review: tuple[Review, ...]


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
    judge: Judge,
    facts: Facts,
    since: date,
    view: View,
    rules: RuleSet,
    *,
    country: str = "FR",
    told: date | None = None,
) -> Change:
    """Return what turned for some placements between two days, and what is due.

    Parameters
    ----------
    judge : Callable   the rulings on the placements by one View
    facts : Facts
    since : date       the earlier day
    view : View        the later day
    rules : RuleSet
    country : str      whose public holidays move a day that is due
    told : date | None   the day on which the host told of a change of control or supplier, where no fact says it

    What is due runs from the day on which a verdict turned, and what is counted in hours from when it could be known:
    asked again five days later, the same days come out.

    Errors      SOV-212 the earlier day lies after the later one
    """
    if since > view.as_of:
        raise refuse("SOV-212", found=since.isoformat(), accepted=view.as_of.isoformat())
    course = Course(judge, facts, since, view, rules)
    before = course.at(since, view.known_at)
    pairs = [(before[name], later) for name, later in course.at(view.as_of, view.known_at).items()]
    turns = tuple(turn for earlier, later in pairs for turn in turned(earlier, later))
    touched = {event: placements for event in events(view, since) if (placements := concerned(event, pairs))}
    qualified = {later.placement.id for pair in pairs for later in pair if secnumcloud(later)}
    dues = [due for earlier, later in pairs for due in due_for(earlier, later, course, country)]
    reviews = []
    for event, names in touched.items():
        bound = tuple(name for name in names if name in qualified) if event.event in CONTROL else ()
        on = told or (event.told_on.latest if event.told_on else None)
        finding = notice(event, len(names), on, rules, country=country) if bound else None
        reviews.append(Review(event, names, finding))
        if finding is not None and finding.situation == "changed":
            start = event.valid.start.latest or view.as_of
            dues += [due for name in bound for due in begun("control", name, start, country)]
    return Change(
        since,
        view.as_of,
        tuple(event.id for event in touched),
        turns,
        tuple(sorted(dict.fromkeys(dues), key=lambda due: (due.by, due.duty.id, due.placement))),
        tuple(reviews),
    )


def secnumcloud(judged: Judged) -> bool:
    """Return whether SecNumCloud is held by a place, or asked of it: whose host has to tell of a change (19.6.f)."""
    return any(
        (finding.rule == "R11" and finding.situation in ("held", "suspended"))
        or (finding.rule == "R08" and finding.situation != "outside")
        for finding in judged.ruling.findings
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


def due_for(earlier: Judged, later: Judged, course: Course, country: str) -> Iterator[Due]:
    """Yield what is due because a placement turned, or because an act of its comes to its end."""
    name, on = later.placement.id, course.view.as_of
    causes: list[tuple[str, Bad]] = []
    if earlier.ruling.outcome.writes and not later.ruling.outcome.writes:
        causes.append(("refused", lambda judged: not judged.ruling.outcome.writes))
    fresh = denied(later) - denied(earlier)
    for rule in sorted({rule for rule, _ in fresh}):
        causes.append((f"rule:{rule}", partial(denies, {each for each in fresh if each[0] == rule})))
    for cause, bad in causes:
        day = course.turned(name, bad)
        hours = any(cause in duty.on and duty.unit == HOURS for duty in ordered())
        yield from begun(cause, name, day, country, course.knew(name, bad, day, country) if hours else None)
    derogation, acceptance = later.placement.derogation, later.placement.acceptance
    if derogation is not None and derogation.ends >= on:
        yield from begun("derogation", name, derogation.ends, country)
    if acceptance is not None and acceptance.until >= on:
        yield from begun("acceptance", name, acceptance.until, country)


def denied(judged: Judged) -> set[tuple[str, str]]:
    """Return what refuses a placement: rule and situation."""
    return {(f.rule, f.situation) for f in judged.ruling.findings if f.outcome is Outcome.DENY}


def denies(fresh: set[tuple[str, str]], judged: Judged) -> bool:
    """Return whether one of some refusals holds of a placement."""
    return bool(fresh & denied(judged))


def begun(cause: str, placement: str, on: date, country: str, known: datetime | None = None) -> Iterator[Due]:
    """Yield the duties that a cause begins on a day, what follows another after its end; hours run from knowing."""
    ends: dict[str, date] = {}
    for duty in ordered():
        if cause in duty.on:
            start = ends.get(duty.after, on)
            at = known + timedelta(hours=duty.amount) if known and duty.unit == HOURS else None
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


def notice(event: Event, count: int, on: date | None, rules: RuleSet, *, country: str = "FR") -> Finding:
    """Return what R27 says of a change of control or supplier: to be told, told in time, or told late, an incident.

    Parameters
    ----------
    event : Event
    count : int         how many placements it makes to be looked at again
    on : date | None    the day on which the host told; None, or a day before the event: it has not told
    rules : RuleSet
    country : str
    """
    start = event.valid.start.latest
    slots = {"t": start.isoformat() if start else "", "x": str(count), "s": event.id}
    situation = "changed"
    if on is not None and start is not None and on >= start:
        situation = "late" if on > ending(start, duties()["told-by-host"], country) else "told"
        slots["l"] = on.isoformat()
    return finding_of(rules.rule("R27"), situation, slots)


def told_to(due: Due, voice: Voice) -> str:
    """Return whom a duty has told, in words."""
    return ", ".join(voice.word(f"whom.{each}") for each in due.duty.whom)
