"""The fields of a quality label in the form of a description, their way from and to JSON; and how one is revoked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from hygie.access.catalogue.values import BLOCKS
from hygie.commons.web.publication import Publishing

LINE = {"class": "form-control"}
TONGUES = {"en": _("in English"), "fr": _("in French")}
BLOCK_WORDS = {
    "documentation": _("Documentation"),
    "technical": _("Technical quality"),
    "management": _("Quality management and biases"),
    "coverage": _("Coverage"),
    "access": _("Times of access"),
    "modifications": _("Modifications"),
}
BLOCK_HELP = {
    "documentation": _("Metadata, dictionary, formats and standards, source and data model."),
    "technical": _("Completeness, uniqueness, accuracy, validity, timeliness and consistency."),
    "management": _("How quality is watched: processes, reviews, audits, examination of biases."),
    "coverage": _("Whom the data stand for, and how long a person stays in them."),
    "access": _("From collection to the dataset, and from a permit to the data."),
    "modifications": _("What was merged, added or linked with other data."),
}
DIGEST = re.compile(r"[0-9a-f]{64}")
WEB = re.compile(r"https?://[\x21-\x7e]{1,490}")


class Revocation(Publishing):
    """Why a label is revoked, for the file and for everyone."""

    reason = forms.CharField(
        label=_("What is wrong with the label"),
        help_text=_("It stays in the file as you write it; only its commitment goes into the ledger."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )


class Evidence(forms.CharField):
    """A document's address, its SHA-256, or both with a blank between them."""

    def clean(self, value: Any) -> dict[str, str | None]:
        """Return the address and the SHA-256."""
        found: dict[str, str | None] = {"link": None, "sha256": None}
        for part in str(super().clean(value) or "").split():
            name = "sha256" if DIGEST.fullmatch(part) else "link" if WEB.fullmatch(part) else ""
            if not name or found[name]:
                raise forms.ValidationError(_("This is neither the address of a document nor its SHA-256."))
            found[name] = part
        return found


def fields() -> dict[str, forms.Field]:
    """Return the fields of a label: its day, and three for each block."""
    made: dict[str, forms.Field] = {
        "label_issued_on": forms.DateField(
            label=_("Quality label: made on"), required=False,
            help_text=_(
                "Data collected with public money carry a label (art. 78(2)): six statements of the holder, each with "
                "its document. Leave all of it empty for data without a label."
            ),
            widget=forms.DateInput(attrs={**LINE, "type": "date"}, format="%Y-%m-%d"),
        )
    }  # fmt: skip
    for name in BLOCKS:
        for tongue, said in TONGUES.items():
            made[f"label_{name}_{tongue}"] = forms.CharField(
                label=format_lazy("{}: {} {}", _("Quality label"), BLOCK_WORDS[name], said), required=False,
                max_length=5000, help_text=BLOCK_HELP[name] if tongue == "en" else "",
                widget=forms.Textarea(attrs={**LINE, "rows": 2, "lang": tongue}),
            )  # fmt: skip
        made[f"label_{name}_evidence"] = Evidence(
            label=format_lazy("{}: {}, {}", _("Quality label"), BLOCK_WORDS[name], _("document")), required=False,
            max_length=600, help_text=_("The document's address, its SHA-256, or both with a blank between."),
            widget=forms.TextInput(attrs=LINE),
        )  # fmt: skip
    return made


def document(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the label as JSON values, None when nothing of it was filled in; without a day, that of the check."""
    blocks: dict[str, Any] = {}
    for name in BLOCKS:
        says = {tongue: given[f"label_{name}_{tongue}"].replace("\r\n", "\n").strip() for tongue in TONGUES}
        evidence = given[f"label_{name}_evidence"]
        filled = any(says.values()) or any(evidence.values())
        blocks[name] = {"says": says, **evidence} if filled else None
    day = given["label_issued_on"]
    if day is None and not any(blocks.values()):
        return None
    return {"issued_on": (day or given["checked_on"]).isoformat(), **blocks}


def initial(label: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the fields show at first: the label as it stands."""
    held = label or {}
    found: dict[str, Any] = {"label_issued_on": held.get("issued_on")}
    for name in BLOCKS:
        block = held.get(name) or {}
        for tongue in TONGUES:
            found[f"label_{name}_{tongue}"] = (block.get("says") or {}).get(tongue, "")
        found[f"label_{name}_evidence"] = " ".join(block[part] for part in ("link", "sha256") if block.get(part))
    return found
