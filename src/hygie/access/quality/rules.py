"""When a check cannot run, when it does not apply, when it fails; what changed, and what to fix first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hygie.access.quality.definitions import SOURCE_LEVEL, Check, tables
from hygie.access.quality.plan import elsewhere, needed
from hygie.access.quality.values import Counts, Report, Result

OPTIONAL = {"vocab": "no vocabulary", "cohort": "no cohorts"}
FIELDLESS = {"cdmTable", "measurePersonCompleteness"}


@dataclass(frozen=True)
class Held:
    """What a dataset holds of one table.

    Parameters
    ----------
    columns : Collection[str]
    rows : int
    nulls : Mapping[str, int]   rows without a value, by column
    untraced : bool             its rows were left out because they cannot be traced to persons who refused
    """

    columns: Collection[str]
    rows: int
    nulls: Mapping[str, int]
    untraced: bool = False


def obstacle(check: Check, held: Mapping[str, Held]) -> str:
    """Return why a check cannot run on what a dataset holds; empty when it can.

    A vocabulary that is not there, or is there without a row, cannot tell of any code: nothing passes by it.

    Parameters
    ----------
    check : Check   of a table and a field that are there
    held : Mapping[str, Held]   by table
    """
    own, other = held[check.table], elsewhere(check)
    if own.untraced:
        return f"untraced:{check.table}"
    if other:
        schema = tables()[other][0]
        if other not in held or (schema == "vocab" and not held[other].rows):
            return f"no vocabulary:{other}" if schema == "vocab" else f"no table:{other}"
        if check.name == "isForeignKey" and check.other_field not in held[other].columns:
            return f"no column:{other}.{check.other_field}"
        missing = [name for name in joins(other, check) if name not in held[other].columns]
        if missing:
            return f"no column:{other}.{missing[0]}"
    missing = [name for name in needed(check) if name not in own.columns]
    if check.name == "measurePersonCompleteness" and "person_id" not in own.columns:
        missing = ["person_id"]
    return f"no column:{check.table}.{missing[0]}" if missing else ""


def joins(other: str, check: Check) -> tuple[str, ...]:
    """Return the columns of the other table that a check reads."""
    if other == "concept" and check.name != "isForeignKey":
        wanted = {"fkDomain": ("domain_id",), "fkClass": ("concept_class_id",)}
        return ("concept_id", *wanted.get(check.name, ("standard_concept", "invalid_reason")))
    return {
        "person": ("person_id", "gender_concept_id") if check.name == "plausibleGender" else ("person_id",),
        "death": ("person_id", "death_date"),
        "visit_occurrence": ("visit_occurrence_id",)
        if check.name == "isForeignKey"
        else ("visit_occurrence_id", "visit_start_date", "visit_end_date"),
        "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
        "condition_occurrence": ("person_id",),
    }.get(other, ())


def before(check: Check, held: Mapping[str, Held], filled: Collection[str] | None = None) -> Result | None:
    """Return the outcome of a check that need not be counted: its table or field is missing, or it cannot run.

    Parameters
    ----------
    check : Check
    held : Mapping        what a dataset holds of each table
    filled : Collection   tables that deliveries of its standard can fill; None for all

    Source   DataQualityDashboard, `calculateNotApplicableStatus.R`: a missing table fails `cdmTable` alone; a missing
             field fails `cdmField` alone; all else on them is not applicable. Ours: so is what the standard never fills
    """
    schema = tables()[check.table][0]
    if schema in OPTIONAL and not any(tables()[name][0] == schema for name in held if name in tables()):
        return Result(check, "not run", f"{OPTIONAL[schema]}:{check.table}")
    own = held.get(check.table)
    if own is None:
        if filled is not None and check.table not in filled and schema not in OPTIONAL:
            return Result(check, "not applicable", f"not filled:{check.table}")
        if check.name == "cdmTable":
            return Result(check, "fail", f"missing table:{check.table}", Counts(1, 1))
        return Result(check, "not applicable", f"missing table:{check.table}")
    if check.name == "cdmTable":
        return Result(check, "pass", "", Counts(0, 1))
    if check.level != "TABLE" and check.field not in own.columns:
        place = f"missing field:{check.table}.{check.field}"
        if check.name == "cdmField":
            return Result(check, "fail", place, Counts(1, 1))
        return Result(check, "not applicable", place)
    if check.name == "cdmField":
        return Result(check, "pass", "", Counts(0, 1))
    reason = obstacle(check, held)
    if check.name == "measureConditionEraCompleteness" and not count_of(held, "condition_occurrence"):
        return Result(check, "not applicable", "empty table:condition_occurrence")
    return Result(check, "not run", reason) if reason else None


def count_of(held: Mapping[str, Held], table: str) -> int:
    """Return a table's rows, 0 where it is not there."""
    return held[table].rows if table in held else 0


