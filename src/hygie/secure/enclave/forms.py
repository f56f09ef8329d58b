"""The forms of a workspace."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hygie.secure.enclave import template


class Files(forms.ClearableFileInput):
    """A field for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; what is in them the action judges."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files that were sent."""
        sent = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(each, initial) for each in sent]


class Upload(forms.Form):
    files = FilesField(
        label=_("The study's files"),
        help_text=_(
            "One zip, or study.toml and the files beside it. Text only; at most 200 files and 16 MiB. "
            "Nothing is run before you ask for it, and then only inside the sandbox."
        ),
        widget=Files(attrs={"class": "form-control", "multiple": True}),
    )


class Template(forms.Form):
    exposure = forms.CharField(
        label=_("Code of the medicine"),
        help_text=_("As the source wrote it, for example an ATC code."),
        initial=template.EXPOSURE,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    outcome = forms.CharField(
        label=_("Code of the diagnosis"),
        help_text=_("As the source wrote it, for example an ICD-10 code."),
        initial=template.OUTCOME,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
