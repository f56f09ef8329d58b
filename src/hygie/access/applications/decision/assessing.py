"""What access officers do before a decision: screen, ask, time, assess, estimate, propose."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.timezone import localdate

from hygie.access.applications.decision import weighing as rules
from hygie.access.applications.holders.costing import passed_on
from hygie.access.applications.models import AssessmentRow
from hygie.access.applications.reading import view
from hygie.access.applications.recording import Step, moving, standing, told
from hygie.access.applications.rewriting import dropped
from hygie.access.applications.timing.clocks import policy_of
from hygie.access.applications.values import Application
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import legible, refuse
from hygie.base.ledger import actions as ledger

MAX_REASON = 5000


def reasoned(step: Step, reason: str) -> None:
    """Put a reason on a step; APP-204 without one, KER-106 with a control character."""
    legible(reason, "$.reason").check()
    if not reason.strip() or len(reason) > MAX_REASON:
        raise refuse("APP-204", found=len(reason.strip()), accepted=MAX_REASON)
    step.reason = reason.strip()


def take(node: Node, application_id: str, *, actor: str) -> Application:
    """Take an application into pre-screening; the officer becomes the case's own.

    Errors     APP-101; PPL codes; APP-201
    Source     TEHDAS2 D6.4, TG-1
    """
    with moving(node, application_id, "take", actor=actor) as step:
        step.row.officer = actor
    return view(step.row)


def ask_completion(node: Node, application_id: str, reason: str, *, actor: str) -> Application:
    """Ask the applicant to complete an application: four weeks, else no permit is issued.

    Parameters
    ----------
    reason : str   what is missing, 1 to 5,000 characters; the applicant reads it

    Errors     APP-101; PPL codes; APP-201; APP-204
    Source     Reg. (EU) 2025/327 art. 68(4)
    """
    with moving(node, application_id, "ask", actor=actor) as step:
        reasoned(step, reason)
    return view(step.row)


def mark_complete(node: Node, application_id: str, *, actor: str) -> Application:
    """Find an application complete: the decision's clock starts, and reception stays on record beside it.

    Errors     APP-101; PPL codes; APP-201
    Source     Reg. (EU) 2025/327 art. 68(4); trap T3
    """
    with moving(node, application_id, "complete", actor=actor) as step:
        step.row.complete_at = step.at
    return view(step.row)


def pause(node: Node, application_id: str, reason: str, *, actor: str) -> Application:
    """Ask the applicant something during the assessment; the clock stands until the answer.

    Errors     APP-101; PPL codes; APP-201; APP-204
    Source     TEHDAS2 D6.3, trap T2
    """
    with moving(node, application_id, "pause", actor=actor) as step:
        reasoned(step, reason)
    return view(step.row)


def go_on(node: Node, application_id: str, reason: str, *, actor: str) -> Application:
    """Go on without the applicant's answer, on the text as it was when the question was asked; the clock runs again.

    What was written since was never handed in, and falls.

    Errors     APP-101; PPL codes; APP-201; APP-204
    """
    with moving(node, application_id, "go-on", actor=actor) as step:
        reasoned(step, reason)
        dropped(step)
    return view(step.row)


def reroute(node: Node, application_id: str, track: str, reason: str, *, actor: str) -> Application:
    """Put an application on another track; the accelerated one is open only where the law opens it.

    Parameters
    ----------
    track : str   `standard` or `accelerated`

    Errors     APP-101; PPL codes; APP-201; APP-204; LAW-120 to LAW-122 not eligible; APP-211 not a track of this
               kind
    Source     Reg. (EU) 2025/327 art. 68(6)
    """
    with moving(node, application_id, "reroute", actor=actor) as step:
        reasoned(step, reason)
        rules.may_take_track(step.row.track, track, step.row.document).check()
        step.body["was"] = step.row.track
        step.row.track = track
    return view(step.row)


def assess(node: Node, application_id: str, item: str, *, holds: bool, reason: str, actor: str) -> Application:
    """Record what was found of one criterion of art. 68(1), or of one risk of art. 68(2).

    Parameters
    ----------
    item : str     as `law.criteria()` and `law.risks()` name them, `68(1)(a)`
    holds : bool   the criterion is met; for a risk: it does not stand against
    reason : str   1 to 5,000 characters

    Errors     APP-101; PPL codes; APP-201; APP-204; APP-213 no such criterion or risk
    Source     Reg. (EU) 2025/327 art. 68(1)-(2)
    """
    with moving(node, application_id, "assess", actor=actor) as step:
        reasoned(step, reason)
        known = rules.items(localdate(step.at))
        if item not in known:
            raise refuse("APP-213", found=item[:40], accepted=", ".join(known))
        AssessmentRow.objects.create(
            application=step.row, item=item, holds=holds, reason=step.reason, assessor=actor, at=step.at
        )
        step.body |= {"item": item, "holds": holds}
    return view(step.row)


def extend(node: Node, application_id: str, reason: str, *, actor: str) -> Application:
    """Extend the time for the decision, once, and tell the applicant why.

    Errors     APP-101; PPL codes; APP-201; APP-204; LAW-107 extended already; LAW-109 the law gives this kind no
               extension; LAW-110 the time is over
    Source     Reg. (EU) 2025/327 art. 68(4), 68(6)
    """
    with moving(node, application_id, "extend", actor=actor) as step:
        reasoned(step, reason)
        past = told(list(step.row.events.order_by("id")))
        rule = deciding(step, past)
        policy = policy_of(rule, past, node.waiting, node.country)
        law.may_extend(rule, past, reason=step.reason, on=step.at, country=node.country, policy=policy).check()
        step.body["rule"] = rule.id
    return view(step.row)


def deciding(step: Step, past: Sequence[law.ClockEvent]) -> law.DeadlineRule:
    """Return the rule of the decision's time on an application's track, as it was when that time began."""
    rules = law.governing(step.row.track, past, on=step.at, country=step.node.country)
    found = [rule for rule in rules if rule.id in law.tracks()[step.row.track].decides]
    if not found:
        raise refuse("APP-206", found=step.row.track)
    return next((rule for rule in found if rule.extends_with), found[0])


def estimate(
    node: Node, application_id: str, *, amount: str, currency: str = "EUR", lines: list[dict[str, str]], actor: str
) -> Application:
    """Tell the applicant the estimated fees by the tariff of the day; they are accepted before a permit is issued.

    Parameters
    ----------
    amount : str   with two decimals, the sum of the lines
    lines : list   each `label` and `amount`, and `payee`: `body` or `holder`

    Errors     APP-101; PPL codes; APP-201; APP-209 the lines do not add up, or are no amounts; APP-234 the holders'
               part is not what they stated
    Source     Reg. (EU) 2025/327 art. 62(2), 62(5)
    """
    with moving(node, application_id, "estimate", actor=actor) as step:
        rules.adds_up(amount, currency, lines).check()
        passed_on(step, currency, lines)
        step.row.fees = {"amount": f"{Decimal(amount):.2f}", "currency": currency, "lines": lines}
        step.row.fees["tariff"] = next((each.id for each in law.tariffs() if each.valid.covers(localdate(step.at))), "")
        step.row.fees_accepted_at = None
        step.body |= {"amount": step.row.fees["amount"], "currency": currency}
    return view(step.row)


def convert(node: Node, application_id: str, reason: str, *, actor: str) -> Application:
    """Propose an answer in anonymised statistics; it needs the applicant's agreement.

    Errors     APP-101; PPL codes; APP-201; APP-204; APP-211 a request for statistics already
    Source     Reg. (EU) 2025/327 art. 68(3)
    """
    with moving(node, application_id, "convert", actor=actor) as step:
        reasoned(step, reason)
        if step.row.kind == "request":
            raise refuse("APP-211", found="request", accepted="permit")
    return view(step.row)


def record_leg(
    node: Node, application_id: str, leg: str, *, outcome: str = "", reason: str = "", actor: str
) -> Application:
    """Record a step of CESREES or CNIL, on the French track.

    Parameters
    ----------
    leg : str       one of `rules.FRENCH_LEGS`: `cesrees.received`, `cesrees.opinion`, `cnil.received`, …
    outcome : str   of an opinion or decision: `favourable`, `unfavourable`, `accepted`, `refused`; empty otherwise

    Errors     APP-101; PPL codes; APP-201; APP-212 not on this track, out of order, or no such outcome
    Source     décret 2019-536 arts 88 and 91; CSP L1461-3; loi 78-17 art. 76
    """
    with moving(node, application_id, "record", actor=actor) as step:
        events = standing(list(step.row.events.order_by("id")))
        past = [(event.kind, str(event.body.get("outcome", ""))) for event in events]
        rules.next_leg(step.row.track, past, leg, outcome).check()
        step.kind, step.reason = leg, reason.strip()[:MAX_REASON]
        step.body |= {"outcome": outcome} if outcome else {}
        if step.reason:
            step.body["reason"] = ledger.committed(step.reason)
    return view(step.row)
