"""Search and facets over the catalogue's index: one read of the narrow columns, one page of the wide ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import F, Max, QuerySet

from hygie.access.catalogue import vocabulary
from hygie.access.catalogue.indexing import NOT_HELD
from hygie.access.catalogue.models import Entry, Posting
from hygie.access.catalogue.rules import stale
from hygie.access.catalogue.wording import Alternative, units
from hygie.base import law
from hygie.base.disclosure import Guarded

PAGE = 50
MOST_VALUES = 12
BEGINNING = 3
FEW = 500
LAST = "\U0010ffff"
FACETS = ("category", "holder", "standard", "country", "kind", "check")
KINDS = {"synthetic": ("Synthetic", "Synthétiques"), "real": ("Real persons", "Personnes réelles")}
CHECKS = {
    "current": ("Checked this year", "Vérifiée dans l'année"),
    "stale": ("Check overdue", "Vérification en retard"),
}


@dataclass(frozen=True)
class Listed:
    """A dataset as a list shows it.

    Parameters
    ----------
    persons : Guarded | None   None when nothing was measured here
    years : tuple | None       first and last year with enough persons
    kind : str                 `synthetic`, `real` or `unknown`
    label : str                the quality label: `stands`, `fallen` (the data no longer support it), `revoked`,
                               `missing` (of data collected with public money); empty for none
    """

    dataset: str
    title: str
    summary: str
    holder: str
    country: str
    categories: str
    standard: str
    kind: str
    persons: Guarded | None
    years: tuple[int, int] | None
    stale: bool
    trusted: bool
    label: str


@dataclass(frozen=True)
class FacetValue:
    """A value to narrow a search by: how it reads, how many datasets have it, and whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Found:
    """One page of a search, what there is in all, and the facets; those of one facet do not narrow each other."""

    entries: tuple[Listed, ...]
    total: int
    page: int
    pages: int
    facets: Mapping[str, tuple[FacetValue, ...]]
    search: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Row = tuple[Any, ...]
COLUMNS = ("dataset", "sort", "categories", "holder", "standard", "country", "synthetic", "checked_on")
AT = {"category": 2, "holder": 3, "standard": 4, "country": 5, "kind": 6, "check": 7}


