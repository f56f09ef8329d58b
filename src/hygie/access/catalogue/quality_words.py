"""What the quality checks mean and find, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hygie.access.quality.definitions import Check
from hygie.access.quality.rules import dated
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


NAMES: dict[str, Callable[[], str]] = {
    "cdmTable": lambda: _("Table present"),
    "measurePersonCompleteness": lambda: _("Persons covered"),
    "measureConditionEraCompleteness": lambda: _("Condition eras built"),
    "measureObservationPeriodOverlap": lambda: _("Observation periods apart"),
    "cdmField": lambda: _("Column present"),
    "isRequired": lambda: _("Required value present"),
    "cdmDatatype": lambda: _("Whole number"),
    "isPrimaryKey": lambda: _("Key used once"),
    "isForeignKey": lambda: _("Reference found"),
    "fkDomain": lambda: _("Code of the right domain"),
    "fkClass": lambda: _("Code of the right class"),
    "isStandardValidConcept": lambda: _("Standard code in force"),
    "measureValueCompleteness": lambda: _("Values filled"),
    "standardConceptRecordCompleteness": lambda: _("Row with a standard code"),
    "sourceConceptRecordCompleteness": lambda: _("Row whose source code is recognised"),
    "sourceValueCompleteness": lambda: _("Source value translated"),
    "plausibleValueLow": lambda: _("Plausible lower limit kept"),
    "plausibleValueHigh": lambda: _("Plausible upper limit kept"),
    "plausibleTemporalAfter": lambda: _("Dates in order"),
    "plausibleDuringLife": lambda: _("Not long after death, of all rows"),
    "plausibleBeforeDeath": lambda: _("Not long after death, of dated rows"),
    "withinVisitDates": lambda: _("Close to the visit"),
    "plausibleAfterBirth": lambda: _("Not before birth"),
    "plausibleStartBeforeEnd": lambda: _("Start not after end"),
    "columnDatatype": lambda: _("Value of the column's type"),
    "plausibleGender": lambda: _("Sex fits the code"),
    "plausibleGenderUseDescendants": lambda: _("Sex fits the group of codes"),
    "plausibleUnitConceptIds": lambda: _("Unit fits the measurement"),
}
SENTENCES: dict[str, Callable[[], str]] = {
    "cdmTable": lambda: _("The dataset has the table %(table)s."),
    "measurePersonCompleteness": lambda: _("Each person has at least one row in %(table)s."),
    "measureConditionEraCompleteness": lambda: _("Each person who has a condition has a condition era."),
    "measureObservationPeriodOverlap": lambda: _(
        "The observation periods of one person do not overlap, and a gap lies between them."
    ),
    "cdmField": lambda: _("The table %(table)s has the column %(field)s."),
    "isRequired": lambda: _("%(field)s is filled in each row: it may not be empty."),
    "cdmDatatype": lambda: _("%(field)s is a whole number."),
    "isPrimaryKey": lambda: _("No two rows have the same %(field)s."),
    "isForeignKey": lambda: _("Each value of %(field)s is found in %(other)s."),
    "fkDomain": lambda: _("The codes in %(field)s belong to the domain %(value)s."),
    "fkClass": lambda: _("The codes in %(field)s belong to the class %(value)s."),
    "isStandardValidConcept": lambda: _("The codes in %(field)s are standard concepts in force."),
    "measureValueCompleteness": lambda: _("%(field)s is filled."),
    "standardConceptRecordCompleteness": lambda: _("%(field)s holds a standard concept, not 0 (“no match”)."),
    "sourceConceptRecordCompleteness": lambda: _("%(field)s holds the source code's concept, not 0 (“no match”)."),
    "sourceValueCompleteness": lambda: _("Each different value of %(field)s has a standard concept."),
    "plausibleValueLow": lambda: _("%(field)s is not below %(value)s."),
    "plausibleValueHigh": lambda: _("%(field)s is not above %(value)s."),
    "plausibleTemporalAfter": lambda: _("%(field)s is not before %(other)s."),
    "plausibleDuringLife": lambda: _("%(field)s is at most 60 days after the person's death."),
    "plausibleBeforeDeath": lambda: _("%(field)s, where it is filled, is at most 60 days after the person's death."),
    "withinVisitDates": lambda: _("%(field)s is within the visit, or at most 7 days from it."),
    "plausibleAfterBirth": lambda: _("%(field)s is not before the person's birth."),
    "plausibleStartBeforeEnd": lambda: _("%(field)s is not after %(other)s."),
    "columnDatatype": lambda: _("The values of %(field)s are of the type of their column: %(value)s."),
    "plausibleGender": lambda: _("Records of “%(about)s” (%(concept)s) are of persons of the sex %(value)s."),
    "plausibleGenderUseDescendants": lambda: _(
        "Records of “%(about)s” (%(concept)s) and of the codes under it are of persons of the sex %(value)s."
    ),
    "plausibleUnitConceptIds": lambda: _(
        "Measurements of “%(about)s” (%(concept)s) have one of the units that fit them (%(value)s)."
    ),
}
DATED: dict[str, Callable[[], str]] = {
    "plausibleValueLow": lambda: _("%(field)s is not earlier than %(value)s."),
    "plausibleValueHigh": lambda: _("%(field)s is not later than %(value)s."),
}


def name(check: Check) -> str:
    """Return what a check is called in plain words; OHDSI's name is another."""
    return NAMES[check.name]()


