"""What other rooms and pages read of applications."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, Q

from hygie.access.applications import recording, rules
from hygie.access.applications.decision.published import (
    barring,
    count_exclusions,
    counts,
    enforced,
    every,
    every_exclusion,
    exclusions_changed,
    grounds,
    permitted,
    public,
    public_entry,
    public_one,
    reported,
    results,
    standing,
    steps,
)
from hygie.access.applications.desk.minimising import Variable, minimisation
from hygie.access.applications.desk.queue import queue
from hygie.access.applications.enforcement.excluding import filed
from hygie.access.applications.enforcement.reaching import running
from hygie.access.applications.enforcement.sanctions import counted as procedures_counted
from hygie.access.applications.enforcement.sanctions import measures
from hygie.access.applications.enforcement.sanctions import walk as measures_taken
from hygie.access.applications.enforcement.warning import Warned, on_case
from hygie.access.applications.models import ApplicationRow, AssessmentRow, DatasetRow, ExclusionRow, TaskRow
from hygie.access.applications.pages import page_of
from hygie.access.applications.parties import excluded_of
from hygie.access.applications.reading import circumstances, clocks_of, own, task_of, view
from hygie.access.applications.recording import attributes
from hygie.access.applications.timing import clocks
from hygie.access.applications.timing.deadlines import deadlines, overdue
from hygie.access.applications.timing.delays import delays, usual
from hygie.access.applications.timing.duties import duties, results_clock
from hygie.access.applications.values import (
    Application,
    Delay,
    Duty,
    Entry,
    Exclusion,
    Finding,
    Happening,
    Message,
    Page,
)
from hygie.access.catalogue.holding import beyond, datasets_of
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Reason, refuse
from hygie.commons.people.policy import check
from hygie.commons.people.queries import person
from hygie.commons.people.rules import decide

__all__ = [
    "Case",
    "Folder",
    "case",
    "count_exclusions",
    "counts",
    "deadlines",
    "delays",
    "due",
    "duties",
    "duties_of",
    "enforced",
    "every",
    "every_exclusion",
    "exclusions",
    "exclusions_changed",
    "folder",
    "grounds",
    "measures",
    "measures_taken",
    "mine",
    "minimisation",
    "overdue",
    "permitted",
    "procedures_counted",
    "public",
    "public_one",
    "queue",
    "reported",
    "results",
    "standing",
    "steps",
    "usual",
]

INTERNAL = (
    "application.assessed",
    "proposal.received",
    "proposal.departed",
    "answer.table-kept",
    "answer.table-dropped",
)


@dataclass(frozen=True)
class Folder:
    """An application as its own people see it.

    Parameters
    ----------
    missing : Mapping   section -> what is missing or wrong
    clocks : tuple      those that have started
    events : tuple      in order; what assessors noted of each criterion only for officers and the auditor
    messages : tuple    of one page of the thread, in order; its first page has the last ones
    """

    application: Application
    missing: dict[str, tuple[Reason, ...]]
    clocks: tuple[law.Clock, ...]
    events: tuple[Happening, ...]
    messages: tuple[Message, ...]
    thread: Page
    usual: tuple[Delay, ...]


@dataclass(frozen=True)
class Case:
    """An application as officers and the auditor see it.

    Parameters
    ----------
    findings : Mapping   criterion or risk -> every assessment of it, the last one counts
    variables : tuple    each variable with its reason and a coarser alternative
    precedents : tuple   decided applications for the same purpose, those with the same datasets first
    barred : Exclusion   the exclusion that holds for the applicant now, or None
    warned : tuple       exclusions of whom the team also applied for, and of names near the applicant's
    may_ask : bool       whether the reader may ask how many would be alone
    explores : bool      whether the reader explores the ledger
    may_open : bool      whether the reader may open a procedure
    """

    folder: Folder
    findings: dict[str, tuple[Finding, ...]]
    variables: tuple[Variable, ...]
    precedents: tuple[Entry, ...]
    barred: Exclusion | None
    warned: tuple[Warned, ...] = ()
    may_ask: bool = False
    explores: bool = False
    may_open: bool = False


def found(application_id: str) -> ApplicationRow:
    """Return an application's row; APP-101."""
    row = ApplicationRow.objects.filter(id=application_id).first()
    if row is None:
        raise refuse("APP-101", found=application_id[:64])
    return row


def folder(node: Node, application_id: str, *, reader: str, thread: int = 1) -> Folder:
    """Return an application for its team, an officer or the auditor; what is not handed in is its team's alone.

    Parameters
    ----------
    thread : int   which page of the thread, from 1: the last messages

    Errors     APP-101 none, or not yet submitted and not the reader's; PPL codes
    """
    row = found(application_id)
    about = attributes(row, reader)
    inner = reader in {row.author, *row.members.values_list("account", flat=True)}
    if row.submitted_at is None and not inner:
        raise refuse("APP-101", found=application_id[:64])
    check(reader, "application.read", about)
    inside = decide(person(reader), "case.read", about).allowed
    return opened(node, own(row) if inner else row, thread, inside=inside)


