"""What an application says about each criterion, for the officer who answers it."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.access.applications.document import Document, at
from hygie.access.applications.form.screens import shown
from hygie.base import law

PATHS: Mapping[str, tuple[str, ...]] = {
    "68(1)(a)": ("purpose.basis", "purpose.aim", "purpose.benefit", "applicant.mandate", "applicant.health_mandate"),
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
NAMELESS: Mapping[str, str] = {}
EVERYWHERE = "FR"  # the country whose prohibitions are the Regulation's and its own: all of them have words


def evidence(
    kind: str, template: str, document: Document, item: str, language: str, titles: Mapping[str, str] = NAMELESS
) -> list[tuple[str, list[str]]]:
    """Return the fields that bear on a criterion, each with its label and its value in lines.

    Parameters
    ----------
    item : str       `68(1)(b)`
    language : str   `en` or `fr`
    titles : Mapping   what each dataset is called
    """
    fields = {field.path: field for field in law.form(kind, template=template).fields}
    found = []
    for path in PATHS.get(item, ()):
        value = at(document, path)
        if path in fields and value not in (None, "", [], {}):
            lines = shown(fields[path], value, EVERYWHERE)
            found.append((fields[path].label[language], [titles.get(line, line) for line in lines]))
    return found


def whole(kind: str, template: str, document: Document, language: str) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Return every section of an application with its fields and their values."""
    found = []
    for section in law.form(kind, template=template).sections:
        filled = [
            (field.label[language], shown(field, value, EVERYWHERE))
            for field in section.fields
            if (value := at(document, field.path)) not in (None, "", [], {})
        ]
        found.append((section.label[language], filled))
    return found
