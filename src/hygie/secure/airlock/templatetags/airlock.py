"""Words of the airlock for its templates."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from hygie.secure.airlock import words
from hygie.secure.airlock.rendering import Mark
from hygie.secure.airlock.values import Change, OutputCheck

register = template.Library()


@register.filter
def rule(mark: Mark) -> str:
    """Say which rule marks a cell."""
    return words.rule_words(mark.rule)


@register.filter
def fix(mark: Mark) -> str:
    """Say what mends a cell."""
    return _(words.FIXES[mark.fix])


@register.filter
def outcome(output: OutputCheck, state: str = "") -> str:
    """Say whether an output may leave, or did where its request is released."""
    return _(words.outcomes(state)[output.outcome][0])


@register.filter
def tone(output: OutputCheck, state: str = "") -> str:
    """Return the tone of an output's outcome."""
    return words.outcomes(state)[output.outcome][1]


@register.filter
def checks(output: OutputCheck, state: str = "") -> list[words.Said]:
    """Return an output's checks in words."""
    return words.said(output, state)


@register.filter
def change(value: Change) -> str:
    """Say a part of the smallest change."""
    return words.change_words(value)


@register.filter
def changed(output: OutputCheck) -> str:
    """Say what was changed of an output since the run."""
    return " · ".join(words.changed_words(each) for each in output.changed)
