"""Applications, for programs: what the pages of applicants, officers and stewards do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Status

from hygie.access.applications import actions, queries
from hygie.access.applications.answers.api import AwaitedList
from hygie.access.applications.answers.api import router as answers
from hygie.access.applications.answers.queue import awaited
from hygie.access.applications.api_words import (
    ApplicationIn,
    ApplicationOut,
    AssessmentIn,
    CaseOut,
    DecisionIn,
    DeliveryOut,
    DutyOut,
    EstimateIn,
    FolderOut,
    LegIn,
    Listed,
    MessageIn,
    Mine,
    PublicationIn,
    PublicationPreviewIn,
    Queue,
    ReasonIn,
    ResultsIn,
    Saved,
    SectionIn,
    TaskList,
    TrackIn,
    case_out,
    folder_out,
    listed,
    told,
)
from hygie.access.applications.desk.uniqueness import uniqueness
from hygie.access.applications.desk.uniqueness_api import UniquenessIn, UniquenessOut
from hygie.access.applications.enforcement.api import router as enforcing
from hygie.access.applications.enforcement.excluding_api import (
    router,  # its addresses stand before those of one application
)
from hygie.access.applications.holders.api import router as advising
from hygie.access.applications.timing.deadlines import Deadline
from hygie.access.applications.timing.extending import longer_asked
from hygie.access.applications.timing.extending_api import LongerAsked
from hygie.access.applications.timing.extending_api import router as extending
from hygie.commons.web import current
from hygie.commons.web.publication import PreviewOut, preview_out

router.add_router("", advising)
router.add_router("", enforcing)
router.add_router("", answers)
router.add_router("", extending)
PageNumber = Query(1, ge=1, le=1_000_000)


class Deadlines(Listed):
    """A page of what is still due after decisions."""

    entries: list[Deadline]


@router.get("/queue", response=Queue, operation_id="application_queue")
def queue(request: HttpRequest, page: int = PageNumber, mine: bool = False) -> dict[str, Any]:
    """List what waits for the access body, in an order that each place's figures explain; officers and the auditor."""
    return listed(queries.queue(current.node(), reader=current.actor(request), page=page, mine=mine))


@router.get("/answers", response=AwaitedList, operation_id="application_answers")
def awaiting(request: HttpRequest, page: int = PageNumber) -> dict[str, Any]:
    """List the applications that wait for their answer in statistics; officers and the operator."""
    return listed(awaited(current.node(), reader=current.actor(request), page=page))


@router.get("/deliveries", response=TaskList, operation_id="application_deliveries")
def deliveries(request: HttpRequest, page: int = PageNumber) -> dict[str, Any]:
    """List what is to be delivered and opened; stewards."""
    return listed(queries.due(current.node(), reader=current.actor(request), page=page))


@router.post("/deliveries/{task_id}/done", response=DeliveryOut, operation_id="application_deliver")
def deliver(request: HttpRequest, task_id: str) -> Any:
    """Say that a dataset was delivered."""
    return actions.deliver(current.node(), task_id, actor=current.actor(request))


@router.post("/deliveries/{task_id}/extension", response=DeliveryOut, operation_id="application_extend_delivery")
def extend_delivery(request: HttpRequest, task_id: str, body: ReasonIn) -> Any:
    """Extend the time for a delivery, once."""
    return actions.extend_delivery(current.node(), task_id, body.reason, actor=current.actor(request))


@router.get("/mine", response=Mine, operation_id="application_mine")
def mine(request: HttpRequest, page: int = PageNumber) -> dict[str, Any]:
    """List the applications that the account wrote or is named in."""
    found = queries.mine(reader=current.actor(request), page=page)
    return listed(found) | {"entries": [told(each) for each in found.entries]}


@router.get("/duties/{permit_id}", response=list[DutyOut], operation_id="application_duties")
def duties(request: HttpRequest, permit_id: str) -> Any:
    """List what is owed under a permit, for the team of its application, officers and the auditor."""
    return list(queries.duties_of(current.node(), permit_id, reader=current.actor(request)))


