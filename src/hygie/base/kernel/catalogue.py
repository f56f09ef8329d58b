"""The texts of refusals: every room's `refusals.toml`, read once, in French and English."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from hygie.base.kernel.values import Reason

LANGUAGES = ("en", "fr")
PARTS = ("asked", "found", "accepted", "help")


@dataclass(frozen=True)
class Entry:
    """What a code means: exit code, HTTP status, source, and its text in each language."""

    code: str
    exit: int
    http: int
    source: str
    texts: Mapping[str, Mapping[str, str]]


@cache
def entries() -> Mapping[str, Entry]:
    """Return every refusal of every room by code."""
    found: dict[str, Entry] = {}
    for wing in resources.files("hygie").iterdir():
        if not wing.is_dir():
            continue
        for room in wing.iterdir():
            table = room / "refusals.toml"
            if room.is_dir() and table.is_file():
                found.update(read(tomllib.loads(table.read_text("utf-8"))))
    return found


def read(table: Mapping[str, object]) -> dict[str, Entry]:
    """Return the entries of one `refusals.toml`: `exit`, then a table for each code."""
    exit_code = int(str(table["exit"]))
    return {
        code: Entry(
            code, exit_code, int(body["http"]), body["source"], {language: body[language] for language in LANGUAGES}
        )
        for code, body in table.items()
        if isinstance(body, dict)
    }


class Blank(dict[str, object]):
    """Facts for a text; one that is not given shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


@dataclass(frozen=True)
class Explanation:
    """A reason as a person reads it."""

    code: str
    path: str
    asked: str
    found: str
    accepted: str
    help: str
    source: str
    exit: int
    http: int


def explain(reason: Reason, language: str = "en") -> Explanation:
    """Return a reason's text in one language.

    Parameters
    ----------
    reason : Reason
    language : str   `en` or `fr`

    Errors   KeyError for a code that no room declares; a house test keeps that from happening
    """
    entry = entries()[reason.code]
    facts = Blank(reason.facts)
    text = {part: string.Formatter().vformat(entry.texts[language][part], (), facts) for part in PARTS}
    return Explanation(entry.code, reason.path, **text, source=entry.source, exit=entry.exit, http=entry.http)
