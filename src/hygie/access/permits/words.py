"""A permit in the reader's words: its state, the kind of its user and its purpose."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hygie.base import law
from hygie.commons.web import current
from hygie.commons.web.pieces import Tone

STATES: dict[str, tuple[str, Tone]] = {
    "granted": (gettext_noop("In force"), "leaf"),
    "not begun": (gettext_noop("Not begun yet"), "wait"),
    "amended": (gettext_noop("Replaced by a later version"), "muted"),
    "expired": (gettext_noop("Expired"), "muted"),
    "revoked": (gettext_noop("Revoked"), "stop"),
}


def state(name: str) -> tuple[str, Tone]:
    """Return a permit's state in the reader's language, and its tone."""
    word, tone = STATES[name]
    return _(word), tone


def kind(name: str) -> str:
    """Return a kind of user in the reader's language."""
    known = law.applicants().get(name)
    return known.label[current.language()] if known else name


def basis(name: str) -> str:
    """Return a purpose in the reader's language."""
    known = law.purposes().get(name)
    return known.label[current.language()] if known else name
