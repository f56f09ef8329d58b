"""The form of the one step by which officers publish what they wrote, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema

from hygie.base.kernel import Verdict
from hygie.base.kernel.catalogue import explain
from hygie.commons.web import current
from hygie.commons.web.publishing import Preview

OWN = ("published", "confirmed", "seen")


class Publishing(forms.Form):
    """A step whose reasons are published; a form adds its own fields, which stand before these."""

    data: Any
    published = forms.CharField(
        label=_("Reasons, as everyone will read them"),
        help_text=_("Left empty, it begins with the file's reasons, persons taken out. No person, no trade secret."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )
    confirmed = forms.BooleanField(
        label=_("I read it as everyone will, and confirm it: it cannot be taken back"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.order_fields([*(name for name in self.fields if name not in OWN), *OWN])

    def shows(self, preview: Preview) -> None:
        """Put the text that is shown into its box, to be changed or confirmed."""
        sent = self.data.copy()
        sent.pop("confirmed", None)
        sent["published"], sent["seen"] = preview.published, preview.seen
        self.data = sent


@dataclass
class Turn:
    """What became of a step that was sent.

    Parameters
    ----------
    form : Publishing   to be shown again
    preview : Preview   what everyone would read, None where it cannot be told
    verdict : Verdict   what was refused, or names a person
    done : bool         it is published
    """

    form: Publishing
    preview: Preview | None = None
    verdict: Verdict | None = None
    done: bool = False

    @classmethod
    def begun(cls, form: Publishing) -> Turn:
        """Return a step of which nothing was sent yet: there is nothing to confirm."""
        del form.fields["confirmed"]
        return cls(form)

    @property
    def ready(self) -> bool:
        """Whether what is shown may be confirmed."""
        return self.preview is not None and self.preview.verdict.allowed

    @property
    def status(self) -> int:
        """409 for a refusal, 422 for what cannot be taken, else 200."""
        return 409 if self.verdict and not self.preview else 422 if self.form.errors or self.verdict else 200


class FaultOut(Schema):
    """What stands against publishing it, in the reader's language."""

    code: str
    asked: str
    found: str
    accepted: str
    help: str
    source: str


class PreviewOut(Schema):
    """What everyone would read: the register's own fields, the reasons in them, and what names a person there."""

    public: dict[str, Any] = Field(description="As the register gives it")
    published: str
    faults: list[FaultOut]


def preview_out(preview: Preview) -> dict[str, Any]:
    """Return a preview as a program reads it."""
    said = [explain(reason, current.language()) for reason in preview.verdict.reasons]
    faults = [{name: getattr(each, name) for name in FaultOut.model_fields} for each in said]
    return {"public": dict(preview.public), "published": preview.published, "faults": faults}
