"""A question as it is counted: coarse, in one form, and without the parts that concern few persons."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.access.cohorts.values import Age, All, AnyOf, Codes, Criterion, NoneOf, Sex, leaves, members
from hygie.base.kernel import canonical

Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Seen:
    """A dataset's persons in patterns: how many show each, and for each condition which patterns meet it."""

    persons: NDArray[np.int64]
    marks: Mapping[bytes, Marks]


@dataclass(frozen=True)
class Settled:
    """What is left of a question, the parts that were left out of it, and how many persons meet what is left."""

    tree: Criterion
    left_out: tuple[Criterion, ...]
    persons: int


def coarse(criterion: Criterion) -> Criterion:
    """Return criteria as coarse as they are counted: whole years of birth, whole months of records.

    An age on a day is the age on 31 December of that year, so that no two ages enclose a birthday. A period begins on
    the first of a month and ends on the last of one. Codes are sorted, each once.

    Example
    -------
    >>> from datetime import date
    >>> from hygie.access.cohorts.values import AgeBody
    >>> coarse(Age(age=AgeBody(at=date(2020, 5, 4), min=30))).age.at.isoformat()
    '2020-12-31'
    """
    match criterion:
        case All(all=inside):
            return All(all=tuple(coarse(each) for each in inside))
        case AnyOf(any=inside):
            return AnyOf(any=tuple(coarse(each) for each in inside))
        case NoneOf(none=inside):
            return NoneOf(none=tuple(coarse(each) for each in inside))
        case Age(age=age):
            return Age(age=age.model_copy(update={"at": age.at.replace(month=12, day=31)}))
        case Sex(sex=sex):
            return Sex(sex=sex.model_copy(update={"among": tuple(sorted(set(sex.among)))}))
        case Codes(codes=codes):
            end = codes.end and codes.end.replace(day=monthrange(codes.end.year, codes.end.month)[1])
            return Codes(
                codes=codes.model_copy(
                    update={
                        "start": codes.start and codes.start.replace(day=1),
                        "end": end,
                        "concept_ids": tuple(sorted(set(codes.concept_ids))),
                        "codes": tuple(
                            sorted(set(codes.codes), key=lambda code: (code.system, code.code, code.descendants))
                        ),
                    }
                )
            )
        case _:
            return criterion


def normal(criterion: Criterion, *, negated: bool = False) -> Criterion:
    """Return criteria in one form: coarse, "not" before single conditions alone, members sorted and each once.

    Example
    -------
    >>> from hygie.access.cohorts.values import Everyone, Nothing, SexBody
    >>> one, all_ = Sex(sex=SexBody(**{"in": ("male",)})), Everyone(everyone=Nothing())
    >>> normal(NoneOf(none=(NoneOf(none=(one,)),))) == normal(AnyOf(any=(one, one))) == one
    True
    """
    match criterion:
        case All(all=inside):
            return join(AnyOf if negated else All, tuple(normal(each, negated=negated) for each in inside))
        case AnyOf(any=inside):
            return join(All if negated else AnyOf, tuple(normal(each, negated=negated) for each in inside))
        case NoneOf(none=inside):
            return join(AnyOf if negated else All, tuple(normal(each, negated=not negated) for each in inside))
        case _:
            leaf = coarse(criterion)
            return NoneOf(none=(leaf,)) if negated else leaf


def join(kind: type[All | AnyOf], parts: tuple[Criterion, ...]) -> Criterion:
    """Return parts put together by `all` or `any`: those of the same kind as one, sorted; one alone is itself."""
    flat = [inner for part in parts for inner in (members(part) if isinstance(part, kind) else (part,))]
    kept = [part for _, part in sorted({key(part): part for part in flat}.items())]
    if len(kept) == 1:
        return kept[0]
    return All(all=tuple(kept)) if kind is All else AnyOf(any=tuple(kept))


def shape(criterion: Criterion) -> Any:
    """Return what a condition asks, so that two which ask the same of everybody are equal: ages as years of birth."""
    match criterion:
        case Age(age=age):
            year = age.at.year
            return {"born": [None if age.max is None else year - age.max, year - age.min]}
        case All(all=inside) | AnyOf(any=inside) | NoneOf(none=inside):
            return {type(criterion).__name__: [shape(each) for each in inside]}
        case _:
            return criterion.model_dump(mode="json")


def key(criterion: Criterion) -> bytes:
    """Return what a condition asks, as bytes."""
    return canonical(shape(criterion))


def conditions(tree: Criterion) -> dict[bytes, Criterion]:
    """Return every single condition of a tree, each once."""
    return {key(leaf): leaf for leaf in leaves(tree)}


def met(tree: Criterion, seen: Seen) -> Marks:
    """Return which patterns meet a tree in normal form."""
    match tree:
        case All(all=inside):
            return reduce(np.logical_and, (met(each, seen) for each in inside))
        case AnyOf(any=inside):
            return reduce(np.logical_or, (met(each, seen) for each in inside))
        case NoneOf(none=(leaf,)):
            return np.logical_not(seen.marks[key(leaf)])
        case _:
            return seen.marks[key(tree)]


def removals(tree: Criterion) -> Iterator[tuple[Criterion, Criterion]]:
    """Yield every part of a tree in normal form, the outer before the inner, with what the tree is without it."""
    if not isinstance(tree, All | AnyOf):
        return
    kind, inside = type(tree), members(tree)
    for at, part in enumerate(inside):
        before, after = inside[:at], inside[at + 1 :]
        yield part, join(kind, (*before, *after))
        for inner, rest in removals(part):
            yield inner, join(kind, (*before, rest, *after))


def settle(tree: Criterion, seen: Seen, stays: Callable[[Criterion, int], bool]) -> Settled:
    """Leave out of a question, one after the other, the parts that too few persons make a difference to.

    A part makes a difference to those who meet the question with it and not without it, or the reverse. A part that
    makes none goes too: whether it makes none or concerns one person is what must not be told.

    Parameters
    ----------
    tree : Criterion   in normal form
    seen : Seen        its conditions, on the persons of a dataset
    stays : callable   whether a part stays that makes a difference to so many persons

    Source   low-effect detection of Diffix (Francis et al.): conditions that change an answer by few are dropped
    """
    left_out: list[Criterion] = []
    now = met(tree, seen)
    again = True
    while again:
        again = False
        for part, rest in removals(tree):
            other = met(rest, seen)
            if not stays(part, int(seen.persons[now != other].sum())):
                left_out.append(part)
                tree, now, again = rest, other, True
                break
    return Settled(tree, tuple(left_out), int(seen.persons[now].sum()))
