"""On which day, and by which knowledge, a placement's verdict turned: found by halving, never the day of asking."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta

from hygie.base.law.days import zone
from hygie.commons.sovereignty.knowledge.facts import Facts, View
from hygie.commons.sovereignty.knowledge.values import Bound, Interval
from hygie.commons.sovereignty.rules.outcomes import RuleSet
from hygie.commons.sovereignty.rules.placements import Judged

Judge = Callable[[View], Sequence[Judged]]
Bad = Callable[[Judged], bool]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Course:
    """How the verdicts on some placements went between two days.

    Parameters
    ----------
    judge : Callable   the rulings on the placements by one View
    facts : Facts
    since : date       the earlier day
    view : View        the later day, and what was known then
    rules : RuleSet
    """

    judge: Judge
    facts: Facts
    since: date
    view: View
    rules: RuleSet
    _found: dict[tuple[date, datetime], dict[str, Judged]] = field(default_factory=dict, repr=False)

    def at(self, day: date, known: datetime) -> dict[str, Judged]:
        """Return the rulings on a day by what was known at a time, by placement."""
        key = (day, known)
        if key not in self._found:
            self._found[key] = {each.placement.id: each for each in self.judge(self.facts.at(day, known))}
        return self._found[key]

    def turned(self, placement: str, bad: Bad) -> date:
        """Return the day from which something holds of a placement that did not hold on the earlier day."""
        known, acts = self.view.known_at, ends(self.at(self.view.as_of, self.view.known_at)[placement])
        days = sorted({day for day in (*self.days(), *acts) if self.since < day <= self.view.as_of})

        def held(day: date) -> bool:
            return bad(self.at(day, known)[placement])

        first = bisect_left(days, True, key=held)
        if first < len(days):
            return days[first]
        start = (days[-1] if days else self.since).toordinal()  # no fact's own day: a term that a rule counts
        after = range(start + 1, self.view.as_of.toordinal())
        return date.fromordinal(start + 1 + bisect_left(after, True, key=lambda n: held(date.fromordinal(n))))

    def knew(self, placement: str, bad: Bad, turned: date, country: str) -> datetime:
        """Return from when it could be known that it held: the record's time, and not before the day it turned."""
        on, last = self.view.as_of, self.view.known_at
        times = sorted(
            {
                at
                for record in self.facts.records
                for at in (record.recorded_at, record.superseded_at)
                if at is not None and at <= last
            }
        )
        first = bisect_left(times, True, key=lambda at: bad(self.at(on, at)[placement]))
        return max(times[first] if first < len(times) else last, datetime.combine(turned, time.min, zone(country)))

    def days(self) -> Iterator[date]:
        """Yield the days on which a fact or a rule begins, and those after one ends."""
        for record in self.facts.records:
            for item in fields(record):
                yield from limits(getattr(record, item.name))
        for rule in self.rules.rules:
            yield rule.valid.start
            if rule.valid.end:
                yield rule.valid.end + DAY


def limits(value: object) -> Iterator[date]:
    """Yield the days on which something dated may begin, and those on which it may be over; none for other values."""
    for limit in (value.start, value.end) if isinstance(value, Interval) else (value,):
        for day in (limit.earliest, limit.latest) if isinstance(limit, Bound) else ():
            if day is not None:
                yield day
                if day < date.max:
                    yield day + DAY


def ends(judged: Judged) -> Iterator[date]:
    """Yield the days after which an act on a placement no longer counts, and those from which one does."""
    derogation, acceptance = judged.placement.derogation, judged.placement.acceptance
    if derogation is not None:
        yield derogation.granted
        yield derogation.ends + DAY
    if acceptance is not None:
        yield acceptance.until + DAY
