"""What the holder's steward says of an application: its costs, and the decision that a trusted holder proposes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate

from hygie.access.applications.decision.assessing import reasoned
from hygie.access.applications.decision.weighing import TRUSTED
from hygie.access.applications.holders.costing import money, stated, summed
from hygie.access.applications.holders.delivering import pending
from hygie.access.applications.holders.owing import add
from hygie.access.applications.models import ApplicationRow, DatasetRow, TaskRow
from hygie.access.applications.pages import page_of
from hygie.access.applications.reading import clocks_of, task_of, view
from hygie.access.applications.recording import Step, attributes, held_here, moving, names, told
from hygie.access.applications.rewriting import PROPOSAL, proposal
from hygie.access.applications.values import Application, Page, Task
from hygie.access.catalogue.holding import datasets_of
from hygie.access.catalogue.trusting import trusted_holder_of
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.people.queries import person

FEES = "SU-62-4"
PROPOSED = ("granted", "partly", "refused")
PUT_TO = ("standard", "accelerated")
COSTED = ("pre-screening", "processing", "paused")


@dataclass(frozen=True)
class Costed:
    """An application as a holder's steward finds it in the list of costs.

    Parameters
    ----------
    stated : str   what the reader's holder stated last, with two decimals, empty before; all holders' sum for an
                   account that speaks for all
    """

    id: str
    title: str
    kind: str
    state: str
    datasets: tuple[str, ...]
    stated: str
    currency: str


def ask_proposal(node: Node, application_id: str, *, actor: str) -> Application:
    """Put an application to the trusted holder of all its data: it assesses and proposes within two months.

    Errors     APP-101; PPL codes; APP-201; APP-230 its data are not all of one trusted holder, or its track is another;
               APP-266 the time to decide is over
    Source     Reg. (EU) 2025/327 art. 72(3)-(5) (SU-72-5)
    """
    with moving(node, application_id, "ask-proposal", actor=actor) as step:
        row = step.row
        asked = names(row)
        holder = trusted_holder_of(asked, on=localdate(step.at)) if asked else ""
        if not holder or row.track not in PUT_TO:
            raise refuse("APP-230", found=row.track)
        deciding = law.tracks()[row.track].decides
        over = [each for each in clocks_of(node, row, step.at) if each.rule.id in deciding and each.state == "overdue"]
        if over and over[0].due:
            raise refuse("APP-266", found=over[0].due.isoformat())
        step.body |= {"was": row.track, "holder": holder}
        row.track = TRUSTED
        add(step, "proposal", PROPOSAL, permit="")
    return view(step.row)


def propose(node: Node, task_id: str, outcome: str, *, reason: str, actor: str) -> Task:
    """Propose a decision to the access body, which is not bound by it.

    Parameters
    ----------
    outcome : str   one of `PROPOSED`
    reason : str    the holder's assessment, 1 to 5,000 characters; officers read it

    Errors     APP-226; APP-227 proposed already; PPL codes; APP-201; APP-204; APP-231 no such outcome
    Source     Reg. (EU) 2025/327 art. 72(5) (SU-72-5)
    """
    check(actor, "application.advise", {})
    application = pending(task_id, "proposal").application_id
    with moving(node, application, "propose", actor=actor) as step:
        task = pending(task_id, "proposal")
        reasoned(step, reason)
        if outcome not in PROPOSED:
            raise refuse("APP-231", found=outcome[:40], accepted=", ".join(PROPOSED))
        task.done_at, task.done_by = step.at, actor
        task.save(update_fields=["done_at", "done_by"])
        step.body |= {"outcome": outcome, "reason": ledger.committed(step.reason)}
    return task_of(task, node.today())


def put_to(node: Node, task_id: str, *, reader: str) -> tuple[Task, Application]:
    """Return an application that was put to the holder, for its steward, while a proposal is awaited.

    Errors     APP-226; APP-227; PPL codes
    """
    check(reader, "application.advise", {})
    task = pending(task_id, "proposal")
    row = task.application
    check(reader, "application.advise", {**attributes(row, reader), "datasets": held_here(row, node)})
    return task_of(task, node.today()), view(row)


def heeded(step: Step, outcome: str, differing: str) -> None:
    """Refuse a decision that forestalls a proposal, or that differs from it without saying why.

    Source     Reg. (EU) 2025/327 art. 72(5): the access body is not bound by the proposal
    """
    row = step.row
    waiting = TaskRow.objects.filter(application=row, kind="proposal", done_at=None).first()
    if waiting is not None and waiting.due_on >= localdate(step.at):
        raise refuse("APP-232", found=waiting.due_on.isoformat())
    if waiting is not None:
        waiting.done_at = step.at
        waiting.save(update_fields=["done_at"])
    made = proposal(row)
    proposed = str(made.body.get("outcome", "")) if made else ""
    if not proposed or proposed == outcome:
        return
    if not differing.strip() or len(differing) > 5000:
        raise refuse("APP-233", found=outcome, proposed=proposed)
    body: dict[str, object] = {"proposed": proposed, "decided": outcome}
    step.further.append(("proposal.departed", differing.strip(), body))


def state_costs(node: Node, application_id: str, amount: str, *, reason: str, actor: str) -> Costed:
    """State what the holder's work for an application costs; the officer's estimate passes it on whole.

    Parameters
    ----------
    amount : str   0 to 999,999,999.99, at most two decimals, in the tariff's currency
    reason : str   what the work is, 1 to 5,000 characters; the applicant reads it

    Errors     APP-101; PPL codes; APP-201; APP-204; APP-209 no amount
    Source     Reg. (EU) 2025/327 art. 62(2) (SU-62-2)
    """
    with moving(node, application_id, "state-costs", actor=actor) as step:
        reasoned(step, reason)
        currency = law.tariff(localdate(step.at)).currency
        step.body |= {"amount": money(amount), "currency": currency, "holder": person(actor).holder}
    return costed(step.row, person(actor).holder)


def initial(name: str, application_id: str) -> dict[str, str]:
    """Return what an officer's form shows at first: the costs that the holder stated."""
    row = ApplicationRow.objects.filter(id=application_id).first() if name in ("estimate", "set-fees") else None
    amount, currency = stated(row) if row else ("", "")
    return {"holders": amount, "amount": amount, "currency": currency} if amount else {}


