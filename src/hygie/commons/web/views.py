"""Pages for what is not there or went wrong, and the door of pages that need a signed-in person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_POST

from hygie.base.kernel import Reason, Verdict
from hygie.commons.web.current import actor
from hygie.commons.web.problems import answer

View = Callable[..., HttpResponse]
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def signed_in(view: View) -> View:
    """Ask for an account before a view is shown; WEB-101 leads to the sign-in page."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        actor(request)
        return view(request, *args, **named)

    return asked


def posted(page: str, **given: str) -> Callable[[View], View]:
    """Take only what a form sends; who opens the address itself is led to the page that has the form.

    Such an address stays in the browser after a refusal; another language or a second visit then asks for it.

    Parameters
    ----------
    page : str     the name of the form's page; it takes as many of this address's parameters as it has, from the first
    given : str    what else the page's address is made with
    """

    def door(view: View) -> View:
        taken = require_POST(view)

        @wraps(taken)
        def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            if request.method in ("GET", "HEAD"):
                return HttpResponseRedirect(address(page, named, given))
            return taken(request, *args, **named)

        return asked

    return door


def address(page: str, named: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """Return a page's address, with the first of the parameters that it takes."""
    for count in range(len(named), 0, -1):
        try:
            return reverse(page, kwargs={**dict(list(named.items())[:count]), **given})
        except NoReverseMatch:
            continue
    return reverse(page, kwargs=given)


def refused(request: HttpRequest, code: str) -> HttpResponse:
    """Return the page of one refusal code."""
    return answer(request, Verdict((Reason(code, {}),)))


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer that no page has this address."""
    return refused(request, "WEB-102")


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer that this may not be seen."""
    return refused(request, "WEB-103")


@requires_csrf_token
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer that a form did not come from a page of this node, or is too old."""
    return refused(request, "WEB-104")


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer that a request cannot be read, or is too large to be."""
    if isinstance(exception, TOO_LARGE):
        return too_large(request)
    return refused(request, "WEB-106")


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer that a request is larger than what this node reads; what it was is not read again for the answer."""
    request._post, request._files = QueryDict(), MultiValueDict()
    facts = {
        "size": settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20,
        "fields": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
        "files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
    }
    return answer(request, Verdict((Reason("WEB-109", facts),)))


def fault(request: HttpRequest) -> HttpResponse:
    """Answer that Hygie itself is at fault, without the fault's text, which could hold data."""
    return refused(request, "WEB-107")
