"""Links between records, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema

from hygie.access.catalogue import links
from hygie.commons.web import current
from hygie.commons.web.schema import Body

router = Router(tags=["catalogue"])
STATE = Literal["review", "linked", "rejected", "withdrawn"]


class LinkOut(Schema):
    """A link: whose records, how it was found, its score, and how each trait agrees; never a trait."""

    id: str
    method: str
    a: str
    b: str
    score: float
    model: str
    state: str
    decided_by: str
    traits: dict[str, str]


class LinksOut(Schema):
    """A page of them."""

    total: int
    page: int
    links: list[LinkOut]


class LinkDecisionIn(Body):
    """What becomes of a link."""

    decision: Literal["accept", "reject", "withdraw"]


class LinkDecidedOut(Schema):
    """The link, and what was decided."""

    id: str
    decision: str


@router.get("/links/records", response=LinksOut, operation_id="catalogue_links")
def every(
    request: HttpRequest,
    state: STATE = "review",
    page: int = Query(1, ge=1, le=1_000_000),
) -> LinksOut:
    """List the links between records that the caller may decide on, the least sure first; stewards."""
    total, found = links.page(current.node(), actor=current.actor(request), state=state, number=page)
    return LinksOut(total=total, page=page, links=[LinkOut(**asdict(each)) for each in found])


@router.post("/links/records/{link_id}", response=LinkDecidedOut, operation_id="catalogue_decide_link")
def decide(request: HttpRequest, link_id: str, body: LinkDecisionIn) -> LinkDecidedOut:
    """Accept or reject a link in review, or withdraw one that holds; the steward of all its data."""
    links.decide(current.node(), link_id, body.decision, actor=current.actor(request))
    return LinkDecidedOut(id=link_id, decision=body.decision)
