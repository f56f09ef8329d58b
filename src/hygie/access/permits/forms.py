"""The form by which an officer takes a permit back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_REASON = 2000


class Revocation(forms.Form):
    reason = forms.CharField(
        label=_("Why the permit is taken back"),
        help_text=_("Published as written: name no person. Its fingerprint goes into the ledger."),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )
    sure = forms.BooleanField(
        label=_("I know that runs under this permit stop within a minute, and that this cannot be undone"),
    )