@router.post("/", response=ApplicationOut, operation_id="application_start")
def start(request: HttpRequest, body: ApplicationIn) -> dict[str, Any]:
    """Begin the draft of an application for a permit, for statistics, or to amend a permit."""
    return told(actions.start(current.node(), actor=current.actor(request), **body.model_dump()))


@router.get("/deadlines", response=Deadlines, operation_id="application_deadlines")
def deadlines(request: HttpRequest, page: int = PageNumber, overdue: bool = False) -> dict[str, Any]:
    """List what is still due after decisions, or what of it is overdue, the nearest day first; officers and auditor."""
    found = queries.deadlines(current.node(), reader=current.actor(request), page=page, overdue=overdue)
    return listed(found) | {"entries": list(map(asdict, found.entries))}


@router.get("/longer-results", response=LongerAsked, operation_id="application_longer_results")
def longer_results(request: HttpRequest, page: int = PageNumber) -> dict[str, Any]:
    """List the longer times for results that wait for an answer; officers and the auditor."""
    found = longer_asked(current.node(), reader=current.actor(request), page=page)
    return listed(found) | {"entries": list(map(asdict, found.entries))}


@router.get("/{application_id}", response=FolderOut, operation_id="application_show")
def folder(request: HttpRequest, application_id: str, thread: int = PageNumber) -> dict[str, Any]:
    """Show an application to its team, an officer or the auditor, with what is missing, its clocks and events."""
    return folder_out(queries.folder(current.node(), application_id, reader=current.actor(request), thread=thread))


@router.delete("/{application_id}", response={204: None}, operation_id="application_discard")
def discard(request: HttpRequest, application_id: str) -> Status[None]:
    """Delete a draft that was never submitted."""
    actions.discard(current.node(), application_id, actor=current.actor(request))
    return Status(204, None)


@router.get("/{application_id}/case", response=CaseOut, operation_id="application_case")
def case(request: HttpRequest, application_id: str, thread: int = PageNumber) -> dict[str, Any]:
    """Show a case with its findings, variables and precedents; officers and the auditor."""
    return case_out(queries.case(current.node(), application_id, reader=current.actor(request), thread=thread))


@router.put("/{application_id}/sections/{section}", response=Saved, operation_id="application_save")
def save(request: HttpRequest, application_id: str, section: str, body: SectionIn) -> dict[str, int]:
    """Save a section, begun from a revision; refused when it was saved elsewhere meanwhile."""
    actor = current.actor(request)
    seen = body.revision
    return {"revision": actions.save(current.node(), application_id, section, body.content, revision=seen, actor=actor)}


Plain = Literal[
    "submit",
    "supply",
    "resume",
    "consent",
    "take",
    "complete",
    "end-processing",
    "withdraw",
    "agree-fees",
    "ask-proposal",
]
PLAIN = {
    "submit": actions.submit,
    "supply": actions.supply,
    "resume": actions.resume,
    "consent": actions.consent,
    "take": actions.take,
    "complete": actions.mark_complete,
    "end-processing": actions.end_processing,
    "withdraw": actions.withdraw,
    "agree-fees": actions.agree_fees,
    "ask-proposal": actions.ask_proposal,
}
Reasoned = Literal["ask-completion", "pause", "go-on", "extend", "convert", "keep-results"]
REASONED = {
    "ask-completion": actions.ask_completion,
    "pause": actions.pause,
    "go-on": actions.go_on,
    "extend": actions.extend,
    "convert": actions.convert,
    "keep-results": actions.keep_results,
}


@router.post("/{application_id}/steps/{step}", response=ApplicationOut, operation_id="application_step")
def take_step(request: HttpRequest, application_id: str, step: Plain) -> dict[str, Any]:
    """Take a step that needs no words: of the applicant's, or of the officer's."""
    return told(PLAIN[step](current.node(), application_id, actor=current.actor(request)))


