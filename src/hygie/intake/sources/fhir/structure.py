"""What a line's own bytes must obey before any element is read."""

from __future__ import annotations

import base64
import json
import re

# Text that makes a line worth a closer look; most lines hold none of it.
SUSPECT = ("\\u0000", "[]", "{}", '""', "null")
DATA = ('"data"',)
ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def unreadable(line: bytes) -> str | None:
    """Return as `code|reason` why a line is not text, or None.

    Source   http://hl7.org/fhir/R4/json.html: UTF-8
    """
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"SRC-f01|byte {error.start + 1} of the line is not UTF-8"
    return "SRC-f02|NUL character" if b"\0" in line else None


def fault(text: str) -> str | None:
    """Return as `code|reason` what is wrong with a line that holds something of SUSPECT, or None.

    Source   http://hl7.org/fhir/R4/json.html: no property without a value, null only in an array; RFC 8259
    """
    if ESCAPED_NUL.search(text):
        return "SRC-f02|NUL character"
    try:
        value = json.loads(text, parse_constant=reject, object_pairs_hook=unique)
    except RecursionError:
        return "SRC-f04|nested too deeply"
    except ValueError as error:
        return f"SRC-f04|not JSON: {error.msg if isinstance(error, json.JSONDecodeError) else error}"
    place = empty(value)
    if place is not None:
        return f"SRC-f13|{place} has no value"
    return attachments(value)


def attachments(value: object) -> str | None:
    """Return as `code|reason` what is wrong with a resource's inline data, or None.

    Source   http://hl7.org/fhir/R4/datatypes.html: base64Binary, Attachment.size
    """
    stack = [value]
    while stack:
        item = stack.pop()
        stack.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        if not isinstance(item, dict) or "contentType" not in item or not isinstance(item.get("data"), str):
            continue
        try:
            size = len(base64.b64decode("".join(item["data"].split()), validate=True))
        except ValueError:
            return "SRC-f16|data is not base64"
        if item.get("size", size) != size:
            return "SRC-f14|Attachment.size is not the size of its data"
    return None


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