def search(
    text: str = "",
    facets: Mapping[str, Sequence[str]] | None = None,
    page: int = 1,
    *,
    language: str = "en",
    on: date,
) -> Found:
    """Return a page of the datasets that have every word asked for, or what means the same, narrowed by facets.

    Words are looked for in the steward's texts and in the names, codes and labels of what was measured.

    Parameters
    ----------
    text : str         words, their beginnings (three signs or more) or codes, in any case, with or without accents;
                       what has them in its title comes first, then in its keywords, codes and labels
    facets : Mapping   of `FACETS` -> values, any of which will do
    page : int         from 1; 50 entries each
    """
    asked = units(text)
    chosen = {name: tuple(values) for name in FACETS if (values := (facets or {}).get(name))}
    scores = scored(asked) if text.strip() else None
    held = narrow(scores, language)
    kept = matching(held, chosen, on)
    if scores is not None:
        kept = sorted(kept, key=lambda row: -scores[row[0]])
    pages = max(1, -(-len(kept) // PAGE))
    page = min(max(1, page), pages)
    names = [row[0] for row in kept[(page - 1) * PAGE : page * PAGE]]
    shown = {name: facet(held, name, chosen, language, on) for name in FACETS}
    return Found(wide(names, language, on), len(kept), page, pages, shown, text, chosen)


def scored(asked: Sequence[Sequence[Alternative]]) -> dict[str, int]:
    """Return the datasets that have every part of a question, each with how well; a synonym counts half."""
    known: dict[str, dict[str, int]] = {}
    found: dict[str, int] | None = None
    for alternatives in asked:
        best: dict[str, int] = {}
        for at, words in enumerate(alternatives):
            for word in words:
                if word not in known:
                    known[word] = having(word)
            least = min((known[word] for word in words), key=len)
            for dataset in least if found is None else least.keys() & found.keys():
                if all(dataset in known[word] for word in words):
                    score = min(known[word][dataset] for word in words) * (2 if at == 0 else 1)
                    best[dataset] = max(score, best.get(dataset, 0))
        found = best if found is None else {name: found[name] + score for name, score in best.items()}
        if not found:
            break
    return found or {}


def having(word: str) -> dict[str, int]:
    """Return the datasets that have a word, or one that begins so; the word itself counts twice."""
    exact = dict(Posting.objects.filter(word=word).values_list("dataset", "weight"))
    found = {dataset: 2 * weight for dataset, weight in exact.items()}
    if len(word) >= BEGINNING:
        longer = beginning(word).exclude(word=word).order_by().values("dataset").annotate(most=Max("weight"))
        for dataset, weight in longer.values_list("dataset", "most"):
            found[dataset] = max(weight, found.get(dataset, 0))
    return found


def beginning(word: str) -> QuerySet[Posting]:
    """Return the postings of words that begin so, as the database's index finds them."""
    if connection.vendor == "postgresql":
        return Posting.objects.filter(word__startswith=word)
    return Posting.objects.filter(word__gte=word, word__lt=word + LAST)


def narrow(scores: Mapping[str, int] | None, language: str) -> list[Row]:
    """Return the narrow columns of the entries that were found, or of all, in the order of their titles."""
    title = "sort_fr" if language == "fr" else "sort_en"
    rows = Entry.objects.order_by(title, "dataset")
    if scores is not None and len(scores) <= FEW:
        rows = rows.filter(dataset__in=list(scores))
    found = list(rows.values_list(*(title if name == "sort" else name for name in COLUMNS)))
    return found if scores is None else [row for row in found if row[0] in scores]


def values_of(name: str, raw: Any, on: date) -> tuple[str, ...]:
    """Return the values of a facet that a column's content stands for."""
    if name == "category":
        return tuple(raw)
    if name == "check":
        return ("stale" if stale(raw, on) else "current",)
    return (raw,)


def matching(rows: list[Row], chosen: Mapping[str, Sequence[str]], on: date, but: str = "") -> list[Row]:
    """Return the rows that have one of the chosen values of every facet, one facet set aside."""
    for name, wanted in chosen.items():
        if name == but:
            continue
        at = AT[name]
        fit = {raw for raw in {row[at] for row in rows} if not set(wanted).isdisjoint(values_of(name, raw, on))}
        rows = [row for row in rows if row[at] in fit]
    return rows


def facet(
    held: list[Row], name: str, chosen: Mapping[str, Sequence[str]], language: str, on: date
) -> tuple[FacetValue, ...]:
    """Return a facet's values with their counts, the most frequent first, chosen ones always among them."""
    at = AT[name]
    counts: Counter[str] = Counter()
    for raw, found in Counter(row[at] for row in matching(held, chosen, on, name)).items():
        for value in values_of(name, raw, on):
            counts[value] += found
    for value in ("unknown", NOT_HELD):
        counts.pop(value, None)
    picked = chosen.get(name, ())
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    if name == "category":
        shown = sorted(ordered)
    else:
        shown = [*ordered[:MOST_VALUES], *(value for value in picked if value not in ordered[:MOST_VALUES])]
    return tuple(FacetValue(value, label(name, value, language), counts[value], value in picked) for value in shown)


def label(facet_name: str, value: str, language: str) -> str:
    """Return how a facet's value reads."""
    at = 1 if language == "fr" else 0
    if facet_name == "category":
        known = law.categories().get(value)
        return f"{value}. {known.label[language]}" if known else value
    if facet_name == "country":
        return vocabulary.label("countries", value, language)
    if facet_name in ("kind", "check"):
        named = (KINDS if facet_name == "kind" else CHECKS).get(value)
        return named[at] if named else value
    return value


def wide(names: Sequence[str], language: str, on: date) -> tuple[Listed, ...]:
    """Return the entries of one page, in its order."""
    rows = Entry.objects.filter(dataset__in=names).annotate(
        title=F(f"title_{language}"), summary=F(f"summary_{language}")
    )
    found = {row.dataset: listed(row, row.title, row.summary, on) for row in rows}
    return tuple(found[name] for name in names if name in found)


def listed(row: Entry, title: str, summary: str, on: date) -> Listed:
    """Return a row as a list shows it."""
    measured = row.measured_at is not None
    return Listed(
        row.dataset,
        title,
        summary,
        row.holder,
        row.country,
        row.categories,
        row.standard,
        row.synthetic,
        Guarded(row.persons, row.below if row.persons is None else 0, row.base) if measured else None,
        (row.first_year, row.last_year) if row.first_year is not None else None,
        stale(row.checked_on, on),
        row.trusted_until is not None and on <= row.trusted_until,
        row.label,
    )
