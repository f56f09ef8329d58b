"""States, steps, legs and clocks in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hygie.access.applications.timing.lengthening import ASKED, GIVEN, LONGER
from hygie.access.applications.values import Application, Happening
from hygie.base import law
from hygie.commons.web import current
from hygie.commons.web.pieces import ClockView, Proof, Segment, StateLine, Stretch, Tone
from hygie.commons.web.templatetags.hygie import day

STATES: dict[str, tuple[str, Tone]] = {
    "draft": (gettext_noop("Draft"), "muted"),
    "submitted": (gettext_noop("Received"), "wait"),
    "pre-screening": (gettext_noop("Checked for completeness"), "wait"),
    "awaiting": (gettext_noop("To be completed by the applicant"), "wait"),
    "processing": (gettext_noop("Under assessment"), "wait"),
    "paused": (gettext_noop("Waiting for the applicant"), "wait"),
    "decided": (gettext_noop("Decided"), "know"),
    "answered": (gettext_noop("Answered"), "leaf"),
    "withdrawn": (gettext_noop("Withdrawn"), "muted"),
    "closed": (gettext_noop("Closed, not completed"), "muted"),
}
OUTCOMES: dict[str, tuple[str, Tone]] = {
    "granted": (gettext_noop("Granted"), "leaf"),
    "partly": (gettext_noop("Granted in part"), "leaf"),
    "refused": (gettext_noop("Refused"), "stop"),
    "converted": (gettext_noop("Answered in statistics instead"), "know"),
}
NEXT: dict[str, str] = {
    "submitted": gettext_noop("an officer takes it"),
    "pre-screening": gettext_noop("completeness is checked"),
    "awaiting": gettext_noop("the applicant completes it"),
    "processing": gettext_noop("decision due"),
    "paused": gettext_noop("the applicant answers"),
}
EVENTS: dict[str, str] = {
    "application.submitted": gettext_noop("Received"),
    "application.published": gettext_noop("Entered in the public register"),
    "application.taken": gettext_noop("Taken by an officer"),
    "application.completion-asked": gettext_noop("Completion asked for"),
    "application.completed": gettext_noop("Completed by the applicant"),
    "application.complete": gettext_noop("Found complete"),
    "application.waiting": gettext_noop("Applicant asked"),
    "application.resumed": gettext_noop("Clock goes on"),
    "application.rerouted": gettext_noop("Put on another track"),
    "application.assessed": gettext_noop("Assessed"),
    "application.extended": gettext_noop("Time extended"),
    "application.estimated": gettext_noop("Fees estimated"),
    "application.fees-accepted": gettext_noop("Estimate accepted"),
    "application.conversion-proposed": gettext_noop("Statistics proposed"),
    "application.conversion-agreed": gettext_noop("Statistics agreed to"),
    "application.decided": gettext_noop("Decided"),
    "application.answered": gettext_noop("Answered in statistics"),
    "answer.table-kept": gettext_noop("Table of the answer kept"),
    "answer.table-dropped": gettext_noop("Table of the answer taken out"),
    "application.withdrawn": gettext_noop("Withdrawn"),
    "application.closed": gettext_noop("Closed, not completed"),
    "application.overdue": gettext_noop("A day passed"),
    "decision.published": gettext_noop("Decision published"),
    "permit.granted": gettext_noop("Permit issued"),
    "permit.closed": gettext_noop("Processing ended"),
    "permit.ended": gettext_noop("The permit stands no more"),
    "delivery.kept": gettext_noop("The data delivered before serve"),
    "delivery.asked": gettext_noop("Holders asked for the data"),
    "delivery.part-received": gettext_noop("Part of the data delivered"),
    "delivery.received": gettext_noop("Data delivered"),
    "delivery.extended": gettext_noop("Delivery extended"),
    "application.forwarded": gettext_noop("Forwarded to another country"),
    "proposal.asked": gettext_noop("Put to the trusted holder"),
    "proposal.received": gettext_noop("Proposal of the trusted holder"),
    "proposal.departed": gettext_noop("Decided otherwise than proposed"),
    "costs.stated": gettext_noop("Costs stated by the holder"),
    "fees.agreed": gettext_noop("Fees agreed on"),
    "fees.set": gettext_noop("Fees set by the access body"),
    "data.longer": gettext_noop("Longer time to open the data"),
    "data.opened": gettext_noop("Data opened to the user"),
    "data.deleted": gettext_noop("Data deleted from the enclave"),
    "results.published": gettext_noop("Results published"),
    "results.extension-asked": gettext_noop("Longer time for the results asked for"),
    "results.extended": gettext_noop("Longer time for the results given"),
    "results.extension-refused": gettext_noop("Longer time for the results refused"),
    "cesrees.received": gettext_noop("Received by CESREES"),
    "cesrees.opinion": gettext_noop("Opinion of CESREES"),
    "cnil.received": gettext_noop("Received by CNIL"),
    "cnil.extended": gettext_noop("Extended by CNIL"),
    "cnil.decided": gettext_noop("Decision of CNIL"),
}
LEGS: dict[str, str] = {
    "pre-screening": gettext_noop("From reception to completeness"),
    "waiting": gettext_noop("Waiting for the applicant"),
    "decision": gettext_noop("From completeness to decision"),
    "delivery": gettext_noop("Delivery by the holders"),
    "opening": gettext_noop("Opening of the data"),
    "publication": gettext_noop("Publication of the decision"),
    "answer": gettext_noop("Answer in statistics"),
    "access": gettext_noop("From reception to access"),
    "cesrees": gettext_noop("CESREES"),
    "cnil": gettext_noop("CNIL"),
}
CLOCKS: dict[str, tuple[str, Tone]] = {
    "running": (gettext_noop("running"), "wait"),
    "paused": (gettext_noop("paused"), "wait"),
    "met": (gettext_noop("kept"), "leaf"),
    "late": (gettext_noop("done late"), "stop"),
    "overdue": (gettext_noop("overdue"), "stop"),
}
NONE: Mapping[int, Proof] = MappingProxyType({})


def state_line(
    application: Application, today: date, events: Sequence[Happening] = (), proofs: Mapping[int, Proof] = NONE
) -> StateLine:
    """Return where an application stands, since when, what comes next, and which of its events proves it.

    Parameters
    ----------
    proofs : Mapping   where its events are proven, by place
    """
    word, tone = STATES[application.state]
    if application.outcome and application.state == "decided":
        word, tone = OUTCOMES[application.outcome]
    due = application.due_on if application.state in NEXT else None
    entered = next((each.index for each in reversed(events) if brought(each, application.state)), -1)
    return StateLine(
        _(word),
        "stop" if due and due < today else tone,
        application.changed_on,
        application.officer,
        next_step(application.state, due),
        due,
        (due - today).days if due else None,
        proof=proofs.get(entered),
    )


def brought(event: Happening, state: str) -> bool:
    """Return whether an event brought an application into a state that it was not in."""
    return event.body.get("to") == state != event.body.get("from")


def next_step(state: str, due: date | None) -> str:
    """Return what happens next; what is assessed while no clock runs is due on no day."""
    if state == "processing" and due is None:
        return _("the decision follows; no clock runs")
    return _(NEXT[state]) if state in NEXT else ""


def event_word(kind: str) -> str:
    """Return an event in the reader's words."""
    return _(EVENTS[kind]) if kind in EVENTS else kind


