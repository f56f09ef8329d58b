"""From a text to the words that search compares, and from a question to what would answer it: pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

from hygie.access.catalogue.rules import plain

Alternative = tuple[str, ...]
WORD = re.compile(r"[^\W_]+(?:[.\-/][^\W_]+)*")
PARTS = re.compile(r"[.\-/]")
LONGEST = 40
UNITS = 8
# words that are in every text
COMMON = frozenset((
    "a", "an", "and", "are", "as", "at", "au", "aux", "by", "ce", "ces", "d", "dans", "de", "des", "du", "elle", "en",
    "est", "et", "for", "from", "il", "in", "is", "it", "its", "l", "la", "le", "les", "leur", "of", "on", "ou", "or",
    "par", "pour", "qui", "s", "se", "ses", "son", "sur", "that", "the", "their", "to", "un", "une", "was", "which",
    "with",
))  # fmt: skip


def words(text: str) -> list[str]:
    """Return the words of a text without case and accents; a code counts whole, without its signs, and by its parts.

    Example
    -------
    >>> words("Infarctus (I21.9) à l'hôpital"), words("B01AC06 person_id")
    (['infarctus', 'i219', 'i21', '9', 'hopital'], ['b01ac06', 'person', 'id'])
    """
    found: list[str] = []
    for each in WORD.findall(plain(text)):
        parts = PARTS.split(each)
        found += ["".join(parts), *parts] if len(parts) > 1 else parts
    return [each[:LONGEST] for each in found if each not in COMMON]


def weighed(texts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return each word with the largest weight of the texts that have it.

    Example
    -------
    >>> weighed([("Cancer registry", 8), ("cancer of a region", 1)])
    {'cancer': 8, 'registry': 8, 'region': 1}
    """
    found: dict[str, int] = {}
    for text, weight in texts:
        for word in words(text):
            found[word] = max(weight, found.get(word, 0))
    return found


@cache
def synonyms() -> Mapping[Alternative, tuple[Alternative, ...]]:
    """Return for each phrase of `synonyms.csv` all that mean the same, its code among them."""
    text = (resources.files(__package__) / "synonyms.csv").read_text("utf-8")
    found: dict[Alternative, tuple[Alternative, ...]] = {}
    for row in csv.reader(line for line in text.splitlines() if not line.startswith("#")):
        group = tuple(dict.fromkeys(tuple(words(phrase)) for cell in row for phrase in cell.split("|") if phrase))
        for phrase in group:
            found[phrase] = (*found.get(phrase, ()), *(each for each in group if each not in found.get(phrase, ())))
    return found


def units(text: str) -> list[tuple[Alternative, ...]]:
    """Return what a question asks for, part by part: each part has alternatives, of which one must be there whole.

    The longest phrase that has synonyms is one part; any other word is one by itself.

    Example
    -------
    >>> units("diabetic heart attack")[0]
    (('diabetic',),)
    >>> ("infarctus",) in units("heart attack")[0], ("i21",) in units("Crise cardiaque")[0]
    (True, True)
    """
    asked, known = list(dict.fromkeys(words_asked(text)))[: 2 * UNITS], synonyms()
    found: list[tuple[Alternative, ...]] = []
    at = 0
    while at < len(asked) and len(found) < UNITS:
        for length in range(min(4, len(asked) - at), 0, -1):
            phrase = tuple(asked[at : at + length])
            if phrase in known:
                found.append((phrase, *(each for each in known[phrase] if each != phrase)))
                break
        else:
            length = 1
            found.append(((asked[at],),))
        at += length
    return found


def words_asked(text: str) -> Sequence[str]:
    """Return the words of a question: a code whole and not by its parts; common words only when there are no others."""
    plainly = plain(text)
    found = [PARTS.sub("", each)[:LONGEST] for each in WORD.findall(plainly)]
    return [each for each in found if each not in COMMON] or found