def agree_fees(node: Node, application_id: str, *, actor: str) -> Application:
    """Agree, as the user, on the fees with the holder.

    Errors     APP-101; PPL codes; APP-201; APP-235 no permit with fees, or agreed or set already
    Source     Reg. (EU) 2025/327 art. 62(4) (SU-62-4)
    """
    with moving(node, application_id, "agree-fees", actor=actor) as step:
        unsettled(step.row)
        step.body["permit"] = step.row.permit
    return view(step.row)


def set_fees(node: Node, application_id: str, amount: str, *, reason: str, actor: str) -> Application:
    """Set the holder's fees when it and the user have not agreed one month after the permit.

    Parameters
    ----------
    amount : str   the holder's part, with at most two decimals
    reason : str   1 to 5,000 characters; both parties read it

    Errors     APP-101; PPL codes; APP-201; APP-204; APP-209; APP-235; APP-236 the month is not over
    Source     Reg. (EU) 2025/327 art. 62(4) (SU-62-4)
    """
    with moving(node, application_id, "set-fees", actor=actor) as step:
        reasoned(step, reason)
        row = step.row
        unsettled(row)
        past = told(list(row.events.order_by("id")))
        rule = law.governed(FEES, past, on=step.at, country=node.country)
        clock = law.clock(rule, past, on=step.at, country=node.country)
        if clock.state != "overdue":
            raise refuse("APP-236", found=clock.due.isoformat() if clock.due else "–")
        step.body |= {"amount": money(amount), "permit": row.permit}
        row.fees = {**(row.fees or {}), "set": step.body["amount"]}
    return view(step.row)


def unsettled(row: ApplicationRow) -> None:
    """Refuse where no fees are to be agreed on; APP-235."""
    if not row.permit or not row.fees or row.events.filter(kind__in=("fees.agreed", "fees.set")).exists():
        raise refuse("APP-235")


def to_cost(*, reader: str, page: int = 1) -> Page:
    """Return the applications under way whose holder may state its costs, the oldest first.

    Errors     PPL codes
    Source     Reg. (EU) 2025/327 art. 62(2) (SU-62-2)
    """
    check(reader, "application.advise", {})
    holder = person(reader).holder
    rows = ApplicationRow.objects.filter(state__in=COSTED).order_by("submitted_at", "id")
    if holder:
        rows = rows.filter(
            Exists(DatasetRow.objects.filter(application=OuterRef("pk"), dataset__in=datasets_of(holder)))
        )
    return page_of(rows.prefetch_related("datasets", "events"), page, lambda row: costed(row, holder))


def costed(row: ApplicationRow, holder: str) -> Costed:
    """Return an application for the list of costs, with the part of a holder; empty: of all."""
    said = sorted((each for each in row.events.all() if each.kind == "costs.stated"), key=lambda each: each.id)
    return Costed(row.id, row.title, row.kind, row.state, tuple(sorted(names(row))), *summed(said, holder))


def awaited(row: ApplicationRow) -> date | None:
    """Return by when the trusted holder proposes, None while nothing is awaited."""
    task = TaskRow.objects.filter(application=row, kind="proposal", done_at=None).first()
    return task.due_on if task else None
