"""Whether the data still support a quality label: what was measured when it was made, beside what is measured now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.timezone import localdate

from hygie.access.catalogue.assessed import assessments
from hygie.access.catalogue.figures import parse
from hygie.access.catalogue.models import Measured
from hygie.access.catalogue.values import Label

ALLOWED = 2.0  # percentage points that a figure may fall by: guarded figures are whole percents, each rounded
CATEGORIES = ("Completeness", "Conformance", "Plausibility")


@dataclass(frozen=True)
class Fall:
    """A figure that fell since a label was made, in percent.

    Parameters
    ----------
    figure : str   `filled` (values that are there), `valid` (lines that keep the standard), or a category of checks
    then : float
    now : float
    """

    figure: str
    then: float
    now: float


def scores(counts: Mapping[str, Mapping[str, int]]) -> dict[str, float]:
    """Return the share of the checks of each category that pass, of those that ran, in percent."""
    found = {}
    for category in CATEGORIES:
        ended = counts.get(category, {})
        passed, failed = ended.get("pass", 0), ended.get("fail", 0)
        if passed + failed:
            found[category] = round(100 * passed / (passed + failed), 1)
    return found


def falls(then: Mapping[str, float], now: Mapping[str, float]) -> tuple[Fall, ...]:
    """Return the figures that fell by more than is allowed, the deepest first.

    Example
    -------
    >>> falls({"filled": 90.0, "valid": 100.0}, {"filled": 80.0, "valid": 99.0})
    (Fall(figure='filled', then=90.0, now=80.0),)
    """
    found = [Fall(name, then[name], now[name]) for name in then if name in now and then[name] - now[name] > ALLOWED]
    return tuple(sorted(found, key=lambda each: each.now - each.then))


def fallen(dataset: str, label: Label) -> tuple[Fall, ...]:
    """Return the figures that fell since a label was made; none where the data were never measured.

    The label is held against the last delivery that was there on its day, or the first one measured after it.

    Source   Reg. (EU) 2025/327 art. 78(3) (SU-78-3)
    """
    measured = [
        (localdate(row.measured_at), figures_of(row.figures))
        for row in Measured.objects.filter(dataset=dataset).order_by("measured_at", "id")
    ]
    checked = [(localdate(each.at), scores(each.counts)) for each in reversed(assessments(dataset))]
    then, now = at(measured, label.issued_on), measured[-1][1] if measured else {}
    found = falls(then, now)
    return (*found, *falls(at(checked, label.issued_on), checked[-1][1] if checked else {}))


def figures_of(text: str) -> dict[str, float]:
    """Return the figures of a delivery that a label is held against."""
    held = parse(json.loads(text))
    found = {"valid": round(100 - held.quarantine, 1)}
    return found | ({"filled": float(held.completeness)} if held.completeness is not None else {})


def at(history: Sequence[tuple[date, dict[str, float]]], day: date) -> dict[str, float]:
    """Return what was measured by a day, or first after it; nothing where nothing was."""
    before = [figures for on, figures in history if on <= day]
    return before[-1] if before else history[0][1] if history else {}
