"""What an application would cost and how long like ones take, said before it is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hygie.access.applications.decision.weighing import accelerates, track
from hygie.access.applications.document import Document, at, text
from hygie.access.applications.rules import datasets, day
from hygie.base import law
from hygie.base.kernel import Refusal

# Hours of preparation for a dataset and for a table of it, by policy: the officer's own estimate takes their place.
HOURS: Mapping[str, tuple[int, int]] = {"permit": (8, 2), "request": (4, 0)}
MONTHS = 240


@dataclass(frozen=True)
class Cost:
    """An estimate before anybody was asked.

    Parameters
    ----------
    estimate : FeeEstimate   None while the kind of applicant or the datasets are not said
    hours, months : int      what it supposes
    """

    estimate: law.FeeEstimate | None
    hours: int = 0
    months: int = 0


def cost(kind: str, document: Document, *, on: date) -> Cost:
    """Return what an application would cost by the public tariff, as far as it is filled in.

    Source     Reg. (EU) 2025/327 art. 62
    """
    asked, applicant = datasets(document), text(document, "applicant.kind", 64)
    if not asked or applicant not in law.applicants():
        return Cost(None)
    tables = at(document, "data.tables", {})
    each, table = HOURS[kind]
    hours = each * len(asked) + table * (len(tables) if isinstance(tables, Mapping) else 0)
    months = lasting(document) if kind == "permit" else 0
    try:
        estimate = law.fee_estimate(
            law.tariff(on),
            kind=kind,
            datasets=len(asked),
            hours=hours,
            months=months,
            applicant=applicant,
            country=text(document, "applicant.country", 2),
            on=on,
        )
    except Refusal:
        return Cost(None)
    return Cost(estimate, hours, months)


def applied(name: str) -> law.Tariff | None:
    """Return the tariff by which an estimate was made; None for an estimate that names none."""
    return next((each for each in law.tariffs() if each.id == name), None)


def lasting(document: Document) -> int:
    """Return the months of the processing, begun ones counted whole; 0 while its days are not said."""
    start, end = day(document, "processing.from"), day(document, "processing.to")
    if start is None or end is None or end < start:
        return 0
    months = 12 * (end.year - start.year) + end.month - start.month + (end.day >= start.day)
    return min(months, MONTHS)


def way(current: str, document: Document, *, on: date, country: str) -> tuple[law.Track, law.DeadlineRule | None, bool]:
    """Return the track that an application would take, the rule that times its decision, and whether it is fast."""
    name = track(current, document)
    rules = law.deadlines(name, on, country=country)
    taken = law.tracks()[name]
    decision = next((rule for rule in rules if rule.id in taken.decides), None)
    return taken, decision, accelerates(document).allowed and name == "accelerated"
