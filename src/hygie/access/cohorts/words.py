"""A cohort in words that a lawyer reads, in French and English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from hygie.access.cohorts.rules import categories
from hygie.access.cohorts.systems import name_of
from hygie.access.cohorts.values import (
    Age,
    AgeBody,
    All,
    AnyOf,
    Codes,
    CodesBody,
    Criterion,
    Everyone,
    NoneOf,
    Sex,
    members,
)

ENGLISH_MONTHS = "January February March April May June July August September October November December"
FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
MONTHS = {"en": ENGLISH_MONTHS.split(), "fr": FRENCH_MONTHS.split()}
RECORDS = {
    "en": {
        "visit_occurrence": "a visit",
        "condition_occurrence": "a diagnosis",
        "drug_exposure": "an exposure to a medicine",
        "procedure_occurrence": "a procedure",
        "device_exposure": "the use of a device",
        "measurement": "a measurement",
        "observation": "an observation",
    },
    "fr": {
        "visit_occurrence": "une venue",
        "condition_occurrence": "un diagnostic",
        "drug_exposure": "une exposition à un médicament",
        "procedure_occurrence": "un acte",
        "device_exposure": "l'usage d'un dispositif",
        "measurement": "une mesure",
        "observation": "une observation",
    },
}
SEXES = {
    "en": {"female": "female", "male": "male", "other": "other", "unknown": "not recorded"},
    "fr": {"female": "féminin", "male": "masculin", "other": "autre", "unknown": "non renseigné"},
}
GROUPS: dict[str, dict[type, str]] = {
    "en": {All: "meets every one of:", AnyOf: "meets at least one of:", NoneOf: "meets none of:"},
    "fr": {
        All: "remplit chacune de ces conditions :",
        AnyOf: "remplit au moins une de ces conditions :",
        NoneOf: "ne remplit aucune de ces conditions :",
    },
}
SHOWN_CODES = 12
HINTS = {
    "en": (
        "By its form, {} is a category. Where codes lie under it, records mostly carry those, and they were not "
        'counted: tick “with the codes under it” (in JSON, "descendants": true) to count them too.',
        "By their form, these codes are categories: {}. Where codes lie under one, records mostly carry those, and "
        'they were not counted: tick “with the codes under it” (in JSON, "descendants": true) to count them too.',
    ),
    "fr": (
        "Par sa forme, {} est une catégorie. Quand des codes en dépendent, les enregistrements portent surtout "
        "ceux-là, et ils n'ont pas été comptés : cochez « avec les codes qui en dépendent » (en JSON, "
        '"descendants": true) pour les compter aussi.',
        "Par leur forme, ces codes sont des catégories : {}. Quand des codes en dépendent, les enregistrements "
        "portent surtout ceux-là, et ils n'ont pas été comptés : cochez « avec les codes qui en dépendent » (en JSON, "
        '"descendants": true) pour les compter aussi.',
    ),
}


def words(criterion: Criterion, language: str = "en") -> list[str]:
    """Return a criterion as lines; each level is indented by two spaces.

    Parameters
    ----------
    criterion : Criterion
    language : str   `en` or `fr`

    Example
    -------
    >>> from hygie.access.cohorts.values import AgeBody
    >>> words(Age(age=AgeBody(at=date(2020, 1, 1), min=18)), "fr")
    ['est âgée de 18 ans ou plus au 1er janvier 2020']
    """
    inside = members(criterion)
    if inside:
        lines = [GROUPS[language][type(criterion)]]
        for member in inside:
            first, *rest = words(member, language)
            lines += [f"  – {first}", *(f"  {line}" for line in rest)]
        return lines
    match criterion:
        case Age(age=body):
            return [age_words(body, language)]
        case Sex(sex=body):
            listed = among([SEXES[language][word] for word in body.among], language)
            return [f"has the recorded sex: {listed}" if language == "en" else f"a pour sexe enregistré : {listed}"]
        case Codes(codes=body):
            return codes_words(body, language)
        case Everyone():
            return [
                "is in the dataset (everyone)" if language == "en" else "figure dans le jeu de données (tout le monde)"
            ]
    raise AssertionError(criterion)


def outline(lines: Sequence[str]) -> list[Any]:
    """Return lines of `words` as a list of lists, one for each level, without indents and dashes.

    Example
    -------
    >>> outline(["meets none of:", "  – has a diagnosis, with one of the codes:", "    – I50 (ICD-10)", "  – is born"])
    ['meets none of:', ['has a diagnosis, with one of the codes:', ['I50 (ICD-10)'], 'is born']]
    """
    levels: list[list[Any]] = [[]]
    for line in lines:
        text = line.lstrip(" ")
        deep = (len(line) - len(text)) // 2
        del levels[deep + 1 :]
        while len(levels) <= deep:
            levels[-1].append([])
            levels.append(levels[-1][-1])
        levels[-1].append(text.removeprefix("– "))
    return levels[0]


def hint(criterion: Criterion, language: str) -> str:
    """Return what to do about categories that are asked for without the codes under them; empty where there are none.

    Example
    -------
    >>> from hygie.access.cohorts.values import Code
    >>> body = CodesBody(table="condition_occurrence", codes=(Code(system="ICD10", code="I50"),))
    >>> hint(Codes(codes=body), "en").partition(". ")[0]
    'By its form, I50 (ICD-10) is a category'
    """
    found = [f"{code.code} ({name_of(code.system, language)})" for code in categories(criterion)]
    if not found:
        return ""
    listed = ", ".join(found[:SHOWN_CODES]) + (", …" if len(found) > SHOWN_CODES else "")
    one, many = HINTS[language]
    return (one if len(found) == 1 else many).format(listed)


def day_words(day: date, language: str) -> str:
    """Return a day in full.

    Example
    -------
    >>> day_words(date(2020, 3, 1), "fr"), day_words(date(2020, 3, 2), "en")
    ('1er mars 2020', '2 March 2020')
    """
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return f"{number} {MONTHS[language][day.month - 1]} {day.year}"


def age_words(body: AgeBody, language: str) -> str:
    """Return an age condition."""
    day = day_words(body.at, language)
    if body.max is None and body.min == 0:
        return f"is born by {day}" if language == "en" else f"est née au plus tard le {day}"
    if language == "en":
        span = f"{body.min} or older" if body.max is None else f"{body.min} to {body.max} (both included)"
        return f"is aged {span} on {day}"
    span = f"{body.min} ans ou plus" if body.max is None else f"{body.min} à {body.max} ans (bornes incluses)"
    return f"est âgée de {span} au {day}"


def codes_words(body: CodesBody, language: str) -> list[str]:
    """Return a condition on records: how many, of what, when, and the codes on their own lines."""
    record = RECORDS[language][body.table]
    if language == "en":
        often = f"has {record}" if body.at_least == 1 else f"has {record} at least {body.at_least} times"
        title = f"{often}{period_words(body, language)}, with one of the codes:"
    else:
        often = f"a {record}" if body.at_least == 1 else f"a au moins {body.at_least} fois {record}"
        title = f"{often}{period_words(body, language)}, sous l'un des codes :"
    below = " and every code under it" if language == "en" else " et tous les codes placés sous lui"
    lines = [
        f"{code.code} ({name_of(code.system, language)}){below if code.descendants else ''}" for code in body.codes
    ]
    lines += [
        f"concept OMOP {concept}" if language == "fr" else f"OMOP concept {concept}" for concept in body.concept_ids
    ]
    left = len(lines) - SHOWN_CODES
    if left > 0:
        more = (
            f"and {left} more, listed in the permit"
            if language == "en"
            else f"et {left} autres, énumérés dans l'autorisation"
        )
        lines = [*lines[:SHOWN_CODES], more]
    return [title, *(f"  – {line}" for line in lines)]


def period_words(body: CodesBody, language: str) -> str:
    """Return the period of a record, or nothing when it is open on both sides."""
    start = day_words(body.start, language) if body.start else None
    end = day_words(body.end, language) if body.end else None
    if language == "en":
        if start and end:
            return f" from {start} to {end} (both included)"
        return f" from {start} on" if start else f" up to {end} (included)" if end else ""
    if start and end:
        return f" du {start} au {end} (bornes incluses)"
    return f" à partir du {start}" if start else f" jusqu'au {end} (inclus)" if end else ""


def among(items: list[str], language: str) -> str:
    """Return a list of words joined by `or`."""
    joint = " or " if language == "en" else " ou "
    return joint.join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]
