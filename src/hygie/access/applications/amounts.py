"""An amount as its writer's language writes it: `1 000,50` in French, `1,000.50` in English, `1000.50` in both."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hygie.commons.web import current

SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
# the form that a language writes, the sign between its thousands and the one before its decimals
WRITTEN = {
    "en": (re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?"), ",", "."),
    "fr": (re.compile(r"([0-9]+|[0-9]{1,3}( [0-9]{3})+)(,[0-9]+)?"), " ", ","),
}


def plain(text: str, language: str) -> str:
    """Return an amount with a point and nothing between its thousands; what is none stays as it is.

    Example
    -------
    >>> plain("1 000,50", "fr"), plain("2 000,00 €", "fr"), plain("€1,000.50", "en"), plain("1000.50", "fr")
    ('1000.50', '2000.00', '1000.50', '1000.50')
    >>> plain("2,5", "en"), plain("2,5", "fr")
    ('2,5', '2.5')
    """
    bare = SPACES.sub(" ", text).strip().strip("€").strip()
    form, group, point = WRITTEN[language]
    if PLAIN.fullmatch(bare) or not form.fullmatch(bare):
        return bare
    return bare.replace(group, "").replace(point, ".")


class Amount(forms.DecimalField):
    """An amount of at most two decimals, written as the reader's language writes it, or plainly."""

    default_error_messages = {"invalid": _("Write an amount, such as 1,000.50 or 1000.50.")}

    def __init__(self, **named: Any) -> None:
        line = forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal"})
        super().__init__(min_value=0, max_digits=11, decimal_places=2, widget=line, **named)

    def to_python(self, value: object) -> Decimal | None:
        """Return the amount."""
        return super().to_python(plain(value, current.language()) if isinstance(value, str) else value)
