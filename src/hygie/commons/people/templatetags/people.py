"""Filters for accounts and sessions in the reader's words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hygie.commons.people import words

register = template.Library()
LEVELS = {
    "low": gettext_noop("assurance low"),
    "substantial": gettext_noop("assurance substantial"),
    "high": gettext_noop("assurance high"),
}


@register.filter
def role(name: str) -> str:
    """Return a role's name."""
    return words.role_label(name)


@register.filter
def means(name: str) -> str:
    """Return a means of signing in."""
    return words.means_label(name)


@register.filter
def organisation(kind: str) -> str:
    """Return a kind of organisation."""
    return words.organisation_label(kind)


@register.filter
def assurance(level: str) -> str:
    """Return a level of assurance."""
    return _(LEVELS[level])
