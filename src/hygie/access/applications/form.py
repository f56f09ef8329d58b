"""The fields of the common form, as far as an application is complete only with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hygie.access.applications.document import Document
from hygie.base import law

TEMPLATE = "tehdas2-v0"


def always(document: Document) -> bool:  # noqa: ARG001
    """Say that a field is wanted whatever else the document says."""
    return True


def never(document: Document) -> bool:  # noqa: ARG001
    """Say that a field may be left out."""
    return False


@dataclass(frozen=True)
class Need:
    """A field of the form.

    Parameters
    ----------
    path : str          `section.field`
    type : str          `text`, `choice`, `list`, `object`, `day`, `confirm`, `flag`
    rule : str          what asks for it: `67(2)(b)`, or the form's section
    wanted : Callable   whether this document must have it
    longest : int       characters of a text
    choices : tuple     the words of a choice
    """

    path: str
    type: str
    rule: str
    wanted: Callable[[Document], bool] = always
    longest: int = 2000
    choices: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """The field's section."""
        return self.path.split(".")[0]

    @property
    def accepted(self) -> str:
        """What would be accepted, in words that need no language."""
        if self.type == "text":
            return f"1 – {self.longest}"
        return ", ".join(self.choices) if self.choices else {"day": "YYYY-MM-DD"}.get(self.type, self.type)


def template(on: date) -> str:  # noqa: ARG001
    """Return the version of the form on a day (70)."""
    return TEMPLATE


def needs(kind: str, version: str) -> tuple[Need, ...]:  # noqa: ARG001
    """Return the fields of a form."""
    words = {"applicant.kind": tuple(law.applicants()), "purpose.basis": tuple(law.purposes())}
    return tuple(replace(need, choices=words.get(need.path, need.choices)) for need in NEEDS[kind])


def sections(version: str, kind: str) -> tuple[str, ...]:
    """Return the sections of a form, in their order."""
    return tuple(dict.fromkeys(need.section for need in needs(kind, version)))


def value_fits(need: Need, value: Any) -> bool:
    """Return whether a value is one that a field can hold."""
    match need.type:
        case "text":
            return isinstance(value, str) and 0 < len(value.strip()) <= need.longest
        case "choice":
            return value in need.choices
        case "list":
            return isinstance(value, list) and all(isinstance(item, str) and 0 < len(item) <= 300 for item in value)
        case "day":
            return isinstance(value, str) and is_day(value)
        case "confirm":
            return value is True
        case "flag":
            return isinstance(value, bool)
        case _:
            return isinstance(value, dict)


def is_day(value: str) -> bool:
    """Return whether a text is a day.

    Example
    -------
    >>> is_day("2029-02-28"), is_day("2029-02-30")
    (True, False)
    """
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


COMMON = (
    Need("sources.datasets", "list", "67(2)(d)"),
    Need("sources.categories", "list", "67(2)(d)"),
    Need("public.title", "text", "57(1)(j)(ii)", longest=500),
    Need("public.leader", "text", "67(2)(a)", longest=500),
    Need("public.lay_summary", "text", "57(1)(j)(ii)"),
    Need("applicant.kind", "choice", "67(2)(a)"),
    Need("applicant.name", "text", "67(2)(a)", longest=300),
    Need("applicant.country", "text", "67(2)(a)", longest=2),
    Need("applicant.contact", "text", "67(2)(a)", longest=300),
    Need("applicant.parent", "text", "57(1)(j)(ii)", never, longest=300),
    Need("purpose.basis", "choice", "67(2)(b)"),
    Need("purpose.aim", "text", "67(2)(c)"),
    Need("purpose.benefit", "text", "67(2)(c)"),
    Need("purpose.product", "text", "53(1)(e)(i)", never, longest=500),
    Need("purpose.attested", "list", "54"),
    Need("purpose.dignity", "confirm", "recital 73"),
)
NEEDS: Mapping[str, tuple[Need, ...]] = {
    "permit": (
        *COMMON,
        Need("purpose.necessity", "text", "66(1)"),
        Need("purpose.format", "choice", "67(2)(e)", never, choices=("anonymised", "pseudonymised")),
        Need("data.tables", "object", "67(2)(d)"),
        Need("data.period", "object", "67(2)(d)"),
        Need("data.cohort", "object", "67(2)(d)"),
        Need("data.reasons", "object", "66(1)"),
        Need("data.minimisation", "object", "66(1)"),
        Need("data.ethics", "text", "67(2)(j)"),
        Need("own_data.none", "flag", "67(2)(f)", never),
        Need("processing.principal_investigator", "text", "67(2)(a)", longest=64),
        Need("processing.people", "list", "67(2)(a)"),
        Need("processing.from", "day", "67(2)(h)"),
        Need("processing.to", "day", "67(2)(h)"),
        Need("processing.safeguards", "text", "67(2)(g)"),
        Need("processing.environment", "object", "67(2)(i)"),
        Need("payment.invoice", "text", "62", longest=300),
        Need("extra.text", "text", "TEHDAS2 D6.2 section 9", never),
        Need("confirmation.fees", "confirm", "62(5)"),
        Need("confirmation.truthful", "confirm", "TEHDAS2 D6.2 section 10"),
    ),
    "request": (
        *COMMON,
        Need("statistics.question", "text", "69(2)"),
        Need("statistics.measures", "list", "69(2)"),
        Need("statistics.groups", "list", "69(2)", never),
        Need("confirmation.fees", "confirm", "62(5)"),
        Need("confirmation.truthful", "confirm", "TEHDAS2 D6.2 section 10"),
    ),
}
