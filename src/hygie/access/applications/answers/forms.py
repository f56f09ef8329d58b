"""The form of a table of an answer in statistics: the file, and what its columns are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hygie.access.applications.answers.rules import TITLE
from hygie.access.applications.desk.forms import area, line, tick
from hygie.base.disclosure.stated import Kind, Measure, Statement

KINDS: Mapping[str, Kind] = {"rows": "rows", "sum": "sum", "mean": "mean", "share": "share", "percent": "share"}
LINE = re.compile(rf"(?P<name>[^=\n]{{1,80}})=\s*(?P<kind>{'|'.join(KINDS)})\s*(?P<more>;.*)?")
MORE = ("persons", "values", "largest")
COLUMN = 80


def columns(text: str) -> tuple[str, ...]:
    """Return names of columns written with commas between them.

    Example
    -------
    >>> columns("sex, age band,")
    ('sex', 'age band')
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())


def measure(text: str) -> Measure | None:
    """Return a column of figures as a line declares it; None where it cannot be read.

    Example
    -------
    >>> measure("cost = sum; largest: c1, c2").largest, measure("cost: sum")
    (('c1', 'c2'), None)
    """
    match = LINE.fullmatch(text.strip())
    if match is None:
        return None
    more: dict[str, str] = {}
    for part in (match["more"] or "").split(";"):
        name, colon, said = part.partition(":")
        if part.strip() and (not colon or name.strip() not in MORE):
            return None
        more[name.strip()] = said.strip()
    return Measure(
        match["name"].strip(),
        KINDS[match["kind"]],
        percent=match["kind"] == "percent",
        persons=more.get("persons", ""),
        values=more.get("values", ""),
        largest=columns(more.get("largest", "")),
    )


class AnswerTable(forms.Form):
    """A table of an answer."""

    file = forms.FileField(
        label=_("The table"),
        help_text=_(
            "A CSV file of aggregates with one header, at most 1 MiB: commas and decimal points, or semicolons and "
            "decimal commas. It is checked before it is kept."
        ),
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".csv,text/csv"}),
    )
    title = forms.CharField(label=_("What it shows"), max_length=TITLE, widget=line())
    groups = forms.CharField(
        label=_("Columns whose labels make the groups"),
        help_text=_("Their names with commas between them: year, sex"),
        max_length=500,
        widget=line(),
    )
    persons = forms.CharField(
        label=_("Column with the number of persons in each group"), max_length=COLUMN, initial="persons", widget=line()
    )
    measures = forms.CharField(
        label=_("Other columns of figures"),
        help_text=_(
            "One a line, its name and its kind: stays = rows, cost = sum, age = mean, treated = share, treated = "
            "percent. After a semicolon, columns for the check alone: persons: n_cost; values: stays; "
            "largest: cost_1, cost_2. They are not handed on."
        ),
        required=False,
        max_length=4000,
        widget=area(3),
    )
    totals = forms.CharField(
        label=_("Groups with a line for their total"), required=False, max_length=500, widget=line()
    )
    total_label = forms.CharField(
        label=_("How a total's line is named"), required=False, max_length=COLUMN, initial="all", widget=line()
    )
    open = forms.CharField(
        label=_("Groups whose labels come from the data"),
        help_text=_("Diagnoses, say: that one occurs tells something already. Not age bands made beforehand."),
        required=False,
        max_length=500,
        widget=line(),
    )
    several = forms.BooleanField(label=_("A person may be in several groups"), required=False, widget=tick())
    mended = forms.BooleanField(
        label=_("Hide and round what the rules ask for, and keep that"), required=False, widget=tick()
    )
    looked = forms.BooleanField(
        label=_("I looked at empty groups and at groups in which all are alike: they tell nothing of anybody"),
        required=False,
        widget=tick(),
    )

    def clean_measures(self) -> tuple[Measure, ...]:
        """Return the declared columns of figures."""
        lines = [each for each in str(self.cleaned_data["measures"]).splitlines() if each.strip()]
        found = [measure(each) for each in lines]
        for number, each in enumerate(found, 1):
            if each is None:
                raise ValidationError(_("Line %(number)s cannot be read."), params={"number": number})
        return tuple(each for each in found if each is not None)

    def statement(self) -> Statement:
        """Return what the form says of the columns."""
        data: dict[str, Any] = self.cleaned_data
        return Statement(
            columns(data["groups"]),
            data["persons"],
            data["measures"],
            columns(data["totals"]),
            data["total_label"] or "all",
            columns(data["open"]),
            additive=not data["several"],
        )
