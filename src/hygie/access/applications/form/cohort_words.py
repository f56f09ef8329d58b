"""Criteria in a reader's words, those that cannot be taken too: the applicant reads back what they wrote."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from hygie.access.applications.form.criteria import COHORT, LEAVES
from hygie.access.cohorts.values import MAX_DEPTH, All, AnyOf, NoneOf
from hygie.access.cohorts.words import GROUPS, words
from hygie.base.kernel import canonical, visible
from hygie.base.kernel.catalogue import said

MEMBERS: Mapping[str, type] = {"all": All, "any": AnyOf, "none": NoneOf}
MOST = 50


def told(value: object, language: str, deep: int = 0) -> list[str]:
    """Return criteria as lines; what cannot be read is told part by part.

    Parameters
    ----------
    value : object   as the document holds it
    deep : int       how many groups it lies in

    Example
    -------
    >>> told({"age": {"at": "2020-01-01", "min": 90, "max": 18}}, "en")
    ['age: on the day 2020-01-01, least age 90, greatest age 18']
    """
    try:
        return words(COHORT.validate_json(canonical(value), strict=True), language)
    except (ValidationError, RecursionError):
        pass
    name, body = next(iter(value.items())) if isinstance(value, Mapping) and len(value) == 1 else ("", None)
    if name in MEMBERS and isinstance(body, list) and deep < MAX_DEPTH:
        lines = [GROUPS[language][MEMBERS[name]]]
        for member in body[:MOST]:
            first, *rest = told(member, language, deep + 1)
            lines += [f"  – {first}", *(f"  {line}" for line in rest)]
        return lines
    if name not in LEAVES:
        return [str(said("criteria.key", language))]
    mark = "\u00a0:" if language == "fr" else ":"
    return [f"{said(f'criterion.{name}', language)}{mark} {parts(body, language)}"]


def parts(body: object, language: str) -> str:
    """Return what a criterion says, part by part."""
    if not isinstance(body, Mapping) or not body:
        return str(said("criteria.nothing", language)) if not body else flat(body)
    known = {"codes": "part.code"}
    return ", ".join(
        f"{said(known.get(str(name), f'part.{name}'), language)} {flat(each)}".removeprefix("part.")
        for name, each in list(body.items())[:MOST]
    )


def flat(value: object) -> str:
    """Return a value's own words.

    Example
    -------
    >>> flat([{"system": "SNOMED", "code": "44054006"}, 7])
    'SNOMED 44054006, 7'
    """
    if isinstance(value, Mapping):
        return " ".join(flat(each) for each in list(value.values())[:MOST])
    if isinstance(value, list):
        return ", ".join(flat(each) for each in value[:MOST])
    return "–" if value in ("", None) else visible(str(value))
