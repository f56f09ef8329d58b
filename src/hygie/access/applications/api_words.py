"""What the API of applications takes and gives."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

from ninja import Field, Schema

from hygie.access.applications.decision.assessing import MAX_REASON
from hygie.access.applications.enforcement.warning import Warned
from hygie.access.applications.form.looking_api import Looked, looked
from hygie.access.applications.values import Application, Page
from hygie.base import law
from hygie.base.kernel import Reason
from hygie.base.kernel.catalogue import explain
from hygie.commons.web import current
from hygie.commons.web.publication import Confirming
from hygie.commons.web.schema import Body

LINE = r"^[^\x00]*$"
PRECEDENT = ("id", "title", "outcome", "decided_on", "grounds")


class ApplicationIn(Body):
    """A new application."""

    kind: Literal["permit", "request"] = "permit"
    procedure: Literal["eu", "fr"] = "eu"
    amends: str = Field("", max_length=64, pattern=LINE)


class SectionIn(Body):
    """A section of the form, whole, and the revision it was begun from."""

    revision: int = Field(ge=0, le=1_000_000)
    content: dict[str, Any]


class Saved(Schema):
    """A section's revision now."""

    revision: int


class ReasonIn(Body):
    """A reason."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)


class LongerIn(ReasonIn):
    """A later day, and why."""

    until: date


class TrackIn(ReasonIn):
    """Another track, and why."""

    track: Literal["standard", "accelerated"]


class AssessmentIn(ReasonIn):
    """What was found of a criterion or a risk."""

    item: str = Field(max_length=24, pattern=LINE)
    holds: bool


class FeeLine(Body):
    """A line of an estimate."""

    label: str = Field(min_length=1, max_length=200, pattern=LINE)
    payee: Literal["", "body", "holder"] = ""
    amount: str = Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")


class EstimateIn(Body):
    """An estimate and its lines."""

    amount: str = Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    lines: list[FeeLine] = Field(min_length=1, max_length=50)


class LegIn(Body):
    """A step of CESREES or CNIL."""

    leg: Literal["cesrees.received", "cesrees.opinion", "cnil.received", "cnil.extended", "cnil.decided"]
    outcome: Literal["", "favourable", "reserved", "unfavourable", "accepted", "refused"] = ""
    reason: str = Field("", max_length=MAX_REASON, pattern=LINE)


class DecisionIn(Body):
    """A decision: `changes` are merged into the permit asked for, as RFC 7386 says, and never go beyond it."""

    outcome: Literal["granted", "partly", "refused", "converted"]
    reasons: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)
    grounds: list[str] = Field(default_factory=list, max_length=20)
    changes: dict[str, Any] | None = None
    differing: str = Field("", max_length=MAX_REASON, pattern=LINE)


class PublicationIn(Confirming):
    """Reasons as everyone will read them."""

    published: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)


class PublicationPreviewIn(Body):
    """Reasons as everyone would read them."""

    published: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)


class ResultsIn(Body):
    """Where results are public."""

    title: str = Field(min_length=1, max_length=300, pattern=LINE)
    link: str = Field(min_length=9, max_length=300, pattern=r"^https://[^\s\x00]+$")
    acknowledged: bool


class MessageIn(Body):
    """A message of a thread."""

    text: str = Field(min_length=1, max_length=MAX_REASON, pattern=LINE)


class ApplicationOut(Schema):
    """An application."""

    id: str
    kind: str
    track: str
    state: str
    author: str
    officer: str
    template: str
    document: dict[str, Any]
    revisions: dict[str, int]
    team: list[str]
    amends: str
    title: str
    organisation: str
    submitted_at: datetime | None
    complete_at: datetime | None
    decided_at: datetime | None
    due_on: date | None
    fees: dict[str, Any] | None
    fees_accepted_at: datetime | None
    outcome: str
    reasons: str
    permit: str
    published_at: datetime | None


class ClockOut(Schema):
    """A clock: which rule, since when, until when, and what happens then."""

    rule: str
    source: str
    state: str
    started: date | None
    due: date | None
    ended: date | None
    days_left: int | None
    at_zero: str
    extended_on: date | None
    extension_reason: str


class ReasonOut(Schema):
    """Why something cannot be taken as it is."""

    code: str
    path: str
    found: str
    accepted: str
    source: str


class CaseEventOut(Schema):
    """What happened, and its place in the ledger."""

    kind: str
    at: datetime
    actor: str
    reason: str
    index: int
    body: dict[str, Any]
    void: bool


class MessageOut(Schema):
    """A message of a thread."""

    author: str
    at: datetime
    text: str


class DelayOut(Schema):
    """How long a leg takes."""

    leg: str
    count: int
    median: float | None
    mean: float | None


class FolderOut(Schema):
    """An application with what is missing, its clocks, events, thread and the usual delays."""

    application: ApplicationOut
    missing: dict[str, list[ReasonOut]]
    clocks: list[ClockOut]
    events: list[CaseEventOut]
    messages: list[MessageOut]
    messages_pages: int
    usual: list[DelayOut]


class FindingOut(Schema):
    """What was found of a criterion or a risk."""

    item: str
    holds: bool
    reason: str
    assessor: str
    at: datetime
    void: bool


class CaseVariableOut(Schema):
    """A variable asked for, and what would be coarser."""

    table: str
    column: str
    reason: str
    setting: str
    asked: str
    coarser: list[str]


class PrecedentOut(Schema):
    """A decided application for the same purpose."""

    id: str
    title: str
    outcome: str
    decided_on: date | None
    grounds: list[str]


class CaseOut(FolderOut, Looked):
    """A case."""

    warned: list[Warned]
    findings: dict[str, list[FindingOut]]
    variables: list[CaseVariableOut]
    precedents: list[PrecedentOut]


class PlaceOut(Schema):
    """A place in the queue, with the figures that put it there."""

    position: int
    id: str
    title: str
    organisation: str
    kind: str
    track: str
    state: str
    officer: str
    group: str
    due_on: date | None
    due_rule: str
    days_left: int | None
    received_on: date
    waiting_days: int


class DeliveryOut(Schema):
    """A delivery or an opening."""

    id: str
    kind: str
    rule: str
    application: str
    title: str
    permit: str
    dataset: str
    asked_on: date
    due_on: date
    extended: bool
    reason: str
    done_on: date | None
    late: bool


class DutyOut(Schema):
    """What is owed under a permit."""

    kind: str
    rule: str
    permit: str
    since: date
    due_on: date
    certain: bool
    done_on: date | None
    late: bool
    extended_on: date | None
    reason: str


class Listed(Schema):
    """A page of a list."""

    number: int
    of: int
    total: int


class Queue(Listed):
    """A page of the queue."""

    entries: list[PlaceOut]


class TaskList(Listed):
    """A page of deliveries and openings."""

    entries: list[DeliveryOut]


class Mine(Listed):
    """A page of one's applications."""

    entries: list[ApplicationOut]


