"""From bytes that anybody wrote to a description, with every fault by its path."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from hygie.access.catalogue.values import Description
from hygie.access.cohorts.faults import aged, bounds, fields
from hygie.base.kernel import Reason, Refusal, Verdict, canonical, refuse, strictly_json, visible

MAX_BYTES = 1 << 18
Model = TypeVar("Model", bound=BaseModel)
# What a field that is missing, or one too many, is refused as: of a description, or of the criteria of a count.
DESCRIPTION: Mapping[str, str] = {"missing": "CAT-102", "extra_forbidden": "CAT-104"}
CRITERIA: Mapping[str, str] = {"missing": "CAT-130", "extra_forbidden": "CAT-131", "criterion": "CAT-134"}


def parse(document: bytes) -> dict[str, Any]:
    """Return the JSON object in some bytes: CAT-101 no object or over 256 KiB, CAT-123 where it is no JSON."""
    if len(document) > MAX_BYTES:
        raise refuse("CAT-101", found=f"{len(document)} bytes")
    try:
        body = strictly_json(document.decode())
    except json.JSONDecodeError as error:
        raise refuse("CAT-123", line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError) as error:
        raise refuse("CAT-101", found=type(error).__name__) from None
    if not isinstance(body, dict):
        raise refuse("CAT-101", found=type(body).__name__)
    return body


def read(body: bytes | Mapping[str, Any]) -> Description:
    """Return a description.

    Parameters
    ----------
    body : bytes or Mapping   JSON

    Errors     CAT-101 not a JSON object; CAT-123 not JSON; CAT-102 missing, CAT-103 wrong, CAT-104 unknown field: all
               at once, by path
    """
    given = parse(body) if isinstance(body, bytes) else body
    return strictly(TypeAdapter(Description), given)


def strictly(adapter: TypeAdapter[Any], given: object, codes: Mapping[str, str] = DESCRIPTION) -> Any:
    """Return JSON values as a model, or refuse with every fault; `codes` says as what, by kind of fault."""
    try:
        encoded = canonical(given)
    except (TypeError, ValueError, RecursionError):
        raise refuse("CAT-101", found="a value that JSON does not have") from None
    try:
        return adapter.validate_json(encoded, strict=True)
    except ValidationError as error:
        raise Refusal(Verdict(tuple(reason(fault, codes) for fault in own(error)))) from None


def own(error: ValidationError) -> list[Mapping[str, Any]]:
    """Return the faults, without those of lists that are too short for want of their faulty members."""
    found: list[Mapping[str, Any]] = list(error.errors(include_url=False))
    places = {fault["loc"][:at] for fault in found for at in range(len(fault["loc"]))}
    return [fault for fault in found if fault["type"] != "too_short" or fault["loc"] not in places]


def reason(fault: Mapping[str, Any], codes: Mapping[str, str]) -> Reason:
    """Return one of the model's errors as a reason."""
    path = path_of(fault["loc"])
    last = str(fault["loc"][-1])[:64] if fault["loc"] else "$"
    age = aged(fault)
    if age:
        return Reason(age[0], {name: show(fact) for name, fact in age[1].items()}, path)
    if fault["type"] == "missing":
        return Reason(codes["missing"], {"field": last}, path)
    if fault["type"] == "extra_forbidden":
        return Reason(codes["extra_forbidden"], {"found": visible(last), "accepted": fields(fault["loc"])}, path)
    if fault["type"] in codes:
        keys = fault["input"] if isinstance(fault["input"], dict) else {}
        given = ", ".join(visible(str(key), 40) for key in list(keys)[:4]) or "–"
        return Reason(codes[fault["type"]], {"found": given, "accepted": bounds(fault)}, path)
    return Reason("CAT-103", {"found": show(fault["input"]), "accepted": bounds(fault)}, path)


def path_of(loc: tuple[int | str, ...]) -> str:
    """Return an error's place as a JSON path.

    Example
    -------
    >>> path_of(("keywords", 0, "fr"))
    '$.keywords[0].fr'
    """
    path = "$"
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith("@"):
            path += f".{step[:64]}" if step.isascii() and step.isprintable() else ".?"
    return path


def show(value: object) -> str:
    """Return a value short and visible, to be shown back to who wrote it."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, bool | int | float) or value is None:
        return str(value)[:40] if not isinstance(value, float) or math.isfinite(value) else "–"
    return "object" if isinstance(value, dict) else "array"
