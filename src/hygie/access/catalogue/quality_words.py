"""What the quality checks mean and find, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hygie.access.quality.definitions import Check
from hygie.commons.web.templatetags.hygie import number

TONES = {"pass": "leaf", "fail": "stop", "not applicable": "muted", "not run": "doubt"}
CATEGORIES = ("Completeness", "Conformance", "Plausibility")


def status_words(status: str) -> str:
    """Return a status as it is read."""
    said = {"pass": _("passes"), "fail": _("fails"), "not applicable": _("not applicable"), "not run": _("not run")}
    return said[status]


def tally_words(status: str, count: int) -> str:
    """Return how many checks ended in a status, as it is read."""
    said = {
        "pass": ngettext("%(count)s check passes", "%(count)s checks pass", count),
        "fail": ngettext("%(count)s check fails", "%(count)s checks fail", count),
        "not applicable": ngettext("%(count)s not applicable", "%(count)s not applicable", count),
        "not run": ngettext("%(count)s check not run", "%(count)s checks not run", count),
    }
    return said[status] % {"count": number(count)}


def category_words(category: str) -> str:
    """Return one of the three categories as it is read."""
    said = {"Completeness": _("Completeness"), "Conformance": _("Conformance"), "Plausibility": _("Plausibility")}
    return said[category]


TABLE: dict[str, Callable[[], str]] = {
    "cdmTable": lambda: _("The table %(table)s is there."),
    "measurePersonCompleteness": lambda: _("Persons have at least one row in %(table)s."),
    "measureConditionEraCompleteness": lambda: _("Persons with a condition have a condition era."),
    "measureObservationPeriodOverlap": lambda: _(
        "The observation periods of a person neither overlap nor follow one another without a gap."
    ),
}
FIELD: dict[str, Callable[[], str]] = {
    "cdmField": lambda: _("The field %(field)s is there."),
    "isRequired": lambda: _("%(field)s, which must have a value, has one in each row."),
    "cdmDatatype": lambda: _("%(field)s holds integers."),
    "isPrimaryKey": lambda: _("No two rows have the same %(field)s."),
    "isForeignKey": lambda: _("Each value of %(field)s is in %(other)s."),
    "fkDomain": lambda: _("The concepts of %(field)s are of the domain %(value)s."),
    "fkClass": lambda: _("The concepts of %(field)s are of the class %(value)s."),
    "isStandardValidConcept": lambda: _("The concepts of %(field)s are standard and valid."),
    "measureValueCompleteness": lambda: _("%(field)s has a value."),
    "standardConceptRecordCompleteness": lambda: _("%(field)s has a standard concept, not 0."),
    "sourceConceptRecordCompleteness": lambda: _("%(field)s has a source concept, not 0."),
    "sourceValueCompleteness": lambda: _("Each value of %(field)s is mapped to a concept."),
    "plausibleValueLow": lambda: _("%(field)s is not below %(value)s."),
    "plausibleValueHigh": lambda: _("%(field)s is not above %(value)s."),
    "plausibleTemporalAfter": lambda: _("%(field)s does not lie before %(other)s."),
    "plausibleDuringLife": lambda: _("%(field)s lies at most 60 days after death."),
    "plausibleBeforeDeath": lambda: _("Where it is dated, %(field)s lies at most 60 days after death."),
    "withinVisitDates": lambda: _("%(field)s lies within the visit, or at most a week from it."),
    "plausibleAfterBirth": lambda: _("%(field)s does not lie before birth."),
    "plausibleStartBeforeEnd": lambda: _("%(field)s does not lie after %(other)s."),
    "columnDatatype": lambda: _("The values of %(field)s are of the type they were declared with, %(value)s."),
}
CONCEPT: dict[str, Callable[[], str]] = {
    "plausibleGender": lambda: _("Records of “%(about)s” (%(concept)s) are of persons of the sex %(value)s."),
    "plausibleGenderUseDescendants": lambda: _(
        "Records of “%(about)s” (%(concept)s) and all below them are of persons of the sex %(value)s."
    ),
    "plausibleUnitConceptIds": lambda: _(
        "Measurements of “%(about)s” (%(concept)s) are in a unit that they can have (%(value)s)."
    ),
}
EVERY = {**TABLE, **FIELD, **CONCEPT}


def meaning(check: Check) -> str:
    """Return what a check states, as a sentence that is true of data that keep it."""
    other = ".".join(part for part in (check.other_table, check.other_field) if part)
    return EVERY[check.name]() % {
        "table": check.table,
        "field": check.field,
        "other": other,
        "value": compared(check.value),
        "about": check.about,
        "concept": check.concept,
    }


def absent() -> str:
    return _("Have the source deliver the missing values, or say in the description why they are missing.")


def unmapped() -> str:
    return _("Load the vocabularies that map these codes, or map the codes that remain.")


def misplaced() -> str:
    return _("Correct the mapping: these concepts do not belong in this field.")


def odd_dates() -> str:
    return _("Look at these dates at the source: day and month swapped, a default date, or another person's record.")


def odd_values() -> str:
    return _("Look at these values at the source: another unit, a slip, or a default value.")


def odd_sex() -> str:
    return _("Look at these records at the source: a wrong sex, a wrong code, or another person's record.")


def mistyped() -> str:
    return _("Correct these values where they are written: they are not of their column's type.")


def not_there() -> str:
    return _("Deliver what is missing.")


REMEDIES: dict[str, Callable[[], str]] = {
    "cdmTable": not_there,
    "cdmField": not_there,
    "isRequired": absent,
    "measureValueCompleteness": absent,
    "cdmDatatype": mistyped,
    "columnDatatype": mistyped,
    "isPrimaryKey": lambda: _("Take out the double rows at the source, or give each its own key."),
    "isForeignKey": lambda: _("Deliver the rows that are referred to, or correct the references."),
    **dict.fromkeys(("fkDomain", "fkClass", "isStandardValidConcept"), misplaced),
    **dict.fromkeys(
        ("standardConceptRecordCompleteness", "sourceConceptRecordCompleteness", "sourceValueCompleteness"), unmapped
    ),
    **dict.fromkeys(("plausibleValueLow", "plausibleValueHigh"), odd_values),
    **dict.fromkeys(
        ("plausibleTemporalAfter", "plausibleDuringLife", "plausibleBeforeDeath", "withinVisitDates"), odd_dates
    ),
    **dict.fromkeys(("plausibleAfterBirth", "plausibleStartBeforeEnd"), odd_dates),
    **dict.fromkeys(("plausibleGender", "plausibleGenderUseDescendants"), odd_sex),
    "plausibleUnitConceptIds": lambda: _("Have the values delivered in a unit that the measurement can have."),
    "measurePersonCompleteness": lambda: _("Ask why persons have no row there: a source that is missing, or a filter."),
    "measureConditionEraCompleteness": lambda: _("Have the condition eras made again from the conditions."),
    "measureObservationPeriodOverlap": lambda: _("Have the observation periods of a person joined into one."),
}


def remedy(name: str) -> str:
    """Return what to do where checks of a kind fail."""
    return REMEDIES[name]()


def compared(value: str) -> str:
    """Return what a field is compared with as it is read."""
    if value == "DATEADD(dd,1,GETDATE())":
        return _("the day after the delivery")
    if value == "YEAR(GETDATE())+1":
        return _("the year after the delivery")
    if len(value) == 8 and value.isdigit():
        return f"{value[:4]}-{value[4:6]}-{value[6:]}"
    return value


def reason_words(reason: str, below: int = 0) -> str:
    """Return why a check is not applicable or was not run."""
    word, _colon, place = reason.partition(":")
    said = {
        "missing table": _("the table %(place)s is missing"),
        "not filled": _("deliveries of this standard never fill the table %(place)s"),
        "missing field": _("the field %(place)s is missing"),
        "empty table": _("the table %(place)s is empty"),
        "empty field": _("%(place)s has no value in any row"),
        "no such concept": _("no row has the concept %(place)s"),
        "few": _("%(place)s has nothing, or too little to be told (fewer than %(below)s)"),
        "no vocabulary": _("it needs the vocabulary table %(place)s, which the dataset does not have or has empty"),
        "no cohorts": _("the dataset has no cohort tables"),
        "no table": _("it needs the table %(place)s, which the dataset does not have"),
        "no column": _("it needs the column %(place)s, which the dataset does not have"),
        "untraced": _("the rows of %(place)s cannot be traced to persons, and some have refused"),
    }
    return said[word] % {"place": place, "below": number(below)} if word in said else ""
