"""The public register, for programs: each list as the pages have it, and the whole as one document. Anyone may ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema

from hygie.access.applications import queries as asked
from hygie.access.applications.values import Entry
from hygie.access.catalogue import queries as catalogue
from hygie.base.kernel import refuse
from hygie.base.ledger import queries as events
from hygie.commons.web import current
from hygie.intake.placing import queries as placing
from hygie.public.register import entries, feed, listing, queries, serving
from hygie.public.register.values import (
    ApplicationEntry,
    DerogationEntry,
    ExclusionEntry,
    Figures,
    MeasureEntry,
    Procedures,
    ReleaseEntry,
    ResultEntry,
    RunEntry,
)

router = Router(tags=["register"], by_alias=True)
PAGE = Query(1, ge=1, le=1_000_000)
WORDS = Query("", max_length=100, pattern=r"^[^\x00]*$")
Outcome = Literal["", "granted", "partly", "refused", "converted"]


class PageOut(Schema):
    """A page of a list: how many entries there are, its number, how many pages."""

    total: int
    page: int
    pages: int


class ApplicationsOut(PageOut):
    """A page of applications, the last received first."""

    applications: list[ApplicationEntry]


class PublicPermitOut(Schema):
    """A permit, who profits, and where the ledger has its grant; the permit's own address has all of it.

    What the application told is None for a permit that was granted without one. `fee_event` is where the ledger has
    that user and holder agreed on the fees, or that the access body set them.
    """

    id: str
    title: str
    user: str | None
    kind: str
    commercial: bool
    state: str
    decided_at: str
    application: str | None
    parent: str | None
    fee: str | None
    fee_settled: Literal["agreed", "set"] | None
    fee_settled_on: date | None
    fee_event: int | None
    benefit: str | None
    product: str | None
    event: int | None


class PermitsOut(PageOut):
    """A page of permits, the last decided first."""

    permits: list[PublicPermitOut]


class RunsOut(PageOut):
    """A page of runs, the last first."""

    runs: list[RunEntry]


class ReleasesOut(PageOut):
    """A page of releases, the last first."""

    releases: list[ReleaseEntry]


class ResultsOut(PageOut):
    """A page of results that users reported, the last first."""

    results: list[ResultEntry]


class RevokedOut(Schema):
    """A revoked permit, why, and where the ledger has it."""

    id: str
    title: str
    user: str | None
    revoked_on: str
    reason: str
    event: int | None


class RevokedLabelOut(Schema):
    """A quality label that was revoked, why, and where the ledger has it."""

    dataset: str
    holder: str
    label: str
    revoked_on: str
    reason: str
    event: int | None


class EnforcementOut(Schema):
    """The last revoked permits, exclusions, revoked quality labels and measures after hearings, the last first.

    Each list has at most 200 entries, exclusions at most 500; `total_…` says how many there are, and the whole
    register has all of them.
    """

    total_revoked: int
    revoked: list[RevokedOut]
    total_exclusions: int
    exclusions: list[ExclusionEntry]
    total_labels: int
    labels: list[RevokedLabelOut]
    derogations: list[DerogationEntry]
    total_measures: int
    measures: list[MeasureEntry]
    procedures: Procedures


class ItemOut(Schema):
    """One thing that became public: `id` is the page of its event in the ledger."""

    id: str
    url: str
    title: str
    content_text: str
    date_published: datetime


class FeedOut(Schema):
    """What became public last, as JSON Feed 1.1 writes it."""

    version: str
    title: str
    description: str
    language: str
    home_page_url: str
    feed_url: str
    items: list[ItemOut]


def paged(found: Any) -> dict[str, int]:
    """Return a page's numbers."""
    return {"total": found.total, "page": found.number, "pages": found.of}


def with_events(found: Sequence[Entry]) -> list[ApplicationEntry]:
    """Return applications with their events in the ledger."""
    about = events.about(each.id for each in found)
    return [entries.application_entry(each, entries.refs(about[each.id])) for each in found]


@router.get("/", operation_id="register_document", auth=None)
def document(request: HttpRequest) -> HttpResponseBase:
    """Hand out the whole register in its published schema: the bytes of the page and of `hygie register export`."""
    return serving.handed(request, current.node())


@router.get("/applications", response=ApplicationsOut, operation_id="register_applications", auth=None)
def applications(
    request: HttpRequest,  # noqa: ARG001
    words: str = WORDS,
    outcome: Outcome = "",
    page: int = PAGE,
) -> dict[str, Any]:
    """List applications and requests from their reception on, with outcomes, and reasons once published."""
    found = asked.public(page=page, search=words, outcome=outcome)
    return paged(found) | {"applications": with_events(found.entries)}


@router.get("/applications/{application_id}", response=ApplicationEntry, operation_id="register_application", auth=None)
def application(request: HttpRequest, application_id: str) -> ApplicationEntry:  # noqa: ARG001
    """Show one application as everyone may see it, with its events and, once published, its reasons."""
    found = asked.public_one(application_id)
    if found is None:
        raise refuse("APP-101", found=application_id[:64])
    return with_events([found])[0]


