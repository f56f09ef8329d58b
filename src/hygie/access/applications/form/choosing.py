"""What an applicant chooses from: datasets of the catalogue, variables of their dictionaries, the codes in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hygie.access.applications.desk.minimising import coarser, governed
from hygie.access.applications.document import Document, at
from hygie.access.applications.form.screens import SETTINGS, value_words
from hygie.access.applications.rules import datasets
from hygie.access.catalogue import bulk, meanings
from hygie.access.catalogue import queries as catalogue
from hygie.access.catalogue.holding import lying
from hygie.access.catalogue.queries import DictionaryEntry
from hygie.access.catalogue.rules import plain, words_of
from hygie.access.cohorts.systems import EVENTS, name_of
from hygie.access.permits import actions as permits
from hygie.access.permits.data_rules import GRANTABLE, grantable_columns, is_key, matches
from hygie.base import law

SUGGESTED = 200


@dataclass(frozen=True)
class Offer:
    """A variable that may be asked for.

    Parameters
    ----------
    filled : int         percent of rows with a value, None when it was not measured
    key : bool           it ties rows together: given as a pseudonym, without a reason of its own
    identifier : str     the potential identifier that it carries (FR-6), in the reader's language
    setting, asked       the minimisation setting that governs it, and how fine it is asked for
    coarser : tuple      what would be coarser
    """

    table: str
    column: str
    meaning: str
    filled: int | None = None
    key: bool = False
    identifier: str = ""
    setting: str = ""
    asked: str = ""
    coarser: tuple[str, ...] = ()
    reason: str = ""

    @property
    def name(self) -> str:
        """`table.column`."""
        return f"{self.table}.{self.column}"

    @property
    def ident(self) -> str:
        """The name as a page's element has it."""
        return self.name.replace(".", "-")


@dataclass(frozen=True)
class Choice:
    """The variables chosen, and those on offer by table."""

    chosen: tuple[Offer, ...]
    tables: tuple[tuple[str, str, tuple[Offer, ...]], ...]
    total: int


def held(document: Document) -> dict[str, frozenset[str]]:
    """Return the tables of the datasets asked for, with the columns that a permit may name."""
    found: dict[str, frozenset[str]] = {}
    asked = {"data": {"datasets": list(datasets(document))}}
    declared = permits.declared(asked)
    for tables in permits.held(asked).values():
        for table, columns in tables.items():
            if table in GRANTABLE or table in declared:
                found[table] = found.get(table, frozenset()) | (columns & grantable_columns(table, declared))
    return found


def keys(document: Document) -> tuple[str, ...]:
    """Return the columns that tie rows together, which come with their table."""
    return tuple(
        f"{table}.{column}" for table, columns in held(document).items() for column in columns if is_key(table, column)
    )


def choice(document: Document, *, search: str, table: str, language: str, country: str) -> Choice:
    """Return the variables chosen with their reasons, and those on offer that have every word searched for."""
    measured = known(document, language)
    words = words_of(search)
    tables = at(document, "data.tables", {})
    picked = [
        (str(name), str(column))
        for name, columns in (tables.items() if isinstance(tables, Mapping) else ())
        for column in (columns if isinstance(columns, list) else ())
    ]
    chosen = tuple(offer(document, name, column, measured, language, country) for name, column in picked)
    there, total = [], 0
    for name, columns in sorted(held(document).items()):
        rest = [
            offer(document, name, column, measured, language, country)
            for column in sorted(columns)
            if (name, column) not in picked and not is_key(name, column)
        ]
        rest = [each for each in rest if not words or has(each, words)]
        if rest and table in ("", name):
            there.append((name, meanings.of_table(name, language), tuple(rest)))
            total += len(rest)
    return Choice(chosen, tuple(there), total)


def has(each: Offer, words: Sequence[str]) -> bool:
    """Return whether a variable's name or meaning has every word."""
    text = plain(f"{each.table} {each.column} {each.meaning}")
    return all(word in text for word in words)


