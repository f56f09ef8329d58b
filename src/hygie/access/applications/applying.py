"""What applicants do: start, save, submit, answer, accept, withdraw, ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from hygie.access.applications import rules
from hygie.access.applications.decision import weighing
from hygie.access.applications.document import Document, headline, shaped, storable, team
from hygie.access.applications.enforcement.reaching import barring_row
from hygie.access.applications.forwarding import forward
from hygie.access.applications.machine import closed_to
from hygie.access.applications.models import (
    ApplicationRow,
    DatasetRow,
    EventRow,
    MemberRow,
    MessageRow,
    TaskRow,
)
from hygie.access.applications.reading import circumstances, own, view
from hygie.access.applications.recording import (
    CONVERSION,
    REROUTED,
    Step,
    attributes,
    drop,
    due_first,
    lasts,
    locked,
    moving,
    standing,
)
from hygie.access.applications.restraining import few_drafts, only_one, said_already, sparing
from hygie.access.applications.rewriting import rewritten
from hygie.access.applications.values import KINDS, Application
from hygie.access.permits import queries as permits
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Reason, Verdict, canonical, digest, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.policy import check
from hygie.commons.people.queries import roles

MAX_TEXT = 5000
WRITABLE = ("draft", "awaiting", "paused")


def start(node: Node, *, actor: str, kind: str = "permit", procedure: str = "eu", amends: str = "") -> Application:
    """Begin an application; nobody but its author and the team it names sees it before it is submitted.

    Parameters
    ----------
    actor : str       a user; becomes the author
    kind : str        `permit` (art. 67) or `request` for statistics (art. 69)
    procedure : str   `eu`, or `fr` for the French path by CESREES and CNIL
    amends : str      a permit to amend or renew; the new application starts from the one it came from

    Errors     PPL codes; APP-104 no such kind or procedure; APP-121 not a permit of this account that can be amended;
               APP-299 too many drafts; APP-300 a draft that amends this permit is open
    Source     Reg. (EU) 2025/327 arts 67(1), 68(13), 69(1)
    """
    check(actor, "application.write", {"author": actor})
    if kind not in KINDS:
        raise refuse("APP-104", path="$.kind", found=kind[:40], accepted=", ".join(KINDS))
    allowed = ("eu", "fr") if node.country == "FR" else ("eu",)
    if kind == "request":
        allowed = ("eu",)
    if procedure not in allowed:
        raise refuse("APP-104", path="$.procedure", found=procedure[:40], accepted=", ".join(allowed))
    at = node.clock()
    with transaction.atomic():
        few_drafts(actor)
        document = renewed(node, amends, actor) if amends else {}
        row = ApplicationRow(
            id=new_id("app"),
            kind=kind,
            track=weighing.first_track(kind, procedure),
            state="draft",
            author=actor,
            template=law.form(kind, on=localdate(at)).template,
            document=document,
            revisions=dict.fromkeys(document, 1),
            amends=amends,
            created_at=at,
            changed_at=at,
        )
        row.wake_on = lasts(row, node) + timedelta(days=1)
        put(row)
        return view(row)


def renewed(node: Node, permit_id: str, actor: str) -> dict[str, Any]:
    """Return the document that a permit came from, for its amendment; APP-121, APP-300."""
    before = ApplicationRow.objects.select_for_update().filter(permit=permit_id).first()
    if before is None or actor not in {before.author, *before.members.values_list("account", flat=True)}:
        raise refuse("APP-121", found=permit_id[:64])
    standing = permits.standing(permit_id, at=node.clock(), public_key=node.keys.public_key())
    if standing.state not in ("granted", "expired"):
        raise refuse("APP-121", found=permit_id[:64])
    only_one(permit_id, actor)
    return {name: content for name, content in before.document.items() if name != "confirmation"}


def save(
    node: Node, application_id: str, section: str, content: Mapping[str, Any], *, revision: int, actor: str
) -> int:
    """Save a section and return its new revision; it is the team's alone until it is handed in, and no fact is written.

    Parameters
    ----------
    section : str       one of the form's sections
    content : Mapping   JSON, whole: it takes the section's place
    revision : int      the revision this text was begun from, 0 for a section not saved yet

    Errors     APP-101; PPL codes; APP-102 the section was saved elsewhere meanwhile, nothing is overwritten;
               APP-103 not storable, APP-106 a list or table of another form, APP-151 too long; APP-104 no such section;
               APP-120 an account that may not use data; APP-203 not open for writing
    """
    due_first(node, application_id, node.clock())
    with transaction.atomic():
        row = locked(application_id)
        check(actor, "application.write", attributes(row, actor))
        if row.state not in WRITABLE:
            raise closed_to(row.state, WRITABLE)
        if section not in rules.sections(row.kind, row.template):
            accepted = ", ".join(rules.sections(row.kind, row.template))
            raise refuse("APP-104", path="$", found=section[:40], accepted=accepted)
        storable(content, f"$.{section}").check()
        shaped(section, content).check()
        if section == "processing":
            Verdict(tuple(rules.strangers({section: content}, roles(team({section: content}))))).check()
        current = row.revisions.get(section, 0)
        if revision != current:
            raise refuse("APP-102", path=f"$.{section}", found=revision, accepted=current)
        text = {**own(row).document, section: dict(content)}
        row.revisions = {**row.revisions, section: current + 1}
        row.changed_at = node.clock()
        if row.state == "draft":
            row.document, row.wake_on = text, lasts(row, node) + timedelta(days=1)
            put(row)
        else:
            row.written = text
            row.save(update_fields=["written", "revisions", "changed_at"])
        return current + 1


def discard(node: Node, application_id: str, *, actor: str) -> None:  # noqa: ARG001
    """Delete a draft that was never submitted.

    Errors     APP-101; PPL codes; APP-203 it was submitted
    """
    with transaction.atomic():
        row = locked(application_id)
        check(actor, "application.write", attributes(row, actor))
        if row.state != "draft":
            raise closed_to(row.state, ("draft",))
        drop(row)


def put(row: ApplicationRow) -> None:
    """Store an application with what lists need of its document."""
    for name, value in vars(headline(row.document)).items():
        setattr(row, name, value)
    row.save()
    people, datasets = {row.author, *team(row.document)}, set(rules.datasets(row.document))
    MemberRow.objects.filter(application=row).exclude(account__in=people).delete()
    known = set(row.members.values_list("account", flat=True))
    MemberRow.objects.bulk_create(MemberRow(application=row, account=name[:64]) for name in sorted(people - known))
    DatasetRow.objects.filter(application=row).exclude(dataset__in=datasets).delete()
    held = set(row.datasets.values_list("dataset", flat=True))
    DatasetRow.objects.bulk_create(DatasetRow(application=row, dataset=name[:64]) for name in sorted(datasets - held))


def submit(node: Node, application_id: str, *, actor: str) -> Application:
    """Submit an application: it is received, and public from now on.

    An application for data of other countries too is forwarded to each of them (67(3)).

    Errors     APP-101; PPL codes; APP-201; APP-105 to APP-126, COH-105, every one that holds, by path; APP-118 excluded
    Source     Reg. (EU) 2025/327 arts 53, 54, 57(1)(j)(ii), 63(3), 66(1), 67, 68(6), 69(2), 91
    """
    with moving(node, application_id, "submit", actor=actor) as step:
        judged(step).check()
        step.row.submitted_at = step.at
        step.row.track = weighing.track(step.row.track, step.row.document)
        received(step)
        step.further.append(("application.published", "", {}))
        forward(step)
    return view(step.row)


def judged(step: Step) -> Verdict:
    """Return what speaks against taking an application as it is written now."""
    row = step.row
    case = circumstances(step.node, row, step.at)
    found = rules.judge(row.kind, row.template, row.document, case)
    barred = barring_row(row, localdate(step.at))
    if barred:
        found += Verdict((Reason("APP-118", {"until": barred.end.isoformat()}, "$.applicant"),))
    return found


def received(step: Step) -> None:
    """Note in a step's fact which text was received: a salted commitment, since the text names persons."""
    row = step.row
    step.body |= {
        "applicant": row.applicant_kind,
        "basis": row.basis,
        "country": row.country,
        "datasets": sorted(rules.datasets(row.document)),
        "document": ledger.committed(digest(canonical(row.document))),
        "template": row.template,
    }


