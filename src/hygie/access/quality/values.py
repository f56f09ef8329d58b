"""What a check finds, and a report of all of them: counts, and no value of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from hygie.access.quality.definitions import SOURCE_LEVEL, Check, checks

SCHEMA = "hygie-quality/1"
Status = Literal["pass", "fail", "not applicable", "not run"]
STATUSES: tuple[Status, ...] = ("pass", "fail", "not applicable", "not run")


@dataclass(frozen=True)
class Counts:
    """What a check counts.

    Parameters
    ----------
    violated : int      rows that break it; distinct source values or persons where the check counts those
    denominator : int   rows it looks at
    persons : int       at least so many persons are behind the rows that break it, 0 to 61; -1 for a table without
    others : int        the same of the rows that keep it
    """

    violated: int
    denominator: int
    persons: int = -1
    others: int = -1


@dataclass(frozen=True)
class Result:
    """A check with its outcome.

    Parameters
    ----------
    check : Check
    status : str    one of STATUSES
    reason : str    why it is not applicable or was not run: a word of `words.toml`, and what it is about after a colon
    counts : Counts or None
    """

    check: Check
    status: Status
    reason: str = ""
    counts: Counts | None = None

    @property
    def percent(self) -> float | None:
        """Share of the rows that break it, in percent; 0 without rows, as OHDSI has it."""
        if self.counts is None:
            return None
        return 100 * self.counts.violated / self.counts.denominator if self.counts.denominator else 0.0

    @property
    def error_free(self) -> bool:
        """It passed and no row at all breaks it."""
        return self.status == "pass" and self.counts is not None and self.counts.violated == 0

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON values, with OHDSI's names."""
        found = self.counts
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
            "numViolatedRows": found.violated if found else None,
            "pctViolatedRows": round((self.percent or 0) / 100, 6) if found else None,
            "numDenominatorRows": found.denominator if found else None,
            "status": self.status,
            "errorFree": self.error_free,
            "reason": self.reason or None,
        }


@dataclass(frozen=True)
class Report:
    """All checks of one snapshot.

    Parameters
    ----------
    definitions : str   digest of the definitions they were run by
    as_of : str         the day that stands for today in the checks, ISO 8601: the snapshot's
    results : tuple
    rows : Mapping      rows of each table
    persons : Mapping   at least so many persons are behind them, 0 to 61; a table that knows none is not in it
    """

    definitions: str
    as_of: str
    results: tuple[Result, ...]
    rows: Mapping[str, int]
    persons: Mapping[str, int]

    @property
    def tally(self) -> dict[str, int]:
        """How many checks ended in each status, and how many are error-free."""
        found = Counter(each.status for each in self.results)
        return {**{status: found[status] for status in STATUSES}, "error free": sum(e.error_free for e in self.results)}

    @property
    def score(self) -> float | None:
        """Share of the checks that ran which passed, in percent; None when none ran."""
        ran = self.tally["pass"] + self.tally["fail"]
        return 100 * self.tally["pass"] / ran if ran else None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as it is kept: of each check what was found, not what it is."""
        return {
            "schema": SCHEMA,
            "definitions": self.definitions,
            "as_of": self.as_of,
            "rows": dict(self.rows),
            "persons": dict(self.persons),
            "results": [kept(each) for each in self.results],
        }


def kept(result: Result) -> list[Any]:
    """Return a result as it is kept; a check of a table outside the CDM is kept whole."""
    check = asdict(result.check) if result.check.level == SOURCE_LEVEL else result.check.id
    found = result.counts
    numbers = [found.violated, found.denominator, found.persons, found.others] if found else []
    return [check, result.status, result.reason, *numbers]


def parse(body: Mapping[str, Any]) -> Report:
    """Return the report that `as_dict` gave; a check that is no longer defined is left out.

    Errors      KeyError or TypeError when it is none
    """
    known = {each.id: each for each in checks()}
    results = []
    for told, status, reason, *numbers in body["results"]:
        check = known.get(told) if isinstance(told, str) else Check(**told)
        if check is not None:
            results.append(Result(check, status, reason, Counts(*numbers) if numbers else None))
    return Report(body["definitions"], body["as_of"], tuple(results), body["rows"], body["persons"])
