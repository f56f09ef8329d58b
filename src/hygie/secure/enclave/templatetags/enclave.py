"""Words of the enclave for its templates."""

from __future__ import annotations

from django import template

from hygie.secure.enclave.words import wall_words

register = template.Library()
register.filter("wall", wall_words)
