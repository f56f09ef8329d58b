"""Which form of a thing an HTTP request asks for, and the answer with what caches need to know of it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date

from hygie.access.catalogue import dcat, feed
from hygie.access.catalogue.feed import Asked, Stand
from hygie.access.catalogue.graphs import FORMATS
from hygie.base.kernel import refuse

HTML = "html"
OFFERED = {"text/html": HTML, **{media: name for name, (_, media, _) in FORMATS.items()}}
ENDINGS = {ending: name for name, (_, _, ending) in FORMATS.items()}


def form_of(request: HttpRequest) -> str:
    """Return the form that a request asks for, `html` or one of `FORMATS`: by `?format=`, then by its Accept header.

    Errors      CAT-401 another `format`; CAT-406 nothing of what is accepted is offered
    Source      RFC 9110 sections 12.5.1, 15.5.7
    """
    wanted = request.GET.get("format", "")
    if wanted:
        named = {HTML: HTML, **{name: name for name in FORMATS}, **ENDINGS}
        if wanted not in named:
            raise refuse("CAT-401", found=wanted[:40], accepted=", ".join(named))
        return named[wanted]
    best = request.get_preferred_type(list(OFFERED))
    if best is None:
        raise refuse("CAT-406", found=request.headers.get("Accept", "")[:120], accepted=", ".join(OFFERED))
    return OFFERED[best]


def by_ending(ending: str) -> str:
    """Return the form that an address ends with; CAT-401 another one."""
    if ending not in ENDINGS:
        raise refuse("CAT-401", found=ending[:40], accepted=", ".join(ENDINGS))
    return ENDINGS[ending]


def profile_of(request: HttpRequest) -> str:
    """Return the profile that a request names; CAT-407 another one."""
    profile = request.GET.get("profile", dcat.PROFILES[0])
    if profile not in dcat.PROFILES:
        raise refuse("CAT-407", found=profile[:40], accepted=", ".join(dcat.PROFILES))
    return profile


def asked_of(request: HttpRequest, form: str) -> Asked:
    """Return which page of the feed a request asks for.

    Errors      CAT-407, CAT-408
    """
    page = feed.number(request.GET.get("page", "1"), 1, 9_999_999, "page")
    size = feed.number(request.GET.get("size", str(feed.PAGE)), 1, feed.MOST, "size")
    return Asked(form, profile_of(request), page, size)


def answer(
    request: HttpRequest, text: Callable[[], str], asked: Asked, stand: Stand, *, at: str, negotiated: bool = False
) -> HttpResponse:
    """Return RDF with its validators; 304 to who has it already, without writing it.

    Parameters
    ----------
    text : Callable       what writes it
    stand : Stand
    at : str              the address of this form alone
    negotiated : bool     the request's Accept header chose the form

    Source      RFC 9110 sections 8.7, 8.8, 13
    """
    unchanged = get_conditional_response(request, stand.etag, int(stand.changed.timestamp()))
    known = unchanged is not None and unchanged.status_code == 304
    response = (
        unchanged
        if known and unchanged
        else HttpResponse(
            b"" if request.method == "HEAD" else text().encode(),
            content_type=f"{FORMATS[asked.form][1]}; charset=utf-8",
        )
    )
    response.headers["ETag"] = stand.etag
    response.headers["Last-Modified"] = http_date(stand.changed.timestamp())
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Location"] = at
    response.headers["Link"] = f'<{dcat.PROFILE}>; rel="profile"'
    if negotiated:
        patch_vary_headers(response, ("Accept",))
    return response
