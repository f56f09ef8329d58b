"""What the form's pages tell an applicant beforehand, for programs: costs, track and time; reference methodologies."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from hygie.access.applications import queries
from hygie.access.applications.api_words import DelayOut
from hygie.access.applications.document import Document
from hygie.access.applications.form.costs import cost, way
from hygie.access.applications.form.looking_api import Looked, looked
from hygie.base import law
from hygie.commons.web import current
from hygie.commons.web.schema import Body

router = Router(tags=["applications"])


class FeeLineOut(Schema):
    """A line of the estimate: amounts are decimal texts, the reduction in percent."""

    id: str
    payee: str
    label: dict[str, str]
    quantity: str
    unit: str
    price: str
    reduction: int
    amount: str


class FeesOut(Schema):
    """What it would cost by the public tariff; the access body's own estimate takes its place."""

    tariff: str
    currency: str
    total: str
    hours: int
    months: int
    lines: list[FeeLineOut]


class LimitOut(Schema):
    """The rule that times the decision."""

    rule: str
    amount: int
    unit: str
    source: str


class OutlookOut(Looked):
    """What an application would cost and how long it would take; `fees` is null while it does not say enough.

    `flags` are words that may tell of a prohibited use: a person looks at them, and nothing is refused because of one.
    `uses` tells how it stands with the terms of use of the datasets asked for; the law decides, not they.
    """

    fees: FeesOut | None
    track: str
    accelerated: bool
    limit: LimitOut | None
    usual: list[DelayOut]


class AnswersIn(Body):
    """Questions of the decision table with their answers; what is not answered is unknown."""

    answers: dict[str, bool]


class ConditionOut(Schema):
    """A question that a methodology asks, the answer it wants, and the one it found."""

    question: str
    wanted: bool
    found: bool | None


class EligibilityOut(Schema):
    """A reference methodology: whether it is open to the study, and each condition."""

    id: str
    label: dict[str, str]
    source: str
    standing: Literal["open", "closed", "unknown"]
    conditions: list[ConditionOut]


@router.get("/{application_id}/outlook", response=OutlookOut, operation_id="application_outlook")
def outlook(request: HttpRequest, application_id: str) -> dict[str, Any]:
    """Tell what an application would cost, on which track, and how long like ones take, before it is submitted."""
    node = current.node()
    folder = queries.folder(node, application_id, reader=current.actor(request))
    made, on = folder.application, node.today()
    track, rule, fast = way(made.track, made.document, on=on, country=node.country)
    limit = {"rule": rule.id, "amount": rule.amount, "unit": rule.unit, "source": rule.source} if rule else None
    return {
        "fees": fees(made.kind, made.document, on=on),
        **looked(made.document, node.country),
        "track": track.id,
        "accelerated": fast,
        "limit": limit,
        "usual": list(folder.usual),
    }


def fees(kind: str, document: Document, *, on: date) -> dict[str, Any] | None:
    """Return the estimate as it is sent, None while the application does not say enough."""
    found = cost(kind, document, on=on)
    if found.estimate is None:
        return None
    lines = [
        {
            "id": line.id,
            "payee": line.payee,
            "label": dict(line.label),
            "quantity": str(line.quantity),
            "unit": line.unit,
            "price": str(line.price),
            "reduction": line.reduction,
            "amount": str(line.amount),
        }
        for line in found.estimate.lines
    ]
    told = {"tariff": found.estimate.tariff, "currency": found.estimate.currency, "total": str(found.estimate.total)}
    return {**told, "hours": found.hours, "months": found.months, "lines": lines}


@router.post("/methodologies", response=list[EligibilityOut], auth=None, operation_id="application_methodologies")
def methodologies(request: HttpRequest, body: AnswersIn) -> list[dict[str, Any]]:  # noqa: ARG001
    """Tell which of CNIL's reference methodologies are open to a study, and why; nothing is stored, anyone may ask."""
    found = law.methodologies(body.answers, on=current.node().today())
    return [
        {
            "id": each.methodology.id,
            "label": dict(each.methodology.label),
            "source": each.methodology.source,
            "standing": each.standing,
            "conditions": [
                {"question": one.question.id, "wanted": one.wanted, "found": one.found} for one in each.findings
            ],
        }
        for each in found
    ]
