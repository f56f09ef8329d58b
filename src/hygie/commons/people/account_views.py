"""Accounts for the operator: who there is, what they may do, and their sessions."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from hygie.base.kernel import Refusal
from hygie.commons.people import actions, doors, policy, queries
from hygie.commons.people.values import LANGUAGES, LONGEST_HOLDER, ORGANISATIONS, ROLES
from hygie.commons.people.words import organisation_label, role_label
from hygie.commons.web import current
from hygie.commons.web.views import posted, signed_in

PAGE = 50
CHANGES = ("roles", "holder", "identity", "sessions", "disable", "enable")


class RolesForm(forms.Form):
    """The roles of an account."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        help_text=gettext_lazy("One or more. A change ends all the account's sessions at once."),
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(role, role_label(role)) for role in ROLES],
    )


class HolderForm(forms.Form):
    """The holder that a steward speaks for."""

    holder = forms.CharField(
        label=gettext_lazy("Holder that a steward speaks for"),
        required=False,
        max_length=LONGEST_HOLDER,
        help_text=gettext_lazy("As the catalogue names it. Empty: the node's own data office, which speaks for all."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class AddForm(HolderForm, RolesForm):
    """A new account."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=64,
        help_text=gettext_lazy("Small letters, digits, dot, dash, underscore. One natural person, one account."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    organisation = forms.ChoiceField(
        label=gettext_lazy("Kind of organisation"),
        required=False,
        choices=lambda: [(kind, organisation_label(kind)) for kind in ("", *ORGANISATIONS)],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=lambda: [("", "–"), *((code, {"en": "English", "fr": "Français"}[code]) for code in LANGUAGES)],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    field_order = ("name", "roles", "organisation", "holder", "language")


class LinkForm(forms.Form):
    """The identity of an account at the provider."""

    issuer = forms.URLField(
        label=gettext_lazy("Issuer"),
        assume_scheme="https",
        max_length=255,
        widget=forms.URLInput(attrs={"class": "form-control"}),
    )
    subject = forms.CharField(
        label=gettext_lazy("Identifier of the person there (sub)"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("Empty takes the identity away."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


@require_GET
@signed_in
def accounts(request: HttpRequest) -> HttpResponse:
    """List accounts and the sessions that run."""
    policy.check_role(current.actor(request), "account.manage")
    return listing(request, AddForm(initial=doors.recall(request)))


def listing(request: HttpRequest, form: AddForm, refusal: Refusal | None = None) -> HttpResponse:
    """Return the page of accounts, with what was wrong in the form if anything."""
    page = Paginator(queries.accounts(current.node().clock()), PAGE).get_page(request.GET.get("page"))
    sessions = Paginator(queries.sessions(), PAGE).get_page(request.GET.get("sessions"))
    context = {
        "page": page,
        "sessions": sessions,
        "all": True,
        "here": doors.presence(request).session,
        "form": form,
        "verdict": refusal.verdict if refusal else None,
    }
    return render(request, "people/accounts.html", context, status=422 if form.errors or refusal else 200)


@posted("people:accounts")
@doors.stepped_up()
def add(request: HttpRequest) -> HttpResponse:
    """Add an account."""
    name = current.actor(request)
    policy.check(name, "account.add", {})
    form = AddForm(request.POST)
    if not form.is_valid():
        return listing(request, form)
    given = form.cleaned_data
    try:
        actions.add_account(
            current.node(), given["name"], given["roles"], actor=name,
            organisation=given["organisation"], language=given["language"], holder=given["holder"],
        )  # fmt: skip
    except Refusal as refusal:
        return listing(request, form, refusal)
    return redirect("people:account", given["name"])


@require_GET
@signed_in
def account(request: HttpRequest, name: str) -> HttpResponse:
    """Show one account, and what can be done to it."""
    policy.check_role(current.actor(request), "account.manage")
    view = queries.account(name, current.node().clock())
    before = doors.recall(request)
    context = {
        "account": view,
        "form": RolesForm(initial={"roles": view.roles} | before),
        "speaking": HolderForm(initial={"holder": view.holder} | before),
        "link": LinkForm(initial=before),
        "sessions": queries.sessions(name),
        "here": doors.presence(request).session,
    }
    return render(request, "people/account.html", context)


@posted("people:account")
@doors.stepped_up()
def change(request: HttpRequest, name: str, what: str) -> HttpResponse:
    """Change an account: its roles, its holder, its identity, whether it may act, its sessions."""
    node, actor = current.node(), current.actor(request)
    if what == "roles":
        actions.set_roles(node, name, request.POST.getlist("roles"), actor=actor)
        messages.info(request, _("Roles changed; sessions of this account ended."))
    elif what == "holder":
        actions.set_holder(node, name, request.POST.get("holder", ""), actor=actor)
        messages.info(request, _("Holder changed; sessions of this account ended."))
    elif what == "identity":
        form = LinkForm(request.POST)
        if not form.is_valid():
            policy.check(actor, "account.manage", {})
            context = {"account": queries.account(name, node.clock()), "link": form, "form": RolesForm()}
            return render(request, "people/account.html", context, status=422)
        actions.link(node, name, form.cleaned_data["issuer"], form.cleaned_data["subject"], actor=actor)
        messages.info(request, _("Identity kept; sessions of this account ended."))
    elif what == "sessions":
        actions.end_sessions(node, name, actor=actor)
        messages.info(request, _("Sessions of this account ended."))
    else:
        actions.set_active(node, name, what == "enable", actor=actor)
        messages.info(request, _("The account may act again.") if what == "enable" else _("The account is disabled."))
    return redirect("people:account", name) if name != actor else redirect("people:profile")
