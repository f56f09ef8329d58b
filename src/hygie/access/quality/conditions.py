"""What each check looks at and what breaks it, as Ibis conditions on the rows of its table.

Source   the SQL of OHDSI/DataQualityDashboard (`inst/sql/sql_server`, Apache-2.0), read for its meaning; where ours
differs, `docs/reference/quality-checks.md` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hygie.access.quality.definitions import Check

AFTER_DEATH = 60  # days after death in which a record is still plausible
AROUND_VISIT = 7  # days before and after a visit
MEASURED = {"measurement", "observation"}
WHOLE = r"^\s*[+-]?[0-9]+\s*$"
# checks that are conditions on rows; the others count persons, distinct values or groups
SETS = {"isForeignKey", "fkDomain", "fkClass", "isStandardValidConcept"}
PERSONS = {"plausibleAfterBirth", "plausibleTemporalAfter"}
DEATHS = {"plausibleDuringLife", "plausibleBeforeDeath"}
VISITS = {"withinVisitDates"}


@dataclass(frozen=True)
class Condition:
    """What a check looks at and what of it breaks the check; None looks at every row."""

    broken: Any
    looked: Any = None


def marker(check: Check) -> str:
    """Return the helper column that tells whether a field's value is in the set of a check.

    Example
    -------
    >>> from hygie.access.quality.definitions import checks
    >>> marker(next(each for each in checks() if each.name == "fkDomain"))
    'q_fkDomain_cdm_version_concept_id'
    """
    return f"q_{check.name}_{check.field}"


def day(rows: Any, field: str) -> Any:
    """Return a column as a day, whatever it is written as."""
    column = rows[field]
    kind = column.type()
    if kind.is_date():
        return column
    return column.cast("date") if kind.is_timestamp() else column.cast("string").try_cast("date")


def number(rows: Any, field: str) -> Any:
    """Return a column as a number, whatever it is written as."""
    column = rows[field]
    return column if column.type().is_numeric() else column.cast("string").try_cast("float64")


def bound(value: str, today: date) -> date | float:
    """Return what a check compares a field with: a day, or a number.

    Parameters
    ----------
    value : str    as published: a number, a day without dashes, or an expression of today
    today : date

    Example
    -------
    >>> bound("18500101", date(2026, 1, 1)), bound("YEAR(GETDATE())+1", date(2026, 1, 1)), bound("365", date.min)
    (datetime.date(1850, 1, 1), 2027.0, 365.0)
    """
    if value == "DATEADD(dd,1,GETDATE())":
        return today + timedelta(days=1)
    if value == "YEAR(GETDATE())+1":
        return float(today.year + 1)
    if len(value) == 8 and value.isdigit():
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    return float(value)


def beyond(rows: Any, check: Check, today: date) -> Condition:
    """Return the condition of a lowest or a highest plausible value."""
    import ibis

    limit = bound(check.value, today)
    found = day(rows, check.field) if isinstance(limit, date) else number(rows, check.field)
    edge = ibis.literal(limit)
    broken = found < edge if check.name == "plausibleValueLow" else found > edge
    return Condition(broken, rows[check.field].notnull())


def not_integer(rows: Any, field: str) -> Any:
    """Return whether a value is no integer."""
    import ibis

    column = rows[field]
    kind = column.type()
    if kind.is_integer():
        return ibis.literal(False)
    if kind.is_numeric():
        return column.notnull() & (column != column.floor())
    return column.notnull() & ~column.cast("string").re_search(WHOLE)


def temporal(rows: Any, check: Check) -> Condition:
    """Return the condition of a check that compares days."""
    name, field = check.name, check.field
    found = day(rows, field)
    if name == "plausibleAfterBirth":
        return Condition(found < rows.q_born, rows[field].notnull())
    if name == "plausibleTemporalAfter":
        earlier = rows.q_midyear if check.other_table == "person" else day(rows, check.other_field)
        return Condition(earlier > found)
    if name in DEATHS:
        late = found > rows.q_until
        dead = rows.q_dead.notnull()
        return Condition(late, dead if name == "plausibleDuringLife" else dead & rows[field].notnull())
    if name == "plausibleStartBeforeEnd":
        other = rows[check.other_field]
        return Condition(found > day(rows, check.other_field), rows[field].notnull() & other.notnull())
    return Condition((found < rows.q_earliest) | (found > rows.q_latest), rows.q_visit.notnull())


def later(found: Any, count: int) -> Any:
    """Return a day so many days later, a day again."""
    import ibis

    return (found + ibis.interval(days=count)).cast("date")


def condition(rows: Any, check: Check, today: date) -> Condition:
    """Return a check's condition on the rows of its table, with the helper columns already on them.

    Parameters
    ----------
    rows : ibis Table
    check : Check       one that is a condition on rows
    today : date
    """
    name, column = check.name, rows[check.field]
    if name in ("isRequired", "measureValueCompleteness"):
        return Condition(column.isnull())
    if name == "sourceValueCompleteness":
        return Condition(rows[check.other_field] == 0)
    if name == "cdmDatatype":
        return Condition(not_integer(rows, check.field))
    if name == "isForeignKey":
        return Condition(column.notnull() & ~rows[marker(check)])
    if name in SETS:
        return Condition(rows[marker(check)])
    if name in ("standardConceptRecordCompleteness", "sourceConceptRecordCompleteness"):
        if check.field == "unit_concept_id" and check.table in MEASURED and "value_as_number" in rows.columns:
            return Condition((column == 0) & rows.value_as_number.notnull(), rows.value_as_number.notnull())
        return Condition(column == 0)
    if name in ("plausibleValueLow", "plausibleValueHigh"):
        return beyond(rows, check, today)
    return temporal(rows, check)
