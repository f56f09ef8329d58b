"""Search and facets over the catalogue's index: one read of the narrow columns, one page of the wide ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F

from hygie.access.catalogue import vocabulary
from hygie.access.catalogue.indexing import NOT_HELD
from hygie.access.catalogue.models import Entry
from hygie.access.catalogue.rules import stale, words_of
from hygie.base import law
from hygie.base.disclosure import Guarded

PAGE = 50
MOST_VALUES = 12
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
    """Return a page of the datasets whose description has every word asked for, narrowed by facets.

    Parameters
    ----------
    text : str         words, in any case, with or without accents; titles that have them all come first
    facets : Mapping   of `FACETS` -> values, any of which will do
    page : int         from 1; 50 entries each
    """
    words = words_of(text)
    chosen = {name: tuple(values) for name in FACETS if (values := (facets or {}).get(name))}
    held = narrow(words, language)
    kept = matching(held, chosen, on)
    if words:
        kept = sorted(kept, key=lambda row: not all(word in row[1] for word in words))
    pages = max(1, -(-len(kept) // PAGE))
    page = min(max(1, page), pages)
    names = [row[0] for row in kept[(page - 1) * PAGE : page * PAGE]]
    shown = {name: facet(held, name, chosen, language, on) for name in FACETS}
    return Found(wide(names, language, on), len(kept), page, pages, shown, text, chosen)


def narrow(words: Sequence[str], language: str) -> list[Row]:
    """Return the narrow columns of the entries that have every word, in the order of their titles."""
    title = "sort_fr" if language == "fr" else "sort_en"
    rows = Entry.objects.order_by(title, "dataset")
    for word in words:
        rows = rows.filter(search__contains=word)
    return list(rows.values_list(*(title if name == "sort" else name for name in COLUMNS)))


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
    found = {row.dataset: listed(row, row.title, row.summary, on) for row in rows.defer("search")}
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
    )
