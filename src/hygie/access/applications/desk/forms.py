"""The forms by which officers and stewards take a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hygie.access.applications.amounts import Amount
from hygie.access.applications.decision.assessing import MAX_REASON
from hygie.commons.web.publication import Publishing
from hygie.commons.web.templatetags.hygie import day


def area(rows: int = 4) -> forms.Textarea:
    """Return a box for a text."""
    return forms.Textarea(attrs={"rows": rows, "class": "form-control"})


def line() -> forms.TextInput:
    """Return a box for a line."""
    return forms.TextInput(attrs={"class": "form-control"})


def choice() -> forms.Select:
    """Return a list to choose from."""
    return forms.Select(attrs={"class": "form-select"})


def tick() -> forms.CheckboxInput:
    """Return a box to tick."""
    return forms.CheckboxInput(attrs={"class": "form-check-input"})


class Plain(forms.Form):
    """A step without anything to say."""


class Reasoned(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The applicant reads it. Its text stays out of the ledger."),
        max_length=MAX_REASON,
        widget=area(),
    )


class Until(Reasoned):
    """A later day, with its reason."""

    until = forms.DateField(
        label=_("New last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    field_order = ("until", "reason")

    def between(self, first: date, last: date) -> None:
        """Say from which day to which one may choose."""
        field = self.fields["until"]
        field.help_text = _("From %(first)s to %(last)s.") % {"first": day(first), "last": day(last)}
        field.widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}


class Rerouting(Reasoned):
    track = forms.ChoiceField(
        label=_("Track"),
        choices=[("standard", _("Standard procedure")), ("accelerated", _("Accelerated"))],
        widget=choice(),
    )


class Assessment(forms.Form):
    item = forms.CharField(max_length=24, widget=forms.HiddenInput)
    holds = forms.TypedChoiceField(
        label=_("Answer"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda word: word == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), max_length=MAX_REASON, widget=area(3))


class Estimate(forms.Form):
    body = Amount(label=_("Costs of the access body"))
    holders = Amount(label=_("Costs of the holders, passed on to them"))
    currency = forms.CharField(label=_("Currency"), initial="EUR", min_length=3, max_length=3, widget=line())


class Fees(Reasoned):
    amount = Amount(label=_("The holder's fees"))


class Proposal(forms.Form):
    """What a trusted holder proposes."""

    outcome = forms.ChoiceField(
        label=_("Proposal"),
        choices=[("granted", _("Granted")), ("partly", _("Granted in part")), ("refused", _("Refused"))],
        widget=choice(),
    )
    reason = forms.CharField(
        label=_("Assessment"), help_text=_("The access officers read it."), max_length=MAX_REASON, widget=area(8)
    )


class Costs(forms.Form):
    """What the holder's work for an application costs."""

    amount = Amount(label=_("Costs of the holder"))
    reason = forms.CharField(
        label=_("What the work is"), help_text=_("The applicant reads it."), max_length=MAX_REASON, widget=area(3)
    )


class Leg(forms.Form):
    leg = forms.ChoiceField(
        label=_("Step"),
        choices=[
            ("cesrees.received", _("Received by CESREES")),
            ("cesrees.opinion", _("Opinion of CESREES")),
            ("cnil.received", _("Received by CNIL")),
            ("cnil.extended", _("Extended by CNIL")),
            ("cnil.decided", _("Decision of CNIL")),
        ],
        widget=choice(),
    )
    outcome = forms.ChoiceField(
        label=_("Outcome, of an opinion or a decision"),
        required=False,
        choices=[
            ("", "–"),
            ("favourable", _("favourable")),
            ("reserved", _("favourable with reservations")),
            ("unfavourable", _("unfavourable")),
            ("accepted", _("accepted")),
            ("refused", _("not authorised")),
        ],
        widget=choice(),
    )
    reason = forms.CharField(label=_("Note"), required=False, max_length=MAX_REASON, widget=area(2))


# of the form of a decision: with which decisions fields are shown (the style sheet folds the others away)
PARTS = (
    ("when-refused", _("When it is refused, or granted in part"), ("grounds",)),
    ("when-partly", _("When it is granted in part"), ("drop",)),
    ("", _("When a permit is given"), ("conditions", "preset")),
)