def after(check: Check, held: Held, counts: Counts) -> Result:
    """Return the outcome of a check that was counted.

    Source   DataQualityDashboard, `calculateNotApplicableStatus.R` and `evaluateThresholds.R`

    Example
    -------
    >>> from hygie.access.quality.definitions import checks
    >>> check = next(each for each in checks() if each.name == "plausibleValueLow")
    >>> rows = Held((check.field,), 200, {check.field: 0})
    >>> after(check, rows, Counts(2, 200)).status, after(check, rows, Counts(3, 200)).status
    ('pass', 'fail')
    """
    place = f"{check.table}.{check.field}"
    if check.name not in ("measurePersonCompleteness", "measureConditionEraCompleteness"):
        if not held.rows:
            return Result(check, "not applicable", f"empty table:{check.table}")
        if check.level != "TABLE" and check.name != "measureValueCompleteness" and held.nulls[check.field] == held.rows:
            return Result(check, "not applicable", f"empty field:{place}")
        if check.level == "CONCEPT" and not counts.denominator:
            return Result(check, "not applicable", f"no such concept:{check.concept}", counts)
    return Result(check, "fail" if failed(check, counts) else "pass", "", counts)


def failed(check: Check, counts: Counts) -> bool:
    """Return whether more rows break a check than its threshold allows; a threshold of 0 allows none."""
    if not check.threshold:
        return counts.violated > 0
    share = 100 * counts.violated / counts.denominator if counts.denominator else 0
    return share > check.threshold


@dataclass(frozen=True)
class Change:
    """A check whose outcome differs between two reports: now, and before (None: it was not there)."""

    now: Result
    then: Result | None

    @property
    def worse(self) -> bool:
        """It fails now and did not."""
        return self.now.status == "fail"


def changes(now: Report, then: Report) -> tuple[Change, ...]:
    """Return the checks that ended otherwise than in an earlier report, those that fail now first."""
    known = {each.check.id: each for each in then.results}
    found = [
        Change(each, known.get(each.check.id))
        for each in now.results
        if (old := known.get(each.check.id)) is None or old.status != each.status
    ]
    return tuple(sorted((each for each in found if notable(each)), key=lambda each: not each.worse))


def notable(change: Change) -> bool:
    """Return whether a change says anything: a check that is new and neither passes nor fails does not."""
    return change.then is not None or change.now.status in ("pass", "fail")


@dataclass(frozen=True)
class Fix:
    """A failing check and what its repair would bring.

    Parameters
    ----------
    result : Result
    rows : int       rows beyond what the threshold allows
    permits : int    permits in force that read the table or the field
    weight : float   rows times one more than the permits
    """

    result: Result
    rows: int
    permits: int
    weight: float


def fix_first(results: Sequence[Result], used: Mapping[str, int]) -> tuple[Fix, ...]:
    """Return the failing checks, first the one whose repair brings most.

    The distance from the threshold times the rows looked at is the rows too many; that times its use is the weight.

    Parameters
    ----------
    results : Sequence[Result]
    used : Mapping[str, int]   `table` or `table.column` -> permits in force that read it
    """
    found = []
    for each in results:
        if each.status != "fail" or each.counts is None:
            continue
        allowed = each.check.threshold / 100 * each.counts.denominator
        over = max(1, round(each.counts.violated - allowed))
        permits = used.get(f"{each.check.table}.{each.check.field}", used.get(each.check.table, 0))
        found.append(Fix(each, over, permits, over * (1 + permits)))
    severity = {"fatal": 0, "convention": 1}
    return tuple(
        sorted(
            found, key=lambda fix: (-fix.weight, severity.get(fix.result.check.kind.severity, 2), fix.result.check.id)
        )
    )


