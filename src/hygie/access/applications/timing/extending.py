"""Longer times that the access body gives: for results, which the user asks for, and for the opening of the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hygie.access.applications.decision.assessing import reasoned
from hygie.access.applications.holders.owing import lengthen, timed
from hygie.access.applications.machine import STATE
from hygie.access.applications.models import ApplicationRow, ExtensionRow, TaskRow
from hygie.access.applications.pages import page_of
from hygie.access.applications.reading import view
from hygie.access.applications.recording import Step, moving, told
from hygie.access.applications.timing.duties import results
from hygie.access.applications.timing.lengthening import RESULTS
from hygie.access.applications.values import Application, Page
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal, refuse
from hygie.base.kernel.catalogue import coded
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check

ANSWERING = ("extend-results", "keep-results")
LENGTHENING = "lengthen"
EXTENDING = "extend"
Timed = tuple[law.DeadlineRule, Sequence[law.ClockEvent]]


@dataclass(frozen=True)
class Asked:
    """A longer time for results that a user asked for and nobody answered yet.

    Parameters
    ----------
    application, title, organisation : str
    rule : str      of a permit's results, or of an answer's
    until : date    the day asked for
    due_on : date   the day on which the results are due without it
    late : bool     that day is past
    """

    application: str
    title: str
    organisation: str
    rule: str
    until: date
    due_on: date
    reason: str
    asked_at: datetime
    late: bool


def ask_longer(node: Node, application_id: str, until: date | None, reason: str, *, actor: str) -> Application:
    """Ask, as the user, for a longer time to make the results public; the access body answers.

    Parameters
    ----------
    until : date   the last day asked for: after the one on which the results are due, and at most as long again
    reason : str   1 to 5,000 characters; officers and the auditor read it

    Errors     APP-101; PPL codes; APP-201; APP-204; APP-267 no results are owed; APP-268 asked already; LAW-107 given
               already; LAW-108 no day; LAW-110 the time does not run, or is over; LAW-115 a day that may not be
    Source     Reg. (EU) 2025/327 art. 61(4) (SU-61-4a)
    """
    with moving(node, application_id, "ask-longer", actor=actor) as step:
        reasoned(step, reason)
        before = waiting(application_id)
        if before is not None:
            raise refuse("APP-268", day=law.local_day(before.at, node.country).isoformat())
        rule, events = owed(node, step.row)
        law.may_extend(rule, events, reason=step.reason, on=step.at, country=node.country, until=until).check()
        assert until is not None
        due = law.clock(rule, events, on=step.at, country=node.country).due
        ExtensionRow.objects.create(
            application=step.row, rule=rule.id, until=until, due_on=due, reason=step.reason, at=step.at, by=actor
        )
        say(step, rule=rule.id, until=until.isoformat())
    return view(step.row)


def extend_results(node: Node, application_id: str, until: date | None, reason: str, *, actor: str) -> Application:
    """Give a longer time for the results, once, to whoever asked in time; the day may be another than was asked for.

    Errors     as `ask_longer`; APP-269 nobody asked
    Source     Reg. (EU) 2025/327 art. 61(4) (SU-61-4a)
    """
    with moving(node, application_id, "extend-results", actor=actor) as step:
        reasoned(step, reason)
        asked = answered(step)
        rule, events = owed(node, step.row)
        given = law.ClockEvent(rule.extends_with, step.at, step.reason, until, asked.at)
        law.may_extend(
            rule, events, reason=step.reason, on=step.at, country=node.country, until=until, asked=asked.at
        ).check()
        due = law.clock(rule, [*events, given], on=step.at, country=node.country).due
        assert until is not None and due is not None
        say(step, rule=rule.id, until=until.isoformat(), due=due.isoformat(), asked=asked.at.isoformat())
    return view(step.row)


def keep_results(node: Node, application_id: str, reason: str, *, actor: str) -> Application:
    """Refuse a longer time for the results, with the reason; the day stays, and while it lasts one may ask again.

    Errors     APP-101; PPL codes; APP-201; APP-204; APP-269 nobody asked
    Source     Reg. (EU) 2025/327 art. 61(4) (SU-61-4a)
    """
    with moving(node, application_id, "keep-results", actor=actor) as step:
        reasoned(step, reason)
        asked = answered(step)
        say(step, rule=asked.rule, asked=asked.at.isoformat())
    return view(step.row)


def lengthen_opening(node: Node, application_id: str, until: date | None, reason: str, *, actor: str) -> Application:
    """Set a longer time to open the data to the user, once, with its reason, after the holders have delivered.

    Parameters
    ----------
    until : date   after the day on which the data are due, and at most as long again
    reason : str   1 to 5,000 characters; the user and the stewards read it

    Errors     APP-101; PPL codes; APP-201; APP-204; APP-270 no data wait to be opened; LAW-107 set already; LAW-108 no
               day; LAW-110 the time is over; LAW-115 a day that may not be
    Source     Reg. (EU) 2025/327 art. 68(7) (SU-68-7)
    """
    with moving(node, application_id, LENGTHENING, actor=actor) as step:
        reasoned(step, reason)
        task = opening(application_id)
        if task is None:
            raise refuse("APP-270")
        lengthen(step, task, until)
        assert until is not None
        say(step, rule=task.rule, permit=task.permit, until=until.isoformat())
    return view(step.row)


def say(step: Step, **body: str) -> None:
    """Put things and days into a step's fact, and the commitment of its reason."""
    step.body |= {**body, "reason": ledger.committed(step.reason)}


