"""The form of a question about a cohort."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hygie.access.cohorts.systems import EVENTS, address_of, choices
from hygie.commons.web.current import language

LINE = {"class": "form-control"}
SELECT = {"class": "form-select"}
OTHER = "other"
EVENT_WORDS = {
    "condition_occurrence": _("a diagnosis"),
    "drug_exposure": _("a medicine"),
    "procedure_occurrence": _("an act"),
    "measurement": _("a measurement"),
    "observation": _("an observation"),
    "visit_occurrence": _("a stay or visit"),
    "device_exposure": _("a device"),
}


class CountForm(forms.Form):
    """Whom to count; what is left empty does not narrow."""

    event = forms.ChoiceField(
        label=_("People with at least one record of"),
        required=False,
        choices=lambda: [("", "–"), *((name, EVENT_WORDS[name]) for name in EVENTS)],
        widget=forms.Select(attrs=SELECT),
    )
    system = forms.CharField(
        label=_("Code system"),
        required=False,
        max_length=200,
    )
    other = forms.CharField(
        label=_("Another system: its name or address"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=LINE),
    )
    code = forms.CharField(
        label=_("Code or concept number"), required=False, max_length=200, widget=forms.TextInput(attrs=LINE)
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        required=False,
        choices=[("", "–"), ("female", _("women")), ("male", _("men"))],
        widget=forms.Select(attrs=SELECT),
    )
    from_age = forms.IntegerField(
        label=_("Youngest age"), required=False, min_value=0, max_value=150, widget=forms.NumberInput(attrs=LINE)
    )
    to_age = forms.IntegerField(
        label=_("Oldest age"), required=False, min_value=0, max_value=150, widget=forms.NumberInput(attrs=LINE)
    )
    at = forms.DateField(
        label=_("Age on the day"),
        required=False,
        widget=forms.DateInput(attrs={**LINE, "type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, sent: Any = None, *, held: Iterable[str] = ()) -> None:
        """Offer the code systems that the dataset holds, and the others that are known, by their names."""
        super().__init__(sent)
        here, others = choices(held, language())
        groups = ((_("In this dataset"), here), (_("Others"), others))
        options = [
            ("", _("none: the number of an OMOP concept")),
            *((label, group) for label, group in groups if group),
            (OTHER, _("another, written below")),
        ]
        self.fields["system"].widget = forms.Select(attrs=SELECT, choices=options)

    def clean(self) -> dict[str, Any]:
        """Refuse halves of a question."""
        given: dict[str, Any] = super().clean() or {}
        system, other = given.get("system", ""), given.get("other", "")
        given["system"] = address_of(other if system in ("", OTHER) else system)
        if bool(given.get("event")) != bool(given.get("code")):
            self.add_error("code", _("A kind of record and a code go together."))
        if given.get("event") and not given.get("system") and given.get("code") and not concept(given["code"]):
            told = _(
                "Without a code system this is the number of an OMOP concept: choose the code's system, or write it."
            )
            self.add_error("code", told)
        low, high = given.get("from_age"), given.get("to_age")
        if (low is not None or high is not None) and not given.get("at"):
            self.add_error("at", _("An age is reckoned on a day."))
        if low is not None and high is not None and high < low:
            self.add_error("to_age", _("The oldest age is under the youngest."))
        return given

    def criteria(self) -> dict[str, Any]:
        """Return the question as criteria of a cohort."""
        parts = list(self.parts(self.cleaned_data))
        if not parts:
            return {"everyone": {}}
        return parts[0] if len(parts) == 1 else {"all": parts}

    def parts(self, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield each criterion."""
        if given.get("event"):
            code = given["code"].strip()
            named: dict[str, Any] = (
                {"codes": [{"system": given["system"].strip(), "code": code}]}
                if given.get("system")
                else {"concept_ids": [int(code)]}
            )
            yield {"codes": {"table": given["event"], **named}}
        if given.get("sex"):
            yield {"sex": {"in": [given["sex"]]}}
        if given.get("at") and (given.get("from_age") is not None or given.get("to_age") is not None):
            ends = {"min": given.get("from_age") or 0, "max": given.get("to_age")}
            age = {name: value for name, value in ends.items() if value is not None}
            yield {"age": {"at": given["at"].isoformat(), **age}}


def concept(text: str) -> bool:
    """Return whether a text is the number of a concept."""
    return text.strip().isascii() and text.strip().isdigit() and int(text.strip()[:18]) > 0 and len(text.strip()) < 19
