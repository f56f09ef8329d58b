"""What a line's own bytes must obey before any element is read."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from hygie.intake.sources.fhir import bundle, narrative, shapes, vitalsigns

# Text that makes a line worth a closer look; most lines hold none of it. Escaped letters of ASCII are among it, because
# none of the quick looks finds a key that is written with them.
SUSPECT = ("\\u0000", *(f"\\u00{row}" for row in (4, 5, 6, 7)), "[]", "{}", '""', "null")
DATA = ('"data"', '"Bundle"')
DIV = '"div"'
VALUE = re.compile(r"\s*:\s*")
STRING = json.JSONDecoder()
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
    if isinstance(value, dict) and (found := shapes.fault(value)) is not None:
        return found
    return next((found for item in objects(value) if (found := broken(item)) is not None), None)


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON value, outermost first."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def broken(item: dict[str, Any]) -> str | None:
    """Return as `code|reason` what is wrong with one object of a resource, by what it is, or None."""
    if "contentType" in item and isinstance(item.get("data"), str):
        return attachment(item)
    if "div" in item:
        return narrative.fault(item["div"]) if isinstance(item["div"], str) else "SRC-f17|the narrative is not a text"
    if item.get("resourceType") == "Bundle":
        return bundle.fault(item)
    return vitalsigns.fault(item) if item.get("resourceType") == "Observation" else None


def attachment(item: dict[str, Any]) -> str | None:
    """Return as `code|reason` what is wrong with an Attachment's inline data, or None.

    Source   http://hl7.org/fhir/R4/datatypes.html: base64Binary, Attachment.size
    """
    try:
        size = len(base64.b64decode("".join(item["data"].split()), validate=True))
    except ValueError:
        return "SRC-f16|data is not base64"
    return "SRC-f14|Attachment.size is not the size of its data" if item.get("size", size) != size else None


def doubtful(body: bytes) -> list[int]:
    """Return where lines hold what a closer look has to judge: an odd narrative, a vital sign's code of SNOMED CT.

    Most narratives are in order, and are not worth reading their line as JSON.
    """
    found = []
    at = body.find(DIV.encode())
    while at >= 0:
        end = body.find(b"\n", at)
        end = end if end >= 0 else len(body)
        if odd(body[at:end].decode("utf-8", "replace")):
            found.append(at)
        at = body.find(DIV.encode(), end)
    if b"vital-signs" in body and b"snomed.info" in body:  # the system's slashes may be escaped
        found += [match.start() for match in vitalsigns.pattern().finditer(body)]
    return found


def odd(text: str) -> bool:
    """Say whether a line, or its end, may hold a narrative that is out of order."""
    at = text.find(DIV)
    while at >= 0:
        at += len(DIV)
        colon = VALUE.match(text, at)
        if colon is not None:
            if text[colon.end() : colon.end() + 1] != '"':
                return True
            try:
                div, at = STRING.raw_decode(text, colon.end())
            except ValueError:
                return True
            if narrative.fault(div) is not None:
                return True
        at = text.find(DIV, at)
    return False


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
