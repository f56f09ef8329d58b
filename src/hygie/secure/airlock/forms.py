"""The form by which a checker votes."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class Ballot(forms.Form):
    vote = forms.ChoiceField(
        label=_("May what is not blocked leave?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("Comment"),
        help_text=_("The other checkers and the author read it once all votes are in, not before."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )
