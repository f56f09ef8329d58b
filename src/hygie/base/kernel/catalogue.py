"""The texts of refusals: every room's `refusals.toml`, read once, in French and English."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from hygie.base.kernel.folding import folded
from hygie.base.kernel.signs import within
from hygie.base.kernel.values import Reason

LANGUAGES = ("en", "fr")
PARTS = ("asked", "found", "accepted", "help")


@dataclass(frozen=True)
class Entry:
    """What a code means: exit code, HTTP status, source, its text in each language, and the command that helps."""

    code: str
    exit: int
    http: int
    source: str
    texts: Mapping[str, Mapping[str, str]]
    command: str = ""


@cache
def entries() -> Mapping[str, Entry]:
    """Return every refusal of every room by code."""
    return {code: entry for table in tables("refusals.toml") for code, entry in read(table).items()}


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Return what every room's `words.toml` calls a code, such as an action, in each language."""
    return {code: said for table in tables("words.toml") for code, said in table.items()}


def tables(name: str) -> Iterator[dict[str, Any]]:
    """Yield the files of a name in the rooms, or all in the folders of that name, read."""
    for wing in resources.files("hygie").iterdir():
        for room in wing.iterdir() if wing.is_dir() else ():
            table = room / name
            for file in table.iterdir() if table.is_dir() else [table]:
                if file.name.endswith(".toml") and file.is_file():
                    yield tomllib.loads(file.read_text("utf-8"))


@cache
def common() -> frozenset[str]:
    """Return the words of the rooms' own texts and of the law's, folded: what tells nobody from anybody.

    Example
    -------
    >>> {"data", "donnees", "necessary"} <= common(), "dupont" in common()
    (True, False)
    """
    found: list[object] = [*tables("refusals.toml"), *tables("words.toml"), *tables("data")]
    said: set[str] = set()
    while found:
        each = found.pop()
        if isinstance(each, str):
            said.update(folded(each).split())
        else:
            found.extend(within(each))
    return frozenset(said)


def read(table: Mapping[str, object]) -> dict[str, Entry]:
    """Return the entries of one `refusals.toml`: `exit`, then a table for each code."""
    exit_code = int(str(table["exit"]))
    return {
        code: Entry(
            code,
            exit_code,
            int(body["http"]),
            body["source"],
            {language: body[language] for language in LANGUAGES},
            body.get("command", ""),
        )
        for code, body in table.items()
        if isinstance(body, dict)
    }


class Blank(dict[str, object]):
    """Facts for a text; one that is not given shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin",
           "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
}  # fmt: skip


class Spoken(string.Formatter):
    """Fills a text's places.

    `{n:cell|cells}` says the first word for one (in French also for none), else the second; `{on:day}` says a day.

    Example
    -------
    >>> Spoken("fr").format("{n} {n:cellule compte|cellules comptent}", n=1)
    '1 cellule compte'
    >>> Spoken("fr").format("le {on:day}", on="2021-01-01")
    'le 1er janvier 2021'
    """

    def __init__(self, language: str) -> None:
        self.french = language == "fr"

    def format_field(self, value: object, format_spec: str) -> str:
        """Return a fact as it is said, a day written out, or the word that goes with its number."""
        if format_spec == "day":
            return self.day(str(value))
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        one, more = format_spec.split("|")
        few = isinstance(value, int | float) and (value == 1 or (self.french and value < 2))
        return one if few else more

    def day(self, value: str) -> str:
        """Return a day in words; what is none as it is."""
        try:
            on = date.fromisoformat(value)
        except ValueError:
            return value
        first = "1er" if self.french and on.day == 1 else on.day
        return f"{first} {MONTHS['fr' if self.french else 'en'][on.month - 1]} {on.year}"


@dataclass(frozen=True)
class Explanation:
    """A reason as a person reads it; `command` is what they can type, told on the command line alone."""

    code: str
    path: str
    asked: str
    found: str
    accepted: str
    help: str
    source: str
    exit: int
    http: int
    command: str = ""


def said(fact: object, language: str) -> object:
    """Return the plain words for a fact that is a code with words, or such codes between commas; others as they are."""
    if not isinstance(fact, str):
        return fact
    known, codes = words(), [fact] if fact in words() else fact.split(", ")
    return ", ".join(known[code][language] for code in codes) if all(code in known for code in codes) else fact


def coded(kind: str, codes: Iterable[str]) -> str:
    """Return codes of a kind as a fact that is told in the reader's words.

    Example
    -------
    >>> coded("state", ["draft", "paused"])
    'state.draft, state.paused'
    """
    return ", ".join(f"{kind}.{code}" for code in codes)


def explain(reason: Reason, language: str = "en") -> Explanation:
    """Return a reason's text in one language.

    Parameters
    ----------
    reason : Reason   a fact that is a sentence comes once in each language, as `said_en` and `said_fr` for `{said}`
    language : str   `en` or `fr`

    Errors   KeyError for a code that no room declares; a house test keeps that from happening
    """
    entry = entries()[reason.code]
    facts = Blank({name.removesuffix(f"_{language}"): said(fact, language) for name, fact in reason.facts.items()})
    spoken = Spoken(language)
    text = {part: spoken.vformat(entry.texts[language][part], (), facts) for part in PARTS}
    command = spoken.vformat(entry.command, (), facts)
    return Explanation(
        entry.code, reason.path, **text, source=entry.source, exit=entry.exit, http=entry.http, command=command
    )
