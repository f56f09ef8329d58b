"""One form for all writings of a question that ask the same: years of birth, sexes, and yes or no for records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hygie.access.catalogue import parts
from hygie.access.cohorts.systems import canonical as address
from hygie.access.cohorts.values import Age, All, AnyOf, Codes, Criterion, Everyone, NoneOf, Sex, members
from hygie.base.kernel import canonical, digest, refuse

SEXES = ("female", "male", "other", "unknown")
MOST_STEPS = 50_000
FIRST, LAST = -(10**6), 10**6
Formula = tuple[Any, ...] | bool


def form(criterion: Criterion) -> str:
    """Return the SHA-256 of a question's one form: equal for whatever criteria are equal by logic.

    Ages are sets of years of birth, sexes exclude one another, codes go by their system's address, and a condition on
    records is true or false; what follows from that makes no difference: order, repetition, double negation, de
    Morgan, distribution, conditions that everybody or nobody meets. What only data can show is not looked at.

    Errors      CAT-133 where telling would take too long

    Example
    -------
    >>> from hygie.access.cohorts.values import Nothing, SexBody
    >>> men, whole = Sex(sex=SexBody(**{"in": ("male",)})), Everyone(everyone=Nothing())
    >>> form(AnyOf(any=(men, NoneOf(none=(men,))))) == form(whole), form(All(all=(men, whole))) == form(men)
    (True, True)
    """
    tree = named(parts.coarse(criterion))
    return digest(canonical(Reduction().births(formula(tree, negated=False), cuts(tree))))


def named(criterion: Criterion) -> Criterion:
    """Return criteria with every code under its system's address, sorted, each once: with those under it or alone."""
    match criterion:
        case All(all=inside):
            return All(all=tuple(map(named, inside)))
        case AnyOf(any=inside):
            return AnyOf(any=tuple(map(named, inside)))
        case NoneOf(none=inside):
            return NoneOf(none=tuple(map(named, inside)))
        case Codes(codes=body):
            known = {code.model_copy(update={"system": address(code.system), "code": code.stem}) for code in body.codes}
            opened = {(code.system, code.code) for code in known if code.descendants}
            kept = (
                code
                for code in known
                if code.descendants or (code.system, code.model_copy(update={"descendants": True}).stem) not in opened
            )
            codes = sorted(kept, key=lambda code: (code.system, code.code, code.descendants))
            return Codes(codes=body.model_copy(update={"codes": tuple(codes)}))
        case _:
            return criterion


def years(age: Age) -> tuple[int, int]:
    """Return the first and last year of birth of an age."""
    year = age.age.at.year
    return (FIRST if age.age.max is None else year - age.age.max, year - age.age.min)


def cuts(tree: Criterion) -> list[int]:
    """Return the years of birth at which any condition on age may change, sorted."""
    if isinstance(tree, Age):
        first, last = years(tree)
        return sorted({FIRST, first, last + 1})
    return sorted({FIRST, *(cut for each in members(tree) for cut in cuts(each))})


def formula(tree: Criterion, *, negated: bool) -> Formula:
    """Return criteria as ("and" | "or", parts), ("age", …), ("sex", …) or ("records", …), each with its negation."""
    match tree:
        case All(all=inside) | AnyOf(any=inside) | NoneOf(none=inside):
            both = isinstance(tree, All) is not negated if not isinstance(tree, NoneOf) else not negated
            inner = negated is not isinstance(tree, NoneOf)
            return joined("and" if both else "or", [formula(each, negated=inner) for each in inside])
        case Age():
            return ("age", negated, *years(tree))
        case Sex(sex=body):
            return ("sex", negated, tuple(sorted(set(body.among))))
        case Codes():
            return ("records", negated, parts.key(tree))
        case Everyone():
            return not negated


def joined(kind: str, inside: list[Formula]) -> Formula:
    """Return parts put together: flat, sorted, each once, and constants worked out."""
    flat: dict[str, Formula] = {}
    for each in inside:
        for part in each[1] if isinstance(each, tuple) and each[0] == kind else (each,):
            if isinstance(part, bool):
                if part is (kind == "or"):
                    return part
            else:
                flat[repr(part)] = part
    if not flat:
        return kind == "and"
    kept = tuple(flat[name] for name in sorted(flat))
    return kept[0] if len(kept) == 1 else (kind, kept)


def settle(given: Formula, kind: str, value: Any) -> Formula:
    """Return a formula once a year of birth, a sex, or one condition on records is known."""
    if isinstance(given, bool):
        return given
    if given[0] in ("and", "or"):
        return joined(given[0], [settle(each, kind, value) for each in given[1]])
    if given[0] != kind:
        return given
    if kind == "age":
        return bool((value is not None and given[2] <= value <= given[3]) is not given[1])
    if kind == "sex":
        return bool((value in given[2]) is not given[1])
    key, holds = value
    return given if given[2] != key else bool(holds is not given[1])


def records(given: Formula) -> Iterator[bytes]:
    """Yield the conditions on records of a formula."""
    if isinstance(given, tuple):
        if given[0] == "records":
            yield given[2]
        elif given[0] in ("and", "or"):
            for each in given[1]:
                yield from records(each)


@dataclass
class Reduction:
    """A formula's decision diagram: by year of birth, then sex, then each condition on records in order.

    Source   ordered binary decision diagrams (Bryant 1986): one for all formulas that are equal by logic
    """

    known: dict[Formula, Any] = field(default_factory=dict)
    steps: int = 0

    def births(self, given: Formula, at: list[int]) -> Any:
        """Return the diagram: without a year of birth, then from which year on which part holds."""
        spans: list[list[Any]] = []
        for cut in at:
            part = self.sexes(settle(given, "age", cut))
            if not spans or spans[-1][1] != part:
                spans.append([cut, part])
        return {"unborn": self.sexes(settle(given, "age", None)), "from": spans}

    def sexes(self, given: Formula) -> list[Any]:
        """Return the diagram by sex."""
        return [self.decided(settle(given, "sex", each)) for each in SEXES]

    def decided(self, given: Formula) -> Any:
        """Return true, false, or the SHA-256 of a condition with what holds when it is met and when not."""
        if isinstance(given, bool):
            return given
        if given not in self.known:
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise refuse("CAT-133", most=MOST_STEPS)
            first = min(records(given))
            met, unmet = (self.decided(settle(given, "records", (first, holds))) for holds in (True, False))
            same = met == unmet
            self.known[given] = met if same else digest(canonical([first.decode(), met, unmet]))
        return self.known[given]
