"""Clocks: a deadline and what happened, in; started, paused, extended, due, days left and what zero means, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from hygie.base.kernel import Reason, Verdict
from hygie.base.law.days import DAY, count, is_working, local_day, local_time, settle
from hygie.base.law.timing import DeadlineRule

Policy = Literal["pause", "restart"]
State = Literal["not started", "running", "paused", "met", "late", "overdue"]
Span = tuple[date, date | None]
PAUSES = {
    "application.waiting": ("application.resumed",),
    "application.completion-asked": ("application.completed", "application.complete"),
}


@dataclass(frozen=True)
class Waiting:
    """What waiting for an applicant's answer does to the time to decide, and for the times that begin since when.

    Parameters
    ----------
    policy : str        `pause` adds the time (TEHDAS2 D6.3), `restart` voids it and begins again (D6.4)
    since : date | None the first day on which a time begins that goes by it; None for all

    Source     Reg. (EU) 2025/327 art. 68(4), which is silent; trap T2
    """

    policy: Policy = "pause"
    since: date | None = None

    def on(self, begun: date) -> Policy:
        """Return the policy for a time that began on a day.

        Example
        -------
        >>> chosen = Waiting("restart", date(2030, 1, 1))
        >>> chosen.on(date(2029, 12, 31)), chosen.on(date(2030, 1, 1))
        ('pause', 'restart')
        """
        return self.policy if self.since is None or begun >= self.since else "pause"


PAUSING = Waiting()


@dataclass(frozen=True)
class ClockEvent:
    """Something that happened to a case.

    Parameters
    ----------
    kind : str           such as `application.complete`
    at : datetime        aware; the day is that of the country whose clock is read
    reason : str         mandatory for an extension; which opinion, for an opinion
    until : date | None  the new last day, for an extension whose length the law leaves open
    asked : datetime | None   when an extension was asked for: in time then, it is in time however late it is given
    """

    kind: str
    at: datetime
    reason: str = ""
    until: date | None = None
    asked: datetime | None = None


@dataclass(frozen=True)
class Clock:
    """A deadline as it stands at an instant.

    Parameters
    ----------
    rule : DeadlineRule
    state : str                  `not started`, `running`, `paused`, `met`, `late` (ended after due), `overdue`
    at_zero : str                what happens at zero in this case: the rule's, unless a prior opinion forbids silence
    started : date | None        the day of the event, not counted; of a backward rule, the date counted from
    pauses : tuple               each with its first day and the day it ended, None while it lasts
    extension : tuple | None     day and reason
    nominal : date | None        the last day as counted, before it moves to a working day
    due : date | None            the last day; None before the start and while paused
    due_at : datetime | None     the instant (UTC) at which the period has expired
    ended : date | None
    days_left : int | None       calendar days, 0 on the last, negative after it; while paused, what will remain
    restarts : int               how often the time was voided (policy `restart`)
    policy : str                 what waiting for the applicant does to it: `pause` or `restart`
    events : tuple               those it read
    """

    rule: DeadlineRule
    state: State
    at_zero: str
    started: date | None = None
    pauses: tuple[Span, ...] = ()
    extension: tuple[date, str] | None = None
    nominal: date | None = None
    due: date | None = None
    due_at: datetime | None = None
    ended: date | None = None
    days_left: int | None = None
    restarts: int = 0
    policy: Policy = "pause"
    events: tuple[ClockEvent, ...] = ()

    @property
    def outcome(self) -> str | None:
        """What zero did, once it was passed; None while there is time, or when it was met."""
        return self.at_zero if self.state in ("late", "overdue") else None


@dataclass(frozen=True)
class Course:
    """How a period has run so far: from when, what was added, what was taken out."""

    rule: DeadlineRule
    country: str
    start: datetime
    pauses: tuple[Span, ...] = ()
    extended: ClockEvent | None = None
    extensions: int = 0
    waiting: frozenset[str] = frozenset()
    restarts: int = 0

    def day(self, at: datetime) -> date:
        """Return the day of an instant where the action is to be taken."""
        return local_day(at, self.country)

    def paused_on(self) -> date | None:
        """Return since when time stands still."""
        return self.pauses[-1][0] if self.waiting else None

    def due(self) -> tuple[date, date, datetime]:
        """Return the last day as counted, the last day, and the instant of expiry; an open pause counts for nothing."""
        rule, started = self.rule, self.day(self.start)
        if rule.unit == "hours":
            whole = self.start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            expiry = whole + timedelta(hours=1 + rule.amount)
            last = self.day(expiry - timedelta(microseconds=1))
            return last, last, expiry
        nominal = self.nominal(started)
        due = nominal if rule.unit == "working days" else settle(started, nominal, country=self.country)
        return nominal, due, midnight(due + DAY, self.country)

    def nominal(self, started: date) -> date:
        """Return the last day of the period with its extension and its pauses."""
        rule, amount = self.rule, self.rule.amount
        more = rule.extension if self.extended else None
        if more and more[1] == rule.unit:
            amount, more = amount + more[0], None
        stops = [(first, last) for first, last in self.pauses if last] if self.restarts == 0 else []
        if rule.unit == "working days":
            amount += sum(working(first, last, self.country) for first, last in stops)
            stops = []
        end = count(started, amount, rule.unit, country=self.country)
        if more:
            end = count(end, more[0], more[1], country=self.country)
        end += sum(((last - first) for first, last in stops), timedelta())
        if self.extended and self.extended.until and rule.open_extension:
            end = max(end, self.extended.until)
        return end

    def latest(self) -> date:
        """Return the last day that an extension may name, where the law names no length."""
        bounded = replace(self.rule, extension=self.rule.longest)
        asked = ClockEvent(self.rule.extends_with, self.start)
        return replace(self, rule=bounded, extended=asked).nominal(self.day(self.start))

    def after(self, event: ClockEvent, policy: Policy) -> Course:
        """Return the course once an event has happened to it."""
        day = self.day(event.at)
        if event.kind == self.rule.extends_with:
            against(self, event, policy).check()
            return replace(self, extended=event, extensions=self.extensions + 1)
        if event.kind in PAUSES:
            if not self.waiting:
                if day > self.due()[1]:
                    return self
                return replace(self, waiting=frozenset({event.kind}), pauses=(*self.pauses, (day, None)))
            return replace(self, waiting=self.waiting | {event.kind})
        left = frozenset(kind for kind in self.waiting if event.kind not in PAUSES[kind])
        if not self.waiting or left:
            return replace(self, waiting=left)
        pauses = (*self.pauses[:-1], (self.pauses[-1][0], day))
        again = policy == "restart"
        return replace(
            self,
            waiting=left,
            pauses=pauses,
            start=event.at if again else self.start,
            extended=None if again else self.extended,
            restarts=self.restarts + again,
        )

    def closed(self, at: datetime) -> Course:
        """Return the course with an open pause ended, for what ends while it waits."""
        if not self.waiting:
            return self
        pauses = (*self.pauses[:-1], (self.pauses[-1][0], self.day(at)))
        return replace(self, waiting=frozenset(), pauses=pauses)


def midnight(day: date, country: str) -> datetime:
    """Return the instant (UTC) at which a day begins in a country."""
    noon = local_time(datetime.combine(day, time(12), tzinfo=UTC), country)
    return datetime.combine(day, time(), tzinfo=noon.tzinfo).astimezone(UTC)


def working(first: date, last: date, country: str) -> int:
    """Return how many working days lie after one day, up to another."""
    return sum(is_working(first + step * DAY, country) for step in range(1, (last - first).days + 1))


def against(course: Course, event: ClockEvent, policy: Policy) -> Verdict:
    """Return what speaks against an extension: only one, with its reason, before zero, and no longer than may be."""
    rule, reasons = course.rule, []
    facts = {"rule": rule.id, "policy": policy}
    if course.extensions:
        reasons.append(Reason("LAW-107", facts))
    if not event.reason.strip():
        reasons.append(Reason("LAW-108", facts, "$.reason"))
    if rule.open_extension and event.until is None:
        reasons.append(Reason("LAW-108", facts, "$.until"))
    elif rule.open_extension and event.until and not (span := spanned(course))[0] <= event.until <= span[1]:
        first, last = (each.isoformat() for each in span)
        reasons.append(
            Reason("LAW-115", facts | {"found": event.until.isoformat(), "from": first, "to": last}, "$.until")
        )
    if not course.waiting and (event.asked or event.at) >= course.due()[2]:
        reasons.append(Reason("LAW-110", facts | {"due": course.due()[1].isoformat()}))
    return Verdict(tuple(reasons))


def spanned(course: Course) -> tuple[date, date]:
    """Return the first and the last day that an extension may name, where the law names no length."""
    before = replace(course, extended=None)
    return before.due()[1] + DAY, before.latest()


def resolved(rule: DeadlineRule, events: Sequence[ClockEvent]) -> str:
    """Return what happens at zero in a case: silence grants nothing where a prior opinion was not express."""
    prior = rule.prior
    if prior is None or not any(event.kind in (prior.asked, prior.given) for event in events):
        return rule.at_zero
    given = [event.reason for event in events if event.kind == prior.given]
    return rule.at_zero if given and all(reason == prior.word for reason in given) else prior.at_zero


def course_of(
    rule: DeadlineRule, past: Sequence[ClockEvent], country: str, policy: Policy
) -> tuple[Course | None, ClockEvent | None, list[ClockEvent]]:
    """Return how a period ran, the event that ended it, and the events that were read."""
    stops = {*PAUSES, *(kind for ends in PAUSES.values() for kind in ends)} if rule.pausable else set()
    begins = [place for place, event in enumerate(past) if event.kind == rule.starts_with]
    if not begins:
        return None, None, []
    place = begins[-1] if rule.last_start else begins[0]
    course, seen = Course(rule, country, past[place].at), [past[place]]
    for event in past[place + 1 :]:
        if event.kind in rule.ends_with:
            return course, event, [*seen, event]
        if event.kind in stops or (rule.extends_with and event.kind == rule.extends_with):
            course = course.after(event, policy)
            seen.append(event)
    return course, None, seen


def clock(
    rule: DeadlineRule,
    events: Sequence[ClockEvent],
    *,
    on: datetime,
    country: str,
    policy: Policy = "pause",
) -> Clock:
    """Return a deadline as it stands at an instant.

    Parameters
    ----------
    rule : DeadlineRule
    events : Sequence[ClockEvent]   of one case, in any order; those after `on` have not happened yet
    on : datetime                   aware
    country : str                   whose days and holidays count, ISO 3166-1 or 3166-2
    policy : str                    what waiting for the applicant does: `pause` adds the time, `restart` voids it and
                                    begins again when the wait ends

    Errors     LAW-104 no calendar of that country; LAW-107 a second extension; LAW-108 one without its reason;
               LAW-110 one after zero
    Source     Reg. (EU) 2025/327 chapter IV; Reg. (EEC, Euratom) 1182/71

    Example
    -------
    >>> from hygie.base.law.timing import deadline
    >>> complete = ClockEvent("application.complete", datetime(2029, 11, 30, 9, tzinfo=UTC))
    >>> now = datetime(2030, 2, 1, 9, tzinfo=UTC)
    >>> made = clock(deadline("SU-68-4a", date(2029, 11, 30)), [complete], on=now, country="FR")
    >>> made.state, made.due.isoformat(), made.days_left
    ('running', '2030-02-28', 27)
    """
    ordered = sorted(events, key=lambda event: event.at)
    if rule.backward:
        return backward(rule, ordered, on=on, country=country)
    past = [event for event in ordered if event.at <= on]
    course, end, seen = course_of(rule, past, country, policy)
    at_zero = resolved(rule, past)
    if course is None:
        return Clock(rule, "not started", at_zero)
    stopped = course.paused_on()
    if end is not None:
        course = course.closed(end.at)
    nominal, due, expiry = course.due()
    extension = (course.day(course.extended.at), course.extended.reason) if course.extended else None
    made = Clock(
        rule, "running", at_zero, course.day(course.start), course.pauses, extension, restarts=course.restarts,
        policy=policy, events=tuple(seen),
    )  # fmt: skip
    if end is not None:
        state: State = "met" if end.at < expiry else "late"
        return replace(made, state=state, nominal=nominal, due=due, due_at=expiry, ended=course.day(end.at))
    if stopped is not None:
        return replace(made, state="paused", days_left=None if policy == "restart" else (due - stopped).days)
    state = "running" if on < expiry else "overdue"
    left = (due - course.day(on)).days
    return replace(made, state=state, nominal=nominal, due=due, due_at=expiry, days_left=left)


def backward(rule: DeadlineRule, ordered: Sequence[ClockEvent], *, on: datetime, country: str) -> Clock:
    """Return a deadline counted back from a date that may lie ahead; the last date known counts."""
    dates = [event for event in ordered if event.kind == rule.starts_with]
    if not dates:
        return Clock(rule, "not started", rule.at_zero)
    anchor = local_day(dates[-1].at, country)
    due = count(anchor, -rule.amount, rule.unit, country=country)
    expiry = midnight(due + DAY, country)
    end = next((event for event in ordered if event.kind in rule.ends_with and event.at <= on), None)
    seen = (dates[-1], end) if end else (dates[-1],)
    made = Clock(rule, "running", rule.at_zero, anchor, nominal=due, due=due, due_at=expiry, events=seen)
    if end is not None:
        return replace(made, state="met" if end.at < expiry else "late", ended=local_day(end.at, country))
    left = (due - local_day(on, country)).days
    return replace(made, state="running" if on < expiry else "overdue", days_left=left)
