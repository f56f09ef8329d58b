"""Between a screen's boxes and a section's JSON: what is sent is kept as it is, and judged by the rules alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from hygie.access.applications.form.screens import (
    SETTINGS,
    Screen,
    environment_words,
    options,
    setting_words,
    value_words,
)
from hygie.access.applications.mandates import PARTS
from hygie.access.catalogue import building
from hygie.base import law
from hygie.base.kernel import readable
from hygie.commons.web import current

LONG = 300
LINES = frozenset({"processing.people", "statistics.groups"})
TICKED = frozenset({"purpose.attested", "sources.categories", "statistics.measures"})
ROUND = frozenset({"purpose.basis", "purpose.format"})
RESOURCES = ("cpus", "memory_mb", "minutes")
TOOLS = (("python", "Python"), ("r", "R"))
SPECIAL = frozenset({"sources.datasets", "data.tables", "data.reasons", "data.cohort"})
LARGEST = 10**6


class Ticks(forms.CheckboxSelectMultiple):
    """Boxes to tick, each in the site's shape."""

    def create_option(self, *args: Any, **named: Any) -> dict[str, Any]:
        """Return one box."""
        made: dict[str, Any] = super().create_option(*args, **named)
        made["attrs"]["class"] = "form-check-input"
        return made


class Rounds(forms.RadioSelect):
    """Round boxes, each in the site's shape."""

    def create_option(self, *args: Any, **named: Any) -> dict[str, Any]:
        """Return one box."""
        made: dict[str, Any] = super().create_option(*args, **named)
        made["attrs"]["class"] = "form-check-input"
        return made


class Boxes(forms.Form):
    """The boxes of a screen; never asked whether it is valid, so that whatever was written is shown again."""

    use_required_attribute = False


def boxes(shown: Screen, document: Mapping[str, Any], *, country: str) -> Boxes:
    """Return a screen's boxes with what the document holds; those that do not count in it are left out."""
    content = document.get(shown.section, {})
    form = Boxes()
    for field in shown.fields:
        if field.path in SPECIAL or not law.counts(field, document):
            continue
        name = field.path.split(".", 1)[1]
        for key, made in made_of(field, content.get(name), country).items():
            form.fields[key] = made
    return form


def made_of(field: law.Field, value: Any, country: str) -> dict[str, forms.Field]:
    """Return the boxes of one field, by name."""
    name, language = field.path.split(".", 1)[1], current.language()
    help_text = " ".join(filter(None, (field.help[language], hint(field))))
    about: dict[str, Any] = {"label": field.label[language], "help_text": help_text, "required": field.mandatory}
    match field.path:
        case "data.period":
            return period(value, about)
        case "applicant.mandate":
            return mandate(value, about)
        case "data.minimisation":
            return minimisation(value)
        case "processing.environment":
            return environment(value)
    if field.type in ("flag", "confirm"):
        box = forms.CheckboxInput(attrs={"class": "form-check-input"})
        return {name: forms.BooleanField(**about, initial=value is True, widget=box)}
    known = options(field.path, country)
    if field.path in TICKED:
        extra = (
            [(str(each), str(each)) for each in value or () if str(each) not in dict(known)] if listed(value) else []
        )
        ticks = Ticks()
        return {name: forms.MultipleChoiceField(**about, choices=[*known, *extra], initial=value, widget=ticks)}
    if known:
        return {name: one_of(field, known, value, about)}
    if field.path in LINES:
        shown = "\n".join(map(str, value)) if listed(value) else ""
        return {name: forms.CharField(**about, initial=shown, widget=area(4))}
    if field.type == "day":
        day = forms.DateInput(attrs={"type": "date", "class": "form-control short"}, format="%Y-%m-%d")
        return {name: forms.CharField(**about, initial=value or "", widget=day)}
    long = field.longest > LONG and field.path not in ("public.title", "public.leader")
    widget = area(5) if long else forms.TextInput(attrs={"class": "form-control"})
    return {name: forms.CharField(**about, initial=value or "", widget=widget)}


