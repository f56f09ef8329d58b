"""The officers' steps on a case: what each asks for, what it does, and how it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hygie.access.applications import actions
from hygie.access.applications.desk import forms as desk_forms
from hygie.access.applications.holders.advising import PUT_TO
from hygie.access.applications.machine import moves_from
from hygie.access.applications.timing.extending import ANSWERING, EXTENDING, LENGTHENING
from hygie.access.applications.values import Application
from hygie.base.engine.node import Node

Do = Callable[[Node, str, Mapping[str, Any], str], object]
TIMING = (*ANSWERING, LENGTHENING, EXTENDING)


@dataclass(frozen=True)
class Act:
    """A step that an officer may take.

    Parameters
    ----------
    move : str      the machine's move that it makes
    title : str     of its page and its button
    says : str      what it does, in a sentence
    form : type     what it asks for
    do : Callable   its one action
    """

    move: str
    title: str | Promise
    says: str | Promise
    form: type[forms.Form]
    do: Do


def taken(node: Node, made: str, data: Mapping[str, Any], actor: str) -> Application:  # noqa: ARG001
    """Take a case."""
    return actions.take(node, made, actor=actor)


def completed(node: Node, made: str, data: Mapping[str, Any], actor: str) -> Application:  # noqa: ARG001
    """Find a case complete."""
    return actions.mark_complete(node, made, actor=actor)


def estimated(node: Node, made: str, data: Mapping[str, Any], actor: str) -> Application:
    """Tell the estimate as its two lines and their sum."""
    lines = [
        {"label": "access body", "payee": "body", "amount": f"{data['body']:.2f}"},
        {"label": "health data holders", "payee": "holder", "amount": f"{data['holders']:.2f}"},
    ]
    amount = f"{data['body'] + data['holders']:.2f}"
    return actions.estimate(node, made, amount=amount, currency=data["currency"].upper(), lines=lines, actor=actor)


ACTS: Mapping[str, Act] = {
    "take": Act(
        "take",
        _("Take the case"),
        _("You become the case's officer, and check that the application is complete."),
        desk_forms.Plain,
        taken,
    ),
    "complete": Act(
        "complete",
        _("Find it complete"),
        _("The time for the decision starts today. The day of reception stays on record."),
        desk_forms.Plain,
        completed,
    ),
    "ask": Act(
        "ask",
        _("Ask for a completion"),
        _("The applicant has four weeks. After that the application is closed without a decision."),
        desk_forms.Reasoned,
        lambda node, made, data, actor: actions.ask_completion(node, made, data["reason"], actor=actor),
    ),
    "pause": Act(
        "pause",
        _("Ask the applicant a question"),
        _("The clock stands until the answer."),
        desk_forms.Reasoned,
        lambda node, made, data, actor: actions.pause(node, made, data["reason"], actor=actor),
    ),
    "go-on": Act(
        "go-on",
        _("Go on without the answer"),
        _("The clock runs again from today, on the text as it was when you asked."),
        desk_forms.Reasoned,
        lambda node, made, data, actor: actions.go_on(node, made, data["reason"], actor=actor),
    ),
    "extend": Act(
        "extend",
        _("Extend the time"),
        _("Once, before the day, and the applicant is told why."),
        desk_forms.Reasoned,
        lambda node, made, data, actor: actions.extend(node, made, data["reason"], actor=actor),
    ),
    "reroute": Act(
        "reroute",
        _("Put it on another track"),
        _("The accelerated track is for public-health bodies and the purposes a to c."),
        desk_forms.Rerouting,
        lambda node, made, data, actor: actions.reroute(node, made, data["track"], data["reason"], actor=actor),
    ),
    "estimate": Act(
        "estimate",
        _("Estimate the fees"),
        _("The applicant accepts the estimate before anything is issued, or withdraws."),
        desk_forms.Estimate,
        estimated,
    ),
    "convert": Act(
        "convert",
        _("Propose statistics instead"),
        _("An answer in anonymised statistics, if the applicant agrees."),
        desk_forms.Reasoned,
        lambda node, made, data, actor: actions.convert(node, made, data["reason"], actor=actor),
    ),
    "ask-proposal": Act(
        "ask-proposal",
        _("Put it to the trusted holder"),
        _("The holder assesses it and proposes a decision within two months. You decide, and are not bound by it."),
        desk_forms.Plain,
        lambda node, made, data, actor: actions.ask_proposal(node, made, actor=actor),  # noqa: ARG005
    ),
    "set-fees": Act(
        "set-fees",
        _("Set the holder's fees"),
        _("Open one month after the permit, when the holder and the user have not agreed (art. 62(4))."),
        desk_forms.Fees,
        lambda node, made, data, actor: actions.set_fees(
            node, made, f"{data['amount']:.2f}", reason=data["reason"], actor=actor
        ),
    ),
    "leg": Act(
        "record",
        _("Record CESREES or CNIL"),
        _("Their silence is recorded by itself on the day that the law gives."),
        desk_forms.Leg,
        lambda node, made, data, actor: actions.record_leg(
            node, made, data["leg"], outcome=data["outcome"], reason=data["reason"], actor=actor
        ),
    ),
    "extend-results": Act(
        "extend-results",
        _("Give a longer time for the results"),
        _("Once, to a day that you name, in a justified case such as a journal's review (art. 61(4))."),
        desk_forms.Until,
        lambda node, made, data, actor: actions.extend_results(node, made, data["until"], data["reason"], actor=actor),
    ),
    "keep-results": Act(
        "keep-results",
        _("Refuse a longer time for the results"),
        _("The day stays as it is. Until then the user may ask again."),
        desk_forms.Reasoned,
        lambda node, made, data, actor: actions.keep_results(node, made, data["reason"], actor=actor),
    ),
    "lengthen": Act(
        "lengthen",
        _("Set a longer time to open the data"),
        _("Once, to a day that you name, before the day on which they are due (art. 68(7))."),
        desk_forms.Until,
        lambda node, made, data, actor: actions.lengthen_opening(
            node, made, data["until"], data["reason"], actor=actor
        ),
    ),
    "answer": Act(
        "answer",
        _("Give the statistics"),
        _("Those who asked take the tables from their page. No table changes any more; results are due from today."),
        desk_forms.Plain,
        lambda node, made, data, actor: actions.answer(node, made, actor=actor),  # noqa: ARG005
    ),
}


def open_acts(application: Application, timing: frozenset[str] = frozenset()) -> list[tuple[str, str | Promise]]:
    """Return the steps that are open on a case: the name of its page, and its title.

    Parameters
    ----------
    timing : frozenset   those of the steps on longer times that make sense now
    """
    moves = moves_from(application.state)
    found = [(name, act.title) for name, act in ACTS.items() if act.move in moves and fits(name, application)]
    found = [each for each in found if each[0] not in TIMING or each[0] in timing]
    if any(name == "answer" for name, _title in found):
        found = [each for each in found if each[0] != "answer"] + [("prepare", _("Prepare the answer in statistics"))]
    if "decide" in moves:
        found.append(("decide", _("Decide")))
    if "publish" in moves and application.published_at is None and application.outcome:
        found.append(("publish", _("Publish the decision")))
    return found


def fits(name: str, application: Application) -> bool:
    """Return whether a step makes sense on a case's track and kind."""
    if name == "leg":
        return application.track == "french"
    if name == "ask-proposal":
        return application.kind == "permit" and application.track in PUT_TO
    if name == "set-fees":
        return bool(application.permit and application.fees)
    if name == "reroute":
        return application.track in ("standard", "accelerated")
    if name == "answer":
        return application.outcome == "converted" or (
            application.kind == "request" and application.outcome in ("granted", "partly")
        )
    return name != "convert" or application.kind == "permit"
