"""JSON as its standard has it, where Python's reader takes more."""

from __future__ import annotations

import json
import math
from typing import Any


def strictly_json(text: str, **hooks: Any) -> Any:
    """Return the value that a JSON text stands for; ValueError for NaN, the infinities and numbers that overflow.

    Parameters
    ----------
    hooks : Any   what `json.loads` takes beside, such as `object_pairs_hook`

    Source     RFC 8259 section 6

    Example
    -------
    >>> strictly_json('{"a": 1.5}')
    {'a': 1.5}
    """
    return json.loads(text, **{"parse_constant": no_constant, "parse_float": finite, **hooks})


def no_constant(name: str) -> float:
    """Refuse NaN and the infinities, which are not JSON."""
    raise ValueError(name)


def finite(text: str) -> float:
    """Return a number with a fraction, refusing what overflows."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def deeper(value: object, limit: int) -> bool:
    """Return whether a JSON value is nested deeper than a limit.

    Example
    -------
    >>> deeper({"a": [1]}, 2), deeper({"a": [1]}, 3)
    (True, False)
    """
    level: list[object] = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in inside(outer)]
        if not level:
            return False
    return True


def inside(value: object) -> list[object]:
    """Return what lies directly inside a JSON value."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
