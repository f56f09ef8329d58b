"""Who is present, known to policies while a request is answered; a session that was ended is none."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from hygie.commons.people import actions, doors
from hygie.commons.people.presence import present
from hygie.commons.web import current


class Present:
    """Let policies know how the person is present, and end what was ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, as someone or as nobody."""
        if not current.visitor(request):
            return self.get_response(request)
        found = doors.presence(request)
        if found.session and not actions.see_session(current.node(), found.session):
            request.META[doors.SIGNED_OUT] = current.visitor(request)
            logout(request)
            return self.get_response(request)
        with present(found):
            return self.get_response(request)
