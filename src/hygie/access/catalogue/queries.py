"""The catalogue, for pages, other rooms and other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hygie.access.catalogue import assessed, dcat, indexing, labelling, meanings, searching
from hygie.access.catalogue.accounting import Allotment as Allotment
from hygie.access.catalogue.accounting import allotment as allotment
from hygie.access.catalogue.checking import checks as checks
from hygie.access.catalogue.counting import Counted as Counted
from hygie.access.catalogue.counting import answered as answered
from hygie.access.catalogue.counting import count as count
from hygie.access.catalogue.figures import Figures, Variable, parse
from hygie.access.catalogue.indexing import descriptions as descriptions
from hygie.access.catalogue.indexing import unknown as unknown
from hygie.access.catalogue.labelling import Standing
from hygie.access.catalogue.labelling import count_withdrawn as count_withdrawn
from hygie.access.catalogue.labelling import labels_withdrawn as labels_withdrawn
from hygie.access.catalogue.labelling import withdrawn as withdrawn
from hygie.access.catalogue.models import Described, Entry, Measured
from hygie.access.catalogue.protecting import unmeasured as unmeasured
from hygie.access.catalogue.reading import read
from hygie.access.catalogue.rules import plain, requestable, stale, words_of
from hygie.access.catalogue.searching import Found
from hygie.access.catalogue.trusting import trusted as trusted
from hygie.access.catalogue.trusting import trusted_on
from hygie.access.catalogue.values import LANGUAGES, Description
from hygie.base.disclosure import Guarded
from hygie.base.kernel import Verdict, refuse
from hygie.intake.lake import queries as lake

PAGE = 50
HISTORY = 50


@dataclass(frozen=True)
class Dataset:
    """A dataset's page.

    Parameters
    ----------
    version : int             of the description, from 1
    figures : Figures | None  None when nothing was measured here
    checked_on : date         the last yearly check
    stale : bool              the next one is overdue
    trusted : bool            the holder is a trusted one today
    label : Standing          the quality label, whether it stands
    checked : Mapping         category of quality checks -> how many passed, how many ran; empty where none did
    requestable : Verdict     whether data may be applied for
    """

    id: str
    description: Description
    version: int
    described_at: datetime
    figures: Figures | None
    measured_at: datetime | None
    checked_on: date
    stale: bool
    trusted: bool
    requestable: Verdict
    label: Standing
    checked: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def persons(self) -> Guarded | None:
        """The guarded number of persons, or None when nothing was measured."""
        return self.figures.guarded(self.figures.persons) if self.figures else None


@dataclass(frozen=True)
class DictionaryEntry:
    """A variable with its meaning in the reader's language."""

    variable: Variable
    meaning: str

    @property
    def largest(self) -> int:
        """The largest count among its values."""
        return max((value.persons for value in self.variable.values), default=0)


@dataclass(frozen=True)
class Variables:
    """A page of variables, with the tables there are and what each means."""

    entries: tuple[DictionaryEntry, ...]
    total: int
    page: int
    pages: int
    tables: tuple[tuple[str, str, Guarded], ...]
    search: str
    table: str


def datasets(
    search: str = "",
    facets: Mapping[str, Sequence[str]] | None = None,
    page: int = 1,
    *,
    on: date,
    language: str = "en",
) -> Found:
    """Return a page of the catalogue; see `searching.search`."""
    return searching.search(search, facets, page, language=language, on=on)


def dataset(dataset_id: str, *, on: date) -> Dataset:
    """Return a dataset's page.

    Parameters
    ----------
    dataset_id : str
    on : date          today, for what is overdue

    Errors      CAT-110 the catalogue does not have it
    """
    row = indexing.latest(dataset_id)
    if row is None:
        raise refuse("CAT-110", found=dataset_id[:64])
    described = read(row.document.encode())
    measured = indexing.figures(dataset_id)
    checked = indexing.checked_on(dataset_id, described)
    return Dataset(
        dataset_id,
        described,
        row.version,
        row.described_at,
        measured[1] if measured else None,
        measured[0].measured_at if measured else None,
        checked,
        stale(checked, on),
        trusted_on(described.holder.name, on),
        requestable(described, on),
        labelling.standing(dataset_id, described),
        assessed.tallies([dataset_id]).get(dataset_id, {}),
    )


