"""The guided form's screens: a section each, the data in three; what is missing on each, and what stands in a field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale
from django.utils.translation import gettext as _

from hygie.access.applications.form.cohort_words import told
from hygie.access.applications.rules import MEASURES
from hygie.access.permits.data_rules import is_key
from hygie.base import law
from hygie.base.kernel import Reason, refuse
from hygie.commons.web import current
from hygie.commons.web.templatetags.hygie import colon, day, number

APART = {"data.tables": "variables", "data.reasons": "variables", "data.cohort": "cohort"}
# What is not there yet, rather than what does not hold.
ABSENT = frozenset({"APP-105", "APP-111", "APP-112", "APP-113", "APP-114", "APP-115"})
ORDER = ("variables", "cohort", "data")


@dataclass(frozen=True)
class Screen:
    """One screen of the form.

    Parameters
    ----------
    name : str       its address
    section : str    the document's section it writes into
    fields : tuple   those it writes, and no others
    """

    name: str
    section: str
    label: str
    fields: tuple[law.Field, ...]


@dataclass(frozen=True)
class Stop:
    """A screen in the rail.

    Parameters
    ----------
    absent, wrong : int   fields to fill in; answers to put right
    """

    screen: Screen
    absent: int
    wrong: int
    here: bool


def screens(kind: str, template: str) -> tuple[Screen, ...]:
    """Return the screens of a form, in their order."""
    found: list[Screen] = []
    language = current.language()
    for section in law.form(kind, template=template).sections:
        parts: dict[str, list[law.Field]] = {}
        for field in section.fields:
            parts.setdefault(APART.get(field.path, section.id), []).append(field)
        names = [name for name in ORDER if name in parts] if section.id == "data" else list(parts)
        for name in names:
            label = section.label[language] if name == section.id else ""
            found.append(Screen(name, section.id, label or part_words(name), tuple(parts[name])))
    return tuple(found)


def part_words(name: str) -> str:
    """Return what a part of the data's section is called."""
    return {"variables": _("Variables"), "cohort": _("Persons")}[name]


def screen(kind: str, template: str, name: str) -> Screen:
    """Return a screen by its name; APP-104."""
    known = screens(kind, template)
    for each in known:
        if each.name == name:
            return each
    raise refuse("APP-104", path="$", found=name[:40], accepted=", ".join(each.name for each in known))


def reasons_of(shown: Screen, missing: Mapping[str, Iterable[Reason]]) -> tuple[Reason, ...]:
    """Return what is missing or wrong on a screen."""
    found = [each for each in missing.get(shown.section, ()) if belongs(each, shown)]
    told = {str(each.facts.get("found", "")) for each in found if each.code == "APP-112"}
    keys = {name for name in told if keyed(name) and any(same(name, other) for other in told if not keyed(other))}
    return tuple(each for each in found if each.code != "APP-112" or str(each.facts.get("found", "")) not in keys)


def keyed(name: str) -> bool:
    """Return whether `table.column` ties rows together; a reason for another column of its table covers it."""
    table, _dot, column = name.partition(".")
    return is_key(table, column)


def same(name: str, other: str) -> bool:
    """Return whether two columns are of one table."""
    return name.split(".")[0] == other.split(".")[0]


def belongs(reason: Reason, shown: Screen) -> bool:
    """Return whether a reason is about a screen: by its field, else the section's own screen."""
    path = reason.path.removeprefix("$.")
    part = next((name for field, name in APART.items() if path.split("[")[0].startswith(field)), shown.section)
    return part == shown.name


def rail(shown: Iterable[Screen], missing: Mapping[str, Iterable[Reason]], here: str = "") -> tuple[Stop, ...]:
    """Return the rail of sections with what is missing on each."""
    found = []
    for each in shown:
        reasons = reasons_of(each, missing)
        absent = sum(reason.code in ABSENT for reason in reasons)
        found.append(Stop(each, absent, len(reasons) - absent, each.name == here))
    return tuple(found)


def options(path: str, country: str) -> list[tuple[str, str]]:
    """Return what may be chosen in a field, each with its words; empty where a field takes any text."""
    language = current.language()
    match path:
        case "applicant.kind":
            return [(kind, each.label[language]) for kind, each in law.applicants().items()]
        case "purpose.basis":
            return [(basis, f"{each.label[language]} ({basis})") for basis, each in law.purposes().items()]
        case "purpose.format":
            return [("anonymised", _("Anonymised")), ("pseudonymised", _("Pseudonymised"))]
        case "purpose.attested":
            held = [each for each in law.prohibitions().values() if country == "FR" or each.rule != "FR-3"]
            return [(each.id, f"{each.label[language]} ({article(each.source)})") for each in held]
        case "sources.categories":
            return [(letter, f"{letter}. {each.label[language]}") for letter, each in law.categories().items()]
        case "statistics.measures":
            return [(name, measure_words(name)) for name in MEASURES]
        case "applicant.country" | "public.country":
            names = Locale(language).territories
            known = sorted((str(names.get(code, code)), code) for code in law.countries())
            return [(code, name) for name, code in known]
    return []