def supply(node: Node, application_id: str, *, actor: str) -> Application:
    """Hand in what was asked for to complete an application; the text is judged again.

    Errors     as `submit`; APP-201 nothing was asked
    Source     Reg. (EU) 2025/327 art. 68(4)
    """
    with moving(node, application_id, "supply", actor=actor) as step:
        handed_in(step.row)
        judged(step).check()
        received(step)
        retracked(step)
    return view(step.row)


def resume(node: Node, application_id: str, *, actor: str) -> Application:
    """Answer what was asked during the assessment; the clock goes on.

    Where the answer changed the text, what was found, accepted, agreed, advised and proposed on the former one falls.

    Errors     as `submit`; APP-201 the clock does not stand
    Source     TEHDAS2 D6.3, trap T2
    """
    with moving(node, application_id, "resume", actor=actor) as step:
        before = handed_in(step.row)
        judged(step).check()
        received(step)
        rewritten(step, before)
        retracked(step)
    return view(step.row)


def handed_in(row: ApplicationRow) -> Document:
    """Make what the applicant wrote meanwhile the application's text; return the former one."""
    before = row.document
    if row.written is not None:
        row.document, row.written = row.written, None
        put(row)
    return before


def retracked(step: Step) -> None:
    """Put an application on the track that its text opens now; one that an officer moved is only taken back.

    Source     Reg. (EU) 2025/327 art. 68(6) (SU-68-6)
    """
    row = step.row
    wanted = weighing.track(row.track, row.document)
    moved = EventRow.objects.filter(application=row, kind=REROUTED).exists()
    if wanted == row.track or (moved and wanted == weighing.ACCELERATED):
        return
    step.further.append((REROUTED, "", {"was": row.track}))
    row.track = wanted


