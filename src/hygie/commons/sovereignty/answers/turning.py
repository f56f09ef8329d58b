"""The days on which the rulings on one question can turn, and on which they do, by the facts it hangs on alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta

from hygie.commons.sovereignty.answers.relevance import connected
from hygie.commons.sovereignty.knowledge.facts import Facts
from hygie.commons.sovereignty.knowledge.values import Bound, Interval
from hygie.commons.sovereignty.rules.judging import judge
from hygie.commons.sovereignty.rules.outcomes import Rule, RuleSet
from hygie.commons.sovereignty.rules.questions import Question

EARLIEST = date(2018, 5, 25)  # of application of the GDPR
NEXT = timedelta(days=1)


@dataclass(frozen=True)
class Turn:
    """From a day on, the verdicts on a place are these."""

    day: date
    legality: str
    exposure: str


def turns(question: Question, facts: Facts, known_at: datetime, rules: RuleSet) -> tuple[Turn, ...]:
    """Return the days on which the ruling on a question turned, or will: the first, and each that differs.

    Parameters
    ----------
    question : Question
    facts : Facts
    known_at : datetime   the time of knowledge, UTC
    rules : RuleSet

    Only facts that the question can hang on are looked at; the rulings are those that all the facts give.
    """
    near = connected(question, facts, known_at)
    made: list[Turn] = []
    for day in boundaries(question, near, rules):
        ruling = judge(question, near.at(day, known_at), rules)
        turn = Turn(day, ruling.legality.name, ruling.exposure.name)
        if not made or (made[-1].legality, made[-1].exposure) != (turn.legality, turn.exposure):
            made.append(turn)
    return tuple(made)


def boundaries(question: Question, facts: Facts, rules: RuleSet) -> list[date]:
    """Return the days on which something that a question hangs on can become another, in their order.

    Parameters
    ----------
    question : Question   with the dates of its derogation, acceptance and copies
    facts : Facts         with the dates of their own, of laws and of certificates
    rules : RuleSet       with the days from which, and to which, rules apply, and those they compare with
    """
    found = {EARLIEST, *dates(question.data), *dates(question.placement)}
    for record in facts.records:
        found.update(dates(record))
    for rule in rules.rules:
        found.update(applying(rule))
    return sorted(day for day in found if day >= EARLIEST)


def applying(rule: Rule) -> Iterator[date]:
    """Yield the days from which a rule is another than before."""
    yield rule.valid.start
    if rule.valid.end:
        yield from following(rule.valid.end)
    yield from (day for day in rule.settings.values() if isinstance(day, date))


def dates(value: object) -> Iterator[date]:
    """Yield each day on which an answer to "has it begun, is it over" changes, for all dates within a value.

    Example
    -------
    >>> from hygie.commons.sovereignty.knowledge.values import bound
    >>> [day.isoformat() for day in dates(Interval(bound("2020-01-01"), bound("2021-12-31")))]
    ['2020-01-01', '2022-01-01']
    """
    if isinstance(value, Interval):
        yield from days(value.start)
        if value.end is not None:
            yield from (day for each in days(value.end) for day in following(each))
            first, last = value.start.earliest, value.end.earliest
            if first and (last is None or last < first):
                yield from following(first)
    elif isinstance(value, Bound):
        yield from (each for day in days(value) for each in (day, *following(day)))
    elif isinstance(value, date) and not isinstance(value, datetime):
        yield from (value, *following(value))
    elif is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            yield from dates(getattr(value, item.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from dates(each)


def days(limits: Bound) -> Iterable[date]:
    """Return the days between which a day lies."""
    return {day for day in (limits.earliest, limits.latest) if day}


def following(day: date) -> Iterator[date]:
    """Yield the day after a day, if the calendar has one."""
    if day < date.max:
        yield day + NEXT
