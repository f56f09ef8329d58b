"""Terms of the Data Use Ontology on a dataset, held against what is asked: pure; never in the law's place."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

State = Literal["fits", "fits-if", "indeterminate", "does-not-fit"]
ORDER: tuple[State, ...] = ("fits", "fits-if", "indeterminate", "does-not-fit")
RESEARCH = "53(1)(e)"
ALGORITHMS = "53(1)(e)(ii)"
HEALTH = ("53(1)(a)", "53(1)(d)", RESEARCH, "53(1)(f)")


@dataclass(frozen=True)
class Term:
    """A term: what it says, and which of our tests tells whether a use fits it."""

    id: str
    shorthand: str
    kind: str
    en: str
    fr: str
    test: str
    condition_en: str
    condition_fr: str

    def said(self, language: str) -> str:
        """Return how the term reads."""
        return self.fr if language == "fr" else self.en

    def condition(self, language: str) -> str:
        """Return under which condition a use fits."""
        return self.condition_fr if language == "fr" else self.condition_en


@dataclass(frozen=True)
class Asked:
    """What is known of a use; None and empty are not known.

    Parameters
    ----------
    basis : str          the purpose of art. 53(1), such as `53(1)(e)`; empty while it is not known
    profit : bool        by a company, or for profit
    ethics : bool        an ethics approval is shown
    ancestry, genetic, methods : bool   it studies origins; is a genetic study; develops methods
    codes : tuple        ICD-10 codes of what it studies
    months : int         how long it lasts
    countries : tuple    ISO 3166-1 alpha-2, where it takes place
    """

    basis: str
    profit: bool | None = None
    ethics: bool | None = None
    ancestry: bool | None = None
    genetic: bool | None = None
    methods: bool | None = None
    codes: tuple[str, ...] = ()
    months: int | None = None
    countries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fit:
    """How a use stands with a dataset's terms: the whole, and each term by its id."""

    state: State
    terms: tuple[tuple[str, State], ...]


@cache
def known() -> Mapping[str, Term]:
    """Return the terms of `data_use.csv` by id."""
    text = (resources.files(__package__) / "data_use.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["id"]: Term(**row) for row in rows}


def named(term: str, parameter: str, language: str) -> str:
    """Return a term with what it names, in words; one that is not known here goes by its number alone.

    Example
    -------
    >>> named("DUO:0000025", "12", "en"), named("DUO:9999999", "", "fr")
    ('time limit on use (12) · DUO:0000025', 'DUO:9999999')
    """
    held = known().get(term)
    return f"{held.said(language)}{f' ({parameter})' if parameter else ''} · {term}" if held else term


def condition(term: str, state: State, language: str) -> str:
    """Return under which condition a use fits a term; empty where it stands otherwise."""
    return known()[term].condition(language) if state == "fits-if" else ""


def fit(uses: Sequence[tuple[str, str]], asked: Asked) -> Fit:
    """Return how a use stands with a dataset's terms: one permission is enough, every modifier must be met.

    Parameters
    ----------
    uses : Sequence   (term, parameter); an unknown term cannot be judged

    Source   GA4GH Data Use Ontology; what may be used is decided by Reg. (EU) 2025/327 arts 53 and 54 alone

    Example
    -------
    >>> fit([("DUO:0000042", ""), ("DUO:0000046", "")], Asked("53(1)(e)", profit=True)).state
    'does-not-fit'
    >>> fit([("DUO:0000042", ""), ("DUO:0000019", "")], Asked("53(1)(e)")).state, fit([("DUO:9", "")], Asked("x")).state
    ('fits-if', 'indeterminate')
    """
    told: list[tuple[str, State]] = []
    permissions: list[State] = []
    others: list[State] = []
    for term, parameter in uses:
        found = known().get(term)
        state: State = judged(found.test, parameter, asked) if found else "indeterminate"
        told.append((term, state))
        (permissions if found and found.kind == "permission" else others).append(state)
    best: State = min(permissions, key=ORDER.index, default="indeterminate")
    return Fit(max((best, *others), key=ORDER.index), tuple(told))


def judged(test: str, parameter: str, asked: Asked) -> State:
    """Return how a use stands with one test."""
    named = tuple(each.strip().upper().replace(".", "") for each in parameter.split(",") if each.strip())
    match test:
        case "always":
            return "fits"
        case "research":
            return yes(asked.basis.startswith(RESEARCH) if asked.basis else None)
        case "health":
            return "fits" if asked.basis.startswith(HEALTH) else "indeterminate"
        case "disease":
            codes = [code.upper().replace(".", "") for code in asked.codes]
            inside = {code.startswith(named) for code in codes} if named else set()
            return yes(inside.pop() if len(inside) == 1 else None)
        case "ancestry":
            return yes(asked.ancestry)
        case "genetic":
            return yes(asked.genetic)
        case "no-ancestry":
            return no(asked.ancestry)
        case "no-profit":
            return no(asked.profit)
        case "no-methods":
            return no(True if asked.basis == ALGORITHMS else asked.methods)
        case "ethics":
            return "fits" if asked.ethics else "fits-if"
        case "condition":
            return "fits-if"
        case "months":
            if not (len(named) == 1 and named[0].isdigit()) or asked.months is None:
                return "fits-if"
            return yes(asked.months <= int(named[0]))
        case "place":
            return yes(set(asked.countries) <= set(named) if asked.countries and named else None)
    return "indeterminate"


def yes(told: bool | None) -> State:
    """Return what an answer means for a term that asks for it."""
    return "indeterminate" if told is None else "fits" if told else "does-not-fit"


def no(told: bool | None) -> State:
    """Return what an answer means for a term that forbids it."""
    return "indeterminate" if told is None else "does-not-fit" if told else "fits"