def listed(page: Page) -> dict[str, Any]:
    """Return a page as a program reads it."""
    return {"number": page.number, "of": page.of, "total": page.total, "entries": list(page.entries)}


def told(application: Application) -> dict[str, Any]:
    """Return an application as a program reads it."""
    return {name: getattr(application, name) for name in ApplicationOut.model_fields} | {"team": list(application.team)}


def clock_out(clock: law.Clock) -> dict[str, Any]:
    """Return a clock as a program reads it."""
    names = ("state", "started", "due", "ended", "days_left", "at_zero")
    day, why = clock.extension or (None, "")
    more = {"rule": clock.rule.id, "source": clock.rule.source, "extended_on": day, "extension_reason": why}
    return {name: getattr(clock, name) for name in names} | more


def reason_out(reason: Reason) -> dict[str, str]:
    """Return a reason in the reader's language."""
    said = explain(reason, current.language())
    return {name: getattr(said, name) for name in ReasonOut.model_fields}


def folder_out(folder: Any) -> dict[str, Any]:
    """Return an application with its surroundings as a program reads it."""
    return {
        "application": told(folder.application),
        "missing": {name: [reason_out(each) for each in reasons] for name, reasons in folder.missing.items()},
        "clocks": [clock_out(clock) for clock in folder.clocks],
        **{name: [asdict(each) for each in getattr(folder, name)] for name in ("events", "messages", "usual")},
        "messages_pages": folder.thread.of,
    }


def case_out(case: Any) -> dict[str, Any]:
    """Return a case as a program reads it."""
    return {
        **folder_out(case.folder),
        "warned": list(case.warned),
        **looked(case.folder.application.document, current.node().country),
        "findings": {item: [asdict(each) for each in found] for item, found in case.findings.items()},
        "variables": [asdict(each) | {"coarser": list(each.coarser)} for each in case.variables],
        "precedents": [{name: getattr(entry, name) for name in PRECEDENT} for entry in case.precedents],
    }