def variables(dataset_id: str, search: str = "", page: int = 1, *, table: str = "", language: str = "en") -> Variables:
    """Return a page of a dataset's variables: those whose table, name or meaning has every word asked for.

    Errors      CAT-110
    """
    held = figures_of(dataset_id)
    words = words_of(search)
    listed = [each for each in entries(held, language) if table in ("", each.variable.table)]
    found = [each for each in listed if has(each, words)] if words else listed
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, page), pages)
    tables = (
        tuple((each.name, meanings.of_table(each.name, language), held.guarded(each.rows)) for each in held.tables)
        if held
        else ()
    )
    return Variables(tuple(found[(page - 1) * PAGE : page * PAGE]), len(found), page, pages, tables, search, table)


def has(entry: DictionaryEntry, words: Iterable[str]) -> bool:
    """Return whether a variable's name, meaning in either language, or values have every word."""
    variable = entry.variable
    shown = [f"{value.code} {value.label}" for value in variable.values]
    for language in LANGUAGES:
        shown.append(meanings.of_variable(variable, language))
        shown += [meanings.of_value(variable.table, variable.name, value.code, language) for value in variable.values]
    text = plain(" ".join((variable.table, variable.name, *shown)))
    return all(word in text for word in words)


def entries(held: Figures | None, language: str) -> list[DictionaryEntry]:
    """Return every variable with its meaning."""
    found = held.variables if held else ()
    return [DictionaryEntry(each, meanings.of_variable(each, language)) for each in found]


def dictionary(dataset_id: str, *, language: str = "en") -> dict[str, list[DictionaryEntry]]:
    """Return a dataset's variables by table, for whoever chooses among them.

    Errors      CAT-110
    """
    found: dict[str, list[DictionaryEntry]] = {}
    for each in entries(figures_of(dataset_id), language):
        found.setdefault(each.variable.table, []).append(each)
    return found


def figures_of(dataset_id: str) -> Figures | None:
    """Return a dataset's latest figures, None when nothing was measured; CAT-110 when nobody described it."""
    if not Described.objects.filter(dataset=dataset_id).exists():
        raise refuse("CAT-110", found=dataset_id[:64])
    return measured(dataset_id)


def measured(dataset_id: str) -> Figures | None:
    """Return a dataset's latest figures, whether it is described or not; None when nothing was measured."""
    found = indexing.figures(dataset_id)
    return found[1] if found else None


def history(dataset_id: str) -> list[tuple[datetime, Figures]]:
    """Return the figures of every edition with the time they were measured, the newest first.

    Errors      CAT-110
    """
    if not Described.objects.filter(dataset=dataset_id).exists():
        raise refuse("CAT-110", found=dataset_id[:64])
    rows = Measured.objects.filter(dataset=dataset_id).order_by("-measured_at", "-id")[:HISTORY]
    return [(row.measured_at, parse(json.loads(row.figures))) for row in rows]


def description(dataset_id: str) -> tuple[int, dict[str, Any]]:
    """Return the latest version of a description and its JSON values; version 0 and nothing where there is none."""
    row = indexing.latest(dataset_id)
    return (row.version, json.loads(row.document)) if row else (0, {})


def versions(dataset_id: str) -> list[tuple[int, datetime, str]]:
    """Return the versions of a description: number, time, SHA-256; the newest first."""
    rows = Described.objects.filter(dataset=dataset_id).order_by("-version")
    return list(rows.values_list("version", "described_at", "sha256")[:HISTORY])


def export(dataset_id: str, form: str, *, on: date, base: str, profile: str = dcat.PROFILES[0], site: str = "") -> str:
    """Return a dataset's HealthDCAT-AP record as text.

    Parameters
    ----------
    dataset_id : str
    form : str        `turtle`, `jsonld` or `rdfxml`
    on : date         today
    base : str        what the node's names begin with
    profile : str     `healthdcat-ap` or `dcat-ap`
    site : str        what the addresses of its pages begin with, where they are not its names

    Errors      CAT-110, CAT-401, CAT-407
    """
    return dcat.export(dataset(dataset_id, on=on), form, base=base, profile=profile, site=site)


def count_described() -> int:
    """Return how many datasets the catalogue lists: described, whether their data lie here or not."""
    return Entry.objects.count()


def undescribed() -> list[str]:
    """Return the datasets of this node's lake that nobody has described yet."""
    known = set(Described.objects.values_list("dataset", flat=True))
    return [each.id for each in lake.datasets() if each.id not in known]


def overdue(*, on: date) -> list[str]:
    """Return the datasets whose yearly check is overdue.

    Source   Reg. (EU) 2025/327 art. 60(3) (SU-60-3)
    """
    rows = Entry.objects.order_by("checked_on").values_list("dataset", "checked_on")
    return [name for name, checked in rows if stale(checked, on)]
