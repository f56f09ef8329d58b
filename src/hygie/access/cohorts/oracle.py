"""The cohort in plain Python: slow, obvious, and sharing no code with the compiler, whose answers it checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from hygie.access.cohorts.systems import EVENTS, SEXES, VOCABULARIES
from hygie.access.cohorts.values import Age, All, AnyOf, Code, Codes, CodesBody, Criterion, Everyone, NoneOf, Sex

Row = Mapping[str, Any]
Rows = Mapping[str, Iterable[Row]]


def select(criterion: Criterion, rows: Rows) -> set[int]:
    """Return the ids of the persons who meet a criterion.

    Parameters
    ----------
    criterion : Criterion
    rows : Mapping[str, list[dict]]   the rows of each table, by column; what is missing is None

    Example
    -------
    >>> from hygie.access.cohorts.values import Nothing
    >>> select(Everyone(everyone=Nothing()), {"person": [{"person_id": 7}]})
    {7}
    """
    everybody = {row["person_id"]: row for row in rows["person"] if row["person_id"] is not None}
    return {person for person, row in everybody.items() if meets(criterion, person, row, rows)}


def meets(criterion: Criterion, person: int, row: Row, rows: Rows) -> bool:
    """Say whether one person meets a criterion."""
    match criterion:
        case All(all=inside):
            return all(meets(member, person, row, rows) for member in inside)
        case AnyOf(any=inside):
            return any(meets(member, person, row, rows) for member in inside)
        case NoneOf(none=inside):
            return not any(meets(member, person, row, rows) for member in inside)
        case Age(age=body):
            years = age_on(body.at, row)
            return years is not None and years >= body.min and (body.max is None or years <= body.max)
        case Sex(sex=body):
            words = [word for word, concept in SEXES.items() if concept == row.get("gender_concept_id")]
            return (words[0] if words else "unknown") in body.among
        case Codes(codes=body):
            return sum(1 for event in rows[body.table] if counts(event, person, body, rows)) >= body.at_least
        case Everyone():
            return True
    raise AssertionError(criterion)


def age_on(day: date, row: Row) -> int | None:
    """Return the completed years of a person on a day, or None without a year of birth or before the birth."""
    if row.get("year_of_birth") is None:
        return None
    birthday = (1, 1)
    if row.get("month_of_birth") is not None:
        birthday = (row["month_of_birth"], row.get("day_of_birth") or 1)
    years = day.year - row["year_of_birth"]
    if (day.month, day.day) < birthday:
        years -= 1
    return years if years >= 0 else None


def counts(event: Row, person: int, body: CodesBody, rows: Rows) -> bool:
    """Say whether a record is the person's, in the period, and carries one of the codes."""
    if event["person_id"] != person:
        return False
    concept_column, day_column = EVENTS[body.table]
    day = event.get(day_column)
    if isinstance(day, datetime):
        day = day.date()
    if body.start is not None and (day is None or day < body.start):
        return False
    if body.end is not None and (day is None or day > body.end):
        return False
    concept = event.get(concept_column)
    if concept is not None and concept in body.concept_ids:
        return True
    for code in body.codes:
        if same(event.get("source_system"), code.system) and written(event.get("source_code"), code):
            return True
        for known in rows.get("concept", ()):
            if same(known["vocabulary_id"], code.system) and plain(known["concept_code"], code) == code.stem:
                if concept and known["concept_id"] == concept:
                    return True
                if code.descendants and concept and under(concept, known["concept_id"], rows):
                    return True
    return False


def written(held: str | None, code: Code) -> bool:
    """Say whether a source code is a code, or lies under it where its system's codes tell."""
    if held is None or not code.opens:
        return held == code.code
    return plain(held, code).startswith(code.stem)


def plain(held: str, code: Code) -> str:
    """Return a code that is held as it is compared with one that is asked for."""
    return held.replace(".", "") if code.opens else held


def same(one: str | None, other: str) -> bool:
    """Say whether two names are of one code system."""
    return one is not None and (one == other or VOCABULARIES.get(one, one) == VOCABULARIES.get(other, other))


def under(concept: int, ancestor: int, rows: Rows) -> bool:
    """Say whether the vocabulary places a concept under another."""
    return any(
        row["ancestor_concept_id"] == ancestor and row["descendant_concept_id"] == concept
        for row in rows["concept_ancestor"]
    )