def offer(
    document: Document, table: str, column: str, measured: Mapping[str, DictionaryEntry], language: str, country: str
) -> Offer:
    """Return a variable as the form shows it."""
    reasons, settings = at(document, "data.reasons", {}), at(document, "data.minimisation", {})
    setting = governed(table, column)
    asked = str(settings.get(setting, "")) if setting and isinstance(settings, Mapping) else ""
    name = f"{table}.{column}"
    entry = measured.get(name)
    carried = [
        each.label[language]
        for each in law.potential_identifiers()
        if country == "FR" and matches(name, each.columns) and not matches(name, each.apart)
    ]
    return Offer(
        table,
        column,
        entry.meaning if entry else meanings.of_column(table, column, language),
        entry.variable.filled if entry else None,
        is_key(table, column),
        ", ".join(carried),
        setting,
        value_words(setting, asked),
        tuple(value_words(setting, each) for each in coarser(setting, asked)),
        str(reasons.get(name, "")) if isinstance(reasons, Mapping) else "",
    )


def known(document: Document, language: str) -> dict[str, DictionaryEntry]:
    """Return what was measured of each variable, by its name."""
    return {
        f"{each.variable.table}.{each.variable.name}": each
        for tables in bulk.dictionaries(datasets(document), language=language).values()
        for listed in tables.values()
        for each in listed
    }


def suggested(document: Document, language: str) -> tuple[list[tuple[str, str]], set[str]]:
    """Return what the cohort builder suggests: codes that enough persons share, with their words, and code systems."""
    codes: dict[str, str] = {}
    systems: set[str] = set()
    for tables in bulk.dictionaries(datasets(document), language=language).values():
        for table in tables.keys() & EVENTS.keys():
            for each in tables[table]:
                if each.variable.name == EVENTS[table][0]:
                    codes |= {value.code: value.label or table for value in each.variable.values}
                if each.variable.name == "source_code":
                    pairs = [(value.code.partition(" "), value.label) for value in each.variable.values]
                    codes |= {
                        code: f"{name_of(of, language)} {label}".strip() for (of, _s, code), label in pairs if code
                    }
                if each.variable.name == "source_system":
                    systems |= {value.code for value in each.variable.values}
    return sorted(codes.items())[:SUGGESTED], systems


def shelf(
    document: Document, search: str, *, on: date, language: str, country: str
) -> tuple[list[Any], list[Any], int]:
    """Return the datasets chosen, those that a search finds each with where its data are, and how many it finds.

    Data lie `here`, or `abroad`, where another body decides (68(5)), or were `undelivered`, and cannot be asked for.
    """
    chosen = datasets(document)
    found = catalogue.datasets(search, {}, 1, on=on, language=language)
    titles = bulk.titles(chosen, language=language)
    lies = lying([each.dataset for each in found.entries], country)
    return (
        [(name, titles.get(name, name)) for name in chosen],
        [(each, lies[each.dataset]) for each in found.entries if each.dataset not in chosen][:20],
        found.total,
    )


@dataclass(frozen=True)
class Effect:
    """What the settings leave to be seen: potential identifiers in clear, and how many may be."""

    named: tuple[str, ...]
    most: int

    @property
    def too_many(self) -> bool:
        """Whether there are more than a project may have."""
        return len(self.named) > self.most


def effect(document: Document, *, on: date, country: str, language: str) -> Effect | None:
    """Return which potential identifiers the variables and settings leave in clear; None where no law counts them.

    Source     SNDS documentation (FR-6)
    """
    tables, settings = at(document, "data.tables", {}), at(document, "data.minimisation", {})
    if country != "FR" or not isinstance(tables, Mapping) or not isinstance(settings, Mapping) or not tables:
        return None
    asked = [f"{table}.{column}" for table, columns in tables.items() for column in columns or ()]
    found = []
    for each in law.potential_identifiers():
        setting, safe = each.unless
        carried = any(matches(name, each.columns) and not matches(name, each.apart) for name in asked)
        if carried and settings.get(setting, SETTINGS[setting][0]) not in safe.split("|"):
            found.append(each.label[language])
    return Effect(tuple(found), law.limit("potential-identifiers", on=on).figure)