def opened(node: Node, row: ApplicationRow, thread: int, *, inside: bool) -> Folder:
    """Return an application for whoever may read it.

    Parameters
    ----------
    inside : bool   with what happens inside the access body alone
    """
    at = node.clock()
    missing = rules.completeness(row.kind, row.template, row.document, circumstances(node, row, at))
    events = list(row.events.order_by("id"))
    kept = {event.id for event in recording.standing(events)}
    said = page_of(row.messages.order_by("-id"), thread, lambda each: Message(each.author, each.at, each.text))
    return Folder(
        view(row),
        dict(missing),
        clocks.put(clocks_of(node, row, at, events), results_clock(node, row, at)),
        tuple(
            Happening(event.kind, event.at, event.actor, event.reason, event.index, event.body, event.id not in kept)
            for event in events
            if inside or event.kind not in INTERNAL
        ),
        said.entries[::-1],
        said,
        usual(row.track, row.basis),
    )


def case(node: Node, application_id: str, *, reader: str, thread: int = 1) -> Case:
    """Return all that officers and the auditor see of an application.

    Errors     APP-101; PPL codes
    """
    row = found(application_id)
    about, account = attributes(row, reader), person(reader)
    check(reader, "case.read", about)
    if not decide(account, "application.read", about).allowed:
        check(reader, "application.read", about)
    if row.submitted_at is None:
        raise refuse("APP-101", found=application_id[:64])
    findings: dict[str, list[Finding]] = {}
    for each in AssessmentRow.objects.filter(application=row).order_by("id"):
        item = Finding(each.item, each.holds, each.reason, each.assessor, each.at, each.void)
        findings.setdefault(each.item, []).append(item)
    made = opened(node, row, thread, inside=True)
    own_bar, beside = on_case(node, row, made.application.team, reader=reader)
    return Case(
        made,
        {item: tuple(each) for item, each in findings.items()},
        minimisation(row.document),
        precedents(row),
        barring(own_bar) if own_bar else None,
        beside,
        any(decide(account, action, about).allowed for action in ("application.write", "application.assess")),
        decide(account, "ledger.explore", {}).allowed,
        decide(account, "enforcement.conduct", {}).allowed,
    )


def duties_of(node: Node, permit_id: str, *, reader: str) -> tuple[Duty, ...]:
    """Return what is owed under a permit, for the team of its application, officers and the auditor.

    Errors     APP-101 no application of this node led to it; PPL codes
    """
    row = ApplicationRow.objects.filter(permit=permit_id).exclude(permit="").first()
    if row is None:
        raise refuse("APP-101", found=permit_id[:64])
    check(reader, "application.read", attributes(row, reader))
    return duties(node, permit_id)


def precedents(row: ApplicationRow, most: int = 5) -> tuple[Entry, ...]:
    """Return the latest decided applications of the same kind for the same purpose."""
    like = ApplicationRow.objects.filter(kind=row.kind, basis=row.basis).exclude(id=row.id).exclude(outcome="")
    return tuple(public_entry(each) for each in like.order_by("-decided_at").prefetch_related("datasets")[:most])


def exclusions(node: Node, *, reader: str, page: int = 1) -> Page:
    """Return the exclusion list, the latest first, each with the permits that still run; without one's own.

    Errors     PPL codes
    Source     Reg. (EU) 2025/327 art. 63(3)
    """
    check(reader, "case.read", {})
    found = page_of(
        ExclusionRow.objects.exclude(id__in=excluded_of(reader)).order_by("-start", "id"), page, lambda row: row
    )
    permits = running(found.entries, node.today())
    return replace(found, entries=tuple(filed(row, permits.get(row.id, ())) for row in found.entries))


def mine(*, reader: str, page: int = 1, documents: bool = True) -> Page:
    """Return the applications that an account wrote or is named in, the last touched first.

    Parameters
    ----------
    documents : bool   with what they say; a list needs none of it, and they are long
    """
    rows = ApplicationRow.objects.filter(members__account=reader).order_by("-changed_at", "id")
    rows = rows.prefetch_related("members")
    if documents:
        return page_of(rows, page, lambda row: view(own(row)))
    return page_of(rows.defer("document", "written"), page, brief)


def brief(row: ApplicationRow) -> Application:
    """Return an application without what it says."""
    row.document = {}
    return view(row)


def due(node: Node, *, reader: str, page: int = 1) -> Page:
    """Return the deliveries, openings and proposals that are still to be done, the nearest day first.

    Who speaks for one holder finds its datasets' tasks, and what concerns a whole application where all its data are
    that holder's.

    Errors     PPL codes
    Source     Reg. (EU) 2025/327 arts 60(2), 68(7)
    """
    check(reader, "application.deliver", {})
    today = node.today()
    rows = TaskRow.objects.filter(done_at=None).select_related("application").order_by("due_on", "id")
    holder = person(reader).holder
    if holder:
        own = datasets_of(holder)
        asked = DatasetRow.objects.filter(application=OuterRef("application_id"))
        others = asked.exclude(dataset__in=own).exclude(dataset__in=beyond(node.country))
        rows = rows.filter(Q(dataset__in=own) | Q(dataset="") & ~Exists(others))
    return page_of(rows, page, lambda row: task_of(row, today))
