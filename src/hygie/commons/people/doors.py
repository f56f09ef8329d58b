"""Entering and leaving the site: the session of the browser and the session that the node keeps, always together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth import login, logout
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from hygie.base.kernel import Refusal, Verdict, refuse
from hygie.commons.people import actions
from hygie.commons.people.configuration import Issuer
from hygie.commons.people.models import Account
from hygie.commons.people.presence import fresh
from hygie.commons.people.signals import KEPT
from hygie.commons.people.values import STEP_UP_MINUTES, Presence
from hygie.commons.web import current

BACKEND = "django.contrib.auth.backends.ModelBackend"
WRITTEN = "hygie.written"
TOO_OLD = "PPL-112"
LONGEST_ADDRESS = 64
SIGNED_OUT = "hygie.signed_out"
KEPT_MINUTES = 60
MOST_KEPT = 65_536
FEW = 2
TOKEN = "csrfmiddlewaretoken"  # noqa: S105
RATES = {"address": "20/m/key", "account": "20/m/key", "lost": "60/m/key"}


def enter(
    request: HttpRequest, name: str, next_url: str, *, means: str, assurance: str = "", at: float | None = None
) -> HttpResponse:
    """Sign an account in, in a new session that takes the place of one that may run, and go on.

    Parameters
    ----------
    at : float   when the person proved who they are, in seconds since 1970, 0 when nobody said; None: now
    """
    node = current.node()
    count(request, "account", name)
    session = actions.begin_session(node, name, means=means, assurance=assurance)
    written = held(request, name)
    leave(request)
    account = Account.objects.get(name=name)
    login(request, account, backend=BACKEND)
    proven = time.time() if at is None else at
    request.session[KEPT] = {
        "id": session,
        "means": means,
        "assurance": assurance,
        "at": proven,
    }
    if written:
        request.session[WRITTEN] = written
    response = HttpResponseRedirect(inside(request, next_url))
    if account.language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, account.language, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


def enter_by_identity(request: HttpRequest, issuer: Issuer, claims: Mapping[str, Any], next_url: str) -> HttpResponse:
    """Sign in the account that an identity is bound to; PPL-126 when no account is, PPL-113 when the level is low."""
    level = issuer.level(claims.get("acr"))
    account = Account.objects.filter(issuer=issuer.issuer, subject=str(claims["sub"])).first()
    if level == "low":
        raise refuse("PPL-113", action="session.begin", name=account.name if account else "–")
    if account is None:
        raise refuse("PPL-126", found=issuer.name)
    return enter(request, account.name, next_url, means="openid", assurance=level, at=proven_at(claims))


def proven_at(claims: Mapping[str, Any]) -> float:
    """Return when the provider last had the person prove who they are, never later than now; 0 when it does not say.

    Example
    -------
    >>> proven_at({"auth_time": 1_700_000_000}), proven_at({}), proven_at({"auth_time": "now"})
    (1700000000.0, 0.0, 0.0)
    """
    told = claims.get("auth_time")
    known = isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < float("inf")
    return min(time.time(), float(told)) if known and told is not None else 0.0


def leave(request: HttpRequest) -> None:
    """End the browser's session and the node's."""
    kept = request.session.get(KEPT)
    name = current.visitor(request)
    if kept and name and actions.see_session(current.node(), kept["id"]):
        actions.end_session(current.node(), kept["id"], actor=name)
    logout(request)


def keep(request: HttpRequest, written: Mapping[str, Any], page: str = "", whose: str = "") -> bool:
    """Keep what a person wrote while they prove once more who they are, for an hour; whether it was.

    Parameters
    ----------
    page : str    what shows it again, the form's own when empty
    whose : str   the account that wrote it, the one that is signed in when empty; of nobody, nothing is kept
    """
    name = whose or current.visitor(request)
    if not name:
        return False
    request.session[WRITTEN] = {
        "page": page or request.path, "written": dict(written), "for": name, "at": time.time(),
    }  # fmt: skip
    return True


def keep_lost(request: HttpRequest) -> tuple[bool, list[str]]:
    """Keep what somebody sent after their session was over; whether it was, and if not the texts that are lost.

    Nothing is kept of a form that did not come from a page of this node, of nobody, or of somebody who sends many.
    """
    page, sent = came_from(request), sent_by(request) if getattr(request, "csrf_processing_done", False) else {}
    whose = str(request.META.get(SIGNED_OUT) or held(request).get("for", ""))
    if sent and page != "/" and whose and sum(len(str(value)) for value in sent.values()) <= MOST_KEPT:
        with suppress(Refusal):
            count(request, "lost", whose)
            return keep(request, sent, page, whose), []
    return False, texts(sent)


def held(request: HttpRequest, name: str = "") -> dict[str, Any]:
    """Return what this browser keeps, of one account if it is named; what is older than an hour is deleted."""
    found: dict[str, Any] = request.session.get(WRITTEN, {})
    if found and not fresh(float(found.get("at", 0)), KEPT_MINUTES):
        del request.session[WRITTEN]
        return {}
    return found if not name or found.get("for") == name else {}


def sent_by(request: HttpRequest) -> dict[str, Any]:
    """Return what a form sent, without its token."""
    sent = {name: found for name, found in request.POST.lists() if name != TOKEN}
    return {name: found[0] if len(found) == 1 else found for name, found in sent.items()}


def texts(written: Mapping[str, Any]) -> list[str]:
    """Return what of a form is a text of more than a few words."""
    return [value for value in written.values() if isinstance(value, str) and len(value.split()) > FEW]


def unsent(request: HttpRequest) -> list[str]:
    """Return the texts of more than a few words that were kept for this page and stand in none of its forms, once."""
    return texts(recall(request)) if hasattr(request, "session") else []


def recall(request: HttpRequest, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """Return what its reader wrote on this page before they proved who they are, once; empty when nothing.

    Parameters
    ----------
    fields : Iterable[str] | None   those that the page's forms show, None: every one; the others `unsent` returns
    """
    name = current.visitor(request)
    found = held(request, name) if name and request.method != "POST" else {}
    if found.get("page") != request.path:
        return {}
    written = found["written"]
    shown = set(written if fields is None else fields)
    if left := {each: value for each, value in written.items() if each not in shown}:
        request.session[WRITTEN] = found | {"written": left}
    else:
        del request.session[WRITTEN]
    return {each: value for each, value in written.items() if each in shown}


def asked_again(request: HttpRequest, refusal: Refusal, form: BaseForm, page: str = "") -> Verdict:
    """Return a refusal's verdict for the page of its form; what an account may not do at all is raised.

    Where only a sign-in of the last minutes is missing, what was written is kept; the page includes
    `people/again.html` beside the verdict, and shows its form with `recall` as the initial values.

    Parameters
    ----------
    form : BaseForm   as it was sent
    page : str        the form's page, where it is sent to another address
    """
    if refusal.code == TOO_OLD:
        keep(request, {name: form[name].data for name in form.fields}, page)
    elif refusal.code.startswith("PPL"):
        raise refusal
    return refusal.verdict


def presence(request: HttpRequest) -> Presence:
    """Return how the signed-in person is present."""
    kept = request.session.get(KEPT, {})
    at = float(kept.get("at", 0))
    return Presence(kept.get("id", ""), kept.get("means", "local"), kept.get("assurance", ""), fresh(at), at)


def inside(request: HttpRequest, url: str) -> str:
    """Return an address of this site, the home page in place of any other."""
    safe = url_has_allowed_host_and_scheme(url, allowed_hosts=None, require_https=request.is_secure())
    return url if url.startswith("/") and safe else "/"


def stepped_up(minutes: int = STEP_UP_MINUTES) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Ask for a sign-in of the last minutes before a view is shown; others go to the step-up page and come back.

    What a form sent is kept for the page that it came from, which shows it by `recall`.
    """

    def door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            current.actor(request)
            kept = request.session.get(KEPT, {})
            if fresh(float(kept.get("at", 0)), minutes):
                return view(request, *args, **named)
            back = request.get_full_path() if request.method == "GET" else came_from(request)
            if request.method == "POST":
                keep(request, sent_by(request), back)
            return HttpResponseRedirect(f"{reverse('people:step-up')}?{urlencode({'next': back})}")

        return asked

    return door


