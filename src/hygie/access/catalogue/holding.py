"""Whose datasets are, as their descriptions say: what the policy asks, and what a holder's steward finds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import QuerySet

from hygie.access.catalogue import checking, indexing, labelling, queries
from hygie.access.catalogue.models import Entry
from hygie.access.catalogue.rules import requestable
from hygie.commons.people.policy import check
from hygie.commons.people.queries import person
from hygie.intake.lake import queries as lake

Place = Literal["here", "abroad", "undelivered"]


def beyond(country: str) -> QuerySet[Entry, str]:
    """Return the names of the datasets that lie in other countries, on which their access bodies decide, for a query.

    Source   Reg. (EU) 2025/327 arts 67(3), 68(5)
    """
    return Entry.objects.exclude(country=country).values_list("dataset", flat=True)


@dataclass(frozen=True)
class Waiting:
    """What waits for a steward.

    Parameters
    ----------
    undescribed : list   datasets of this node's lake that nobody described: the node's own data office describes them
    overdue : list       datasets whose yearly check is overdue
    checks : tuple       descriptions whose check is late or due soon
    unsupported : list   datasets whose quality label the data no longer support
    """

    undescribed: list[str]
    overdue: list[str]
    checks: tuple[checking.Check, ...]
    unsupported: list[str]


def holders_of(datasets: Collection[str]) -> frozenset[str]:
    """Return the holders of some datasets; an empty name stands for those that no description gives to one."""
    told = dict(Entry.objects.filter(dataset__in=set(datasets)).values_list("dataset", "holder"))
    return frozenset(told.get(name, "") for name in datasets)


def lying(datasets: Collection[str], country: str) -> dict[str, Place]:
    """Return where the data of some datasets lie: `here`, `abroad`, where another body decides, or `undelivered`.

    Parameters
    ----------
    country : str   the node's

    Source   Reg. (EU) 2025/327 art. 68(5)
    """
    held = set(lake.names())
    told = dict(Entry.objects.filter(dataset__in=set(datasets)).values_list("dataset", "country"))
    found: dict[str, Place] = {}
    for name in datasets:
        found[name] = "here" if name in held else "undelivered" if told.get(name, country) == country else "abroad"
    return found


def described(datasets: Collection[str]) -> frozenset[str]:
    """Return those of some datasets that the catalogue describes: nobody can apply for another."""
    return frozenset(Entry.objects.filter(dataset__in=set(datasets)).values_list("dataset", flat=True))


def unpublished(datasets: Collection[str], *, on: date) -> frozenset[str]:
    """Return those of some datasets that may not be applied for yet: cohorts and surveys before their first results.

    Source   Reg. (EU) 2025/327 art. 51(1)(p) (SU-51-P)
    """
    found = indexing.descriptions(datasets)
    return frozenset(name for name, each in found.items() if not requestable(each, on).allowed)


def datasets_of(holder: str) -> QuerySet[Entry, str]:
    """Return the names of a holder's datasets, for a query."""
    return Entry.objects.filter(holder=holder).values_list("dataset", flat=True)


def waiting(reader: str, *, on: date) -> Waiting:
    """Return what waits for a steward; of a holder alone, where the account speaks for one.

    Errors   PPL codes
    Source   Reg. (EU) 2025/327 art. 60(3) (SU-60-3)
    """
    check(reader, "catalogue.describe", {})
    someone = person(reader)
    if not someone.holder or "operator" in someone.roles:
        every = (queries.undescribed(), queries.overdue(on=on), checking.checks(on=on))
        return Waiting(*every, labelling.unsupported())
    own = set(datasets_of(someone.holder))
    late = [name for name in queries.overdue(on=on) if name in own]
    return Waiting([], late, checking.checks(on=on, holder=someone.holder), labelling.unsupported(own))
