"""The catalogue as RDF over HTTP: a dataset's record, and the feed for harvesters; anyone may read both."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from hygie.access.catalogue import dcat, feed, negotiating, queries
from hygie.access.catalogue.feed import Asked
from hygie.access.catalogue.graphs import FORMATS, write
from hygie.commons.web import current


def reached(request: HttpRequest) -> str:
    """Return what this node's addresses begin with, as the request reached it."""
    return request.build_absolute_uri("/")


def site_of(request: HttpRequest) -> str:
    """Return what this node's public addresses begin with: as it is set, or as the request reached it."""
    return current.node().address or reached(request)


def dataset_record(request: HttpRequest, dataset_id: str, form: str, *, negotiated: bool) -> HttpResponse:
    """Hand out a dataset's record."""
    node, site = current.node(), reached(request)
    found = queries.dataset(dataset_id, on=node.today())
    asked = Asked(form, negotiating.profile_of(request))
    at = f"{site}catalogue/{dataset_id}/record.{FORMATS[form][2]}"
    return negotiating.answer(
        request,
        lambda: dcat.export(found, form, base=node.names, profile=asked.profile, site=site_of(request)),
        asked,
        feed.stand(node, [dataset_id], asked, site),
        at=at if asked.profile == dcat.PROFILES[0] else f"{at}?profile={asked.profile}",
        negotiated=negotiated,
    )


def whole(request: HttpRequest, form: str, *, negotiated: bool) -> HttpResponse:
    """Hand out a page of the catalogue."""
    node, site = current.node(), reached(request)
    asked = negotiating.asked_of(request, form)
    names, total = feed.listed(asked)
    stand = feed.stand(node, [*names, str(total)], asked, site)
    return negotiating.answer(
        request,
        lambda: write(feed.page(node, names, total, asked, site=site, on=node.today()), form),
        asked,
        stand,
        at=feed.address(site, asked, asked.page),
        negotiated=negotiated,
    )


@require_GET
def record(request: HttpRequest, dataset_id: str, ending: str) -> HttpResponse:
    """Hand out a dataset's HealthDCAT-AP record in the form that its address ends with."""
    return dataset_record(request, dataset_id, negotiating.by_ending(ending), negotiated=False)


@require_GET
def harvest(request: HttpRequest, ending: str) -> HttpResponse:
    """Hand out a page of the catalogue in the form that its address ends with."""
    return whole(request, negotiating.by_ending(ending), negotiated=False)