def hint(field: law.Field) -> str:
    """Return what a field's help adds: who sees it, how long it may be, how a list is written."""
    said = []
    if field.path in LINES:
        said.append(_("One on each line."))
    if field.path == "processing.people":
        said.append(_("By the name of their account, as their own page shows it; each needs the role of user."))
    if field.path == "processing.principal_investigator":
        said.append(_("The name of an account, one of the persons below."))
    if field.public:
        words = _("Public from reception, word for word: name no person.")
        said.append(words if field.type == "text" else _("Public from reception."))
    if field.on_permit:
        said.append(_("Public on the permit, word for word, once it is granted: name no person."))
    if field.type == "text" and field.longest >= LONG:
        said.append(_("At most %(most)s characters.") % {"most": field.longest})
    return " ".join(said)


def one_of(field: law.Field, known: list[tuple[str, str]], value: Any, about: dict[str, Any]) -> forms.ChoiceField:
    """Return a choice as round boxes or a list; an answer that is none of them stays to be seen."""
    extra = [(str(value), str(value))] if value and str(value) not in dict(known) else []
    if field.path in ROUND:
        widget: forms.Widget = Rounds()
        return forms.ChoiceField(**about, choices=[*known, *extra], initial=value or None, widget=widget)
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(**about, choices=[("", "–"), *known, *extra], initial=value or "", widget=widget)


def area(rows: int) -> forms.Textarea:
    """Return a box for a text."""
    return forms.Textarea(attrs={"rows": rows, "class": "form-control"})


def period(value: Any, about: dict[str, Any]) -> dict[str, forms.Field]:
    """Return the two ends of the data's period."""
    held = value if isinstance(value, Mapping) else {}
    words = {"from": _("Data from"), "to": _("Data until")}
    return {
        f"period_{end}": forms.CharField(
            label=words[end],
            required=True,
            initial=held.get(end, ""),
            widget=forms.DateInput(attrs={"type": "date", "class": "form-control short"}, format="%Y-%m-%d"),
            help_text=about["help_text"] if end == "from" else "",
        )
        for end in ("from", "to")
    }


def mandate(value: Any, about: dict[str, Any]) -> dict[str, forms.Field]:
    """Return who gave a mandate, on which day and under which reference."""
    held = value if isinstance(value, Mapping) else {"reference": value} if isinstance(value, str) else {}
    words = {"issuer": _("Mandate: given by"), "date": _("Mandate: given on"), "reference": _("Mandate: reference")}
    day = forms.DateInput(attrs={"type": "date", "class": "form-control short"}, format="%Y-%m-%d")
    line = forms.TextInput(attrs={"class": "form-control"})
    return {
        f"mandate_{part}": forms.CharField(
            label=words[part],
            required=False,
            initial=held.get(part, ""),
            widget=day if part == "date" else line,
            help_text=f"{about['label']}. {about['help_text']}" if part == "issuer" else "",
        )
        for part in PARTS
    }


def minimisation(value: Any) -> dict[str, forms.Field]:
    """Return how fine each kind of value is asked for, the coarsest first, each with what is then seen."""
    held = value if isinstance(value, Mapping) else {}
    found: dict[str, forms.Field] = {}
    for name, steps in SETTINGS.items():
        choices = [(step, value_words(name, step)) for step in steps]
        ticks = Rounds()
        found[f"minimisation_{name}"] = forms.ChoiceField(
            label=setting_words(name), required=True, choices=choices, initial=held.get(name), widget=ticks
        )
    return found


def environment(value: Any) -> dict[str, forms.Field]:
    """Return the tools and resources of the enclave."""
    held = value if isinstance(value, Mapping) else {}
    ticks = Ticks()
    found: dict[str, forms.Field] = {
        "environment_tools": forms.MultipleChoiceField(
            label=environment_words("tools"), required=True, choices=TOOLS, initial=held.get("tools"), widget=ticks
        )
    }
    for name in RESOURCES:
        digits = forms.TextInput(attrs={"class": "form-control short", "inputmode": "numeric"})
        found[f"environment_{name}"] = forms.CharField(
            label=environment_words(name), required=False, initial=held.get(name, ""), widget=digits
        )
    return found


