"""Enforcement: a user or a holder is heard, measures are taken, other bodies are told, an appeal is noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.applications.decision.assessing import MAX_REASON
from hygie.access.applications.enforcement import whom
from hygie.access.applications.enforcement.outgoing import draft
from hygie.access.applications.models import EnforcementRow, TaskRow
from hygie.access.applications.naming import NATURAL
from hygie.access.applications.pages import page_of
from hygie.access.applications.parties import of_opening, of_procedure, procedures_against
from hygie.access.applications.persons import is_natural
from hygie.access.applications.timing.clocks import accrued
from hygie.access.applications.values import Page
from hygie.access.permits.models import PermitRow
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check

SUBJECTS = ("user", "holder")
MEASURES = ("none", "revoke", "exclude", "penalty")
HEARING = "SU-63-2"
MOST = 500


@dataclass(frozen=True)
class Procedure:
    """A procedure as officers, and once decided everyone, see it.

    Parameters
    ----------
    subject : str          `user` or `holder`
    breach : law.Breach    which article, and its tier of fines
    hearing_until : date   four weeks after its opening at most
    measures : tuple       of `MEASURES`; empty before the decision
    penalty : str          accrued by today, `150.00`; empty where none runs
    reasons : str          of the decision, whole
    published_reasons : str   as everyone reads them
    natural_person : bool  the register names it nowhere
    """

    id: str
    subject: str
    organisation: str
    permit: str
    breach: law.Breach
    facts: str
    opened_on: date
    hearing_until: date
    views: str
    heard_on: date | None
    decided_on: date | None
    measures: tuple[str, ...]
    reasons: str
    rate: str
    penalty: str
    excluded_until: date | None
    appeal: str
    appealed_on: date | None
    published_reasons: str
    natural_person: bool


def open_procedure(
    node: Node,
    *,
    subject: str,
    organisation: str,
    country: str,
    business_id: str = "",
    permit: str = "",
    task: str = "",
    breach: str,
    facts: str,
    hearing_until: date,
    natural_person: bool = False,
    data_protection: bool = False,
    actor: str,
) -> Procedure:
    """Open a procedure: the user or holder is told what is held against it and heard.

    Parameters
    ----------
    subject : str           `user` or `holder`
    permit, task : str      what it is about: a permit of this node, a holder's task; either may be empty
    breach : str            one of `law.breaches()`
    facts : str             what was found, 1 to 5,000 characters; never published
    hearing_until : date    after today, four weeks at most
    natural_person : bool   also true for whoever applied as one: nothing that is published names it
    data_protection : bool  a breach of data protection is suspected: its authority is told at once

    Errors     PPL codes; APP-204; APP-224; APP-240 no such subject, breach, permit or task; APP-241 the hearing's day;
               APP-247 the permit or the task is another's
    Source     Reg. (EU) 2025/327 art. 63(1)-(2) (SU-63-2)
    """
    check(actor, "enforcement.conduct", of_opening(subject, organisation, country, business_id, permit))
    at = node.clock()
    may_open(node, at, subject, organisation, country, permit, task, breach, facts, hearing_until)
    against(node, organisation, country, business_id, permit if subject == "user" else "", task)
    with transaction.atomic():
        row = EnforcementRow.objects.create(
            id=new_id("enforcement"),
            subject=subject,
            organisation=organisation.strip(),
            country=country,
            business_id=business_id.strip(),
            natural_person=natural_person or is_natural(organisation, country) or held_by_one(permit),
            permit=permit,
            task=task,
            breach=breach,
            facts=facts.strip(),
            opened_at=at,
            opened_by=actor,
            hearing_until=hearing_until,
        )
        found = ledger.committed(row.facts)
        body = {"subject": subject, "breach": breach, "permit": permit or None, "facts": found}
        body["until"] = hearing_until.isoformat()
        ledger.append([Fact("hearing.opened", row.id, actor, at, body)])
        if data_protection:
            suspected(node, row, actor, at)
    return value(row, localdate(at))


def suspected(node: Node, row: EnforcementRow, actor: str, at: datetime) -> None:
    """Draft the message to the data-protection authority."""
    told = {"procedure": row.id, "organisation": row.organisation, "breach": row.breach, "facts": row.facts}
    draft(node, "data-protection", "data-protection-authority", row.id, told, actor=actor, at=at)


def may_open(
    node: Node,
    at: datetime,
    subject: str,
    organisation: str,
    country: str,
    permit: str,
    task: str,
    breach: str,
    facts: str,
    hearing_until: date,
) -> None:
    """Refuse a procedure that cannot be opened; APP-204, APP-224, APP-240, APP-241."""
    reasoned(facts)
    if not organisation.strip() or len(organisation) > 300 or country not in law.countries():
        raise refuse("APP-224", found=country[:8])
    known = {
        "subject": subject in SUBJECTS,
        "breach": breach in law.breaches(),
        "permit": not permit or PermitRow.objects.filter(id=permit).exists(),
        "task": not task or (subject == "holder" and TaskRow.objects.filter(id=task, kind="delivery").exists()),
    }
    for name, holds in known.items():
        if not holds:
            raise refuse("APP-240", path=f"$.{name}", found=name)
    latest = hearing_ends(node, at)
    if not localdate(at) < hearing_until <= latest:
        raise refuse("APP-241", found=hearing_until.isoformat(), accepted=latest.isoformat())


def against(node: Node, organisation: str, country: str, business_id: str, permit: str, task: str) -> None:
    """Refuse a procedure whose permit or delivery is another's, who would not be heard: APP-247."""
    held = whom.of_permit(node, permit)
    known = {"permit": [held] if held else [], "task": whom.holders_of(node, task)}
    for name, found in known.items():
        if found and not any(whom.is_of(each, organisation, country, business_id) for each in found):
            raise refuse("APP-247", path=f"$.{name}", found=name)


