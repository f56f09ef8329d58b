"""What every answer goes through: refusals become pages, and the browser is told what it may load."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed

from hygie.base.kernel import Reason, Refusal, Verdict
from hygie.commons.web.problems import answer

Next = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class Refusals:
    """Show a Refusal that a view raised, what is not there and what is not taken, as Hygie says it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; a method that the address does not take is refused in words."""
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        facts = {"found": str(request.method)[:20], "accepted": response.headers["Allow"]}
        refused = answer(request, Verdict((Reason("WEB-110", facts),)))
        refused.headers["Allow"] = response.headers["Allow"]
        return refused

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the answer to a refused request, None for a fault of Hygie itself."""
        if isinstance(error, Refusal):
            return answer(request, error.verdict)
        if isinstance(error, Http404):
            return answer(request, Verdict((Reason("WEB-102", {}),)))
        if isinstance(error, PermissionDenied):
            return answer(request, Verdict((Reason("WEB-103", {}),)))
        return None


class Headers:
    """Send the content security policy and keep pages of signed-in people out of shared caches."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers to the answer."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response