def proven(request: HttpRequest, action: str) -> str:
    """Return the signed-in account's name after a sign-in of the last minutes; PPL-112 for a program without one."""
    name = current.actor(request)
    if not presence(request).stepped_up:
        raise refuse(TOO_OLD, action=action, name=name)
    return name


def came_from(request: HttpRequest) -> str:
    """Return the page a form was sent from, if it is of this site."""
    parts = urlsplit(request.headers.get("Referer", ""))
    return inside(request, parts.path) if parts.netloc == request.get_host() else "/"


def count_attempt(request: HttpRequest) -> None:
    """Refuse when too many sign-ins were begun from one address; PPL-120. What only reads a page does not count."""
    count(request, "address", ratelimit.truncate_ip(address(request)))


def count(request: HttpRequest, what: str, key: str) -> None:
    """Refuse when too many sign-ins of one address, or into one account, came within a minute; PPL-120."""
    sends = what == "account"
    if not ratelimit.consume(request, app="hygie.people", action=what, config=RATES, key=key, limit_get=sends):
        raise refuse("PPL-120", found=RATES[what].split("/")[0])


def address(request: HttpRequest) -> str:
    """Return the address that a request came from: what the last proxy that is trusted saw, else the other end's.

    Of `X-Forwarded-For`, each proxy adds one name at the right; what stands further left anybody may have written.
    """
    proxies: int = settings.TRUSTED_PROXIES
    passed = [name.strip() for name in request.headers.get("X-Forwarded-For", "").split(",") if name.strip()]
    seen = passed[-proxies] if 0 < proxies <= len(passed) else str(request.META.get("REMOTE_ADDR", ""))
    return seen[:LONGEST_ADDRESS]