def owed(node: Node, row: ApplicationRow) -> Timed:
    """Return the rule of the results that an application's user owes, and what it is read with; APP-267."""
    if row.permit:
        found = results(node, row.permit)
    elif row.state == "answered":
        events = told(list(row.events.order_by("id")))
        found = law.governed(RESULTS[1], events, on=node.clock(), country=node.country), events
    else:
        found = None
    if found is None:
        raise refuse("APP-267", found=coded(STATE, (row.outcome or row.state,)))
    return found


def waiting(application_id: str) -> ExtensionRow | None:
    """Return what was asked for and not answered yet."""
    return ExtensionRow.objects.filter(application=application_id, answered_at=None).first()


def answered(step: Step) -> ExtensionRow:
    """Return what was asked for, answered from now on; APP-269."""
    asked = waiting(step.row.id)
    if asked is None:
        raise refuse("APP-269")
    asked.answered_at = step.at
    asked.save(update_fields=["answered_at"])
    return asked


def opening(application_id: str) -> TaskRow | None:
    """Return the opening of an application's data that is still to be done."""
    return TaskRow.objects.filter(application=application_id, kind="opening", done_at=None).first()


def timing(application: Application, waits: ExtensionRow | None, clocks: Iterable[law.Clock] = ()) -> frozenset[str]:
    """Return the officer's steps on these times that make sense now; `waits` is what was asked for, if anything."""
    decides = law.tracks()[application.track].decides
    longer = any(
        clock.rule.id in decides
        and clock.rule.extends_with
        and not clock.extension
        and clock.state in ("running", "paused")
        for clock in clocks
    )
    asked = application.state in ("decided", "answered") and waits
    task = opening(application.id) if application.state == "decided" else None
    offered = ((LENGTHENING, task and not task.extended), (EXTENDING, longer))
    return frozenset((*(ANSWERING if asked else ()), *(name for name, fits in offered if fits)))


def span(node: Node, application_id: str) -> tuple[date, date] | None:
    """Return the first and the last day that a longer time for an application's results may name; None without one."""
    found = timed_results(node, application_id)
    return law.extendable(*found, on=node.clock(), country=node.country) if found else None


def timed_results(node: Node, application_id: str) -> Timed | None:
    """Return what `owed` does of an application's id; None where no results are owed."""
    row = ApplicationRow.objects.filter(id=application_id).first()
    try:
        return owed(node, row) if row else None
    except Refusal:
        return None


def opening_span(node: Node, application_id: str) -> tuple[date, date] | None:
    """Return the first and the last day that a longer time to open the data may name; None without one."""
    task = opening(application_id)
    if task is None or task.extended:
        return None
    rule, begun = timed(task, node.country)
    return law.extendable(rule, [begun], on=node.clock(), country=node.country)


def offered(node: Node, application: Application) -> tuple[date, date] | None:
    """Return the days that a user may ask for now; None where a longer time may not be asked for."""
    if application.state not in ("decided", "answered") or waiting(application.id) is not None:
        return None
    found = timed_results(node, application.id)
    days = law.extendable(*found, on=node.clock(), country=node.country) if found else None
    if found is None or days is None:
        return None
    may = law.may_extend(*found, reason="?", on=node.clock(), country=node.country, until=days[0])
    return days if may.allowed else None


def longer_asked(node: Node, *, reader: str, page: int = 1) -> Page:
    """Return the longer times for results that wait for an answer, the nearest day first; officers and the auditor.

    Errors     PPL codes
    Source     Reg. (EU) 2025/327 art. 61(4) (SU-61-4a)
    """
    check(reader, "case.read", {})
    today = node.today()
    rows = ExtensionRow.objects.filter(answered_at=None).select_related("application")
    rows = rows.defer("application__document", "application__written").order_by("due_on", "id")
    return page_of(rows, page, lambda row: asked_of(row, today))


def asked_of(row: ExtensionRow, today: date) -> Asked:
    """Return a row as lists show it."""
    of = row.application
    late = row.due_on < today
    return Asked(of.id, of.title, of.organisation, row.rule, row.until, row.due_on, row.reason, row.at, late)