# what ends the failing of a kind of check
REPAIRS = {
    **dict.fromkeys(("cdmTable", "cdmField"), "deliver"),
    "isRequired": "fill",
    "measureValueCompleteness": "explain",
    **dict.fromkeys(("cdmDatatype", "columnDatatype"), "type"),
    "isPrimaryKey": "key",
    "isForeignKey": "refer",
    **dict.fromkeys(("fkDomain", "fkClass", "isStandardValidConcept"), "place"),
    **dict.fromkeys(
        ("standardConceptRecordCompleteness", "sourceConceptRecordCompleteness", "sourceValueCompleteness"), "map"
    ),
    **dict.fromkeys(("plausibleValueLow", "plausibleValueHigh"), "values"),
    **dict.fromkeys(("plausibleTemporalAfter", "plausibleDuringLife", "plausibleBeforeDeath"), "dates"),
    **dict.fromkeys(("withinVisitDates", "plausibleAfterBirth", "plausibleStartBeforeEnd"), "dates"),
    **dict.fromkeys(("plausibleGender", "plausibleGenderUseDescendants"), "sex"),
    "plausibleUnitConceptIds": "unit",
    "measurePersonCompleteness": "persons",
    "measureConditionEraCompleteness": "eras",
    "measureObservationPeriodOverlap": "periods",
}
# ends that a source may plan: of a treatment, a condition's care or a right; and the checks that a planned end fails
PLANNED = {
    "condition_occurrence": "condition_end_",
    "drug_exposure": "drug_exposure_end_",
    "device_exposure": "device_exposure_end_",
    "episode": "episode_end_",
    "payer_plan_period": "payer_plan_period_end_",
}
LATE = {"plausibleValueHigh", "plausibleDuringLife", "plausibleBeforeDeath"}


def dated(check: Check) -> bool:
    """Return whether a check's field is a date of the CDM, by its name."""
    return check.field.endswith(("_date", "_datetime"))


def repair(check: Check) -> str:
    """Return the repair that ends a check's failing, by its kind and its field.

    Example
    -------
    >>> from hygie.access.quality.definitions import checks
    >>> found = {each.id: each for each in checks()}
    >>> repair(found["field_plausiblevaluehigh_condition_occurrence_condition_end_date"])
    'ends'
    >>> repair(found["field_plausiblevaluehigh_condition_occurrence_condition_start_date"])
    'dates'
    """
    if check.name in LATE and check.field.startswith(PLANNED.get(check.table, " ")):
        return "ends"
    if check.name == "measureValueCompleteness" and not check.threshold:
        return "fill"
    usual = REPAIRS[check.name]
    return "dates" if usual == "values" and dated(check) else usual


@dataclass(frozen=True)
class Cause:
    """Failing checks that one repair can end: the first brings most.

    Parameters
    ----------
    name : str       of the repair
    fixes : tuple
    rows : int       rows too many, of all of them
    permits : int    the most permits in force that read one of them
    weight : float   of all of them
    """

    name: str
    fixes: tuple[Fix, ...]
    rows: int
    permits: int
    weight: float


def causes(fixes: Sequence[Fix]) -> tuple[Cause, ...]:
    """Return failing checks by the repair that ends them, first the repair that brings most.

    Parameters
    ----------
    fixes : Sequence[Fix]   as `fix_first` orders them
    """
    grouped: dict[str, list[Fix]] = {}
    for each in fixes:
        grouped.setdefault(repair(each.result.check), []).append(each)
    found = [
        Cause(
            name,
            tuple(held),
            sum(each.rows for each in held),
            max(each.permits for each in held),
            sum(each.weight for each in held),
        )
        for name, held in grouped.items()
    ]
    return tuple(sorted(found, key=lambda cause: -cause.weight))


def native(check: Check) -> bool:
    """Return whether a check is of a table outside the CDM."""
    return check.level == SOURCE_LEVEL
