"""What everyone may read of a report: no figure behind which few rows or few persons stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hygie.access.quality.conditions import DEATHS
from hygie.access.quality.definitions import SOURCE_LEVEL, Check, checks
from hygie.access.quality.values import STATUSES, Report, Result, Status
from hygie.base.disclosure import guard

if TYPE_CHECKING:
    from hygie.base.law import Preset

SCHEMA = "hygie-quality-public/1"
COMPLETENESS = "measureValueCompleteness"
FEW = "few"
PRESENCE = ("cdmTable", "cdmField")
ZEROES = ("empty table", "empty field", "no such concept")


@dataclass(frozen=True)
class Shown:
    """A check as everyone may read it.

    Parameters
    ----------
    check : Check
    status : str           `pass` also where fewer rows or persons than the preset shows break it
    reason : str           as for a result; `few:` also where there is nothing at all
    percent : int or None  of the rows that break it: 0 also stands for a few, 100 for all but a few
    rows : int or None     that it looks at, rounded
    broken : int or None   rows that break it, of a table about codes, which tells of no person; with it, rows are exact
    """

    check: Check
    status: Status
    reason: str = ""
    percent: int | None = None
    rows: int | None = None
    broken: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the check as JSON values."""
        return {
            "checkId": self.check.id,
            "checkLevel": self.check.level,
            "checkName": self.check.name,
            "category": self.check.kind.category,
            "context": self.check.kind.context,
            "severity": self.check.kind.severity,
            "cdmTableName": self.check.table,
            "cdmFieldName": self.check.field or None,
            "conceptId": self.check.concept or None,
            "conceptName": self.check.about or None,
            "thresholdValue": self.check.threshold,
            "pctViolatedRows": None if self.percent is None else self.percent / 100,
            "numDenominatorRows": self.rows,
            "status": self.status,
            "reason": self.reason or None,
        }


@dataclass(frozen=True)
class Public:
    """A report as everyone may read it, and the preset it was guarded under."""

    definitions: str
    as_of: str
    preset: str
    below: int
    base: int
    results: tuple[Shown, ...]

    @property
    def tally(self) -> dict[str, int]:
        """How many checks ended in each status."""
        found = Counter(each.status for each in self.results)
        return {status: found[status] for status in STATUSES}

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many checks of each category ended in each status."""
        found: dict[str, Counter[str]] = {}
        for each in self.results:
            found.setdefault(each.check.kind.category, Counter())[each.status] += 1
        return {category: dict(told) for category, told in found.items()}

    @property
    def score(self) -> int | None:
        """Share of the checks that ran which passed, in whole percent."""
        ran = self.tally["pass"] + self.tally["fail"]
        return round(100 * self.tally["pass"] / ran) if ran else None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as it is kept."""
        head = {"schema": SCHEMA, "definitions": self.definitions, "as_of": self.as_of}
        guard = {"preset": self.preset, "below": self.below, "base": self.base}
        return {**head, **guard, "results": [kept(each) for each in self.results]}


def kept(shown: Shown) -> list[Any]:
    """Return a check as it is kept; one of a table outside the CDM is kept whole."""
    known = vars(shown.check) if shown.check.level == SOURCE_LEVEL else shown.check.id
    told = [known, shown.status, shown.reason, shown.percent, shown.rows]
    return told if shown.broken is None else [*told, shown.broken]


def parse(body: Mapping[str, Any]) -> Public:
    """Return the report that `as_dict` gave; a check that is no longer defined is left out.

    Errors      KeyError or TypeError when it is none
    """
    known = {each.id: each for each in checks()}
    results = []
    for told, *rest in body["results"]:
        check = known.get(told) if isinstance(told, str) else Check(**told)
        if check is not None:
            results.append(Shown(check, *rest))
    head = {name: body[name] for name in ("definitions", "as_of", "preset", "below", "base")}
    return Public(**head, results=tuple(results))


def guarded(report: Report, preset: Preset, codes: Collection[str] = ()) -> Public:
    """Return a report as everyone may read it.

    A field that few rows or persons have a value in is as one that nobody has; so is a concept, and a table.

    Parameters
    ----------
    report : Report
    preset : Preset   of the node's catalogue
    codes : Collection   tables about codes, which tell of no person: their checks are exact
    """
    thin = {
        (each.check.table, each.check.field)
        for each in report.results
        if each.check.name == COMPLETENESS and each.counts and few(rest(each), each.counts.others, preset)
    }
    small = {name for name, rows in report.rows.items() if few(rows, report.persons.get(name, -1), preset)}
    results = tuple(
        exactly(each) if each.check.table in codes else told(each, report, shown(each, preset, thin, small))
        for each in report.results
    )
    return Public(report.definitions, report.as_of, preset.id, preset.min_count, preset.rounding_base, results)


def exactly(result: Result) -> Shown:
    """Return a check of a table about codes as it is."""
    counts = result.counts
    if counts is None or result.check.name in PRESENCE:
        return Shown(result.check, result.status, result.reason)
    share = round(result.percent or 0)
    return Shown(result.check, result.status, result.reason, share, counts.denominator, counts.violated)


def told(result: Result, report: Report, seen: Shown) -> Shown:
    """Return a check without its rows where they are a part of the table's whose persons were not counted."""
    counts, table = result.counts, result.check.table
    if counts is None or table not in report.persons or counts.denominator == report.rows[table]:
        return seen
    return replace(seen, rows=None) if together(result) < 0 else seen


def rest(result: Result) -> int:
    """Return the rows that keep a check."""
    return result.counts.denominator - result.counts.violated if result.counts else 0


def few(rows: int, persons: int, preset: Preset) -> bool:
    """Return whether too few rows, or rows of too few persons, stand behind a figure; -1 is no person at all."""
    return rows < preset.min_count or 0 <= persons < preset.min_count


def shown(result: Result, preset: Preset, thin: set[tuple[str, str]], small: set[str]) -> Shown:
    """Return one check as everyone may read it."""
    check, counts = result.check, result.counts
    place = ".".join(part for part in (check.table, check.field) if part)
    thinly = check.table in small or (check.name in DEATHS and "death" in small)
    if result.reason.split(":")[0] in ZEROES or (counts and thinly and check.name not in PRESENCE):
        return Shown(check, "not applicable", f"{FEW}:{place}")
    if counts is None or check.name in PRESENCE:
        return Shown(check, result.status, result.reason)
    if check.name == COMPLETENESS and (check.table, check.field) in thin:
        return Shown(check, result.status, "", 100, guard(counts.denominator, preset).shown)
    if (check.table, check.field) in thin or few(counts.denominator, together(result), preset):
        return Shown(check, "not applicable", f"{FEW}:{place}")
    rows = guard(counts.denominator, preset).shown
    if few(counts.violated, counts.persons, preset):
        return Shown(check, "pass", "", 0, rows)
    if few(rest(result), counts.others, preset):
        return Shown(check, result.status, "", 100, rows)
    return Shown(check, result.status, "", min(99, max(1, round(result.percent or 0))), rows)


def together(result: Result) -> int:
    """Return how many persons at least are behind a check, whichever way their rows go; -1 where nobody counted."""
    counts = result.counts
    if counts is None or counts.persons < 0 or counts.others < 0:
        return -1
    return max(counts.persons, counts.others)
