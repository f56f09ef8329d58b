"""What a strict model accepts where it refused a value: in signs, or as a code with words in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from hygie.access.cohorts.values import KEYS, AgeBody, Code, CodesBody, SexBody
from hygie.base.kernel.catalogue import words

SIGNS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("≥", "ge"),
    "greater_than": (">", "gt"),
    "less_than_equal": ("≤", "le"),
    "less_than": ("<", "lt"),
}
TYPES: Mapping[str, str] = {
    "int": "value.integer",
    "float": "value.number",
    "bool": "value.truth",
    "string": "value.text",
    "dict": "value.object",
    "model": "value.object",
    "list": "value.list",
    "tuple": "value.list",
    "date": "a day is written YYYY-MM-DD",
}


def bounds(fault: Mapping[str, Any]) -> str:
    """Return what is accepted in place of a value that pydantic refused, never in that library's own words.

    Example
    -------
    >>> bounds({"type": "less_than_equal", "ctx": {"le": 64}}), bounds({"type": "int_type"})
    ('≤ 64', 'value.integer')
    """
    kind, facts = str(fault["type"]), fault.get("ctx", {})
    if kind == "criterion":
        return ", ".join(KEYS)
    if kind in SIGNS:
        sign, name = SIGNS[kind]
        return f"{sign} {facts[name]}"
    if kind == "literal_error":
        return str(facts["expected"]).replace("'", "").replace(" or ", ", ")
    if kind == "string_pattern_mismatch":
        return str(facts["pattern"])
    if kind in ("string_too_long", "too_long", "string_too_short", "too_short"):
        sign, name = ("≤", "max_length") if kind.endswith("long") else ("≥", "min_length")
        return f"{sign} {facts[name]}"
    if kind == "value_error":
        own = str(facts.get("error", ""))
        return own if own in words() else "value.schema"
    return TYPES.get(kind.split("_")[0], "value.schema")


def aged(fault: Mapping[str, Any]) -> tuple[str, Mapping[str, object]] | None:
    """Return the code and the facts of what pydantic refused of an age; None for any other fault.

    Errors   none raised; COH-106 no age, COH-107 the oldest under the youngest, COH-108 no day to reckon it on

    Example
    -------
    >>> aged({"type": "int_type", "loc": ("@age", "age", "min"), "input": "abc"})
    ('COH-106', {'end': 'age.min', 'found': 'abc'})
    >>> aged({"type": "missing", "loc": ("@age", "age", "at"), "input": {"min": 18}})
    ('COH-108', {'found': 'age.none'})
    """
    loc, held = tuple(fault["loc"]), fault["input"]
    match loc[-2:]:
        case ("age", "min" | "max") if fault["type"] != "missing":
            return "COH-106", {"end": f"age.{loc[-1]}", "found": held}
        case ("age", "at"):
            return "COH-108", {"found": "age.none" if fault["type"] == "missing" or held == "" else held}
        case ("@age", "age") if fault["type"] == "value_error":
            return "COH-107", {"least": held.get("min", 0), "greatest": held["max"]}
    return None


def fields(loc: Sequence[int | str]) -> str:
    """Return the fields that the part of a criterion takes in which one too many stands, at a place of pydantic's.

    Example
    -------
    >>> fields(("@sex", "sex", "inn")), fields(("@codes", "codes", "codes", 0, "cod"))
    ('in', 'system, code, descendants')
    """
    above = loc[-2] if len(loc) > 1 else ""
    bodies: Mapping[object, type[BaseModel]] = {"codes": CodesBody, "age": AgeBody, "sex": SexBody}
    body = Code if isinstance(above, int) else bodies.get(above)
    return ", ".join(field.alias or name for name, field in body.model_fields.items()) if body else "–"
