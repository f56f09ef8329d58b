"""Measures taken after a hearing, as everyone may read them: no facts, no views, no natural person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate

from hygie.access.applications.models import EnforcementRow, TaskRow
from hygie.access.applications.timing.clocks import accrued
from hygie.access.applications.values import written
from hygie.access.permits.models import PermitRow
from hygie.base import law
from hygie.base.kernel import canonical, digest
from hygie.commons.web.pieces import Proof

NONE = ["none"]
NATURAL = "natural-person"
MOST = 200
CHUNK = 200


@dataclass(frozen=True)
class Measure:
    """What was decided after a hearing, where it led to a measure.

    Parameters
    ----------
    subject : str            `user` or `holder`
    organisation : str       empty for a natural person, whose country is not told either
    measures : tuple         `revoke`, `exclude`, `penalty`
    rate, currency : str     of a daily penalty; empty where none runs
    late_from : date         the day by which the delivery was due, where a penalty runs
    delivered_on : date      when it came; no day is counted after it
    penalty : str            run up by a day, `150.00`; empty where none runs
    appealed_on : date       redress was sought; the measures stand until a court says otherwise
    proof : Proof            where the ledger has the decision, for pages
    """

    id: str
    subject: str
    organisation: str
    country: str
    permit: str
    breach: law.Breach
    decided_on: date
    measures: tuple[str, ...]
    reasons: str
    excluded_until: date | None
    rate: str
    currency: str
    late_from: date | None
    delivered_on: date | None
    penalty: str
    appealed_on: date | None
    proof: Proof | None = None

    def public(self) -> dict[str, Any]:
        """Return what was decided, as JSON values; its digest is in the ledger.

        The penalty is not in it: it follows from the rate and from the days that pass.

        Source     Reg. (EU) 2025/327 arts 57(1)(j)(iv), 63(3)-(4)
        """
        return {
            "id": self.id,
            "subject": self.subject,
            "organisation": self.organisation or None,
            "country": self.country or None,
            "permit": self.permit or None,
            "breach": self.breach.id,
            "tier": self.breach.tier,
            "decided_on": self.decided_on.isoformat(),
            "measures": list(self.measures),
            "reasons": self.reasons,
            "excluded_until": written(self.excluded_until),
            "rate": self.rate or None,
            "currency": self.currency or None,
        }


def sanctioned() -> QuerySet[EnforcementRow]:
    """Return the procedures that led to a measure."""
    return EnforcementRow.objects.filter(decided_at__isnull=False).exclude(measures=NONE)


def measures(on: date, most: int = MOST) -> tuple[Measure, ...]:
    """Return the last measures, the last first, their penalties as of a day.

    Source     Reg. (EU) 2025/327 art. 57(1)(j)(iv)
    """
    return tuple(told(list(sanctioned().order_by("-decided_at", "-id")[:most]), on))


def walk(on: date) -> Iterator[Measure]:
    """Yield all measures, the first first, some in memory at a time."""
    rows = sanctioned().order_by("decided_at", "id").iterator(chunk_size=CHUNK)
    while group := list(islice(rows, CHUNK)):
        yield from told(group, on)


def counted() -> dict[str, int]:
    """Return how many procedures were opened, are under way, and ended with and without a measure."""
    opened, decided = EnforcementRow.objects.count(), EnforcementRow.objects.filter(decided_at__isnull=False).count()
    taken = sanctioned().count()
    return {"opened": opened, "under_way": opened - decided, "measures": taken, "no_measure": decided - taken}


def public_digest(row: EnforcementRow, on: date) -> str | None:
    """Return the digest of what the register says of a decision; None where it led to no measure."""
    return None if row.measures == NONE else digest(canonical(told([row], on)[0].public()))


def told(rows: Sequence[EnforcementRow], on: date) -> list[Measure]:
    """Return measures as values, with as many queries for many as for one."""
    tasks = TaskRow.objects.in_bulk({row.task for row in rows if row.rate})
    named = {row.permit for row in rows if row.permit}
    persons = set(PermitRow.objects.filter(id__in=named, user_kind=NATURAL).values_list("id", flat=True))
    return [value(row, tasks.get(row.task) if row.rate else None, row.permit in persons, on) for row in rows]


def value(row: EnforcementRow, task: TaskRow | None, person: bool, on: date) -> Measure:
    """Return a measure as a value."""
    assert row.decided_at is not None
    decided_on = localdate(row.decided_at)
    done = localdate(task.done_at) if task and task.done_at else None
    organisation, country = ("", "") if person or row.natural_person else (row.organisation, row.country)
    return Measure(
        row.id,
        row.subject,
        organisation,
        country,
        row.permit,
        law.breaches()[row.breach],
        decided_on,
        tuple(row.measures),
        row.published_reasons,
        row.excluded_until,
        row.rate,
        law.tariff(decided_on).currency if row.rate else "",
        task.due_on if task else None,
        done,
        accrued(row.rate, task.due_on, done, on) if task else "",
        localdate(row.appealed_at) if row.appealed_at else None,
    )