@router.get("/permits", response=PermitsOut, operation_id="register_permits", auth=None)
def permits(request: HttpRequest, page: int = PAGE) -> dict[str, Any]:  # noqa: ARG001
    """List permits with who profits from them."""
    found = listing.permits(str(page), current.node().today())
    return paged(found) | {"permits": [permit_out(each) for each in found.entries]}


def permit_out(row: listing.Proven) -> PublicPermitOut:
    """Return a row of the permits' list."""
    permit, led, settled = row.entry.permit, row.entry.application, row.entry.settled
    return PublicPermitOut(
        id=permit.id,
        title=permit.title,
        user=permit.user or None,
        kind=permit.kind,
        commercial=permit.commercial,
        state=permit.state,
        decided_at=permit.decided_at.isoformat().replace("+00:00", "Z"),
        application=led.id if led else None,
        parent=(led.parent or None) if led else None,
        fee=(led.fee or None) if led else None,
        fee_settled=("set" if settled.kind == "fees.set" else "agreed") if settled else None,
        fee_settled_on=settled.on if settled else None,
        fee_event=settled.proof.index if settled else None,
        benefit=(led.benefit or None) if led else None,
        product=(led.product or None) if led else None,
        event=row.proof.index if row.proof else None,
    )


@router.get("/runs", response=RunsOut, operation_id="register_runs", auth=None)
def runs(request: HttpRequest, page: int = PAGE) -> dict[str, Any]:  # noqa: ARG001
    """List the runs that ended, the last first, with their place in the ledger."""
    found = listing.runs(str(page))
    about = events.about(each.entry.id for each in found.entries)
    return paged(found) | {
        "runs": [entries.run_entry(each.entry, entries.refs(about[each.entry.id])) for each in found.entries]
    }


@router.get("/releases", response=ReleasesOut, operation_id="register_releases", auth=None)
def releases(request: HttpRequest, page: int = PAGE) -> dict[str, Any]:  # noqa: ARG001
    """List the releases, the last first: which files left, under which permit, proven where."""
    found = listing.releases(str(page))
    about = events.about(each.entry["id"] for each in found.entries)
    return paged(found) | {
        "releases": [entries.release_entry(each.entry, entries.refs(about[each.entry["id"]])) for each in found.entries]
    }


@router.get("/results", response=ResultsOut, operation_id="register_results", auth=None)
def results(request: HttpRequest, page: int = PAGE) -> dict[str, Any]:  # noqa: ARG001
    """List results that users reported as public."""
    found = listing.results(str(page))
    return paged(found) | {"results": [entries.result_entry(each.entry) for each in found.entries]}


@router.get("/enforcement", response=EnforcementOut, operation_id="register_enforcement", auth=None)
def enforcement(request: HttpRequest) -> EnforcementOut:  # noqa: ARG001
    """List revoked permits and labels, organisations that may not apply, and measures, with the reasons."""
    today = current.node().today()
    total, revoked = listing.revoked(today)
    excluded, taken = asked.enforced(), asked.measures(today)
    about = events.about([*(each.id for each in excluded), *(each.id for each in taken)])
    procedures = asked.procedures_counted()
    return EnforcementOut(
        total_revoked=total,
        revoked=[
            RevokedOut(
                id=each.entry.permit.id,
                title=each.entry.permit.title,
                user=each.entry.permit.user or None,
                revoked_on=each.entry.permit.revoked_on.isoformat(),
                reason=each.entry.reason,
                event=each.proof.index if each.proof else None,
            )
            for each in revoked
        ],
        exclusions=[entries.exclusion_entry(each, entries.refs(about[each.id])) for each in excluded],
        labels=[
            RevokedLabelOut(
                dataset=each.entry.dataset,
                holder=each.entry.holder,
                label=each.entry.label,
                revoked_on=each.entry.revoked_on.isoformat(),
                reason=each.entry.reason,
                event=each.entry.event,
            )
            for each in listing.labels()
        ],
        derogations=[entries.derogation_entry(each) for each in placing.derogations(current.node())],
        total_exclusions=asked.count_exclusions(),
        total_labels=catalogue.count_withdrawn(),
        total_measures=procedures["measures"],
        measures=[entries.measure_entry(each, entries.refs(about[each.id])) for each in taken],
        procedures=Procedures(**procedures),
    )


@router.get("/feed", response=FeedOut, operation_id="register_feed", auth=None)
def news(request: HttpRequest) -> dict[str, Any]:
    """Give the last fifty things that became public, the last first, in the JSON Feed format."""
    return feed.as_json(request)


@router.get("/figures", response=Figures, operation_id="register_figures", auth=None)
def figures(request: HttpRequest) -> Figures:  # noqa: ARG001
    """Show the open figures, computed from events."""
    return queries.figures(current.node())