def until_word(event: Happening) -> str:
    """Return the day that an extension names, or that was asked for; empty where the event names none."""
    if event.kind not in (ASKED, GIVEN, LONGER):
        return ""
    return _("until %(day)s") % {"day": day(date.fromisoformat(str(event.body["until"])))}


def outcome_words(outcome: str) -> tuple[str, Tone]:
    """Return an outcome in the reader's words with its tone; nothing before a decision."""
    word, tone = OUTCOMES.get(outcome, ("", "muted"))
    return (_(word) if word else ""), tone


def clock_view(clock: law.Clock) -> ClockView:
    """Return a law's clock as a page shows it."""
    word, tone = CLOCKS[clock.state]
    language = current.language()
    zero = law.AT_ZERO[clock.at_zero][language]
    return ClockView(
        title=clock.rule.label[language],
        source=f"{clock.rule.id} · {clock.rule.source}",
        state=_(word),
        tone=tone,
        started=clock.started,
        due=clock.due,
        ended=clock.ended,
        days_left=clock.days_left,
        at_zero=_("if the day passes: %(zero)s") % {"zero": zero} + waits(clock),
        segments=segments(clock),
        extension=clock.extension,
        events=[(localdate(event.at), event_word(event.kind), event.reason) for event in clock.events],
    )


def waits(clock: law.Clock) -> str:
    """Return what waiting for the applicant does to a clock that it touches."""
    if not clock.rule.pausable:
        return ""
    if clock.policy == "restart":
        return " · " + _("waiting for the applicant voids the time")
    return " · " + _("waiting for the applicant pauses it")


def segments(clock: law.Clock) -> tuple[Segment, ...]:
    """Return a clock's bar: what is past, the pauses in it, the extension, and what is late."""
    if clock.started is None or clock.due is None or clock.due <= clock.started:
        return ()
    now = clock.ended or clock.due
    if clock.ended is None and clock.days_left is not None:
        now = date.fromordinal(clock.due.toordinal() - clock.days_left)
    start, last = clock.started, max(clock.due, now)
    whole = (last - start).days

    def part(first: date, end: date, kind: Stretch) -> Segment:
        return Segment(100 * (first - start).days / whole, 100 * (end - first).days / whole, kind)

    found = [part(clock.started, min(now, clock.due), "past")]
    found += [part(first, end or now, "pause") for first, end in clock.pauses if (end or now) > first]
    if now > clock.due:
        found.append(part(clock.due, now, "late"))
    return tuple(found)


ADVICE = ("cesrees.opinion", "cnil.decided", "proposal.received")


def fallen(events: Sequence[Happening]) -> list[tuple[str, date]]:
    """Return the opinions and proposals that a changed text made void and that were not given again, with their days.

    An ethics opinion that the changed text still cites is among them: it was written of the former text.
    """
    fresh = {event.kind for event in events if not event.void}
    last = {event.kind: localdate(event.at) for event in events if event.void and event.kind in ADVICE}
    found = [(event_word(kind), day) for kind, day in last.items() if kind not in fresh]
    changes = [event for event in events if event.body.get("changed")]
    if changes and changes[-1].body.get("ethics"):
        found.append((_("Ethics opinion cited by the application"), localdate(changes[-1].at)))
    return found
