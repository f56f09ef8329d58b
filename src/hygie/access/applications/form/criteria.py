"""What is wrong in a cohort's criteria: which criterion, which part of it, what it says and what it may say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hygie.access.applications.document import Document, at
from hygie.access.cohorts.faults import bounds
from hygie.access.cohorts.rules import check_codes
from hygie.access.cohorts.values import MAX_DEPTH, Criterion, depth
from hygie.access.permits.reading import path_of, show
from hygie.base.kernel import Reason, Scalar, canonical

PATH = "$.data.cohort"
COHORT: TypeAdapter[Any] = TypeAdapter(Criterion)
BESIDE = frozenset({"APP-138", "APP-146", "APP-147", "COH-105"})
LEAVES = ("codes", "age", "sex", "everyone")
DAY = "a day is written YYYY-MM-DD"
KINDS = {"missing": "value.present", "extra_forbidden": "value.known"}
PARTS = {
    "code": "value.code",
    "system": "value.system",
    "concept_ids": "value.concept",
    "from": DAY,
    "to": DAY,
    "at": DAY,
    "at_least": "value.times",
    "min": "value.age",
    "max": "value.age",
}


def check_cohort(document: Document, case: object) -> list[Reason]:  # noqa: ARG001
    """Refuse criteria that cannot be read, each by its place among those of its kind, and codes that no data can hold.

    Errors     none raised; APP-125, APP-138, APP-146, APP-147; COH-105
    Source     Reg. (EU) 2025/327 art. 67(2)(d)
    """
    cohort = at(document, "data.cohort")
    if not cohort:
        return []
    try:
        criterion = COHORT.validate_json(canonical(cohort), strict=True)
        if depth(criterion) <= MAX_DEPTH:
            return misspelt(check_codes(criterion, PATH).reasons, cohort)
    except ValidationError as error:
        return faults(error, cohort)
    except RecursionError:
        pass
    return [Reason("APP-125", {"found": "criteria.deep"}, PATH)]


def misspelt(reasons: Iterable[Reason], cohort: Any) -> list[Reason]:
    """Return why codes cannot be asked for, each with its criterion among those of its kind."""
    named = dict(numbered(cohort, PATH))
    found = []
    for each in reasons:
        kind, number = next(place for path, place in named.items() if each.path.startswith(f"{path}."))
        found.append(replace(each, facts={**each.facts, "criterion": f"criterion.{kind}", "number": number}))
    return found


def faults(error: ValidationError, cohort: Any) -> list[Reason]:
    """Return what a strict model refused as reasons; a group is not blamed for what is wrong inside it.

    Example
    -------
    >>> wrong = {"sex": {"in": ["woman"]}}
    >>> [each.facts["criterion"] for each in check_cohort({"data": {"cohort": wrong}}, None)]
    ['criterion.sex']
    """
    named = dict(numbered(cohort, PATH))
    listed = [(PATH + path_of(fault["loc"])[1:], fault) for fault in error.errors(include_url=False)]
    found = []
    for path, fault in listed:
        inner = [other for other, _ in listed if other != path and other.startswith((f"{path}[", f"{path}."))]
        leaf = next((each for each in named if path == each or path.startswith(f"{each}.")), None)
        if fault["type"] == "too_short" and inner:
            continue
        if leaf is None:
            found.append(Reason("APP-125", {"found": "criteria.key"}, path))
            continue
        kind, number = named[leaf]
        ends = crossed(fault, kind)
        if ends:
            code, facts = ends
            found.append(Reason(code, {"criterion": f"criterion.{kind}", "number": number, **facts}, path))
            continue
        facts = {
            "criterion": f"criterion.{kind}",
            "number": number,
            "part": part(path, leaf, kind),
            "found": said(fault["input"]),
            "accepted": allowed(fault),
        }
        found.append(Reason("APP-138", facts, path))
    return found


def crossed(fault: Mapping[str, Any], kind: str) -> tuple[str, Mapping[str, Scalar]] | None:
    """Return the code and the ends of ages or days that end before they begin, None for any other fault.

    Example
    -------
    >>> crossed({"type": "value_error", "input": {"min": 90, "max": 18}}, "age")
    ('APP-146', {'least': 90, 'greatest': 18})
    """
    held = fault["input"]
    if fault["type"] != "value_error" or not isinstance(held, Mapping):
        return None
    if kind == "age" and "max" in held:
        return "APP-146", {"least": held.get("min", 0), "greatest": held["max"]}
    if kind == "codes" and held.get("from") and held.get("to"):
        return ("APP-147", {"first": held["from"], "last": held["to"]}) if held["to"] < held["from"] else None
    return None


def numbered(value: Any, path: str, seen: dict[str, int] | None = None) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each criterion without members by its path, with its kind and its place among those of its kind.

    Example
    -------
    >>> dict(numbered({"none": [{"codes": {}}, {"age": {}}]}, "$"))
    {'$.none[0]': ('codes', ' 1'), '$.none[1]': ('age', '')}
    """
    seen = {} if seen is None else seen
    key = next(iter(value), "") if isinstance(value, Mapping) and len(value) == 1 else ""
    if key in LEAVES:
        seen[key] = seen.get(key, 0) + 1
        yield path, (key, f" {seen[key]}" if key == "codes" or seen[key] > 1 else "")
    elif key in ("all", "any", "none") and isinstance(value[key], list):
        for place, member in enumerate(value[key]):
            yield from numbered(member, f"{path}.{key}[{place}]", seen)


def part(path: str, leaf: str, kind: str) -> str:
    """Return which part of a criterion a path leads to, as a code with words.

    Example
    -------
    >>> part("$.codes.codes[0].system", "$", "codes"), part("$.age", "$", "age")
    ('part.system', 'part.whole')
    """
    last = path.removeprefix(f"{leaf}.{kind}").split("[")[0 if "concept_ids" in path else -1].rsplit(".", 1)[-1]
    known = ("table", "system", "code", "concept_ids", "from", "to", "at_least", "at", "min", "max", "in")
    return f"part.{last}" if last in known else "part.in" if kind == "sex" else "part.whole"


def said(value: object) -> str:
    """Return what a criterion says, in quotation marks; a code with words where it says nothing or more than a word."""
    if value in ("", None):
        return "criteria.nothing"
    return "criteria.group" if isinstance(value, dict | list) else f"“{show(value)}”"


def allowed(fault: Mapping[str, Any]) -> str:
    """Return what may stand where a value was refused."""
    last = next((str(step) for step in reversed(fault["loc"]) if isinstance(step, str)), "")
    if fault["type"] in KINDS:
        return KINDS[fault["type"]]
    return PARTS.get(last) or bounds(fault)
