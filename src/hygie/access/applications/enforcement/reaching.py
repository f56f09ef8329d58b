"""Whom an exclusion holds, and which of its permits still run: from any access, so the officer decides on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from hygie.access.applications.models import ApplicationRow, ExclusionRow
from hygie.access.permits import queries as permits


@dataclass(frozen=True)
class Running:
    """A permit that runs.

    Parameters
    ----------
    title : str   as it is public
    """

    id: str
    title: str


def running(rows: Sequence[ExclusionRow], on: date) -> Mapping[str, tuple[Running, ...]]:
    """Return the permits that run on a day, by the exclusion that holds for the organisation they were given to.

    As many queries for many exclusions as for one.

    Source     Reg. (EU) 2025/327 art. 63(3) (SU-63-3)
    """
    holding = [row for row in rows if row.start <= on <= row.end and row.lifted_at is None]
    names = {row.organisation_key for row in holding}
    businesses = {row.business_key for row in holding} - {""}
    told = ApplicationRow.objects.filter(Q(organisation_key__in=names) | Q(business_key__in=businesses))
    given = list(told.exclude(permit="").values_list("permit", "organisation_key", "business_key"))
    standing = permits.still_running([permit for permit, _, _ in given], on=on)
    return {
        row.id: tuple(
            Running(permit, standing[permit])
            for permit, name, business in given
            if permit in standing and is_of(row, name, business)
        )
        for row in holding
    }


def is_of(excluded: ExclusionRow, name: str, business: str) -> bool:
    """Return whether keys are those of whom an exclusion holds."""
    return name == excluded.organisation_key or bool(business and business == excluded.business_key)


def barring_row(row: ApplicationRow, today: date) -> ExclusionRow | None:
    """Return the exclusion that holds for an application's organisation on a day, the one that ends last; or None.

    Source     Reg. (EU) 2025/327 art. 63(3) (SU-63-3)
    """
    same = Q(organisation_key=row.organisation_key)
    same |= Q(business_key=row.business_key) if row.business_key else Q(pk=None)
    known = ExclusionRow.objects.filter(same, start__lte=today, end__gte=today, lifted_at=None)
    return known.order_by("-end", "id").first()
