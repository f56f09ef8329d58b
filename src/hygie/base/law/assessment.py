"""What an access body weighs: the criteria of art. 68(1), the risks of art. 68(2), and the French purposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from hygie.base.law.packs import rows
from hygie.base.law.values import Validity


@dataclass(frozen=True)
class Criterion:
    """A question that an officer answers, with the reason.

    Parameters
    ----------
    id : str              `68(1)(a)` to `68(1)(h)`, `68(2)(a)` and `68(2)(b)`
    label : Mapping       a few words, by language
    question : Mapping    the question, so that yes speaks for the permit
    conditional : bool    it only arises in some cases (ethics, opt-out exception)
    """

    id: str
    rule: str
    source: str
    label: Mapping[str, str]
    question: Mapping[str, str]
    valid: Validity
    conditional: bool = False


@dataclass(frozen=True)
class NationalPurpose:
    """A purpose of national law and the purposes of art. 53(1) it answers to.

    Parameters
    ----------
    id : str                  `L1461-1 III 1`
    bases : tuple[str, ...]   `53(1)(a)`, …; a mapping of ours, for the officer to confirm
    """

    id: str
    rule: str
    source: str
    bases: tuple[str, ...]
    label: Mapping[str, str]
    country: str
    valid: Validity


def questions(kind: str) -> tuple[Criterion, ...]:
    """Return the rows of one kind with both their texts."""
    found = []
    for row in rows(kind):
        asked: dict[str, Any] = {"en": row.pop("question_en"), "fr": row.pop("question_fr")}
        found.append(Criterion(**row, question=MappingProxyType(asked)))
    return tuple(found)


@cache
def every_criterion() -> tuple[Criterion, ...]:
    """Return the criteria of every date."""
    return questions("criterion")


@cache
def every_risk() -> tuple[Criterion, ...]:
    """Return the risks of every date."""
    return questions("risk")


def criteria(on: date) -> tuple[Criterion, ...]:
    """Return the criteria a permit must fulfil, all of them, on a day.

    Source     Reg. (EU) 2025/327 art. 68(1)

    Example
    -------
    >>> [item.id[-2] for item in criteria(date(2029, 6, 1))]
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    """
    return tuple(item for item in every_criterion() if item.valid.covers(on))


def risks(on: date) -> tuple[Criterion, ...]:
    """Return the risks to be mitigated on a day.

    Source     Reg. (EU) 2025/327 art. 68(2)

    Example
    -------
    >>> [item.id for item in risks(date(2029, 6, 1))]
    ['68(2)(a)', '68(2)(b)']
    """
    return tuple(item for item in every_risk() if item.valid.covers(on))


@cache
def national_purposes() -> tuple[NationalPurpose, ...]:
    """Return the purposes of national law with those of the Regulation they answer to.

    Source     CSP art. L1461-1 III

    Example
    -------
    >>> len(national_purposes()), {item.country for item in national_purposes()}
    (6, {'FR'})
    """
    return tuple(NationalPurpose(**{**row, "bases": tuple(row["bases"])}) for row in rows("national_purpose"))