class Decision(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("granted", _("Granted")),
            ("partly", _("Granted in part")),
            ("refused", _("Refused")),
            ("converted", _("Answered in statistics instead")),
        ],
        widget=choice(),
    )
    grounds = forms.MultipleChoiceField(
        label=_("Grounds of a refusal"), required=False, widget=forms.CheckboxSelectMultiple
    )
    drop = forms.MultipleChoiceField(label=_("Tables left out"), required=False, widget=forms.CheckboxSelectMultiple)
    differing = forms.CharField(
        label=_("Why it differs from the trusted holder's proposal"),
        required=False,
        max_length=MAX_REASON,
        widget=area(3),
    )
    conditions = forms.CharField(
        label=_("Special conditions, one on each line"),
        help_text=_("The permit shows them to everyone: no person, no trade secret."),
        required=False,
        max_length=MAX_REASON,
        widget=area(3),
    )
    reasons = forms.CharField(
        label=_("Reasons, for the applicant"),
        help_text=_("What is published is written and confirmed apart."),
        max_length=MAX_REASON,
        widget=area(6),
    )
    preset = forms.ChoiceField(
        label=_("Rules for what leaves under the permit"),
        help_text=_("This node's own, or stricter ones."),
        required=False,
        widget=choice(),
    )

    def __init__(
        self,
        *args: Any,
        items: list[tuple[str, str]],
        tables: list[str],
        presets: list[tuple[str, str]],
        proposed: bool = False,
        held: Sequence[str] = (),
        **named: Any,
    ) -> None:
        super().__init__(*args, **named)
        self.held = list(held)
        self.fields["conditions"].initial = "\n".join(held)
        if len(presets) < 2:
            del self.fields["preset"]
        else:
            self.own = presets[0][0]
            self.fields["preset"].choices = presets
        if not proposed:
            del self.fields["differing"]
        self.fields["grounds"].choices = items
        self.fields["drop"].choices = [(table, table) for table in tables]

    def parts(self) -> list[tuple[str, str | Promise, list[forms.BoundField]]]:
        """Return the fields by the decisions they belong to, each part with its heading; none is left out."""
        placed = {name for _kind, _heading, names in PARTS for name in names}
        rest = [name for name in self.fields if name not in placed and name != "outcome"]
        parts = (*PARTS, ("", _("Whatever is decided"), rest))
        return [(kind, head, [self[name] for name in names if name in self.fields]) for kind, head, names in parts]

    def changes(self, reasons: dict[str, Any]) -> dict[str, Any]:
        """Return what is changed of the permit asked for: tables left out with their reasons, and conditions."""
        dropped = self.cleaned_data["drop"]
        found: dict[str, Any] = {}
        if dropped:
            gone = {name: None for name in reasons if name.split(".")[0] in dropped}
            found["data"] = {"tables": dict.fromkeys(dropped), "reasons": gone}
        conditions = [each.strip() for each in self.cleaned_data["conditions"].splitlines() if each.strip()]
        preset = self.cleaned_data.get("preset")
        if preset and preset != self.own:
            found["output_policy"] = {"preset": preset}
        return found | ({"special_conditions": conditions} if conditions != self.held else {})


class Publication(Publishing):
    published = forms.CharField(
        label=_("Reasons, as everyone will read them"),
        help_text=_("No person, no trade secret: once published they cannot be taken back."),
        max_length=MAX_REASON,
        widget=area(6),
    )


class Post(forms.Form):
    text = forms.CharField(label=_("Message"), max_length=MAX_REASON, widget=area(3))


class ExclusionForm(Publishing):
    """An organisation or a natural person to exclude."""

    organisation = forms.CharField(label=_("Organisation or person"), max_length=300, widget=line())
    natural_person = forms.BooleanField(
        label=_("It is a natural person"),
        help_text=_(
            "Then the register has neither name nor country; the name stays here, to know new applications by."
        ),
        required=False,
        widget=tick(),
    )
    country = forms.CharField(label=_("Country, two letters"), min_length=2, max_length=2, widget=line())
    business_id = forms.CharField(label=_("Business identifier"), required=False, max_length=60, widget=line())
    until = forms.DateField(
        label=_("Last day"),
        help_text=_("At most five years from today."),
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
    )
    reason = forms.CharField(
        label=_("Reason, for the file"),
        help_text=_("It stays in the file as you write it; only its commitment goes into the ledger."),
        max_length=MAX_REASON,
        widget=area(),
    )

    def clean_country(self) -> str:
        """Return the country in capitals."""
        return str(self.cleaned_data["country"]).upper()
