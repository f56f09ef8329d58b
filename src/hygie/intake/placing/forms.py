"""The forms by which an operator declares the node's places, and lets data stay at one for a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hygie.commons.sovereignty.rules.declarations import LARGEST
from hygie.intake.placing.actions import TEXT
from hygie.intake.placing.asking import When


class Declaring(forms.Form):
    """A placement file."""

    placement = forms.CharField(
        label=_("Placement file (TOML)"),
        help_text=_("The data, and every place that holds or processes them. What is refused changes nothing."),
        max_length=LARGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "form-control", "spellcheck": "false"}),
    )

    as_of = forms.DateField(
        label=_("Judge it on which day"),
        help_text=_("Of the judgement alone; what is declared is in force from today. Empty: today."),
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control short", "type": "date"}),
    )
    known_at = forms.DateField(
        label=_("Judge it as known on"),
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control short", "type": "date"}),
    )

    def when(self) -> When:
        """Return the day and the knowledge by which the file is judged."""
        as_of, known_at = (self.cleaned_data[name] for name in ("as_of", "known_at"))
        return When(as_of.isoformat() if as_of else "", known_at.isoformat() if known_at else "")

    def content(self) -> bytes:
        """Return the file, its lines ended as files end them."""
        return str(self.cleaned_data["placement"]).replace("\r\n", "\n").encode()


class Derogating(forms.Form):
    """An act that lets data stay at a place for a time."""

    place = forms.ChoiceField(label=_("Place"), widget=forms.Select(attrs={"class": "form-select"}))
    author = forms.CharField(
        label=_("The office that answers for it"),
        help_text=_("Never a person's name: everyone can read it."),
        max_length=TEXT,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason, published"),
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )
    exit_plan = forms.CharField(
        label=_("How the data leave before it ends, published"),
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )
    ends = forms.DateField(
        label=_("Its last day"),
        help_text=_("It ends by itself."),
        widget=forms.DateInput(attrs={"class": "form-control short", "type": "date"}),
    )
    offer_since = forms.DateField(
        label=_("Since when an acceptable offer exists"),
        help_text=_("Eighteen months at most from that day (SREN law, art. 31). Empty: there is none."),
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control short", "type": "date"}),
    )

    def __init__(self, *args: Any, places: Sequence[str], **named: Any) -> None:
        super().__init__(*args, **named)
        choice = self.fields["place"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(each, each) for each in places]
