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
from hygie.commons.web.publishing import LONGEST_WHY, Overruling, Preview
from hygie.commons.web.schema import Body

OWN = ("published", "overruled", "confirmed", "seen")
LINE = r"^[^\x00]*$"


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
    overruled = forms.CharField(
        label=_("Why this is no person"),
        help_text=_(
            "Only where what was found is an everyday word here. The ledger keeps it as you write it: no name."
        ),
        required=False,
        max_length=LONGEST_WHY,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
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
        """Put the text that is shown into its box, to be changed or confirmed; a word on another one is gone."""
        sent = self.data.copy()
        sent.pop("confirmed", None)
        if sent.get("seen") != preview.seen:
            sent.pop("overruled", None)
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
        return cls(form).settled()

    def settled(self) -> Turn:
        """Leave of the form what can be filled in: nothing is confirmed that is not shown, or overruled unfound."""
        if not self.doubtful and "overruled" not in self.form.errors:
            del self.form.fields["overruled"]
        if not self.ready:
            del self.form.fields["confirmed"]
        for name in ("overruled", "confirmed"):
            if name in self.form.fields:
                self.form.fields[name].required = True
        return self

    @property
    def doubtful(self) -> bool:
        """Whether what is shown may name a person, of which the officer may judge."""
        return self.preview is not None and self.preview.doubtful

    @property
    def ready(self) -> bool:
        """Whether what is shown may be confirmed."""
        return self.preview is not None and (self.preview.verdict.allowed or self.preview.doubtful)

    @property
    def status(self) -> int:
        """409 for a refusal, 422 for what cannot be taken, else 200."""
        return 409 if self.verdict and not self.preview else 422 if self.form.errors or self.verdict else 200


class OverrulingIn(Body):
    """Why what a preview found as a person's name names nobody; its reason stays in the ledger and names none."""

    seen: str = Field(pattern=r"^[0-9a-f]{64}$", description="As the preview gave it")
    reason: str = Field(min_length=1, max_length=LONGEST_WHY, pattern=LINE)


class Confirming(Body):
    """A text for everyone, read as everyone will read it."""

    confirmed: bool
    overruled: OverrulingIn | None = None

    def given(self) -> dict[str, Any]:
        """Return the fields, with an overruling as actions take it."""
        told = self.overruled and Overruling(self.overruled.seen, self.overruled.reason)
        return {**self.model_dump(), "overruled": told}


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
    seen: str = Field(description="The digest of what is shown, which an overruling repeats")
    faults: list[FaultOut]


def preview_out(preview: Preview) -> dict[str, Any]:
    """Return a preview as a program reads it."""
    said = [explain(reason, current.language()) for reason in preview.verdict.reasons]
    faults = [{name: getattr(each, name) for name in FaultOut.model_fields} for each in said]
    return {"public": dict(preview.public), "published": preview.published, "seen": preview.seen, "faults": faults}
