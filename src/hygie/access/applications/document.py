"""An application's document: JSON by section, as the common form has them, and what is read out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hygie.access.applications.enforcement.keys import business_key, name_key
from hygie.base.kernel import Reason, Verdict, canonical, deeper, legible

Document = Mapping[str, Any]

MAX_BYTES = 1 << 19
MAX_DEPTH = 24
TEXTS: tuple[TypeAdapter[Any], str] = (TypeAdapter(list[str]), '["…"]')
NAMED_TEXTS: tuple[TypeAdapter[Any], str] = (TypeAdapter(dict[str, str]), '{"…": "…"}')
SHAPES: Mapping[str, Mapping[str, tuple[TypeAdapter[Any], str]]] = {
    "sources": {"datasets": TEXTS, "categories": TEXTS},
    "purpose": {"attested": TEXTS},
    "data": {
        "tables": (TypeAdapter(dict[str, list[str]]), '{"…": ["…"]}'),
        "reasons": NAMED_TEXTS,
        "minimisation": NAMED_TEXTS,
        "period": NAMED_TEXTS,
        "cohort": (TypeAdapter(dict[str, Any]), '{"…": …}'),
    },
    "processing": {"people": TEXTS, "environment": (TypeAdapter(dict[str, Any]), '{"…": …}')},
}
# as many as a permit can hold
LENGTHS: Mapping[str, Mapping[str, int]] = {
    "sources": {"datasets": 50, "categories": 17},
    "purpose": {"attested": 20},
    "data": {"tables": 60, "reasons": 2000, "minimisation": 60, "period": 60},
    "processing": {"people": 100},
}
COLUMNS = 100


@dataclass(frozen=True)
class Headline:
    """What lists and the register show of a document; no natural person is in it.

    Parameters
    ----------
    organisation_key, business_key : str   what exclusions go by: the folded name and the business id, each with its
                                           country
    """

    title: str
    lay_summary: str
    organisation: str
    organisation_key: str
    business_key: str
    applicant_kind: str
    country: str
    parent: str
    basis: str


def at(document: Document, path: str, missing: Any = None) -> Any:
    """Return the value at `section.field`, or `missing` where there is none.

    Example
    -------
    >>> at({"public": {"title": "A question"}}, "public.title"), at({}, "public.title", "")
    ('A question', '')
    """
    value: Any = document
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return missing
        value = value[step]
    return value


def text(document: Document, path: str, length: int) -> str:
    """Return the text at a path, cut to a length; empty where there is none."""
    value = at(document, path)
    return value.strip()[:length] if isinstance(value, str) else ""


def names(document: Document, path: str) -> tuple[str, ...]:
    """Return the words of the list at a path, each once."""
    value = at(document, path)
    found = [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
    return tuple(dict.fromkeys(found))


def headline(document: Document) -> Headline:
    """Return what is shown of a document in lists.

    A natural person's own name is left out: the register says what kind of applicant it is, not who.

    Source     Reg. (EU) 2025/327 art. 57(1)(j)(ii); TEHDAS2 D6.2 section 2
    """
    kind = text(document, "applicant.kind", 64)
    organisation = "" if kind == "natural-person" else text(document, "applicant.name", 300)
    country = text(document, "applicant.country", 2)
    business = text(document, "applicant.business_id", 60)
    return Headline(
        text(document, "public.title", 500),
        text(document, "public.lay_summary", 2000),
        organisation,
        name_key(text(document, "applicant.name", 300), country),
        business_key(business, country),
        kind,
        country,
        "" if kind == "natural-person" else text(document, "applicant.parent", 300),
        text(document, "purpose.basis", 24),
    )


def team(document: Document) -> tuple[str, ...]:
    """Return the accounts of the natural persons whom an application names (67(2)(a), 73(1)(a))."""
    lead = text(document, "processing.principal_investigator", 64)
    named = names(document, "processing.people")
    return tuple(dict.fromkeys([*([lead] if lead else []), *named]))


def storable(content: object, path: str) -> Verdict:
    """Return whether a section's content can be kept: a JSON object, not too long, not too deep.

    Errors     none raised; APP-103, or KER-106 for each field with a control character, as reasons
    """
    if not isinstance(content, dict):
        return Verdict((Reason("APP-103", {"found": type(content).__name__, "accepted": MAX_BYTES}, path),))
    try:
        written = canonical(content)
    except (TypeError, ValueError, RecursionError):
        return Verdict((Reason("APP-103", {"found": "a value that JSON does not have", "accepted": MAX_BYTES}, path),))
    if len(written) > MAX_BYTES or deeper(content, MAX_DEPTH):
        return Verdict((Reason("APP-103", {"found": f"{len(written)} bytes", "accepted": MAX_BYTES}, path),))
    found = [legible([name, value], f"{path}.{name}") for name, value in content.items()]
    return Verdict(tuple(reason for each in found for reason in each.reasons))


def shaped(section: str, content: Mapping[str, Any]) -> Verdict:
    """Return whether what rooms read as lists and tables by name has that form, whatever stands in them.

    Errors     none raised; APP-106 and APP-151 as reasons, each with its path
    """
    found = []
    for name, (form, words) in SHAPES.get(section, {}).items():
        if content.get(name) is not None:
            try:
                form.validate_python(content[name], strict=True)
            except ValidationError:
                found.append(
                    Reason("APP-106", {"field": f"{section}.{name}", "accepted": words}, f"$.{section}.{name}")
                )
    return Verdict(tuple(found)) if found else bounded(section, content)


def bounded(section: str, content: Mapping[str, Any]) -> Verdict:
    """Return whether a section's lists and tables are no longer than a permit can hold.

    Errors     none raised; APP-151 as reasons, each with its path and the bound
    """
    held = [(f"{section}.{name}", content.get(name) or (), most) for name, most in LENGTHS.get(section, {}).items()]
    tables = (content.get("tables") or {}) if section == "data" else {}
    held += [(f"data.tables.{table}", columns, COLUMNS) for table, columns in list(tables.items())[:COLUMNS]]
    return Verdict(
        tuple(
            Reason("APP-151", {"field": path[:150], "found": len(value), "accepted": most}, f"$.{path[:150]}")
            for path, value, most in held
            if len(value) > most
        )
    )
