"""A Refusal as a page, or as a problem document under `/api/`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hygie.base.kernel import Verdict
from hygie.base.kernel.catalogue import explain
from hygie.commons.web.current import language

SIGN_IN = "WEB-101"
COMMAND_LINE = ("exit", "command")
# what a refused person can do next, by code: the button's words and the page's name
STEPS = {
    "PPL-112": (gettext_noop("Prove once more who you are"), "people:step-up"),
    "PPL-115": (gettext_noop("Take the training"), "people:training"),
}
Keeper = Callable[[HttpRequest], tuple[bool, list[str]]]
_keepers: list[Keeper] = []


def keep_with(keeper: Keeper) -> None:
    """Name what keeps a form that somebody sent after their session was over; whether it did, and the lost texts."""
    _keepers[:] = [keeper]


def problem(verdict: Verdict) -> dict[str, object]:
    """Return a problem document.

    Parameters
    ----------
    verdict : Verdict   with one reason or more

    Source   RFC 9457

    Example
    -------
    >>> from hygie.base.kernel import Reason
    >>> problem(Verdict((Reason("WEB-102", {}),)))["status"]
    404
    """
    reasons = [explain(reason, language()) for reason in verdict.reasons]
    first = reasons[0]
    told = [{name: said for name, said in asdict(each).items() if name not in COMMAND_LINE} for each in reasons]
    return {
        "type": f"urn:hygie:refusal:{first.code}",
        "title": first.found,
        "status": first.http,
        "detail": f"{first.asked} {first.found} {first.accepted}".strip(),
        "code": first.code,
        "reasons": told,
    }


def answer(request: HttpRequest, verdict: Verdict) -> HttpResponse:
    """Return a refused request's answer: its code, what was found, what would be accepted, who can help."""
    body = problem(verdict)
    status = int(str(body["status"]))
    if request.path.startswith("/api/v1/"):
        return HttpResponse(
            json.dumps(body, ensure_ascii=False).encode(), content_type="application/problem+json", status=status
        )
    signing_in = body["code"] == SIGN_IN
    kept, lost = _keepers[0](request) if _keepers and signing_in and request.method == "POST" else (False, [])
    context = {
        "verdict": verdict,
        "status": status,
        "signing_in": signing_in,
        "kept": kept,
        "lost": lost,
        "next": request.get_full_path() if request.method == "GET" else came_from(request),
        "step": step(str(body["code"])),
        "concerned": concerned(request),
    }
    return render(request, "web/refusal.html", context, status=status)


def step(code: str) -> tuple[str, str] | None:
    """Return the words and the address of what a refused person can do next, None where the home page is all."""
    if code not in STEPS:
        return None
    label, name = STEPS[code]
    try:
        return _(label), reverse(name)
    except NoReverseMatch:
        return None


def came_from(request: HttpRequest) -> str:
    """Return the page of this site that a form was sent from, the home page when it is not known."""
    parts = urlsplit(request.headers.get("Referer", ""))
    return parts.path if parts.netloc == request.get_host() and parts.path.startswith("/") else "/"


def concerned(request: HttpRequest) -> str:
    """Return the page of what a refused request was about: where its form stood, or the nearest page above it."""
    reading = request.method in ("GET", "HEAD")
    page = "/" if reading else came_from(request)
    parts = request.path.strip("/").split("/")[: -1 if reading else None]
    above = ("/" + "/".join(parts[:count]) + "/" for count in range(len(parts), 0, -1))
    return page if page != "/" else next(filter(leads, above), "")


def leads(path: str) -> bool:
    """Return whether an address is one of this site."""
    try:
        return bool(resolve(path))
    except Resolver404:
        return False
