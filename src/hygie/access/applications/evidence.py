"""What an application says about each criterion, for the officer who answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hygie.access.applications.document import Document, at
from hygie.access.cohorts.values import Criterion
from hygie.access.cohorts.words import words
from hygie.base import law
from hygie.base.kernel import canonical

PATHS: Mapping[str, tuple[str, ...]] = {
    "68(1)(a)": ("purpose.basis", "purpose.aim", "purpose.benefit", "applicant.mandate"),
    "68(1)(b)": ("purpose.necessity", "sources.datasets", "data.period", "data.cohort", "processing.minimisation"),
    "68(1)(c)": ("purpose.format", "purpose.format_reason", "purpose.gdpr_basis", "purpose.lawfulness"),
    "68(1)(d)": ("applicant.kind", "applicant.name", "applicant.functions", "processing.people"),
    "68(1)(e)": ("processing.safeguards", "statistics.safeguards", "processing.environment", "processing.transfer"),
    "68(1)(f)": ("data.ethics",),
    "68(1)(g)": ("data.opt_out_exception", "data.opt_out_reason"),
    "68(1)(h)": ("purpose.attested", "purpose.dignity", "applicant.laboratory", "applicant.country"),
    "68(2)(a)": ("purpose.aim", "applicant.parent", "applicant.country"),
    "68(2)(b)": ("sources.datasets", "own_data.origin"),
}
COHORT: TypeAdapter[Any] = TypeAdapter(Criterion)
FRENCH = {"from": "du", "to": "au", "birth": "naissance", "location": "lieu", "tools": "outils"}


def evidence(kind: str, template: str, document: Document, item: str, language: str) -> list[tuple[str, list[str]]]:
    """Return the fields that bear on a criterion, each with its label and its value in lines.

    Parameters
    ----------
    item : str       `68(1)(b)`
    language : str   `en` or `fr`
    """
    fields = {field.path: field for field in law.form(kind, template=template).fields}
    found = []
    for path in PATHS.get(item, ()):
        value = at(document, path)
        if path in fields and value not in (None, "", [], {}):
            found.append((fields[path].label[language], lines(path, value, language)))
    return found


def whole(kind: str, template: str, document: Document, language: str) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Return every section of an application with its fields and their values."""
    found = []
    for section in law.form(kind, template=template).sections:
        filled = [
            (field.label[language], lines(field.path, value, language))
            for field in section.fields
            if (value := at(document, field.path)) not in (None, "", [], {})
        ]
        found.append((section.label[language], filled))
    return found


def lines(path: str, value: Any, language: str) -> list[str]:
    """Return a value in lines that a person reads."""
    if path == "data.cohort":
        return cohort(value, language)
    if isinstance(value, bool):
        return [{"en": ("No", "Yes"), "fr": ("Non", "Oui")}[language][value]]
    if path == "purpose.basis" and value in law.purposes():
        return [f"{law.purposes()[value].label[language]} ({value})"]
    if path == "applicant.kind" and value in law.applicants():
        return [law.applicants()[value].label[language]]
    if isinstance(value, list):
        return [str(each) for each in value]
    if isinstance(value, Mapping):
        names = FRENCH if language == "fr" else {}
        return [f"{names.get(name, name)}: {inner(each)}" for name, each in value.items()]
    return str(value).splitlines()


def inner(value: Any) -> str:
    """Return a value inside an object on one line."""
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def cohort(value: Any, language: str) -> list[str]:
    """Return criteria in words; as they are when they cannot be read."""
    try:
        return words(COHORT.validate_json(canonical(value), strict=True), language)
    except (ValidationError, RecursionError):
        return [str(value)[:500]]
