"""Criteria of a cohort: a frozen tree, each node a JSON object with one key."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from hygie.access.cohorts.systems import nested

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MAX_DEPTH = 8
MAX_CODES = 2000
MAX_MEMBERS = 100

EventTable = Literal[
    "visit_occurrence",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "device_exposure",
    "measurement",
    "observation",
]
SexWord = Literal["female", "male", "other", "unknown"]


def read_day(value: object) -> date:
    """Return a day written as `YYYY-MM-DD`, and nothing else that looks like one.

    Errors   ValueError

    Example
    -------
    >>> read_day("2020-02-29")
    datetime.date(2020, 2, 29)
    """
    if type(value) is date:
        return value
    if not isinstance(value, str) or not ISO_DAY.fullmatch(value):
        raise ValueError("a day is written YYYY-MM-DD")
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(read_day)]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$")]


class Closed(BaseModel):
    """A JSON object that is frozen, has no other field than its own, and takes no value of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, serialize_by_alias=True)


class Code(Closed):
    """A code of a system: a URI (`http://snomed.info/sct`) or an OMOP vocabulary (`SNOMED`).

    Parameters
    ----------
    descendants : bool   also what lies under it: in ICD-10 and ATC the codes that begin with it, dots aside, in every
                         system what the vocabulary places there; others need `concept` and `concept_ancestor`
    """

    system: Word
    code: Word
    descendants: bool = False

    @property
    def opens(self) -> bool:
        """Whether it is asked for with every code that begins with it, dots aside."""
        return self.descendants and nested(self.system)

    @property
    def stem(self) -> str:
        """How it is compared: without dots where it opens a group."""
        return self.code.replace(".", "") if self.opens else self.code


class CodesBody(Closed):
    """Which records count: their table, codes or concepts, days, and how many a person needs.

    Parameters
    ----------
    table : str            an event table of the CDM
    concept_ids : tuple    OMOP concepts, 1 or more; 0 means "not mapped" and is no concept
    start, end : date      days on which a record begins, both included; None leaves that side open
    at_least : int         records, 1 to 1000
    """

    table: EventTable
    codes: Annotated[tuple[Code, ...], Field(max_length=MAX_CODES)] = ()
    concept_ids: Annotated[tuple[Annotated[int, Field(ge=1, lt=2**63)], ...], Field(max_length=MAX_CODES)] = ()
    start: Day | None = Field(default=None, alias="from")
    end: Day | None = Field(default=None, alias="to")
    at_least: Annotated[int, Field(ge=1, le=1000)] = 1

    @model_validator(mode="after")
    def names_something(self) -> Self:
        """Refuse a criterion without a code, or whose days end before they begin."""
        if not self.codes and not self.concept_ids:
            raise ValueError("at least one code or one concept is needed")
        if self.start and self.end and self.end < self.start:
            raise ValueError("the period ends before it starts")
        return self


class AgeBody(Closed):
    """Completed years on a day; who is born later has no age.

    What is not known of a birth counts as the first: January, the 1st. Without a year there is no age.
    """

    at: Day
    min: Annotated[int, Field(ge=0, le=150)] = 0
    max: Annotated[int, Field(ge=0, le=150)] | None = None

    @model_validator(mode="after")
    def ordered(self) -> Self:
        """Refuse a greatest age under the least."""
        if self.max is not None and self.max < self.min:
            raise ValueError("the greatest age is under the least")
        return self


class SexBody(Closed):
    """The administrative sexes that are in."""

    among: Annotated[tuple[SexWord, ...], Field(min_length=1, max_length=4)] = Field(alias="in")


class Nothing(Closed):
    """An empty object."""


class Codes(Closed):
    """Persons with enough records of some codes."""

    codes: CodesBody


class Age(Closed):
    """Persons of some ages on a day."""

    age: AgeBody


class Sex(Closed):
    """Persons of some sexes."""

    sex: SexBody


class Everyone(Closed):
    """Every person of the dataset."""

    everyone: Nothing


class All(Closed):
    """Persons who meet every member."""

    all: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=MAX_MEMBERS)]


class AnyOf(Closed):
    """Persons who meet at least one member."""

    any: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=MAX_MEMBERS)]


class NoneOf(Closed):
    """Persons who meet no member."""

    none: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=MAX_MEMBERS)]


KEYS = ("all", "any", "none", "codes", "age", "sex", "everyone")


def key_of(value: Any) -> str | None:
    """Return the tag of the one key of a criterion, or None when it has none or several."""
    if isinstance(value, BaseModel):
        names = list(type(value).model_fields)
    else:
        names = list(value) if isinstance(value, dict) else []
    return f"@{names[0]}" if len(names) == 1 and names[0] in KEYS else None


Criterion = Annotated[
    Annotated[All, Tag("@all")]
    | Annotated[AnyOf, Tag("@any")]
    | Annotated[NoneOf, Tag("@none")]
    | Annotated[Codes, Tag("@codes")]
    | Annotated[Age, Tag("@age")]
    | Annotated[Sex, Tag("@sex")]
    | Annotated[Everyone, Tag("@everyone")],
    Discriminator(
        key_of,
        custom_error_type="criterion",
        custom_error_message="a criterion has one key: all, any, none, codes, age, sex or everyone",
    ),
]

for model in (All, AnyOf, NoneOf):
    model.model_rebuild()


def members(criterion: Criterion) -> tuple[Criterion, ...]:
    """Return the criteria directly inside one; a leaf has none."""
    match criterion:
        case All(all=inside) | AnyOf(any=inside) | NoneOf(none=inside):
            return inside
        case _:
            return ()


def depth(criterion: Criterion) -> int:
    """Return how many levels a criterion has; a leaf has 1."""
    return 1 + max((depth(member) for member in members(criterion)), default=0)


def leaves(criterion: Criterion) -> list[Criterion]:
    """Return every criterion of the tree that has no members, from left to right."""
    inside = members(criterion)
    return [leaf for member in inside for leaf in leaves(member)] if inside else [criterion]


def tables_needed(criterion: Criterion) -> set[str]:
    """Return the CDM tables that a cohort cannot do without: the vocabulary where no code tells what is under it."""
    needed = {"person"}
    for leaf in leaves(criterion):
        if isinstance(leaf, Codes):
            needed.add(leaf.codes.table)
            if any(code.descendants and not nested(code.system) for code in leaf.codes.codes):
                needed |= {"concept", "concept_ancestor"}
    return needed


def tables_read(criterion: Criterion) -> set[str]:
    """Return the CDM tables that a cohort reads where they are there: the vocabulary too where codes are asked for."""
    codes = [code for leaf in leaves(criterion) if isinstance(leaf, Codes) for code in leaf.codes.codes]
    return tables_needed(criterion) | ({"concept", "concept_ancestor"} if codes else set())
