"""What a text file may hold: plain UTF-8, nothing hidden, nothing that acts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hygie.base.disclosure import text as texts
from hygie.base.disclosure.text import MARKUP, Flaw
from hygie.secure.airlock.values import Check

CODES = {
    "content": ("content", "AIR-209"), "encoding": ("encoding", "AIR-205"), "characters": ("characters", "AIR-206"),
    "opaque": ("opaque", "AIR-214"), "separator": ("content", "AIR-246"), "csv": ("content", "AIR-208"),
    "empty": ("shape", "AIR-216"), "shape": ("shape", "AIR-208"), "formula": ("formula", "AIR-207"),
    "active": ("active", "AIR-210"),
}  # fmt: skip


def told(flaws: Sequence[Flaw]) -> list[Check]:
    """Return what is wrong with a file as checks that block it."""
    return [Check(*CODES[flaw.rule], "block", flaw.limit, flaw.cells, flaw.where) for flaw in flaws]


def decode(data: bytes) -> tuple[str, list[Check]]:
    """Return a file's text and what is wrong with its characters."""
    text, flaws = texts.decode(data)
    return text, told(flaws)


def plain(data: bytes, ending: str) -> list[Check]:
    """Return what is wrong with a text, Markdown or JSON file."""
    text, found = decode(data)
    if found:
        return found
    opaque = told(list(texts.opaque(text)))
    if ending == "json":
        return [*opaque, *json_checks(text)]
    if marks := MARKUP.findall(text):
        found.append(Check("active", "AIR-210", "block", cells=len(marks), where=tuple(sorted(set(marks))[:5])))
    return [*found, *opaque]


def json_checks(text: str) -> list[Check]:
    """Return what is wrong with a JSON text: not JSON, a key twice, not finite, nested too deep."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key comes twice")
        return dict(pairs)

    def finite(word: str) -> float:
        raise ValueError(word)

    try:
        json.loads(text, object_pairs_hook=once, parse_constant=finite)
    except (ValueError, RecursionError) as error:
        return [Check("content", "AIR-209", "block", where=(str(error)[:60],))]
    marks = sorted(set(MARKUP.findall(text)))
    return [Check("active", "AIR-210", "block", cells=len(marks), where=tuple(marks[:5]))] if marks else []


def read_csv(data: bytes) -> tuple[list[list[str]], list[Check]]:
    """Return a CSV file's rows and what is wrong with it as a file."""
    rows, flaws = texts.read_csv(data)
    return rows, told(flaws)