def article(source: str) -> str:
    """Return a source without the Regulation that every page names."""
    return source.removeprefix("Reg. (EU) 2025/327 ")


def measure_words(name: str) -> str:
    """Return a measure in the reader's language."""
    return {
        "count": _("Counts"), "mean": _("Means"), "proportion": _("Proportions"), "rate": _("Rates"), "sum": _("Sums"),
    }[name]  # fmt: skip


SETTINGS: Mapping[str, tuple[str, ...]] = {
    "birth": ("year", "month", "day"),
    "dates": ("year", "month", "day"),
    "location": ("none", "region", "full"),
    "codes": ("3-characters", "full"),
}


def setting_words(name: str) -> str:
    """Return what a minimisation setting governs."""
    return {"birth": _("Birth"), "dates": _("Dates of care"), "location": _("Place"), "codes": _("Codes")}[name]


def value_words(name: str, value: str) -> str:
    """Return how fine a setting is, with an example of what is then seen."""
    said = {
        ("birth", "year"): _("the year: 1961"),
        ("birth", "month"): _("the month: March 1961"),
        ("birth", "day"): _("the day: 14 March 1961"),
        ("dates", "year"): _("the year: 2021"),
        ("dates", "month"): _("the month: June 2021"),
        ("dates", "day"): _("the day: 9 June 2021"),
        ("location", "none"): _("none at all"),
        ("location", "region"): _("the region"),
        ("location", "full"): _("as the holder has it"),
        ("codes", "3-characters"): _("the first three characters: E11"),
        ("codes", "full"): _("whole: E11.65"),
    }
    return said.get((name, value), value)


def shown(field: law.Field, value: Any, country: str) -> list[str]:
    """Return a field's answer in the reader's words, in lines."""
    if value in (None, "", [], {}):
        return []
    words = dict(options(field.path, country))
    match field.type:
        case "day":
            return [day(value) if law.fits(field, value) else str(value)]
        case "flag" | "confirm":
            return [_("Yes") if value is True else _("No")]
        case "list" if isinstance(value, list):
            return [words.get(str(each), str(each)) for each in value]
        case "object" if isinstance(value, Mapping):
            return object_lines(field.path, value)
    return words[str(value)].splitlines() if str(value) in words else str(value).splitlines()


def object_lines(path: str, value: Mapping[str, Any]) -> list[str]:
    """Return what stands in one of the form's structured answers."""
    match path:
        case "data.period":
            ends = [str(value.get(name, "")) for name in ("from", "to")]
            return [" – ".join(day(end) if iso(end) else end or "…" for end in ends)]
        case "applicant.mandate":
            given = str(value.get("date", ""))
            parts = [value.get("issuer"), value.get("reference"), day(given) if iso(given) else given]
            return [" · ".join(str(each) for each in parts if each)]
        case "data.minimisation":
            known = [name for name in SETTINGS if name in value]
            return [f"{setting_words(name)}{colon()} {value_words(name, str(value[name]))}" for name in known]
        case "data.tables":
            return [
                f"{table}{colon()} {', '.join(map(str, columns))}"
                for table, columns in value.items()
                if listed(columns)
            ]
        case "data.reasons":
            return [f"{name}{colon()} {reason}" for name, reason in value.items()]
        case "processing.environment":
            return [f"{environment_words(name)}{colon()} {plain(each)}" for name, each in value.items()]
        case "data.cohort":
            return told(value, current.language())
    return [json.dumps(value, ensure_ascii=False, indent=1)]


def environment_words(name: str) -> str:
    """Return what a resource of the enclave is called."""
    said = {
        "tools": _("Tools"),
        "cpus": _("Processors"),
        "memory_mb": _("Memory, in MB"),
        "minutes": _("Minutes of a run"),
    }
    return said.get(name, name)


def plain(value: Any) -> str:
    """Return a resource as a person reads it."""
    return (
        ", ".join(map(str, value)) if isinstance(value, list) else number(value) if type(value) is int else str(value)
    )


def listed(value: Any) -> bool:
    """Return whether a value is a list."""
    return isinstance(value, list)


def iso(text: str) -> bool:
    """Return whether a text is a day."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
