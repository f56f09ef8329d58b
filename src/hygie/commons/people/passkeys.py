"""Passkeys: keeping them, taking them away, and proving with one who is there; the protocol is django-allauth's."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people import configuration
from hygie.commons.people.models import Account
from hygie.commons.people.policy import check

BAD = (ValidationError, ValueError, TypeError, KeyError, AttributeError)
LONGEST = 40


def mine(name: str) -> list[Authenticator]:
    """Return an account's passkeys, the oldest first."""
    found = Authenticator.objects.filter(user__name=name, type=Authenticator.Type.WEBAUTHN)
    return list(found.order_by("created_at", "id"))


def options_to_add(name: str) -> dict[str, Any]:
    """Return what the browser needs to make a passkey."""
    found: dict[str, Any] = auth.begin_registration(Account.objects.get(name=name), True)
    return found


def options_to_prove() -> dict[str, Any]:
    """Return what the browser needs to use a passkey of anyone's."""
    found: dict[str, Any] = auth.begin_authentication(None)
    return found


def add(node: Node, credential: object, label: str, *, assurance: str, actor: str) -> None:
    """Keep a passkey that a person's device made, with the assurance of the session it was made in.

    Parameters
    ----------
    credential : object   what the browser handed over
    label : str           how its owner calls it
    assurance : str       of `people.values.LEVELS`, or empty in the demonstration

    Errors      PPL-132 it does not answer this site's question
    """
    check(actor, "session.end", {"author": actor})
    account = Account.objects.get(name=actor)
    if not isinstance(credential, dict):
        raise refuse("PPL-132")
    try:
        auth.parse_registration_response(credential)
        made = auth.complete_registration(credential)
    except BAD:
        raise refuse("PPL-132") from None
    if not made.is_user_verified():
        raise refuse("PPL-132")
    with transaction.atomic():
        kept = auth.WebAuthn.add(account, label[:LONGEST] or "–", credential).instance
        kept.data["assurance"] = assurance
        kept.save(update_fields=["data"])
        ledger.append([Fact("passkey.added", actor, actor, node.clock(), {"passkey": kept.pk})])


def remove(node: Node, passkey: int, *, actor: str) -> None:
    """Take one's own passkey away; PPL-133 when one has none of that number."""
    check(actor, "session.end", {"author": actor})
    with transaction.atomic():
        found = Authenticator.objects.filter(pk=passkey, user__name=actor, type=Authenticator.Type.WEBAUTHN)
        if not found.delete()[0]:
            raise refuse("PPL-133")
        ledger.append([Fact("passkey.removed", actor, actor, node.clock(), {"passkey": passkey})])


def prove(node: Node, credential: object) -> tuple[str, str]:
    """Return whose passkey answered this site's question, and the assurance it was made with.

    Parameters
    ----------
    credential : object   what the browser handed over

    Errors      PPL-132 it does not answer this site's question; PPL-113 it was made without an identity's assurance
    """
    if not isinstance(credential, dict):
        raise refuse("PPL-132")
    try:
        auth.parse_authentication_response(credential)
        account = auth.extract_user_from_response(credential)
        used = auth.complete_authentication(account, credential)
    except BAD:
        raise refuse("PPL-132") from None
    used.record_usage()
    assurance = str(used.data.get("assurance", ""))
    if configuration.has_provider(node.home) and not assurance:
        raise refuse("PPL-113", action="session.begin", name=account.get_username())
    return account.get_username(), assurance
