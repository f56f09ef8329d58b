"""The form of a steward's description, which has every field of it, and its way from and to JSON."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from hygie.access.catalogue import asking, label_form, vocabulary
from hygie.access.catalogue.rules import derived
from hygie.access.catalogue.values import EHDS
from hygie.base import law
from hygie.commons.web.current import language

LINE = {"class": "form-control"}
TONGUES = {"en": _("in English"), "fr": _("in French")}
WORDS = {  # name -> (label, help, rows)
    "title": (_("Title"), _("One language is enough; two are read by more people."), 1),
    "description": (_("What the data are"), _("A paragraph that a nurse, a lawyer and a statistician understand."), 5),
    "population": (_("Who is in it"), "", 2),
    "purpose": (_("Why the data are collected"), "", 2),
    "provenance": (_("Where they come from"), "", 2),
    "apply": (_("How to apply"), "", 2),
    "conditions": (_("Usual conditions"), "", 2),
    "fee": (_("What it costs"), "", 2),
}
OPTIONAL = ("population",)
PROTECTIONS = {"ip": "intellectual-property", "secret": "trade-secret", "data": "data-protection"}
BODIES = {
    "holder": _("Health data holder"),
    "access_body": _("Health data access body"),
    "publisher": _("Publisher, when it is not the holder"),
    "contact": _("Whom to write to, when it is not the holder"),
}
NEEDED = ("holder", "access_body")
PARTS = ("name", "email", "url", "kind", "country")
LISTS = ("categories", "health_themes", "countries", "languages")


def terms(kind: str) -> list[tuple[str, str]]:
    """Return a vocabulary's terms as they read, sorted."""
    listed = [(key, vocabulary.label(kind, key, language())) for key in vocabulary.known(kind)]
    return sorted(listed, key=lambda each: each[1])


def letters() -> list[tuple[str, str]]:
    """Return the categories of art. 51(1)."""
    return [(letter, f"{letter}. {known.label[language()]}") for letter, known in sorted(law.categories().items())]


def languages() -> list[tuple[str, str]]:
    """Return the languages of data by their codes, each named in the reader's language."""
    from babel import Locale

    names = Locale(language()).languages
    return sorted(
        ((code, str(names.get(code, code))) for code in vocabulary.known("languages")), key=lambda each: each[1]
    )


def several(label: Any, kind: str, *, required: bool = True) -> forms.MultipleChoiceField:
    """Return a field of several terms."""
    return forms.MultipleChoiceField(
        label=label,
        required=required,
        choices={"categories": letters, "languages": languages}.get(kind, lambda: terms(kind)),
        widget=forms.SelectMultiple(attrs={"class": "form-select", "size": 6}),
    )


