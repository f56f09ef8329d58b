"""Roles, kinds of organisation and means of signing in, as people read them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ROLE_LABELS = {
    "operator": gettext_noop("operator"),
    "steward": gettext_noop("holder's steward"),
    "officer": gettext_noop("access officer"),
    "user": gettext_noop("health data user"),
    "checker": gettext_noop("output checker"),
    "auditor": gettext_noop("auditor"),
}
ROLE_TEXTS = {
    "operator": gettext_noop("Runs the node: accounts, tasks, storage. Decides nothing about data."),
    "steward": gettext_noop("Delivers the holder's data, describes them, and prepares what a permit asks for."),
    "officer": gettext_noop("Assesses applications, decides them with reasons, and keeps the register."),
    "user": gettext_noop("Applies for data, and works on them inside the node when a permit names them."),
    "checker": gettext_noop("Looks at what a study wants to take out, and says yes or no."),
    "auditor": gettext_noop("Reads everything that was done, and changes nothing."),
}
ORGANISATION_LABELS = {
    "": gettext_noop("not said"),
    "public-body": gettext_noop("public body"),
    "eu-institution": gettext_noop("institution of the Union"),
    "university": gettext_noop("university or research institute"),
    "hospital": gettext_noop("hospital"),
    "non-profit": gettext_noop("non-profit organisation"),
    "natural-person": gettext_noop("natural person"),
    "company": gettext_noop("company"),
    "insurer": gettext_noop("insurer"),
}
MEANS_LABELS = {
    "local": gettext_noop("card of the demonstration"),
    "openid": gettext_noop("identity provider"),
    "passkey": gettext_noop("passkey"),
}


def role_label(role: str) -> str:
    """Return a role's name."""
    return _(ROLE_LABELS[role])


def role_text(role: str) -> str:
    """Return what a role does, in a sentence."""
    return _(ROLE_TEXTS[role])


def organisation_label(kind: str) -> str:
    """Return a kind of organisation's name."""
    return _(ORGANISATION_LABELS[kind])


def means_label(means: str) -> str:
    """Return a means of signing in, as people call it."""
    return _(MEANS_LABELS[means])