def read(shown: Screen, posted: QueryDict, document: Mapping[str, Any], keys: Iterable[str] = ()) -> dict[str, Any]:
    """Return a section's content with what a screen sent: its own fields and no others.

    Parameters
    ----------
    posted : QueryDict   the form; names that are not the screen's are not looked at
    keys : Iterable           `table.column` that tie rows together and come with their table
    """
    content = dict(document.get(shown.section, {}))
    for field in shown.fields:
        name = field.path.split(".", 1)[1]
        if not sent(field, name, posted, document):
            continue
        value = answer(field, name, posted, content, tuple(keys))
        if value in ("", [], {}, None):
            content.pop(name, None)
        else:
            content[name] = value
    return content


def sent(field: law.Field, name: str, posted: QueryDict, document: Mapping[str, Any]) -> bool:
    """Return whether a screen had a field: one that does not count was not shown, and keeps what it holds."""
    return law.counts(field, document) or name in posted


def answer(field: law.Field, name: str, posted: QueryDict, content: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """Return what was sent for a field, as the document holds it."""
    match field.path:
        case "data.period":
            return filled({end: one(posted, f"period_{end}") for end in ("from", "to")})
        case "applicant.mandate":
            return filled({part: one(posted, f"mandate_{part}") for part in PARTS})
        case "data.minimisation":
            return filled({each: one(posted, f"minimisation_{each}") for each in SETTINGS})
        case "processing.environment":
            held = content.get(name)
            return resources(posted, held if isinstance(held, Mapping) else {})
        case "data.tables":
            return tables(posted, keys)
        case "data.reasons":
            picked = set(many(posted, "pick"))
            given = {each: one(posted, f"reason:{each}") for each in sorted(picked)}
            return filled(given)
        case "data.cohort":
            return building.read(posted)
    if field.type in ("flag", "confirm"):
        return name in posted
    if field.path in LINES:
        return list(dict.fromkeys(line.strip() for line in one(posted, name).splitlines() if line.strip()))
    if field.type == "list":
        return list(dict.fromkeys(many(posted, name)))
    return one(posted, name)


def tables(posted: QueryDict, keys: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the variables ticked, by table; a table's keys come with it, since nothing could be joined otherwise."""
    found: dict[str, list[str]] = {}
    for each in dict.fromkeys(many(posted, "pick")):
        table, _dot, column = each.partition(".")
        if table and column:
            found.setdefault(table, []).append(column)
    for each in keys:
        table, _dot, column = each.partition(".")
        if table in found and column not in found[table]:
            found[table].insert(0, column)
    return found


def resources(posted: QueryDict, held: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tools and resources asked for; a figure that is none stays as written, for the rules to refuse."""
    found: dict[str, Any] = {name: value for name, value in held.items() if name not in ("tools", *RESOURCES)}
    tools = [name for name, _word in TOOLS if name in many(posted, "environment_tools")]
    for name in RESOURCES:
        text = one(posted, f"environment_{name}").strip()
        found[name] = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST)) else text
    return filled({"tools": tools, **found})


def filled(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without its empty answers."""
    return {name: each for name, each in value.items() if each not in ("", [], {}, None)}


def one(posted: QueryDict, name: str) -> str:
    """Return the text sent under a name, without signs that no database keeps."""
    return readable(str(posted.get(name, ""))).replace("\r\n", "\n")


def many(posted: QueryDict, name: str) -> list[str]:
    """Return the words sent under a name."""
    return [readable(str(each))[:300] for each in posted.getlist(name) if each]


def listed(value: Any) -> bool:
    """Return whether a value is a list."""
    return isinstance(value, list)