def day(label: Any, help_text: Any = "", *, required: bool = False) -> forms.DateField:
    """Return a field of a day."""
    widget = forms.DateInput(attrs={**LINE, "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class DescriptionForm(forms.Form):
    """A steward's words; the rules of a description are the action's to judge."""

    keywords_en = forms.CharField(
        label=_("Keywords in English"), required=False, help_text=_("One a line."), max_length=5000,
        widget=forms.Textarea(attrs={**LINE, "rows": 3, "lang": "en"}),
    )  # fmt: skip
    keywords_fr = forms.CharField(
        label=_("Keywords in French"), required=False, help_text=_("One a line, in the same order."), max_length=5000,
        widget=forms.Textarea(attrs={**LINE, "rows": 3, "lang": "fr"}),
    )  # fmt: skip
    categories = several(_("Categories of art. 51(1)"), "categories")
    health_themes = several(_("Health themes"), "health_themes")
    countries = several(_("Countries where the persons live"), "countries")
    languages = several(_("Languages of the data"), "languages", required=False)
    frequency = forms.ChoiceField(
        label=_("How often the data are renewed"), choices=lambda: terms("frequencies"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    legal_basis = forms.CharField(
        label=_("Legal basis"), help_text=_("One article a line."), max_length=5000,
        widget=forms.Textarea(attrs={**LINE, "rows": 2}),
    )  # fmt: skip
    legislation = forms.CharField(
        label=_("Addresses of the law that applies"), required=False, max_length=5000,
        help_text=_("One a line (ELI); empty for the Regulation on the European Health Data Space alone."),
        widget=forms.Textarea(attrs={**LINE, "rows": 2}),
    )  # fmt: skip
    personal = forms.BooleanField(
        label=_("The data are of persons"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )  # fmt: skip
    open_url = forms.URLField(
        label=_("Open address"), required=False, assume_scheme="https", max_length=500,
        help_text=_("Data of nobody lie in a trusted open database (art. 60(5))."),
        widget=forms.URLInput(attrs=LINE),
    )  # fmt: skip
    publicly_funded = forms.BooleanField(
        label=_("Collected with public money"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )  # fmt: skip
    checked_on = day(_("Checked on"), _("The law asks for a check each year (art. 60(3))."), required=True)
    protected = forms.CharField(
        label=_("Protected columns"), required=False, max_length=50_000,
        help_text=_(
            "For intellectual property, trade secrets and regulatory data protection (art. 52). One a line: "
            "table.column | ip, secret or data | the reason | the measure. Until a measure is recorded no permit "
            "gives the column."
        ),
        widget=forms.Textarea(attrs={**LINE, "rows": 3}),
    )  # fmt: skip
    data_uses = forms.CharField(
        label=_("Terms of use (Data Use Ontology)"), required=False, max_length=5000,
        help_text=_(
            "One a line: the term, then what it names, such as DUO:0000007 I21. The law decides who may use the data "
            "and for what (arts 53 and 54); terms tell what the persons were told, and never take its place."
        ),
        widget=forms.Textarea(attrs={**LINE, "rows": 3}),
    )  # fmt: skip
    first_publication = day(_("Results first published on"), _("For a cohort or survey (category p)."))
    over = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        made: dict[str, forms.Field] = {}
        for name, (label, help_text, rows) in WORDS.items():
            for tongue, said in TONGUES.items():
                attrs = {**LINE, "lang": tongue, "rows": rows}
                made[f"{name}_{tongue}"] = forms.CharField(
                    label=format_lazy("{} {}", label, said), required=False, max_length=5000,
                    help_text=help_text if tongue == "en" else "",
                    widget=forms.Textarea(attrs=attrs) if rows > 1 else forms.TextInput(attrs=attrs),
                )  # fmt: skip
        for name, label in BODIES.items():
            made |= body_fields(name, label)
        listed = dict(self.fields)
        self.fields.clear()
        self.fields.update({**made, **listed, **label_form.fields()})
        for name, field in self.fields.items():
            said = asking.asked(name.removesuffix("_en") if name.removesuffix("_en") in WORDS else name, language())
            field.help_text = " ".join(filter(None, (said, str(field.help_text))))

    def clean_protected(self) -> str:
        """Refuse a line that is no protected column."""
        text: str = self.cleaned_data["protected"]
        for line in lines(text):
            parts = [part.strip() for part in line.split("|")]
            if len(parts) not in (3, 4) or parts[0].count(".") != 1 or parts[1] not in PROTECTIONS or not parts[2]:
                told = _("“%(line)s” is not: table.column | ip, secret or data | the reason | the measure.")
                raise forms.ValidationError(told % {"line": line[:80]})
        return text

    def document(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the description as JSON values, over what was there before."""
        given = self.cleaned_data
        found = copy.deepcopy(dict(before))
        for name in WORDS:
            told = {tongue: given[f"{name}_{tongue}"].replace("\r\n", "\n").strip() for tongue in TONGUES}
            if any(told.values()) or name not in OPTIONAL:
                found[name] = told
            else:
                found.pop(name, None)
        for name in BODIES:
            parts = {part: given[f"{name}_{part}"] for part in PARTS}
            note = {tongue: given[f"{name}_note_{tongue}"].replace("\r\n", "\n").strip() for tongue in TONGUES}
            named = name in NEEDED or any(parts[part] for part in ("name", "email", "url"))
            found[name] = {**parts, "note": note if any(note.values()) else None} if named else None
        pairs = zip_longest(lines(given["keywords_en"]), lines(given["keywords_fr"]), fillvalue="")
        found["keywords"] = [{"en": english, "fr": french} for english, french in pairs]
        found |= {name: list(given[name]) for name in LISTS}
        found |= {"frequency": given["frequency"], "legal_basis": lines(given["legal_basis"])}
        found |= {"publicly_funded": given["publicly_funded"], "personal": given["personal"]}
        found |= {"open_url": given["open_url"] or None, "legislation": lines(given["legislation"]) or [EHDS]}
        held = {line_of(each): each for each in before.get("protected", [])}
        found["protected"] = [held.get(line) or protection(line) for line in lines(given["protected"])]
        found["data_uses"] = [use(line) for line in lines(given["data_uses"])]
        for name in ("checked_on", "first_publication"):
            found[name] = given[name].isoformat() if given[name] else None
        found["label"] = label_form.document(given)
        return found


def body_fields(name: str, label: Any) -> dict[str, forms.Field]:
    """Return the fields of an organisation."""
    line = forms.TextInput(attrs=LINE)
    select = forms.Select(attrs={"class": "form-select"})
    needed = name in NEEDED
    notes = {
        f"{name}_note_{tongue}": forms.CharField(
            label=format_lazy("{}: {} {}", label, _("what it does"), said), required=False, max_length=5000,
            widget=forms.Textarea(attrs={**LINE, "rows": 2, "lang": tongue}),
        )
        for tongue, said in TONGUES.items()
    }  # fmt: skip
    return {
        f"{name}_name": forms.CharField(
            label=format_lazy("{}: {}", label, _("name")), max_length=300, required=needed, widget=line
        ),
        f"{name}_email": forms.EmailField(
            label=format_lazy("{}: {}", label, _("e-mail")), required=needed, widget=forms.EmailInput(attrs=LINE)
        ),
        f"{name}_url": forms.URLField(
            label=format_lazy("{}: {}", label, _("web page")), assume_scheme="https", required=needed,
            widget=forms.URLInput(attrs=LINE),
        ),
        f"{name}_kind": forms.ChoiceField(
            label=format_lazy("{}: {}", label, _("kind")), choices=lambda: terms("publisher_types"), widget=select
        ),
        f"{name}_country": forms.ChoiceField(
            label=format_lazy("{}: {}", label, _("country")), choices=lambda: terms("countries"), widget=select
        ),
        **notes,
    }  # fmt: skip


def line_of(each: Mapping[str, Any]) -> str:
    """Return a protected column as a line of the form, in the reader's language."""
    short = {kind: word for word, kind in PROTECTIONS.items()}
    parts = [f"{each['table']}.{each['column']}", short[each["kind"]], said(each["reason"])]
    return " | ".join([*parts, said(each["measure"])] if each.get("measure") else parts)


def said(words: Mapping[str, str]) -> str:
    """Return a text on one line in the reader's language, or in the other where there is none."""
    other = "en" if language() == "fr" else "fr"
    return " ".join((words.get(language()) or words.get(other) or "").replace("|", "/").split())


def protection(line: str) -> dict[str, Any]:
    """Return a line of the form as JSON values."""
    place, kind, reason, *measure = (part.strip() for part in line.split("|"))
    table, _dot, column = place.partition(".")
    told = {"table": table, "column": column, "kind": PROTECTIONS[kind], "reason": {language(): reason}}
    return {**told, "measure": {language(): measure[0]} if measure and measure[0] else None}


def use(line: str) -> dict[str, str]:
    """Return a line of the form as a term of use."""
    term, _blank, parameter = line.partition(" ")
    return {"term": term, "parameter": parameter.strip()}


def lines(text: str) -> list[str]:
    """Return a text's lines, without blanks and empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def initial(body: Mapping[str, Any], version: int, standard: str = "") -> dict[str, Any]:
    """Return what the form shows at first: the description as it stands, or what a delivery's standard tells."""
    found: dict[str, Any] = {"over": version, "frequency": body.get("frequency", "IRREG")}
    for name in WORDS:
        for tongue in TONGUES:
            found[f"{name}_{tongue}"] = (body.get(name) or {}).get(tongue, "")
    found["protected"] = "\n".join(line_of(each) for each in body.get("protected", []))
    uses = (f"{each['term']} {each.get('parameter', '')}".strip() for each in body.get("data_uses", []))
    found["data_uses"] = "\n".join(uses)
    for name in BODIES:
        for tongue in TONGUES:
            found[f"{name}_note_{tongue}"] = ((body.get(name) or {}).get("note") or {}).get(tongue, "")
        for part in PARTS:
            default = {"kind": "govHealth" if name == "access_body" else "healthcareSystem", "country": "FR"}.get(
                part, ""
            )
            found[f"{name}_{part}"] = (body.get(name) or {}).get(part, default)
    for tongue in TONGUES:
        found[f"keywords_{tongue}"] = "\n".join(each.get(tongue, "") for each in body.get("keywords", []))
    found["legal_basis"] = "\n".join(body.get("legal_basis", []))
    found["legislation"] = "\n".join(body.get("legislation", []))
    found |= {"personal": body.get("personal", True), "open_url": body.get("open_url")}
    for name in (*LISTS, "publicly_funded", "checked_on", "first_publication"):
        found[name] = body.get(name)
    found["categories"] = found["categories"] or list(derived(standard))
    return {**found, **label_form.initial(body.get("label"))}
