"""Reference methodologies of CNIL as a decision table: which one a study may follow, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from hygie.base.kernel import refuse
from hygie.base.law.packs import table, validity
from hygie.base.law.values import Validity

Standing = Literal["open", "closed", "unknown"]


@dataclass(frozen=True)
class Question:
    """A fact about a study that the table asks for, answered yes or no."""

    id: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class Methodology:
    """A reference methodology and the answers it asks for.

    Parameters
    ----------
    id : str                       `MR-001` to `MR-008`
    conditions : Mapping           question -> the answer that is wanted
    note : Mapping                 what else it asks for, by language
    """

    id: str
    source: str
    label: Mapping[str, str]
    note: Mapping[str, str]
    conditions: Mapping[str, bool]
    valid: Validity


@dataclass(frozen=True)
class Finding:
    """A condition as a study meets it; `found` is None while the question is not answered."""

    question: Question
    wanted: bool
    found: bool | None

    @property
    def met(self) -> bool:
        """Whether the answer is the one wanted."""
        return self.found == self.wanted


@dataclass(frozen=True)
class Eligibility:
    """What the table says of one methodology: every condition with its answer.

    Parameters
    ----------
    standing : str   `open` (every condition met), `closed` (one is not), `unknown` (an answer is missing)
    """

    methodology: Methodology
    standing: Standing
    findings: tuple[Finding, ...]

    @property
    def against(self) -> tuple[Finding, ...]:
        """The conditions that are answered otherwise than wanted."""
        return tuple(each for each in self.findings if each.found is not None and not each.met)


def texts(row: Mapping[str, Any], prefix: str = "") -> Mapping[str, str]:
    """Return the two texts of a row."""
    return MappingProxyType({"en": row[prefix + "en"], "fr": row[prefix + "fr"]})


@cache
def methodology_questions() -> Mapping[str, Question]:
    """Return the questions of the table by id."""
    rows = table("methodologies")["question"]
    return MappingProxyType({row["id"]: Question(row["id"], texts(row)) for row in rows})


@cache
def every_methodology() -> tuple[Methodology, ...]:
    """Return the methodologies of every date; ValueError for a condition on no question."""
    found = []
    for row in table("methodologies")["methodology"]:
        unknown = set(row["conditions"]) - set(methodology_questions())
        if unknown:
            raise ValueError(f"{row['id']}: no such question: {', '.join(sorted(unknown))}")
        conditions = MappingProxyType(dict(row["conditions"]))
        valid = validity(dict(row))
        found.append(Methodology(row["id"], row["source"], texts(row), texts(row, "note_"), conditions, valid))
    return tuple(found)


def methodologies(answers: Mapping[str, bool], *, on: date) -> tuple[Eligibility, ...]:
    """Return what every methodology in force says to a study, in their order.

    Parameters
    ----------
    answers : Mapping[str, bool]   question -> yes or no; what is not answered is unknown
    on : date

    Errors     LAW-114 an answer to no question
    Source     CNIL reference methodologies MR-001 to MR-008 (secondary sources)

    Example
    -------
    >>> day = date(2026, 11, 22)
    >>> reuse = {"persons": False, "public-interest": True, "informed": True, "directory": True, "snds": False}
    >>> [each.methodology.id for each in methodologies(reuse, on=day) if each.standing == "open"]
    ['MR-004']
    """
    unknown = sorted(set(answers) - set(methodology_questions()))
    if unknown:
        raise refuse("LAW-114", found=", ".join(unknown)[:64], accepted=", ".join(methodology_questions()))
    return tuple(weigh(each, answers) for each in every_methodology() if each.valid.covers(on))


def weigh(each: Methodology, answers: Mapping[str, bool]) -> Eligibility:
    """Return what one methodology says to a study."""
    asked = methodology_questions()
    findings = tuple(Finding(asked[name], wanted, answers.get(name)) for name, wanted in each.conditions.items())
    standing: Standing = "open"
    if any(finding.found is None for finding in findings):
        standing = "unknown"
    if any(finding.found is not None and not finding.met for finding in findings):
        standing = "closed"
    return Eligibility(each, standing, findings)
