"""The form by which an officer takes a permit back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hygie.commons.web.publication import Publishing

MAX_REASON = 2000


class Revocation(Publishing):
    reason = forms.CharField(
        label=_("Why the permit is taken back"),
        help_text=_("It stays in the file as you write it; only its commitment goes into the ledger."),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["confirmed"].label = _(
            "I read it as everyone will, and confirm it; runs under this permit stop within a minute, and this cannot "
            "be undone"
        )
