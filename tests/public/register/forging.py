"""Every value of a register, forged one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from hygie.base.kernel import Refusal
from hygie.base.ledger import actions as ledger
from hygie.base.ledger import rows
from hygie.public.register import queries

ORIGIN = "hygie/node-test"


def records() -> list[bytes]:
    """The ledger's records, in order."""
    return [record for record, _ in rows.events(0, ledger.head().size)]


def codes(document: object) -> set[str]:
    """The codes with which a document is refused; it must be."""
    with pytest.raises(Refusal) as refusal:
        queries.verify(json.dumps(document).encode(), records(), origin=ORIGIN)
    return {reason.code for reason in refusal.value.verdict.reasons}


def leaves(part: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of every value in a document, and of every empty list and object."""
    children = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    found = False
    for name, child in children:
        found = True
        yield from leaves(child, (*path, name))
    if not found:
        yield path


def forge(value: object) -> object:
    """Another value of the same type; of a time, some seconds off."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str) and value[10:11] == "T":
        return value[:18] + ("1" if value[18] == "0" else "0") + value[19:]
    if isinstance(value, str):
        other = "a" if value[-1:] in ("0", "b") else "b" if value[-1:] == "a" else "0"
        return value[:-1] + other if value else "x"
    return {"x": 1} if isinstance(value, dict) else "2020-01-01" if value is None else value


def unnoticed(document: dict[str, Any], records: Sequence[bytes], origin: str) -> tuple[int, set[tuple[str, ...]]]:
    """How many values were forged, and the paths of those whose forging passed."""
    shown = json.dumps(document)
    passed, tried = set(), 0
    for path in leaves(json.loads(shown)):
        copy = json.loads(shown)
        place = copy
        for step in path[:-1]:
            place = place[step]
        value = place[path[-1]]
        place[path[-1]] = [*value, "x"] if isinstance(value, list) else forge(value)
        tried += 1
        try:
            queries.verify(json.dumps(copy).encode(), records, origin=origin)
            passed.add(tuple(step for step in path if isinstance(step, str)))
        except Refusal:
            continue
    return tried, passed
