"""Pages for what is not there or went wrong, and the door of pages that need a signed-in person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import requires_csrf_token

from hygie.base.kernel import Reason, Verdict
from hygie.commons.web.current import actor
from hygie.commons.web.problems import answer

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Ask for an account before a view is shown; WEB-101 leads to the sign-in page."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        actor(request)
        return view(request, *args, **named)

    return asked


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
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer that a request cannot be read."""
    return refused(request, "WEB-106")


def fault(request: HttpRequest) -> HttpResponse:
    """Answer that Hygie itself is at fault, without the fault's text, which could hold data."""
    return refused(request, "WEB-107")