@router.post("/{application_id}/reasoned/{step}", response=ApplicationOut, operation_id="application_reasoned_step")
def reasoned_step(request: HttpRequest, application_id: str, step: Reasoned, body: ReasonIn) -> dict[str, Any]:
    """Take an officer's step that needs its reason."""
    return told(REASONED[step](current.node(), application_id, body.reason, actor=current.actor(request)))


@router.post("/{application_id}/track", response=ApplicationOut, operation_id="application_reroute")
def reroute(request: HttpRequest, application_id: str, body: TrackIn) -> dict[str, Any]:
    """Put an application on another track."""
    actor = current.actor(request)
    return told(actions.reroute(current.node(), application_id, body.track, body.reason, actor=actor))


@router.post("/{application_id}/assessments", response=ApplicationOut, operation_id="application_assess")
def assess(request: HttpRequest, application_id: str, body: AssessmentIn) -> dict[str, Any]:
    """Record what was found of a criterion or a risk."""
    return told(actions.assess(current.node(), application_id, actor=current.actor(request), **body.model_dump()))


@router.post("/{application_id}/estimate", response=ApplicationOut, operation_id="application_estimate")
def estimate(request: HttpRequest, application_id: str, body: EstimateIn) -> dict[str, Any]:
    """Tell the applicant the estimated fees, in lines that add up; the clocks wait for their acceptance."""
    return told(actions.estimate(current.node(), application_id, actor=current.actor(request), **body.model_dump()))


@router.post("/{application_id}/committee", response=ApplicationOut, operation_id="application_committee")
def committee(request: HttpRequest, application_id: str, body: LegIn) -> dict[str, Any]:
    """Record what CESREES or CNIL received, said or decided on the French track."""
    return told(actions.record_leg(current.node(), application_id, actor=current.actor(request), **body.model_dump()))


@router.post("/{application_id}/decision", response=ApplicationOut, operation_id="application_decide")
def decide(request: HttpRequest, application_id: str, body: DecisionIn) -> dict[str, Any]:
    """Decide on an application; granting issues and signs the permit and asks the holders for the data."""
    given = body.model_dump() | {"grounds": tuple(body.grounds)}
    return told(actions.decide(current.node(), application_id, actor=current.actor(request), **given))


@router.post("/{application_id}/publication", response=ApplicationOut, operation_id="application_publish")
def publish(request: HttpRequest, application_id: str, body: PublicationIn) -> dict[str, Any]:
    """Publish the decision's reasons, as confirmed."""
    actor = current.actor(request)
    return told(actions.publish(current.node(), application_id, actor=actor, **body.given()))


@router.post(
    "/{application_id}/publication/preview", response=PreviewOut, operation_id="application_preview_publication"
)
def preview(request: HttpRequest, application_id: str, body: PublicationPreviewIn) -> dict[str, Any]:
    """Show what everyone would read of the decision; nothing changes."""
    actor = current.actor(request)
    found = actions.preview_publication(current.node(), application_id, body.published, actor=actor)
    return preview_out(found)


@router.post("/{application_id}/results", response=ApplicationOut, operation_id="application_report")
def report(request: HttpRequest, application_id: str, body: ResultsIn) -> dict[str, Any]:
    """Tell where the results of a permit or a request are public, as the register then shows them."""
    return told(
        actions.report_results(current.node(), application_id, actor=current.actor(request), **body.model_dump())
    )


@router.post("/{application_id}/uniqueness", response=UniquenessOut, operation_id="application_uniqueness")
def unique(request: HttpRequest, application_id: str, body: UniquenessIn) -> Any:
    """Tell which share of the cohort would be alone in what is asked of them; the team, and officers."""
    return asdict(uniqueness(current.node(), application_id, body.dataset, actor=current.actor(request)))


@router.post("/{application_id}/messages", response={204: None}, operation_id="application_post")
def post(request: HttpRequest, application_id: str, body: MessageIn) -> Status[None]:
    """Write into an application's thread."""
    actions.post(current.node(), application_id, body.text, actor=current.actor(request))
    return Status(204, None)
