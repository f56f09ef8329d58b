"""The pages of records that were harvested from other catalogues; anyone may read them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hygie.access.catalogue import elsewhere, negotiating, pages
from hygie.access.catalogue.graphs import FORMATS
from hygie.commons.web import current, paging


@require_GET
def every(request: HttpRequest) -> HttpResponse:
    """List the records of other catalogues, and when each was harvested."""
    words = request.GET.get("words", "")[:200].replace("\0", "")
    found, total, number = elsewhere.listed(words, current.language(), paging.asked(request))
    page = Paginator(paging.Window(lambda: total, lambda *_: found), elsewhere.PAGE).get_page(number)
    context = {"rows": found, "total": total, "page": page, "words": words, "sources": elsewhere.sources()}
    return render(request, "catalogue/elsewhere.html", context)


@require_GET
def one(request: HttpRequest, key: str) -> HttpResponse:
    """Show a record of another catalogue as what it is."""
    found, statements, uses = elsewhere.one(key, current.language())
    context = {"found": found, "statements": statements, "uses": pages.held_against(uses)}
    return render(request, "catalogue/elsewhere_record.html", context)


@require_GET
def record(request: HttpRequest, key: str, ending: str) -> HttpResponse:  # noqa: ARG001
    """Hand out a record of another catalogue as it was read."""
    form = negotiating.by_ending(ending)
    return HttpResponse(elsewhere.written(key, form).encode(), content_type=f"{FORMATS[form][1]}; charset=utf-8")