def meaning(check: Check) -> str:
    """Return what a check states, as a sentence that is true of data that keep it."""
    other = ".".join(part for part in (check.other_table, check.other_field) if part)
    said = DATED.get(check.name, SENTENCES[check.name]) if dated(check) else SENTENCES[check.name]
    return said() % {
        "table": check.table,
        "field": check.field,
        "other": other,
        "value": type_words(check.value) if check.name == "columnDatatype" else compared(check.value),
        "about": check.about,
        "concept": check.concept,
    }


REMEDIES: dict[str, Callable[[], str]] = {
    "deliver": lambda: _("Deliver what is missing."),
    "fill": lambda: _("Ask the source for the missing values: this column must be filled in each row."),
    "explain": lambda: _("A value may be missing here. If too many are, say why in the description of the dataset."),
    "type": lambda: _("Correct these values where they are written: they are not of the type of their column."),
    "key": lambda: _("Remove the doubled rows at the source, or give each row its own key."),
    "refer": lambda: _("Deliver the rows that these values refer to, or correct the values."),
    "map": lambda: _("Load the vocabularies that translate these codes, then translate the codes that remain."),
    "place": lambda: _("Correct the mapping: these codes do not belong in this column."),
    "dates": lambda: _(
        "Check these dates at the source. Usual causes: day and month swapped, a default date, another person's record."
    ),
    "ends": lambda: _(
        "Ask the source whether these end dates are planned: a planned end may lie in the future or after a death and "
        "is no error; say so in the description. Correct the other ends."
    ),
    "values": lambda: _(
        "Check these values at the source. Usual causes: another unit, a typing error, a default value."
    ),
    "sex": lambda: _(
        "Check these records at the source. Usual causes: a wrong sex, a wrong code, another person's record."
    ),
    "unit": lambda: _("Ask the source for these values in a unit that fits the measurement."),
    "persons": lambda: _(
        "Ask the source why persons have no row there: a file may be missing, or a filter too strict."
    ),
    "eras": lambda: _("Build the condition eras again from the conditions."),
    "periods": lambda: _("Join the observation periods of each person that overlap or touch."),
}


def remedy(repair: str) -> str:
    """Return what to do where checks fail, by the repair that ends them (`hygie.access.quality.rules.repair`)."""
    return REMEDIES[repair]()


def type_words(kind: str) -> str:
    """Return a column's type as it is read: as a schema declares it, or as the lake holds it."""
    if kind.startswith(("int", "uint")):
        return _("whole number")
    if kind.startswith(("number", "float", "decimal")):
        return _("number")
    said = {"string": _("text"), "date": _("date"), "boolean": _("yes or no")}
    return _("date and time") if kind.startswith(("datetime", "timestamp")) else said.get(kind, kind)


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
        "few": _("%(place)s is empty, or holds fewer than %(below)s rows or persons"),
        "no vocabulary": _("it needs the vocabulary table %(place)s, which is missing or empty"),
        "no cohorts": _("the dataset has no cohort tables"),
        "no table": _("it needs the table %(place)s, which the dataset does not have"),
        "no column": _("it needs the column %(place)s, which the dataset does not have"),
        "untraced": _("whose rows %(place)s holds is not known, so those of persons who refused cannot be left out"),
    }
    return said[word] % {"place": place, "below": number(below)} if word in said else ""
