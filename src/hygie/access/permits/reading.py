"""From bytes that anybody wrote to the parts of a draft, with every fault by its path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

from hygie.access.cohorts.faults import bounds
from hygie.access.permits.values import SET_AT_GRANT, Data, Draft
from hygie.base.kernel import Reason, canonical, deeper, legible, refuse, strictly_json, visible

MAX_BYTES = 1 << 20
MAX_DEPTH = 60


@dataclass(frozen=True)
class Reading:
    """What could be read of a document.

    Parameters
    ----------
    parts : Mapping   the sound parts of the draft by path: `purpose`, `data.tables`, …
    reasons : tuple   why the others are not
    draft : Draft     the whole, when nothing is wrong
    """

    parts: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    draft: Draft | None


def parse(document: bytes) -> dict[str, Any]:
    """Return the JSON object in some bytes.

    Parameters
    ----------
    document : bytes   at most 1 MiB of UTF-8

    Errors     PMT-101 too long; PMT-102 not a JSON object, nested too deep, or a number that is none;
               PMT-103 a name that stands twice
    """
    if len(document) > MAX_BYTES:
        raise refuse("PMT-101", found=len(document), accepted=MAX_BYTES)
    try:
        body = strictly_json(document.decode(), object_pairs_hook=once, parse_constant=no_constant)
    except RecursionError:
        raise refuse("PMT-102", found="nested too deep") from None
    except UnicodeDecodeError as error:
        raise refuse("PMT-102", found=f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise refuse("PMT-102", found=f"{error.msg}, line {error.lineno} column {error.colno}") from None
    except ValueError:
        raise refuse("PMT-102", found="a number that is too long or is none") from None
    if not isinstance(body, dict):
        raise refuse("PMT-102", found=kind(body))
    if deeper(body, MAX_DEPTH):
        raise refuse("PMT-102", found="nested too deep")
    return body


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's pairs, refusing a name that stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise refuse("PMT-103", found=show(double))
    return found


def no_constant(name: str) -> None:
    """Refuse NaN and the infinities, which are not JSON."""
    raise refuse("PMT-102", found=name)


def read(body: Mapping[str, Any]) -> Reading:
    """Return the sound parts of a draft, and a reason for each fault.

    Parameters
    ----------
    body : Mapping   JSON values, as `parse` gave them

    Errors     none raised; PMT-104 to PMT-107, KER-106 as reasons
    """
    given = dict(body)
    early = [name for name in SET_AT_GRANT if given.pop(name, None) is not None]
    reasons = [Reason("PMT-107", {}, f"$.{name}") for name in early]
    try:
        draft = Draft.model_validate_json(encode(given))
    except ValidationError as error:
        reasons += faults(error)
        return Reading(parts_of(Draft, given, ""), tuple(reasons), None)
    except UnicodeEncodeError:
        raise refuse("PMT-102", found="half of a surrogate pair") from None
    reasons += legible(given).reasons
    parts = {name: getattr(draft, name) for name in Draft.model_fields}
    parts |= {f"data.{name}": getattr(draft.data, name) for name in Data.model_fields}
    return Reading(parts, tuple(reasons), draft)


def encode(value: object) -> bytes:
    """Return JSON values as bytes for the model, which reads strictly only from JSON."""
    return canonical(value)


def parts_of(model: type[BaseModel], body: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the fields of a model that are sound on their own, by path."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        alias = field.alias or name
        if alias not in body:
            if not field.is_required():
                found[f"{prefix}{name}"] = field.get_default()
            continue
        try:
            found[f"{prefix}{name}"] = adapter(model, name).validate_json(encode(body[alias]), strict=True)
        except ValidationError:
            if name == "data" and isinstance(body[alias], dict):
                found |= parts_of(Data, body[alias], "data.")
        else:
            if name == "data":
                found |= {f"data.{inner}": getattr(found["data"], inner) for inner in Data.model_fields}
    return found


@cache
def adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    """Return what reads one field of a model."""
    return TypeAdapter(get_type_hints(model, include_extras=True)[name])


def faults(error: ValidationError) -> list[Reason]:
    """Return the model's errors as reasons, leaving out those that only follow from another."""
    found = []
    listed = [(path_of(fault["loc"]), fault) for fault in error.errors(include_url=False)]
    for path, fault in listed:
        follows = fault["type"] == "too_short" and any(
            other != path and other.startswith((f"{path}[", f"{path}.")) for other, _ in listed
        )
        if follows:
            continue
        if fault["type"] == "missing":
            found.append(Reason("PMT-105", {"field": str(fault["loc"][-1])}, path))
        elif fault["type"] == "extra_forbidden":
            found.append(Reason("PMT-106", {"found": show(str(fault["loc"][-1]))}, path))
        else:
            found.append(Reason("PMT-104", {"found": show(fault["input"]), "accepted": bounds(fault)}, path))
    return found


def path_of(loc: tuple[int | str, ...]) -> str:
    """Return a model's error location as a JSON path.

    Example
    -------
    >>> path_of(("data", "cohort", "@all", "all", 0, "@age", "age", "min"))
    '$.data.cohort.all[0].age.min'
    """
    path = "$"
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith("@") and step != "[key]":
            path += f".{step[:64]}" if step.isascii() and step.isprintable() else ".?"
    return path


def show(value: object) -> str:
    """Return a value short and visible, to be shown back to who wrote it."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        return str(value)[:40] if not isinstance(value, int) or abs(value) < 10**30 else "a very long number"
    if isinstance(value, str):
        return visible(value)
    return kind(value)


def kind(value: object) -> str:
    """Return the JSON word for a value's type."""
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list | tuple) else type(value).__name__
