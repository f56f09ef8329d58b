"""Passkeys on the site: one's list, adding, removing, and entering with one."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hygie.commons.people import doors, passkeys
from hygie.commons.web import current
from hygie.commons.web.views import posted

BIGGEST = 20_000


def credential(request: HttpRequest) -> object:
    """Return what the browser handed over, None when it is no JSON."""
    try:
        found: object = json.loads(request.POST.get("credential", "")[:BIGGEST])
    except ValueError:
        return None
    return found


@never_cache
@require_http_methods(["GET", "POST"])
@doors.stepped_up()
def listing(request: HttpRequest) -> HttpResponse:
    """Show one's passkeys and keep a new one."""
    name = current.actor(request)
    if request.method == "POST":
        passkeys.add(
            current.node(),
            credential(request),
            request.POST.get("name", ""),
            assurance=doors.presence(request).assurance,
            actor=name,
        )
        messages.info(request, _("The passkey was added."))
        return redirect("people:passkeys")
    context = {"passkeys": passkeys.mine(name), "options": {"creation_options": passkeys.options_to_add(name)}}
    return render(request, "people/passkeys.html", context)


@posted("people:passkeys")
@doors.stepped_up()
def remove(request: HttpRequest, passkey: int) -> HttpResponse:
    """Take one's own passkey away."""
    passkeys.remove(current.node(), passkey, actor=current.actor(request))
    messages.info(request, _("The passkey was removed."))
    return redirect("people:passkeys")


@never_cache
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Ask the browser for a passkey; enter as its owner when it answers."""
    doors.count_attempt(request)
    if request.method == "GET":
        return JsonResponse({"request_options": passkeys.options_to_prove()})
    before = current.visitor(request), doors.presence(request).assurance
    name, assurance = passkeys.prove(current.node(), credential(request))
    if before[0] == name:
        assurance = before[1] or assurance
    return doors.enter(request, name, request.POST.get("next", ""), means="passkey", assurance=assurance)
