"""The mandate of a public body: who gave it, when, and under which reference; whole and dated, or not claimed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hygie.access.applications.document import Document, at, text
from hygie.base import law
from hygie.base.kernel import Reason

FIELD = "applicant.mandate"
PARTS: Mapping[str, int] = {"issuer": 200, "date": 10, "reference": 80}


@dataclass(frozen=True)
class Mandate:
    """A mandate as it is stated.

    Parameters
    ----------
    issuer : str      the body, or the law-giver, that gave it
    date : str        ISO 8601
    reference : str   of the act or letter

    Example
    -------
    >>> Mandate("Ministry of Fiction", "2026-05-01", "Order 12").line
    'Ministry of Fiction, Order 12, 2026-05-01'
    """

    issuer: str
    date: str
    reference: str

    @property
    def line(self) -> str:
        """The mandate on one line, as a permit names it."""
        return " ".join(f"{self.issuer}, {self.reference}, {self.date}".split())


def mandate(document: Document) -> Mandate | None:
    """Return the mandate that a document states whole; None where a part lacks.

    Example
    -------
    >>> mandate({"applicant": {"mandate": {"issuer": "Ministry", "date": "2026-05-01"}}}) is None
    True
    """
    found = Mandate(**{part: text(document, f"{FIELD}.{part}", most) for part, most in PARTS.items()})
    return found if all(vars(found).values()) and day_of(found.date) else None


def public_mandate(document: Document) -> dict[str, str] | None:
    """Return the mandate as the register shows it; of a natural person's application too, since a body gave it."""
    found = mandate(document)
    return dict(vars(found)) if found else None


def claimed(document: Document) -> bool:
    """Return whether a document claims a mandate: it says so, has a part of one, or asks what only one opens.

    Source     Reg. (EU) 2025/327 arts 53(2), 68(6)
    """
    stated = at(document, FIELD)
    return bool(stated) or (at(document, "applicant.health_mandate") is True and is_public(document))


def is_public(document: Document) -> bool:
    """Return whether a public sector body or a Union institution applies."""
    kind = law.applicants().get(text(document, "applicant.kind", 64))
    return kind is not None and kind.public


def check_mandate(document: Document, today: date) -> list[Reason]:
    """Ask for each part of a mandate that is claimed, and for a day that is not ahead (53(2), 68(6)).

    Parameters
    ----------
    today : date   a mandate of a later day was not given yet

    Errors     none raised; APP-140 for each part that lacks or is too long, APP-141 for the day, as reasons
    Source     Reg. (EU) 2025/327 arts 53(2), 68(6) (SU-53-2, SU-68-6)

    Example
    -------
    >>> said = {"applicant": {"mandate": {"issuer": "Ministry", "date": "2031-01-01", "reference": "12"}}}
    >>> [each.code for each in check_mandate(said, date(2030, 1, 1))]
    ['APP-141']
    """
    stated = at(document, FIELD)
    if not claimed(document) or not isinstance(stated, Mapping | None):
        return []
    held = stated or {}
    found = []
    for part, most in PARTS.items():
        value = held.get(part)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= most:
            found.append(Reason("APP-140", {"found": f"mandate.{part}", "accepted": most}, f"$.{FIELD}.{part}"))
        elif part == "date" and ((day := day_of(value)) is None or day > today):
            found.append(Reason("APP-141", {"found": value, "accepted": today.isoformat()}, f"$.{FIELD}.date"))
    unknown = sorted(set(map(str, held)) - set(PARTS))
    if unknown:
        found.append(Reason("APP-106", {"field": FIELD, "accepted": ", ".join(PARTS)}, f"$.{FIELD}"))
    return found


def day_of(value: str) -> date | None:
    """Return the day that a text is, as ISO 8601 writes it."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.isoformat() == value else None
