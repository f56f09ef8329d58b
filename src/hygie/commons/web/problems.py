"""A Refusal as a page, or as a problem document under `/api/`."""

from __future__ import annotations

import json
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hygie.base.kernel import Verdict
from hygie.base.kernel.catalogue import explain
from hygie.commons.web.current import language

SIGN_IN = "WEB-101"


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
    return {
        "type": f"urn:hygie:refusal:{first.code}",
        "title": first.found,
        "status": first.http,
        "detail": f"{first.asked} {first.found} {first.accepted}".strip(),
        "code": first.code,
        "reasons": [{key: value for key, value in asdict(reason).items() if key != "exit"} for reason in reasons],
    }


def answer(request: HttpRequest, verdict: Verdict) -> HttpResponse:
    """Return a refused request's answer: its code, what was found, what would be accepted, who can help."""
    body = problem(verdict)
    status = int(str(body["status"]))
    if request.path.startswith("/api/"):
        return HttpResponse(
            json.dumps(body, ensure_ascii=False).encode(), content_type="application/problem+json", status=status
        )
    signing_in = body["code"] == SIGN_IN
    context = {"verdict": verdict, "status": status, "signing_in": signing_in, "next": request.get_full_path()}
    return render(request, "web/refusal.html", context, status=status)
