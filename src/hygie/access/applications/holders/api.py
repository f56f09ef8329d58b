"""What the holder's steward does for applications, and what becomes of its costs, for programs."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from hygie.access.applications import actions
from hygie.access.applications.api_words import ApplicationOut, DeliveryOut, ReasonIn, listed, told
from hygie.access.applications.desk.evidence import evidence
from hygie.access.applications.holders import advising
from hygie.base import law
from hygie.commons.web import current
from hygie.commons.web.schema import Body

router = Router(tags=["applications"])
PageNumber = Query(1, ge=1, le=1_000_000)


class ProposalIn(ReasonIn):
    """What a trusted holder proposes, and its assessment."""

    outcome: Literal["granted", "partly", "refused"]


class AmountIn(ReasonIn):
    """An amount, and what it is for."""

    amount: str = Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")


class SeenIn(Body):
    """The estimate that the applicant saw."""

    amount: str = Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")


class CostedOut(Schema):
    """An application under way, and what the holder stated of it."""

    id: str
    title: str
    kind: str
    state: str
    datasets: list[str]
    stated: str
    currency: str


class CostedList(Schema):
    """A page of them."""

    entries: list[CostedOut]
    number: int
    of: int
    total: int


class BearingOut(Schema):
    """A field of an application that bears on a criterion, in the reader's language."""

    label: str
    lines: list[str]


class CriterionOut(Schema):
    """A criterion of the assessment, and what the application says of it."""

    item: str
    question: dict[str, str]
    evidence: list[BearingOut]


class PutToOut(Schema):
    """What a trusted holder is asked to propose on: the task, and the application as it was received."""

    task: DeliveryOut
    id: str
    kind: str
    title: str
    organisation: str
    template: str
    document: dict[str, Any]
    criteria: list[CriterionOut]


@router.get("/holders/costs", response=CostedList, operation_id="application_costs")
def costs(request: HttpRequest, page: int = PageNumber) -> dict[str, Any]:
    """List the applications under way whose costs the holder may state; stewards."""
    return listed(advising.to_cost(reader=current.actor(request), page=page))


@router.post("/{application_id}/costs", response=CostedOut, operation_id="application_state_costs")
def state_costs(request: HttpRequest, application_id: str, body: AmountIn) -> Any:
    """State what the holder's work for an application costs."""
    actor = current.actor(request)
    return actions.state_costs(current.node(), application_id, body.amount, reason=body.reason, actor=actor)


@router.post("/{application_id}/fees", response=ApplicationOut, operation_id="application_set_fees")
def set_fees(request: HttpRequest, application_id: str, body: AmountIn) -> dict[str, Any]:
    """Set the holder's fees, one month after a permit without agreement."""
    actor = current.actor(request)
    return told(actions.set_fees(current.node(), application_id, body.amount, reason=body.reason, actor=actor))


@router.post("/{application_id}/fees/acceptance", response=ApplicationOut, operation_id="application_accept_fees")
def accept_fees(request: HttpRequest, application_id: str, body: SeenIn) -> dict[str, Any]:
    """Accept the estimate of fees, as it was seen; refused when it is another by now."""
    actor = current.actor(request)
    return told(actions.accept_fees(current.node(), application_id, **body.model_dump(), actor=actor))


@router.get("/deliveries/{task_id}/proposal", response=PutToOut, operation_id="application_put_to_holder")
def put_to_holder(request: HttpRequest, task_id: str) -> dict[str, Any]:
    """Read the application on which a trusted holder is asked to propose a decision, while its proposal is awaited."""
    node, language = current.node(), current.language()
    task, application = advising.put_to(node, task_id, reader=current.actor(request))
    asked = (application.kind, application.template, application.document)
    criteria = [
        {
            "item": each.id,
            "question": dict(each.question),
            "evidence": [{"label": label, "lines": lines} for label, lines in evidence(*asked, each.id, language)],
        }
        for each in law.criteria(node.today())
    ]
    names = ("id", "kind", "title", "organisation", "template", "document")
    return {"task": task, "criteria": criteria} | {name: getattr(application, name) for name in names}


@router.post("/deliveries/{task_id}/proposal", response=DeliveryOut, operation_id="application_propose")
def propose(request: HttpRequest, task_id: str, body: ProposalIn) -> Any:
    """Propose a decision to the access body, as a trusted holder."""
    actor = current.actor(request)
    return actions.propose(current.node(), task_id, body.outcome, reason=body.reason, actor=actor)
