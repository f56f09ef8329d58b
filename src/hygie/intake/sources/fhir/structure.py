"""What a line's own bytes must obey before any element is read."""

from __future__ import annotations

import json
import re

# Bytes that make a line worth a closer look; most lines hold none of them.
SUSPECT = (b"\0", b"\\u0000", b"[]", b"{}", b'""', b":null", b": null", b"[ ]", b"{ }", b"NaN", b"Infinity")
ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def fault(line: bytes) -> str | None:
    """Return what is wrong with a line as `code|reason`, or None.

    Source   http://hl7.org/fhir/R4/json.html: UTF-8; no property that is empty; null only within arrays of primitives
    """
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        return f"SRC-f01|byte {error.start + 1} of the line is not UTF-8"
    if b"\0" in line or ESCAPED_NUL.search(line):
        return "SRC-f02|NUL character"
    if not any(mark in line for mark in SUSPECT):
        return None
    try:
        value = json.loads(text, parse_constant=reject, object_pairs_hook=unique)
    except RecursionError:
        return "SRC-f04|nested too deeply"
    except ValueError as error:
        position = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else f": {error}"
        return f"SRC-f04|not JSON{position}"
    place = empty(value)
    return None if place is None else f"SRC-f13|{place} has no value"


def reject(constant: str) -> object:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{constant} is not a JSON number")


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object; refuse one that names a property twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a property is given twice")
    return found


def empty(value: object) -> str | None:
    """Return the path of the first element that is present without a value, or None.

    Example
    -------
    >>> empty({"category": [{"coding": []}]})
    'category.coding'
    """
    stack: list[tuple[str, object, bool]] = [("", value, False)]
    while stack:
        path, item, in_array = stack.pop()
        if item is None and in_array:
            continue
        if item is None or item == "" or item == [] or item == {}:
            return path or "the resource"
        if isinstance(item, dict):
            stack.extend((f"{path}.{name[:64]}".lstrip("."), child, False) for name, child in reversed(item.items()))
        elif isinstance(item, list):
            stack.extend((path, child, True) for child in reversed(item))
    return None
