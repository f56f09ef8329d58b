"""Signing in and out, proving again who one is, and one's own page."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from hygie.base.kernel import refuse
from hygie.commons.people import actions, configuration, doors, queries
from hygie.commons.people.values import LANGUAGES
from hygie.commons.people.words import role_label, role_text
from hygie.commons.web import current, tasks
from hygie.commons.web.views import posted, signed_in

FIRST = {
    "checker": "airlock:queue",
    "officer": "applications:queue",
    "steward": "applications:deliveries",
    "user": "applications:mine",
    "auditor": "ledger:list",
    "operator": "home:status",
}


@dataclass(frozen=True)
class Card:
    """An account of the demonstration that anyone may take: its name, and who stands behind it."""

    name: str
    who: str
    roles: tuple[str, ...]
    text: str


def cards() -> list[Card]:
    """Return the demonstration's accounts, none on any other node."""
    home = current.node().home
    if not configuration.has_cards(home):
        return []
    told = configuration.told(home)
    return [
        Card(
            person.name,
            told.get(person.name, {}).get(current.language(), person.holder),
            tuple(role_label(role) for role in person.roles),
            " ".join(role_text(role) for role in person.roles),
        )
        for person in queries.everyone()
    ]


def first_place(name: str) -> str:
    """Return where an account of the demonstration begins: where the work of its first role waits."""
    for role in queries.person(name).roles:
        with suppress(NoReverseMatch):
            return reverse(FIRST.get(role, ""))
    return "/"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the ways in; take an account of the demonstration when a card was chosen."""
    node = current.node()
    next_url = doors.inside(request, request.POST.get("next") or request.GET.get("next") or "/")
    if request.method == "POST":
        doors.count_attempt(request)
        if not configuration.has_cards(node.home):
            raise refuse("PPL-128")
        name = request.POST.get("name", "")
        return doors.enter(request, name, next_url if next_url != "/" else first_place(name), means="local")
    provider = configuration.issuer(node.home)
    context = {"cards": cards(), "provider": provider, "next": next_url}
    return render(request, "people/sign-in.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
def step_up(request: HttpRequest) -> HttpResponse:
    """Have a signed-in person prove again who they are, in the way they came, and go on."""
    node = current.node()
    name = current.actor(request)
    next_url = doors.inside(request, request.POST.get("next") or request.GET.get("next") or "/")
    provider = configuration.issuer(node.home)
    if request.method == "POST":
        doors.count_attempt(request)
        if not configuration.has_cards(node.home):
            raise refuse("PPL-128")
        return doors.enter(request, name, next_url, means="local")
    context = {"name": name, "provider": provider, "next": next_url, "local": configuration.has_cards(node.home)}
    return render(request, "people/step-up.html", context)


@posted("people:sign-in")
def openid(request: HttpRequest) -> HttpResponse:
    """Send a person to the provider of identities, by a page: a browser lets no form of this site lead elsewhere."""
    from hygie.commons.people import identity

    doors.count_attempt(request)
    next_url = doors.inside(request, request.POST.get("next") or "/")
    away = identity.begin(request, next_url, again=bool(current.visitor(request)))
    context = {"url": away["Location"], "provider": identity.configured()}
    return render(request, "people/away.html", context)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take a person back from the provider of identities."""
    from hygie.commons.people import identity

    doors.count_attempt(request)
    return identity.callback(request)


@posted("home")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    doors.leave(request)
    return redirect("/")


@require_GET
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Show a person their own account: roles, training, sessions, language."""
    name = current.actor(request)
    view = queries.account(name, current.node().clock())
    roles = [(role_label(role), role_text(role)) for role in view.roles]
    context = {
        "account": view,
        "roles": roles,
        "sessions": queries.sessions(name),
        "here": doors.presence(request).session,
        "languages": LANGUAGES,
        "open_tasks": tasks.own(name, ended=False).count(),
    }
    return render(request, "people/profile.html", context)


@posted("people:profile")
@signed_in
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language a person reads."""
    chosen = request.POST.get("language", "")
    actions.set_language(current.node(), chosen, actor=current.actor(request))
    response: HttpResponse = HttpResponseRedirect(reverse("people:profile"))
    with translation.override(chosen or None):
        messages.info(request, _("Pages are shown in this language from now on."))
    if chosen:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, samesite="Lax", secure=secure)
    return response


@posted("people:profile")
@signed_in
def end_session(request: HttpRequest, session: str) -> HttpResponse:
    """End one session."""
    actions.end_session(current.node(), session, actor=current.actor(request))
    messages.info(request, _("The session ended."))
    back = "people:accounts" if request.POST.get("from") == "accounts" else "people:profile"
    return redirect(back)


@posted("people:profile")
@signed_in
def end_my_sessions(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions, this one too."""
    name = current.actor(request)
    actions.end_sessions(current.node(), name, actor=name)
    return redirect("people:sign-in")
