"""What each check counts, written by hand as one plain query a check: slow, obvious, and independent of the plan.

The plan is compared with it in tests, and in `hygie bench quality`.
"""

from __future__ import annotations

from datetime import date

from hygie.access.quality.definitions import Check

BORN = (
    "coalesce(try_cast(p.birth_datetime AS DATE), try_cast(lpad(p.year_of_birth::VARCHAR, 4, '0') || '-' || "
    "lpad(coalesce(p.month_of_birth, 1)::VARCHAR, 2, '0') || '-' || "
    "lpad(coalesce(p.day_of_birth, 1)::VARCHAR, 2, '0') AS DATE))"
)
MIDYEAR = "coalesce(try_cast(p.birth_datetime AS DATE), try_cast(p.year_of_birth || '-06-01' AS DATE))"
PERSON = "JOIN person p ON p.person_id = t.person_id"


def queries(check: Check, today: date) -> tuple[str, str]:
    """Return the query that counts what breaks a check, and the one that counts what it looks at."""
    t, f = check.table, check.field
    every = f"SELECT count(*) FROM {t}"
    where = f"SELECT count(*) FROM {t} t WHERE "
    other, column = check.other_table, check.other_field
    match check.name:
        case "isRequired" | "measureValueCompleteness":
            return where + f"{f} IS NULL", every
        case "cdmDatatype":
            return where + f"{f} IS NOT NULL AND contains({f}::VARCHAR, '.')", every
        case "isPrimaryKey":
            twice = f"SELECT {f} FROM {t} GROUP BY {f} HAVING count(*) > 1"
            return where + f"{f} IN ({twice})", every
        case "isForeignKey":
            join = f"LEFT JOIN {other} o ON t.{f} = o.{column} WHERE o.{column} IS NULL AND t.{f} IS NOT NULL"
            return f"SELECT count(*) FROM {t} t {join}", every
        case "fkDomain" | "fkClass" | "isStandardValidConcept":
            wrong = {
                "fkDomain": f"c.domain_id <> '{check.value}'",
                "fkClass": f"c.concept_class_id <> '{check.value}'",
                "isStandardValidConcept": "(c.standard_concept <> 'S' OR c.invalid_reason IS NOT NULL)",
            }[check.name]
            join = f"JOIN concept c ON t.{f} = c.concept_id WHERE c.concept_id <> 0 AND {wrong}"
            return f"SELECT count(*) FROM {t} t {join}", every
        case "standardConceptRecordCompleteness" | "sourceConceptRecordCompleteness":
            valued = f == "unit_concept_id" and t in ("measurement", "observation")
            given = "value_as_number IS NOT NULL" if valued else "true"
            return where + f"{f} = 0 AND {given}", where + given
        case "sourceValueCompleteness":
            distinct = f"SELECT count(*) FROM (SELECT DISTINCT {f} FROM {t}"
            return f"{distinct} WHERE {column} = 0)", f"{distinct})"
        case "plausibleValueLow" | "plausibleValueHigh":
            sign = "<" if check.name == "plausibleValueLow" else ">"
            limits = {"DATEADD(dd,1,GETDATE())": f"(DATE '{today}' + 1)", "YEAR(GETDATE())+1": str(today.year + 1)}
            limit = limits.get(check.value, check.value)
            dated = len(limit) == 8 or "DATE" in limit
            limit = f"DATE '{limit[:4]}-{limit[4:6]}-{limit[6:]}'" if len(limit) == 8 else limit
            value = f"{f}::DATE" if dated else f
            return where + f"{value} {sign} {limit}", where + f"{f} IS NOT NULL"
        case "plausibleTemporalAfter" if other == "person":
            return f"SELECT count(*) FROM {t} t {PERSON} WHERE {MIDYEAR} > t.{f}::DATE", every
        case "plausibleTemporalAfter":
            return where + f"{column}::DATE > {f}::DATE", every
        case "plausibleAfterBirth":
            return f"SELECT count(*) FROM {t} t {PERSON} WHERE t.{f}::DATE < {BORN}", where + f"{f} IS NOT NULL"
        case "plausibleDuringLife" | "plausibleBeforeDeath":
            dead = f"SELECT count(*) FROM {t} t JOIN death d ON d.person_id = t.person_id WHERE "
            given = "true" if check.name == "plausibleDuringLife" else f"t.{f} IS NOT NULL"
            return dead + f"t.{f}::DATE > d.death_date + 60", dead + given
        case "plausibleStartBeforeEnd":
            both = f"{f} IS NOT NULL AND {column} IS NOT NULL"
            return where + f"{both} AND {f}::DATE > {column}::DATE", where + both
        case "withinVisitDates":
            join = (
                f"SELECT count(*) FROM {t} t JOIN visit_occurrence v ON v.visit_occurrence_id = t.visit_occurrence_id"
            )
            return f"{join} WHERE t.{f} < v.visit_start_date - 7 OR t.{f} > v.visit_end_date + 7", join
    return of_persons(check)


def of_persons(check: Check) -> tuple[str, str]:
    """Return the queries of the checks that count persons, or the records of concepts."""
    t, f = check.table, check.field
    sex = {"Male": 8507, "Female": 8532}.get(check.value)
    match check.name:
        case "measurePersonCompleteness":
            return (
                f"SELECT count(*) FROM person WHERE person_id NOT IN (SELECT person_id FROM {t})",
                "SELECT count(*) FROM person",
            )
        case "measureConditionEraCompleteness":
            every = "SELECT count(DISTINCT person_id) FROM condition_occurrence"
            return f"{every} WHERE person_id NOT IN (SELECT person_id FROM condition_era)", every
        case "measureObservationPeriodOverlap":
            one, two = "a.observation_period_{}_date", "b.observation_period_{}_date"
            meet = (
                f"{one.format('start')} <= {two.format('end')} + 1 AND {two.format('start')} <= {one.format('end')} + 1"
            )
            pair = "a.person_id = b.person_id AND a.observation_period_id <> b.observation_period_id"
            every = f"SELECT count(DISTINCT person_id) FROM {t}"
            return f"SELECT count(DISTINCT a.person_id) FROM {t} a, {t} b WHERE {pair} AND {meet}", every
        case "plausibleGender":
            every = f"SELECT count(*) FROM {t} t WHERE {f} = {check.concept}"
            return (
                f"SELECT count(*) FROM {t} t {PERSON} WHERE t.{f} = {check.concept} AND p.gender_concept_id <> {sex}",
                every,
            )
        case "plausibleGenderUseDescendants":
            join = f"SELECT count(*) FROM {t} t JOIN concept_ancestor a ON a.descendant_concept_id = t.{f}"
            among = f"a.ancestor_concept_id IN ({check.concept})"
            return f"{join} {PERSON} WHERE {among} AND p.gender_concept_id <> {sex}", f"{join} WHERE {among}"
        case "plausibleUnitConceptIds":
            given = f"{f} = {check.concept} AND value_as_number IS NOT NULL AND unit_source_value IS NOT NULL"
            every = f"SELECT count(*) FROM {t} WHERE {given}"
            return f"{every} AND unit_concept_id NOT IN ({check.value})", every
    raise LookupError(f"no query for {check.name}")