def accept_fees(node: Node, application_id: str, *, amount: str, currency: str = "EUR", actor: str) -> Application:
    """Accept the estimate of fees; nothing is granted before.

    Parameters
    ----------
    amount, currency : str   the estimate that the applicant saw, `1000.00` and `EUR`

    Errors     APP-101; PPL codes; APP-201; APP-207 there is no estimate; APP-250 it is another by now
    Source     Reg. (EU) 2025/327 art. 62(5)
    """
    with moving(node, application_id, "accept-fees", actor=actor) as step:
        if step.row.fees is None:
            raise refuse("APP-207", found="–")
        seen, now = f"{amount} {currency}"[:40], f"{step.row.fees['amount']} {step.row.fees['currency']}"
        if seen != now:
            raise refuse("APP-250", path="$.amount", found=seen, accepted=now)
        step.row.fees_accepted_at = step.at
        step.body |= {"amount": step.row.fees["amount"], "currency": step.row.fees["currency"]}
    return view(own(step.row))


def consent(node: Node, application_id: str, *, actor: str) -> Application:
    """Agree to an answer in anonymised statistics instead of a permit.

    Errors     APP-101; PPL codes; APP-201; APP-208 it was not proposed on the text as it stands
    Source     Reg. (EU) 2025/327 art. 68(3)
    """
    with moving(node, application_id, "consent", actor=actor) as step:
        if CONVERSION not in {event.kind for event in standing(list(step.row.events.order_by("id")))}:
            raise refuse("APP-208")
    return view(step.row)


def withdraw(node: Node, application_id: str, *, actor: str, reason: str = "") -> Application:
    """Withdraw an application before it is decided; only costs already incurred are charged (62(5)).

    A draft was never received: it is discarded instead, and nothing is told of it. What a holder was asked for is no
    longer awaited.

    Errors     APP-101; PPL codes; APP-201 decided, over, or a draft
    """
    with moving(node, application_id, "withdraw", actor=actor) as step:
        step.reason, step.row.written = reason.strip()[:MAX_TEXT], None
        TaskRow.objects.filter(application=step.row, done_at=None).update(done_at=step.at, done_by=actor)
    return view(step.row)


def post(node: Node, application_id: str, text: str, *, actor: str) -> None:
    """Write a question or an answer into an application's thread; one sent twice at once is written once.

    Parameters
    ----------
    text : str   1 to 5,000 characters; seen by the team, the officers and the auditor, written by the first two

    Errors     APP-101; PPL codes; APP-217 no text, or too long; APP-298 too many
    """
    with transaction.atomic():
        row = locked(application_id)
        about = attributes(row, actor)
        team = {row.author, *row.members.values_list("account", flat=True)}
        check(actor, "application.read", about)
        if row.state == "draft" and actor not in team:
            raise refuse("APP-101", found=application_id[:64])
        if actor not in team:
            check(actor, "application.assess", about)
        if not text.strip() or len(text) > MAX_TEXT:
            raise refuse("APP-217", found=len(text.strip()), accepted=MAX_TEXT)
        at = node.clock()
        if said_already(row, actor, text.strip(), at):
            return
        sparing(row, actor, at)
        MessageRow.objects.create(application=row, author=actor, at=at, text=text.strip())