def held_by_one(permit: str) -> bool:
    """Return whether a permit's user is a natural person."""
    return PermitRow.objects.filter(id=permit, user_kind=NATURAL).exists()


def hearing_ends(node: Node, at: datetime) -> date:
    """Return the last day that a hearing opened now may have: a longest time, which no holiday makes longer."""
    rule = law.deadline(HEARING, localdate(at), country=node.country)
    return localdate(at) + timedelta(weeks=rule.amount)


def reasoned(text: str) -> None:
    """Refuse a text that is empty or too long; APP-204."""
    if not text.strip() or len(text) > MAX_REASON:
        raise refuse("APP-204", found=len(text.strip()), accepted=MAX_REASON)


def locked(procedure_id: str) -> EnforcementRow:
    """Return a procedure's row, held until the transaction ends; APP-242."""
    row = EnforcementRow.objects.select_for_update().filter(id=procedure_id).first()
    if row is None:
        raise refuse("APP-242", found=procedure_id[:64])
    return row


def hear(node: Node, procedure_id: str, views: str, *, actor: str) -> Procedure:
    """Record what the user or holder said; its hearing is over.

    Errors     PPL codes; APP-204; APP-242; APP-243 heard or decided already
    Source     Reg. (EU) 2025/327 art. 63(2) (SU-63-2)
    """
    check(actor, "enforcement.conduct", of_procedure(procedure_id))
    reasoned(views)
    at = node.clock()
    with transaction.atomic():
        row = locked(procedure_id)
        if row.heard_at or row.decided_at:
            raise refuse("APP-243", day=localdate(row.heard_at or row.decided_at).isoformat())
        row.views, row.heard_at = views.strip(), at
        row.save(update_fields=["views", "heard_at"])
        ledger.append([Fact("hearing.closed", row.id, actor, at, {"views": ledger.committed(row.views)})])
    return value(row, localdate(at))


def appeal(node: Node, procedure_id: str, text: str, *, actor: str) -> Procedure:
    """Note that the user or holder seeks redress against a decision; the measures stand until a court says otherwise.

    Errors     PPL codes; APP-204; APP-242; APP-246 not decided yet, or an appeal is noted
    Source     Reg. (EU) 2025/327 art. 63(5)
    """
    check(actor, "enforcement.conduct", of_procedure(procedure_id))
    reasoned(text)
    at = node.clock()
    with transaction.atomic():
        row = locked(procedure_id)
        if row.decided_at is None or row.appealed_at is not None:
            raise refuse("APP-246")
        row.appeal, row.appealed_at = text.strip(), at
        row.save(update_fields=["appeal", "appealed_at"])
        ledger.append([Fact("decision.appealed", row.id, actor, at, {"text": ledger.committed(row.appeal)})])
    return value(row, localdate(at))


def value(row: EnforcementRow, today: date) -> Procedure:
    """Return a procedure as a value."""
    task = TaskRow.objects.filter(id=row.task).first() if row.rate else None
    done = localdate(task.done_at) if task and task.done_at else None
    return Procedure(
        row.id,
        row.subject,
        row.organisation,
        row.permit,
        law.breaches()[row.breach],
        row.facts,
        localdate(row.opened_at),
        row.hearing_until,
        row.views,
        localdate(row.heard_at) if row.heard_at else None,
        localdate(row.decided_at) if row.decided_at else None,
        tuple(row.measures),
        row.reasons,
        row.rate,
        accrued(row.rate, task.due_on, done, today) if task else "",
        row.excluded_until,
        row.appeal,
        localdate(row.appealed_at) if row.appealed_at else None,
        row.published_reasons,
        row.natural_person,
    )


def procedures(node: Node, *, reader: str, page: int = 1) -> Page:
    """Return the procedures, the last opened first, for officers and the auditor; those against one's own are left out.

    Errors     PPL codes
    """
    check(reader, "case.read", {})
    today = node.today()
    rows = EnforcementRow.objects.exclude(id__in=procedures_against(reader)).order_by("-opened_at", "id")
    return page_of(rows, page, lambda row: value(row, today), size=20)


def procedure(node: Node, procedure_id: str, *, reader: str) -> Procedure:
    """Return one procedure.

    Errors     PPL codes; APP-242
    """
    check(reader, "case.read", of_procedure(procedure_id))
    row = EnforcementRow.objects.filter(id=procedure_id).first()
    if row is None:
        raise refuse("APP-242", found=procedure_id[:64])
    return value(row, node.today())
